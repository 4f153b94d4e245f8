//! Lines and where they stand.

use super::follow;
use crate::{
    db::{ClientId, ContractId, ContractLineId, Day, DbError, Exact, OrgId, Tx, sql},
    features::{clients::Span, contracts::line::LineTerms},
};

pub async fn delete_lines(tx: &mut Tx, org: OrgId, contract: ContractId) -> Result<(), DbError> {
    sql("delete from contract_line where org_id = $1 and contract_id = $2")
        .bind(org)
        .bind(contract)
        .run(tx)
        .await?;
    Ok(())
}

pub async fn delete_line(
    tx: &mut Tx,
    org: OrgId,
    contract: ContractId,
    line: ContractLineId,
) -> Result<(), DbError> {
    sql("delete from contract_line where org_id = $1 and contract_id = $2 and id = $3")
        .bind(org)
        .bind(contract)
        .bind(line)
        .run(tx)
        .await?;
    Ok(())
}

pub async fn insert_line(
    tx: &mut Tx,
    org: OrgId,
    contract: ContractId,
    id: ContractLineId,
    position: i64,
    terms: &LineTerms,
) -> Result<(), DbError> {
    let rule = serde_json::to_string(&terms.rule).unwrap_or_default();
    sql(
        "insert into contract_line (org_id, id, contract_id, reference, position, \
         catalog_item_id, description, unit_price, price_per, cycle, timing, quantity_rule, \
         tax_type, account_code, anchor_on, starts_on, ends_on, priced_on) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $16)",
    )
    .bind(org)
    .bind(id)
    .bind(contract)
    .bind(&terms.reference)
    .bind(position)
    .bind(terms.catalog_item_id)
    .bind(&terms.description)
    .bind(terms.unit_price)
    .bind(terms.price_per.text())
    .bind(terms.cycle.text())
    .bind(terms.timing.text())
    .bind(rule)
    .bind(&terms.tax_type)
    .bind(&terms.account_code)
    .bind(terms.anchor_on)
    .bind(terms.starts_on)
    .bind(terms.ends_on)
    .run(tx)
    .await?;
    for subscription in &terms.subscriptions {
        follow(tx, org, id, subscription, None).await?;
    }
    Ok(())
}

pub async fn line_by_reference(
    tx: &mut Tx,
    org: OrgId,
    reference: &str,
) -> Result<Option<(ContractLineId, ContractId)>, DbError> {
    sql("select id, contract_id from contract_line where org_id = $1 and reference = $2")
        .bind(org)
        .bind(reference)
        .optional(tx)
        .await
}

#[derive(sqlx::FromRow)]
pub struct LineRow {
    pub id: ContractLineId,
    pub contract_id: ContractId,
    pub contract_reference: String,
    pub contract_status: String,
    pub client_id: ClientId,
    pub currency: String,
    pub bill_from: Day,
    pub item_code: String,
    pub item_name: String,
    pub position: i64,
    #[sqlx(flatten)]
    pub terms: LineTerms,
    pub quantity_now: Option<Exact>,
    pub monthly_minor: Option<i64>,
    pub version: i64,
}

/// Every column of a [`LineRow`], and where from.
macro_rules! select_lines {
    ($rest:literal) => {
        concat!(
            "select contract_line.id, contract_line.contract_id, \
             contract.reference as contract_reference, contract.status as contract_status, \
             contract.client_id, contract.currency, contract.bill_from, \
             catalog_item.code as item_code, catalog_item.name as item_name, \
             contract_line.position, contract_line.reference, contract_line.catalog_item_id, \
             contract_line.description, contract_line.unit_price, contract_line.price_per, \
             contract_line.cycle, contract_line.timing, contract_line.quantity_rule, \
             contract_line.tax_type, contract_line.account_code, contract_line.starts_on, \
             contract_line.ends_on, contract_line.anchor_on, contract_line.quantity_now, \
             contract_line.monthly_minor, contract_line.version \
             from contract_line \
             join contract on contract.org_id = $1 and contract.id = contract_line.contract_id \
             join catalog_item on catalog_item.org_id = $1 \
               and catalog_item.id = contract_line.catalog_item_id \
             where contract_line.org_id = $1 ",
            $rest
        )
    };
}

pub async fn line(tx: &mut Tx, org: OrgId, id: ContractLineId) -> Result<Vec<LineRow>, DbError> {
    sql(select_lines!("and contract_line.id = $2"))
        .bind(org)
        .bind(id)
        .all(tx)
        .await
}

pub async fn lines_of_contract(
    tx: &mut Tx,
    org: OrgId,
    contract: ContractId,
) -> Result<Vec<LineRow>, DbError> {
    sql(select_lines!(
        "and contract_line.contract_id = $2 order by contract_line.position, contract_line.id"
    ))
    .bind(org)
    .bind(contract)
    .all(tx)
    .await
}

pub async fn lines_of_client(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
) -> Result<Vec<LineRow>, DbError> {
    sql(select_lines!(
        "and contract.client_id = $2 and contract.status <> 'draft' \
         order by contract.reference, contract_line.position, contract_line.id"
    ))
    .bind(org)
    .bind(client)
    .all(tx)
    .await
}

pub async fn lines_of_clients(
    tx: &mut Tx,
    org: OrgId,
    clients: Span,
) -> Result<Vec<LineRow>, DbError> {
    sql(select_lines!(
        "and contract.client_id >= $2 and contract.client_id <= $3 \
         and contract.status <> 'draft' order by contract_line.id"
    ))
    .bind(org)
    .bind(clients.from)
    .bind(clients.to)
    .all(tx)
    .await
}

pub async fn agreed_lines(tx: &mut Tx, org: OrgId) -> Result<Vec<LineRow>, DbError> {
    sql(select_lines!(
        "and contract.status <> 'draft' order by contract_line.id"
    ))
    .bind(org)
    .all(tx)
    .await
}

/// The lines of active contracts that rise on anniversaries.
pub async fn lines_with_uplift(tx: &mut Tx, org: OrgId) -> Result<Vec<LineRow>, DbError> {
    sql(select_lines!(
        "and contract.status = 'active' and contract_line.id in ( \
           select line_id from contract_uplift_line where org_id = $1) \
         order by contract_line.id"
    ))
    .bind(org)
    .all(tx)
    .await
}

pub async fn set_line_end(
    tx: &mut Tx,
    org: OrgId,
    line: ContractLineId,
    ends_on: Option<Day>,
) -> Result<(), DbError> {
    sql(
        "update contract_line set ends_on = $3, version = version + 1 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(line)
    .bind(ends_on)
    .run_one(tx)
    .await
}

pub async fn set_priced_on(
    tx: &mut Tx,
    org: OrgId,
    line: ContractLineId,
    priced_on: Day,
) -> Result<(), DbError> {
    sql(
        "update contract_line set priced_on = $3, version = version + 1 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(line)
    .bind(priced_on)
    .run_one(tx)
    .await
}

pub async fn set_measured(
    tx: &mut Tx,
    org: OrgId,
    line: ContractLineId,
    quantity: Option<Exact>,
    monthly_minor: Option<i64>,
) -> Result<(), DbError> {
    sql(
        "update contract_line set quantity_now = $3, monthly_minor = $4 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(line)
    .bind(quantity)
    .bind(monthly_minor)
    .run(tx)
    .await?;
    Ok(())
}
