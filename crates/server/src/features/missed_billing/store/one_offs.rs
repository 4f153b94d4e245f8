//! Charges that wait for a client's next draft, and waivers of them.

use crate::db::{At, ClientId, ContractLineId, Day, DbError, FindingId, OrgId, Tx, sql};

/// A charge that waits for the client's next draft.
pub struct NewOneOff {
    pub id: crate::db::OneOffId,
    pub finding: FindingId,
    pub client: ClientId,
    pub line: Option<ContractLineId>,
    pub description: String,
    pub item_code: Option<String>,
    pub net: billing::Money,
    pub tax_type: String,
    pub account_code: String,
    pub starts_on: Option<chrono::NaiveDate>,
    pub ends_on: Option<chrono::NaiveDate>,
    pub explanation: String,
    pub now: At,
}

/// One of a quantity of one: the amount is exact, the reason stands in the description.
pub async fn insert_one_off(tx: &mut Tx, org: OrgId, new: &NewOneOff) -> Result<(), DbError> {
    let digits = new.net.currency.minor_digits();
    let price_micros = new
        .net
        .minor
        .saturating_mul(10_i64.pow(6_u32.saturating_sub(digits)));
    sql(
        "insert into one_off (org_id, id, client_id, contract_line_id, finding_id, description, \
           item_code, quantity, unit_price, net_minor, currency, tax_type, account_code, \
           starts_on, ends_on, explanation, state, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, 1000000, $8, $9, $10, $11, $12, $13, $14, $15, \
           'waiting', $16)",
    )
    .bind(org)
    .bind(new.id)
    .bind(new.client)
    .bind(new.line)
    .bind(new.finding)
    .bind(&new.description)
    .bind(new.item_code.as_deref())
    .bind(price_micros)
    .bind(new.net.minor)
    .bind(new.net.currency.code())
    .bind(&new.tax_type)
    .bind(&new.account_code)
    .bind(new.starts_on.map(Day))
    .bind(new.ends_on.map(Day))
    .bind(&new.explanation)
    .bind(new.now)
    .run(tx)
    .await?;
    Ok(())
}

/// How many of a finding's one-offs stand on a draft or invoice.
pub async fn drafted_one_offs(tx: &mut Tx, org: OrgId, id: FindingId) -> Result<i64, DbError> {
    sql(
        "select count(*) from one_off where org_id = $1 and finding_id = $2 \
         and state in ('drafted', 'posted')",
    )
    .bind(org)
    .bind(id)
    .value(tx)
    .await
}

pub async fn withdraw_one_offs(tx: &mut Tx, org: OrgId, id: FindingId) -> Result<(), DbError> {
    sql("update one_off set state = 'withdrawn' \
         where org_id = $1 and finding_id = $2 and state = 'waiting'")
    .bind(org)
    .bind(id)
    .run(tx)
    .await?;
    Ok(())
}

/// Records a waiver beside the period's own coverage, as a bill-back that will never be.
pub async fn waive(
    tx: &mut Tx,
    org: OrgId,
    id: crate::db::CoverageId,
    line: ContractLineId,
    period: (Day, Day),
    reason: &str,
) -> Result<(), DbError> {
    sql("insert into coverage (org_id, id, line_id, starts_on, ends_on, charge_kind, state, reason) \
         values ($1, $2, $3, $4, $5, 'bill_back', 'waived', $6) \
         on conflict (org_id, line_id, starts_on, charge_kind) do nothing")
    .bind(org)
    .bind(id)
    .bind(line)
    .bind(period.0)
    .bind(period.1)
    .bind(reason)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn unwaive(tx: &mut Tx, org: OrgId, id: FindingId) -> Result<(), DbError> {
    sql(
        "delete from coverage where org_id = $1 and charge_kind = 'bill_back' \
         and state = 'waived' and reason = $2",
    )
    .bind(org)
    .bind(format!("waived with finding {id}"))
    .run(tx)
    .await?;
    Ok(())
}
