//! Coverage records.

use crate::{
    db::{ContractId, ContractLineId, CoverageId, Day, DbError, OrgId, Tx, sql},
    features::contracts::coverage::Coverage,
    paging::{After, Window},
};

/// Of one contract or line, oldest period first.
pub async fn coverage(
    tx: &mut Tx,
    org: OrgId,
    contract: Option<ContractId>,
    line: Option<ContractLineId>,
    window: &Window,
) -> Result<Vec<Coverage>, DbError> {
    sql(
        "select coverage.id, coverage.line_id, contract_line.reference as line_reference, \
         catalog_item.code as item_code, coverage.starts_on, coverage.ends_on, \
         coverage.charge_kind, coverage.state, coverage.generated_invoice_id, \
         coverage.invoice_id, coverage.reason, coverage.version \
         from coverage join contract_line on contract_line.org_id = $1 \
           and contract_line.id = coverage.line_id \
         join catalog_item on catalog_item.org_id = $1 \
           and catalog_item.id = contract_line.catalog_item_id \
         where coverage.org_id = $1 and ($2 is null or contract_line.contract_id = $2) \
           and ($3 is null or coverage.line_id = $3) \
           and ($4 is null or (coverage.starts_on, coverage.id) > ($4, $5)) \
         order by coverage.starts_on, coverage.id limit $6",
    )
    .bind(org)
    .bind(contract)
    .bind(line)
    .bind(window.after.as_ref().and_then(After::text))
    .bind(window.after.as_ref().map(|after| after.id))
    .bind(window.rows())
    .all(tx)
    .await
}

pub struct Waived<'a> {
    pub id: CoverageId,
    pub line: ContractLineId,
    pub starts_on: Day,
    pub ends_on: Day,
    pub kind: &'a str,
    pub reason: &'a str,
}

pub async fn write_waiver(tx: &mut Tx, org: OrgId, row: &Waived<'_>) -> Result<(), DbError> {
    sql(
        "insert into coverage (org_id, id, line_id, starts_on, ends_on, charge_kind, state, \
         reason) values ($1, $2, $3, $4, $5, $6, 'waived', $7) \
         on conflict (org_id, line_id, starts_on, charge_kind) do update set \
         state = excluded.state, reason = excluded.reason, version = coverage.version + 1",
    )
    .bind(org)
    .bind(row.id)
    .bind(row.line)
    .bind(row.starts_on)
    .bind(row.ends_on)
    .bind(row.kind)
    .bind(row.reason)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn coverage_of_period(
    tx: &mut Tx,
    org: OrgId,
    line: ContractLineId,
    starts_on: Day,
    kind: &str,
) -> Result<Option<Coverage>, DbError> {
    sql(
        "select coverage.id, coverage.line_id, contract_line.reference as line_reference, \
         catalog_item.code as item_code, coverage.starts_on, coverage.ends_on, \
         coverage.charge_kind, coverage.state, coverage.generated_invoice_id, \
         coverage.invoice_id, coverage.reason, coverage.version \
         from coverage join contract_line on contract_line.org_id = $1 \
           and contract_line.id = coverage.line_id \
         join catalog_item on catalog_item.org_id = $1 \
           and catalog_item.id = contract_line.catalog_item_id \
         where coverage.org_id = $1 and coverage.line_id = $2 and coverage.starts_on = $3 \
           and coverage.charge_kind = $4",
    )
    .bind(org)
    .bind(line)
    .bind(starts_on)
    .bind(kind)
    .optional(tx)
    .await
}

/// The newest periods of a contract first.
pub async fn newest_coverage(
    tx: &mut Tx,
    org: OrgId,
    contract: ContractId,
    limit: i64,
) -> Result<Vec<Coverage>, DbError> {
    sql(
        "select coverage.id, coverage.line_id, contract_line.reference as line_reference, \
         catalog_item.code as item_code, coverage.starts_on, coverage.ends_on, \
         coverage.charge_kind, coverage.state, coverage.generated_invoice_id, \
         coverage.invoice_id, coverage.reason, coverage.version \
         from coverage join contract_line on contract_line.org_id = $1 \
           and contract_line.id = coverage.line_id \
         join catalog_item on catalog_item.org_id = $1 \
           and catalog_item.id = contract_line.catalog_item_id \
         where coverage.org_id = $1 and contract_line.contract_id = $2 \
         order by coverage.starts_on desc, coverage.id limit $3",
    )
    .bind(org)
    .bind(contract)
    .bind(limit)
    .all(tx)
    .await
}
