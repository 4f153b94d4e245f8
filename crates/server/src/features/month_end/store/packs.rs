//! Packs, and what is copied into them.

use crate::db::{
    At, Day, DbError, EvidencePackId, GeneratedCreditNoteId, GeneratedInvoiceId, OrgId, PersonId,
    Tx, sql,
};

/// A pack without its bytes.
#[derive(sqlx::FromRow)]
pub struct PackRow {
    pub id: EvidencePackId,
    pub month_on: Day,
    pub state: String,
    pub requested_by: PersonId,
    pub requested_by_name: Option<String>,
    pub requested_at: At,
    pub ready_at: Option<At>,
    pub problem: Option<String>,
    pub sha256: Option<String>,
    pub files: Option<i64>,
    pub size: Option<i64>,
}

macro_rules! select_packs {
    ($which:literal) => {
        concat!(
            "select pack.id, pack.month_on, pack.state, pack.requested_by, \
               coalesce(nullif(person.name, ''), person.email) as requested_by_name, \
               pack.requested_at, pack.ready_at, pack.problem, pack.sha256, pack.files, \
               cast(length(pack.content) as bigint) as size \
             from evidence_pack pack left join person on person.id = pack.requested_by \
             where pack.org_id = $1 ",
            $which
        )
    };
}

pub async fn packs(tx: &mut Tx, org: OrgId, month: Day) -> Result<Vec<PackRow>, DbError> {
    sql(select_packs!(
        "and pack.month_on = $2 order by pack.id desc limit 20"
    ))
    .bind(org)
    .bind(month)
    .all(tx)
    .await
}

pub async fn pack(tx: &mut Tx, org: OrgId, id: EvidencePackId) -> Result<Option<PackRow>, DbError> {
    sql(select_packs!("and pack.id = $2"))
        .bind(org)
        .bind(id)
        .optional(tx)
        .await
}

pub async fn insert_pack(
    tx: &mut Tx,
    org: OrgId,
    id: EvidencePackId,
    month: Day,
    (by, at): (PersonId, At),
) -> Result<(), DbError> {
    sql(
        "insert into evidence_pack (org_id, id, month_on, state, requested_by, requested_at) \
         values ($1, $2, $3, 'queued', $4, $5)",
    )
    .bind(org)
    .bind(id)
    .bind(month)
    .bind(by)
    .bind(at)
    .run(tx)
    .await?;
    Ok(())
}

/// What a pack came to.
pub struct Packed {
    pub content: Vec<u8>,
    pub sha256: String,
    pub files: i64,
}

pub async fn keep_pack(
    tx: &mut Tx,
    org: OrgId,
    id: EvidencePackId,
    packed: Packed,
    at: At,
) -> Result<(), DbError> {
    sql(
        "update evidence_pack set state = 'ready', content = $3, sha256 = $4, files = $5, \
           ready_at = $6 where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(packed.content)
    .bind(packed.sha256)
    .bind(packed.files)
    .bind(at)
    .run_one(tx)
    .await
}

pub async fn fail_pack(
    tx: &mut Tx,
    org: OrgId,
    id: EvidencePackId,
    problem: &str,
) -> Result<(), DbError> {
    sql("update evidence_pack set state = 'failed', problem = $3 where org_id = $1 and id = $2")
        .bind(org)
        .bind(id)
        .bind(problem)
        .run_one(tx)
        .await
}

pub async fn content(
    tx: &mut Tx,
    org: OrgId,
    id: EvidencePackId,
) -> Result<Option<Vec<u8>>, DbError> {
    let found: Vec<Vec<u8>> = sql("select content from evidence_pack \
         where org_id = $1 and id = $2 and content is not null")
    .bind(org)
    .bind(id)
    .values(tx)
    .await?;
    Ok(found.into_iter().next())
}

/// Invoices that have a number, dated in the month.
pub async fn invoices(
    tx: &mut Tx,
    org: OrgId,
    (from, until): (Day, Day),
) -> Result<Vec<GeneratedInvoiceId>, DbError> {
    sql(
        "select id from generated_invoice where org_id = $1 and number is not null \
           and status in ('posted', 'part_paid', 'paid', 'void') \
           and issued_on >= $2 and issued_on < $3 order by number, id",
    )
    .bind(org)
    .bind(from)
    .bind(until)
    .values(tx)
    .await
}

pub async fn credit_notes(
    tx: &mut Tx,
    org: OrgId,
    (from, until): (Day, Day),
) -> Result<Vec<GeneratedCreditNoteId>, DbError> {
    sql(
        "select id from generated_credit_note where org_id = $1 and number is not null \
           and status in ('posted', 'allocated', 'void') \
           and issued_on >= $2 and issued_on < $3 order by number, id",
    )
    .bind(org)
    .bind(from)
    .bind(until)
    .values(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct FindingRow {
    pub kind: String,
    pub subject: String,
    pub side: String,
    pub severity: String,
    pub currency: String,
    pub impact_minor: i64,
    pub state: String,
    pub reason: Option<String>,
    pub first_seen_on: Day,
    pub closed_why: Option<String>,
}

/// Findings that were there in the month: seen before its end, and not closed before it began.
pub async fn findings(
    tx: &mut Tx,
    org: OrgId,
    (from, until): (At, Day),
) -> Result<Vec<FindingRow>, DbError> {
    sql(
        "select kind, subject, side, severity, currency, impact_minor, state, reason, \
           first_seen_on, closed_why from finding \
         where org_id = $1 and first_seen_on < $3 and (closed_at is null or closed_at >= $2) \
         order by kind, subject, id",
    )
    .bind(org)
    .bind(from)
    .bind(until)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct CoverageRow {
    pub contract: String,
    pub line: String,
    pub starts_on: Day,
    pub ends_on: Day,
    pub charge_kind: String,
    pub state: String,
    pub invoice: Option<String>,
    pub reason: Option<String>,
}

/// Service periods that touch the month.
pub async fn coverage(
    tx: &mut Tx,
    org: OrgId,
    (from, until): (Day, Day),
) -> Result<Vec<CoverageRow>, DbError> {
    sql(
        "select contract.reference as contract, line.reference as line, coverage.starts_on, \
           coverage.ends_on, coverage.charge_kind, coverage.state, made.number as invoice, \
           coverage.reason \
         from coverage \
         join contract_line line on line.org_id = coverage.org_id and line.id = coverage.line_id \
         join contract on contract.org_id = line.org_id and contract.id = line.contract_id \
         left join generated_invoice made on made.org_id = coverage.org_id \
           and made.id = coverage.generated_invoice_id \
         where coverage.org_id = $1 and coverage.starts_on < $3 and coverage.ends_on > $2 \
         order by contract.reference, line.reference, coverage.starts_on, coverage.charge_kind",
    )
    .bind(org)
    .bind(from)
    .bind(until)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct ActRow {
    pub at: At,
    pub by_name: Option<String>,
    pub action: String,
    pub detail: String,
}

/// What was done about billing in the month.
pub async fn acts(
    tx: &mut Tx,
    org: OrgId,
    (from, until): (At, At),
) -> Result<Vec<ActRow>, DbError> {
    sql(
        "select audit.at, coalesce(nullif(person.name, ''), person.email) as by_name, \
           audit.action, audit.detail \
         from audit left join person on person.id = audit.person_id \
         where audit.org_id = $1 and audit.at >= $2 and audit.at < $3 \
           and audit.subject_kind in ('generated_invoice', 'generated_credit_note', 'contract', \
             'contract_line', 'finding', 'catalog_item', 'month', 'meter', 'draft_run') \
         order by audit.at, audit.id",
    )
    .bind(org)
    .bind(from)
    .bind(until)
    .all(tx)
    .await
}
