//! The coverage and one-offs a draft takes, and how they move with it.

use crate::db::{
    At, ContractLineId, CoverageId, Day, DbError, GeneratedInvoiceId, InvoiceId, OneOffId, OrgId,
    Tx, sql,
};

/// A coverage record to take.
pub struct Taking<'a> {
    pub id: CoverageId,
    pub line: ContractLineId,
    pub starts_on: Day,
    pub ends_on: Day,
    pub kind: String,
    pub state: &'a str,
    pub draft: Option<GeneratedInvoiceId>,
    pub invoice: Option<InvoiceId>,
    pub reason: Option<&'a str>,
    /// Now, and the first day of what is being invoiced.
    pub known_at: At,
    pub window_on: Day,
}

/// Takes a period's coverage if nobody has it; its id, or none when it is taken.
pub async fn take_coverage(
    tx: &mut Tx,
    org: OrgId,
    taking: &Taking<'_>,
) -> Result<Option<CoverageId>, DbError> {
    let ids: Vec<CoverageId> = sql("insert into coverage (org_id, id, line_id, starts_on, \
           ends_on, charge_kind, state, generated_invoice_id, invoice_id, reason, known_at, \
           window_on) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         on conflict (org_id, line_id, starts_on, charge_kind) do update set \
           state = excluded.state, ends_on = excluded.ends_on, \
           generated_invoice_id = excluded.generated_invoice_id, \
           invoice_id = excluded.invoice_id, reason = excluded.reason, \
           known_at = excluded.known_at, window_on = excluded.window_on, \
           version = coverage.version + 1 \
         where coverage.state = 'planned' returning id")
    .bind(org)
    .bind(taking.id)
    .bind(taking.line)
    .bind(taking.starts_on)
    .bind(taking.ends_on)
    .bind(&taking.kind)
    .bind(taking.state)
    .bind(taking.draft)
    .bind(taking.invoice)
    .bind(taking.reason)
    .bind(taking.known_at)
    .bind(taking.window_on)
    .values(tx)
    .await?;
    Ok(ids.into_iter().next())
}

/// Moves all coverage of a document to another state.
pub async fn move_coverage(
    tx: &mut Tx,
    org: OrgId,
    draft: GeneratedInvoiceId,
    state: &str,
) -> Result<(), DbError> {
    sql("update coverage set state = $3, version = version + 1 \
         where org_id = $1 and generated_invoice_id = $2")
    .bind(org)
    .bind(draft)
    .bind(state)
    .run(tx)
    .await?;
    Ok(())
}

/// A one-off joins a draft, if it still waits.
pub async fn draft_one_off(
    tx: &mut Tx,
    org: OrgId,
    id: OneOffId,
    draft: GeneratedInvoiceId,
) -> Result<(), DbError> {
    sql(
        "update one_off set state = 'drafted', generated_invoice_id = $3 \
         where org_id = $1 and id = $2 and state = 'waiting'",
    )
    .bind(org)
    .bind(id)
    .bind(draft)
    .run_one(tx)
    .await
}

pub async fn move_one_offs(
    tx: &mut Tx,
    org: OrgId,
    draft: GeneratedInvoiceId,
    state: &str,
) -> Result<(), DbError> {
    let keeps = (state != "waiting").then_some(draft);
    sql("update one_off set state = $3, generated_invoice_id = $4 \
         where org_id = $1 and generated_invoice_id = $2")
    .bind(org)
    .bind(draft)
    .bind(state)
    .bind(keeps)
    .run(tx)
    .await?;
    Ok(())
}
