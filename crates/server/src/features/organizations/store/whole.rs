//! All that an organization has, whatever table it is in.

use futures::stream::BoxStream;

use crate::db::{DbError, OrgId, Tx, dialect, sql, sql_owned};

/// The tables that hold rows of organizations, parents before children.
pub const TABLES: [&str; 69] = [
    "membership",
    "email_link",
    "session",
    "job",
    "inbound_webhook",
    "webhook_address",
    "consent_request",
    "idempotency",
    "audit",
    "connection",
    "sync_run",
    "sync_cursor",
    "sync_change",
    "client",
    "vendor_company",
    "client_link",
    "catalog_item",
    "vendor_product",
    "catalog_link",
    "subscription",
    "subscription_event",
    "vendor_bill",
    "vendor_bill_line",
    "invoice",
    "invoice_line",
    "payment",
    "credit_note",
    "repeating_invoice",
    "tax_rate",
    "ledger_account",
    "ledger_item",
    "snapshot",
    "snapshot_count",
    "device",
    "contract",
    "contract_line",
    "line_subscription",
    "contract_event",
    "coverage",
    "contract_template",
    "contract_renewal",
    "contract_uplift",
    "contract_uplift_line",
    "contract_uplift_decision",
    "reconciliation_row",
    "reconcile_run",
    "finding",
    "finding_event",
    "number_series",
    "generated_invoice",
    "generated_line",
    "one_off",
    "draft_run",
    "meter",
    "meter_reading",
    "month_end",
    "evidence_pack",
    "generated_credit_note",
    "generated_credit_line",
    "generated_payment",
    "mrr_month",
    "approval_rules",
    "approval_limit",
    "approver",
    "stand_in",
    "draft_approval",
    "entity_profile",
    "letterhead",
    "delivery",
];

/// Tables that are in no export: what signs people in or vendors' deliveries, answers under a key,
/// and work that waits here.
pub const WITHHELD_TABLES: [&str; 6] = [
    "session",
    "job",
    "inbound_webhook",
    "webhook_address",
    "consent_request",
    "idempotency",
];

/// Columns that are in no export: secrets, what only this server reads, and pictures and
/// packs, which whoever made them has.
pub const WITHHELD_COLUMNS: [&str; 10] = [
    "org_id",
    "sealed_credentials",
    "sealed_tokens",
    "tokens_lock",
    "tokens_locked_until",
    "tokens_version",
    "content_hash",
    "approved_hash",
    "logo",
    "content",
];

/// The tables of an export.
pub fn exported() -> impl Iterator<Item = &'static str> {
    TABLES
        .into_iter()
        .filter(|table| !WITHHELD_TABLES.contains(table))
}

/// What a row of a table is in an export: an expression for `rows`.
pub async fn shape(tx: &mut Tx, table: &'static str) -> Result<String, DbError> {
    let mut columns: Vec<(String, bool)> = dialect::columns(tx).bind(table).all(tx).await?;
    columns.retain(|(name, _)| !WITHHELD_COLUMNS.contains(&name.as_str()));
    Ok(dialect::json_object(tx, &columns))
}

/// The rows of one table, each as JSON of its `shape`.
pub fn rows<'t>(
    tx: &'t mut Tx,
    org: OrgId,
    table: &'static str,
    shape: &str,
) -> BoxStream<'t, Result<(String,), DbError>> {
    sql_owned(format!(
        "select {shape} as line from {table} where org_id = $1"
    ))
    .bind(org)
    .stream(tx)
}

#[derive(Debug, serde::Serialize, sqlx::FromRow)]
pub struct PersonRow {
    pub id: uuid::Uuid,
    pub email: String,
    pub name: String,
}

/// The people who belong to the organization.
pub async fn people(tx: &mut Tx, org: OrgId) -> Result<Vec<PersonRow>, DbError> {
    sql("select person.id, person.email, person.name from person \
         join membership on membership.person_id = person.id \
         where membership.org_id = $1 order by person.id")
    .bind(org)
    .all(tx)
    .await
}

/// Deletes every row of the organization, and itself.
pub async fn delete(tx: &mut Tx, org: OrgId) -> Result<(), DbError> {
    for table in TABLES.into_iter().rev() {
        sql_owned(format!("delete from {table} where org_id = $1"))
            .bind(org)
            .run(tx)
            .await?;
    }
    sql("delete from organization where id = $1")
        .bind(org)
        .run_one(tx)
        .await
}
