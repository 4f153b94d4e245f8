//! What the frame and Home count. Home's statements read indexes only, so that it costs the same
//! however long an organization has been here.

use crate::db::{At, Day, DbError, OrgId, PersonId, Tx, sql};

#[derive(sqlx::FromRow)]
pub struct SourceRow {
    pub name: String,
    pub vendor: String,
    pub problem: Option<String>,
    pub last_synced_at: Option<At>,
}

pub async fn sources(tx: &mut Tx, org: OrgId) -> Result<Vec<SourceRow>, DbError> {
    sql(
        "select name, vendor, case when state = 'needs_attention' then problem end as problem, \
         last_synced_at from connection where org_id = $1 and state <> 'disconnected' \
         order by name",
    )
    .bind(org)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct Waiting {
    pub findings: i64,
    pub drafts: i64,
    pub mappings: i64,
}

pub async fn waiting(tx: &mut Tx, org: OrgId) -> Result<Waiting, DbError> {
    sql("select \
           (select count(*) from finding where org_id = $1 and state = 'open') as findings, \
           (select count(*) from generated_invoice where org_id = $1 \
              and status in ('draft', 'approved')) as drafts, \
           (select count(*) from client_link where org_id = $1 \
              and state in ('suggested', 'unmapped')) as mappings")
    .bind(org)
    .one(tx)
    .await
}

/// Drafts that others have approved and that wait for one more person.
pub async fn awaiting(tx: &mut Tx, org: OrgId, person: PersonId) -> Result<i64, DbError> {
    sql("select count(*) from generated_invoice made \
         where made.org_id = $1 and made.status = 'draft' \
           and exists (select 1 from draft_approval given where given.org_id = $1 \
             and given.generated_invoice_id = made.id \
             and given.content_hash = made.content_hash) \
           and not exists (select 1 from draft_approval given where given.org_id = $1 \
             and given.generated_invoice_id = made.id \
             and given.content_hash = made.content_hash and given.person_id = $2)")
    .bind(org)
    .bind(person)
    .value(tx)
    .await
}

/// Open findings of one sort.
#[derive(sqlx::FromRow)]
pub struct OpenFindings {
    pub kind: String,
    pub severity: String,
    pub side: String,
    pub currency: String,
    pub findings: i64,
    pub impact_minor: i64,
}

pub async fn open_findings(tx: &mut Tx, org: OrgId) -> Result<Vec<OpenFindings>, DbError> {
    sql(
        "select kind, severity, side, currency, count(*) as findings, \
           cast(sum(impact_minor) as bigint) as impact_minor \
         from finding where org_id = $1 and state = 'open' \
         group by kind, severity, side, currency order by kind, severity, side, currency",
    )
    .bind(org)
    .all(tx)
    .await
}

/// What contracts in one currency are worth a month.
#[derive(sqlx::FromRow)]
pub struct ContractsRow {
    pub currency: String,
    /// Agreed contracts: all but drafts.
    pub agreed: i64,
    /// Contracts that have been measured.
    pub measured: i64,
    pub mrr_minor: i64,
    pub due: i64,
    pub due_minor: i64,
}

/// `due_by`: terms that end by then, of contracts that go on.
pub async fn contracts(tx: &mut Tx, org: OrgId, due_by: Day) -> Result<Vec<ContractsRow>, DbError> {
    sql("select currency, \
           cast(sum(case when status <> 'draft' then 1 else 0 end) as bigint) as agreed, \
           count(mrr_minor) as measured, \
           cast(coalesce(sum(mrr_minor), 0) as bigint) as mrr_minor, \
           cast(sum(case when status = 'active' and ends_on <= $2 then 1 else 0 end) as bigint) \
             as due, \
           cast(coalesce(sum(case when status = 'active' and ends_on <= $2 then mrr_minor end), 0) \
             as bigint) as due_minor \
         from contract where org_id = $1 group by currency order by currency")
    .bind(org)
    .bind(due_by)
    .all(tx)
    .await
}

/// A small fact: what it is about, which one of it, how many and how much.
#[derive(sqlx::FromRow)]
pub struct Tally {
    pub what: String,
    /// A status, a vendor or a month.
    pub which: String,
    pub currency: String,
    pub things: i64,
    pub minor: i64,
}

/// Everything else in one statement: drafts by status, past months of MRR, commitments that end
/// from today until `closing_by`, clients that were under-licensed at the last run, and how far
/// the organization is set up.
pub async fn tallies(
    tx: &mut Tx,
    org: OrgId,
    today: Day,
    closing_by: Day,
) -> Result<Vec<Tally>, DbError> {
    sql(
        "select 'draft' as what, status as which, currency, count(*) as things, \
           cast(sum(total_minor) as bigint) as minor \
         from generated_invoice where org_id = $1 and status in ('draft', 'approved') \
         group by status, currency \
         union all select 'mrr', month_on, currency, cast(0 as bigint), mrr_minor \
           from mrr_month where org_id = $1 \
         union all select 'commitment', '', '', count(*), cast(0 as bigint) from subscription \
           where org_id = $1 and removed_at is null \
             and commitment_ends_on >= $2 and commitment_ends_on < $3 \
         union all select 'under_licensed', '', '', under_licensed, cast(0 as bigint) from ( \
           select under_licensed from reconcile_run where org_id = $1 \
           order by id desc limit 1) as last_run \
         union all select 'connected', vendor, '', count(*), cast(0 as bigint) from connection \
           where org_id = $1 and state <> 'disconnected' group by vendor \
         union all select 'mapped', '', '', count(*), cast(0 as bigint) from ( \
           select 1 as one from client_link \
           where org_id = $1 and state = 'mapped' limit 1) as first_mapped \
         union all select 'suggested', '', '', count(*), cast(0 as bigint) from ( \
           select 1 as one from client_link \
           where org_id = $1 and state = 'suggested' limit 1) as first_suggested \
         union all select 'item', '', '', count(*), cast(0 as bigint) from ( \
           select 1 as one from catalog_item where org_id = $1 limit 1) as first_item \
         union all select 'made', '', '', count(*), cast(0 as bigint) from ( \
           select 1 as one from generated_invoice where org_id = $1 limit 1) as first_draft \
         order by 1, 2, 3",
    )
    .bind(org)
    .bind(today)
    .bind(closing_by)
    .all(tx)
    .await
}
