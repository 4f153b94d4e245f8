//! Generated invoices as lists and pages read them.

use super::super::{view::DraftView, view::Filter, view::HistoryRow, view::StateSum};
use crate::{
    db::{DbError, GeneratedInvoiceId, OrgId, Tx, sql, sql_owned},
    features::reconciliation::like,
};

/// One person has agreed to what the draft says, and another has to.
const AWAITS_ANOTHER: &str = "made.status = 'draft' and exists (select 1 from draft_approval given \
     where given.org_id = made.org_id and given.generated_invoice_id = made.id \
       and given.content_hash = made.content_hash)";

const COLUMNS: &str = "made.id, made.number, made.client_id, client.name as client_name, \
     made.contract_id, made.currency, made.status, made.issued_on, made.due_on, made.reference, \
     made.net_minor, made.tax_minor, made.total_minor, made.approved_at, made.post_state, \
     made.ledger_external_id, made.ledger_status, made.problem, made.delivery, made.stops, \
     made.holds, made.note, made.version";

/// Newest first.
pub async fn list(tx: &mut Tx, org: OrgId, filter: &Filter) -> Result<Vec<DraftView>, DbError> {
    sql_owned(format!(
        "select {COLUMNS}, {AWAITS_ANOTHER} as awaits_another \
         from generated_invoice made \
         join client on client.org_id = made.org_id and client.id = made.client_id \
         where made.org_id = $1 \
           and ($2 is null or made.status = $2 \
             or ($2 = 'open' and made.status in ('draft', 'approved', 'posting')) \
             or ($2 = 'ready' and made.status in ('approved', 'posting')) \
             or ($2 = 'second' and {AWAITS_ANOTHER}) \
             or ($2 = 'sent' and made.status in ('posted', 'part_paid', 'paid'))) \
           and ($3 is null or made.client_id = $3) \
           and ($4 is null or made.search_key like $4 or lower(made.number) like $4) \
           and ($8 is null or made.delivery = $8) \
           and ($5 is null or made.issued_on < $5 or (made.issued_on = $5 and made.id < $6)) \
         order by made.issued_on desc, made.id desc limit $7",
    ))
    .bind(org)
    .bind(filter.status.as_deref())
    .bind(filter.client)
    .bind(filter.search.as_deref().map(like))
    .bind(filter.after.map(|(day, _)| day))
    .bind(filter.after.map(|(_, id)| id))
    .bind(filter.limit)
    .bind(filter.delivery.as_deref())
    .all(tx)
    .await
}

pub async fn counts(tx: &mut Tx, org: OrgId) -> Result<Vec<StateSum>, DbError> {
    sql_owned(format!(
        "select status, currency, count(*) as count, \
           cast(sum(total_minor) as bigint) as total_minor \
         from generated_invoice where org_id = $1 group by status, currency \
         union all \
         select 'second', currency, count(*), cast(sum(total_minor) as bigint) \
         from generated_invoice made where made.org_id = $1 and {AWAITS_ANOTHER} \
         group by currency \
         order by 1, 2",
    ))
    .bind(org)
    .all(tx)
    .await
}

pub async fn view(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
) -> Result<Option<DraftView>, DbError> {
    sql_owned(format!(
        "select {COLUMNS}, {AWAITS_ANOTHER} as awaits_another \
         from generated_invoice made \
         join client on client.org_id = made.org_id and client.id = made.client_id \
         where made.org_id = $1 and made.id = $2",
    ))
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}

/// What was done with a draft, or with another thing that acts are recorded of, newest first.
pub async fn history(
    tx: &mut Tx,
    org: OrgId,
    subject: uuid::Uuid,
) -> Result<Vec<HistoryRow>, DbError> {
    sql(
        "select audit.at, audit.action, person.name as by, audit.detail \
         from audit left join person on person.id = audit.person_id \
         where audit.org_id = $1 and audit.subject_id = $2 order by audit.id desc",
    )
    .bind(org)
    .bind(subject)
    .all(tx)
    .await
}
