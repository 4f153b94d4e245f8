//! How far a posting has come, what the ledger says since, and what is credited by it.

use crate::db::{DbError, GeneratedCreditNoteId, OrgId, PersonId, Tx, sql};

pub async fn begin_posting(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedCreditNoteId,
    version: i64,
    number: &str,
    by: PersonId,
) -> Result<(), DbError> {
    sql(
        "update generated_credit_note set status = 'posting', number = $4, posted_by = $5, \
           post_state = 'queued', problem = null, version = version + 1 \
         where org_id = $1 and id = $2 and version = $3 and status = 'approved'",
    )
    .bind(org)
    .bind(id)
    .bind(version)
    .bind(number)
    .bind(by)
    .run_one(tx)
    .await
}

/// How far posting has come.
pub struct Progress<'a> {
    pub id: GeneratedCreditNoteId,
    pub post_state: &'a str,
    pub ledger_external_id: Option<&'a str>,
    pub ledger_status: Option<&'a str>,
    pub problem: Option<&'a str>,
}

pub async fn set_progress(tx: &mut Tx, org: OrgId, now: &Progress<'_>) -> Result<(), DbError> {
    sql("update generated_credit_note set post_state = $3, \
           ledger_external_id = coalesce($4, ledger_external_id), \
           ledger_status = coalesce($5, ledger_status), problem = $6 \
         where org_id = $1 and id = $2 and status = 'posting'")
    .bind(org)
    .bind(now.id)
    .bind(now.post_state)
    .bind(now.ledger_external_id)
    .bind(now.ledger_status)
    .bind(now.problem)
    .run_one(tx)
    .await
}

/// The end of posting: in the ledger, or back to approved with a reason.
pub struct End<'a> {
    pub id: GeneratedCreditNoteId,
    pub status: &'a str,
    pub post_state: &'a str,
    pub allocated_minor: i64,
    pub problem: Option<&'a str>,
}

pub async fn end_posting(tx: &mut Tx, org: OrgId, end: &End<'_>) -> Result<(), DbError> {
    sql(
        "update generated_credit_note set status = $3, post_state = $4, allocated_minor = $5, \
           problem = $6, \
           post_attempt = post_attempt + case when $4 = 'refused' then 1 else 0 end, \
           version = version + 1 \
         where org_id = $1 and id = $2 and status = 'posting'",
    )
    .bind(org)
    .bind(end.id)
    .bind(end.status)
    .bind(end.post_state)
    .bind(end.allocated_minor)
    .bind(end.problem)
    .run_one(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct LedgerNews {
    pub id: GeneratedCreditNoteId,
    pub status: String,
    pub ledger_status: Option<String>,
    pub allocated_minor: i64,
    pub now: String,
    pub allocations: String,
}

/// Credit notes of ours that stand in the ledger, with what it says of them now.
pub async fn ledger_news(tx: &mut Tx, org: OrgId) -> Result<Vec<LedgerNews>, DbError> {
    sql(
        "select note.id, note.status, note.ledger_status, note.allocated_minor, \
           credit_note.status as now, credit_note.allocations \
         from generated_credit_note note \
         join credit_note on credit_note.org_id = note.org_id \
           and credit_note.connection_id = note.connection_id \
           and credit_note.external_id = note.ledger_external_id \
         where note.org_id = $1 and note.status in ('approved', 'posting', 'posted', 'allocated') \
         order by note.id",
    )
    .bind(org)
    .all(tx)
    .await
}

pub struct LedgerState<'a> {
    pub id: GeneratedCreditNoteId,
    pub status: &'a str,
    pub ledger_status: &'a str,
    pub allocated_minor: i64,
}

pub async fn set_ledger_state(
    tx: &mut Tx,
    org: OrgId,
    new: &LedgerState<'_>,
) -> Result<(), DbError> {
    sql(
        "update generated_credit_note set status = $3, ledger_status = $4, allocated_minor = $5, \
           problem = null, version = version + 1 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(new.id)
    .bind(new.status)
    .bind(new.ledger_status)
    .bind(new.allocated_minor)
    .run_one(tx)
    .await
}

/// The periods whose line is credited wholly by credit notes in the ledger, this one among them,
/// become `credited`.
pub async fn credit_coverage(
    tx: &mut Tx,
    org: OrgId,
    note: GeneratedCreditNoteId,
) -> Result<(), DbError> {
    sql(
        "update coverage set state = 'credited', version = version + 1 \
         where org_id = $1 and state = 'posted' and id in (\
           select line.coverage_id from generated_credit_line own \
           join generated_line line on line.org_id = own.org_id \
             and line.id = own.generated_line_id \
           where own.org_id = $1 and own.credit_note_id = $2 and line.net_minor <= (\
             select coalesce(sum(credit.net_minor), 0) from generated_credit_line credit \
             join generated_credit_note note on note.org_id = credit.org_id \
               and note.id = credit.credit_note_id \
             where credit.org_id = $1 and credit.generated_line_id = line.id \
               and note.status in ('posted', 'allocated')))",
    )
    .bind(org)
    .bind(note)
    .run(tx)
    .await?;
    Ok(())
}

/// What a voided credit note credited is invoiced again: its lines' periods are `posted`.
pub async fn uncredit_coverage(
    tx: &mut Tx,
    org: OrgId,
    note: GeneratedCreditNoteId,
) -> Result<(), DbError> {
    sql(
        "update coverage set state = 'posted', version = version + 1 \
         where org_id = $1 and state = 'credited' and id in (\
           select line.coverage_id from generated_credit_line own \
           join generated_line line on line.org_id = own.org_id \
             and line.id = own.generated_line_id \
           where own.org_id = $1 and own.credit_note_id = $2)",
    )
    .bind(org)
    .bind(note)
    .run(tx)
    .await?;
    Ok(())
}
