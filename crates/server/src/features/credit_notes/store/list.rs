//! Credit notes as lists and pages read them.

use super::super::view::{Filter, NoteSum, NoteView};
use crate::{
    db::{DbError, GeneratedCreditNoteId, OrgId, Tx, sql},
    features::reconciliation::like,
};

/// Newest first.
pub async fn list(tx: &mut Tx, org: OrgId, filter: &Filter) -> Result<Vec<NoteView>, DbError> {
    sql(
        "select note.id, note.number, note.client_id, client.name as client_name, \
           note.generated_invoice_id, made.number as invoice_number, note.currency, note.status, \
           note.issued_on, note.reason, note.net_minor, note.tax_minor, note.total_minor, \
           note.allocated_minor, note.approved_at, note.post_state, note.ledger_external_id, \
           note.ledger_status, note.problem, note.version \
         from generated_credit_note note \
         join client on client.org_id = note.org_id and client.id = note.client_id \
         left join generated_invoice made on made.org_id = note.org_id \
           and made.id = note.generated_invoice_id \
         where note.org_id = $1 \
           and ($2 is null or note.status = $2 \
             or ($2 = 'open' and note.status in ('draft', 'approved', 'posting')) \
             or ($2 = 'ready' and note.status in ('approved', 'posting')) \
             or ($2 = 'sent' and note.status in ('posted', 'allocated'))) \
           and ($3 is null or note.client_id = $3) \
           and ($4 is null or note.generated_invoice_id = $4) \
           and ($5 is null or note.search_key like $5 or lower(note.number) like $5) \
           and ($6 is null or note.issued_on < $6 or (note.issued_on = $6 and note.id < $7)) \
         order by note.issued_on desc, note.id desc limit $8",
    )
    .bind(org)
    .bind(filter.status.as_deref())
    .bind(filter.client)
    .bind(filter.invoice)
    .bind(filter.search.as_deref().map(like))
    .bind(filter.after.map(|(day, _)| day))
    .bind(filter.after.map(|(_, id)| id))
    .bind(filter.limit)
    .all(tx)
    .await
}

pub async fn counts(tx: &mut Tx, org: OrgId) -> Result<Vec<NoteSum>, DbError> {
    sql("select status, currency, count(*) as count, \
           cast(sum(total_minor) as bigint) as total_minor \
         from generated_credit_note where org_id = $1 group by status, currency \
         order by status, currency")
    .bind(org)
    .all(tx)
    .await
}

pub async fn view(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedCreditNoteId,
) -> Result<Option<NoteView>, DbError> {
    sql(
        "select note.id, note.number, note.client_id, client.name as client_name, \
           note.generated_invoice_id, made.number as invoice_number, note.currency, note.status, \
           note.issued_on, note.reason, note.net_minor, note.tax_minor, note.total_minor, \
           note.allocated_minor, note.approved_at, note.post_state, note.ledger_external_id, \
           note.ledger_status, note.problem, note.version \
         from generated_credit_note note \
         join client on client.org_id = note.org_id and client.id = note.client_id \
         left join generated_invoice made on made.org_id = note.org_id \
           and made.id = note.generated_invoice_id \
         where note.org_id = $1 and note.id = $2",
    )
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}
