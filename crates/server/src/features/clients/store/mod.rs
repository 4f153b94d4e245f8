//! Clients.

mod detail;

pub use detail::*;

use super::{Client, name_key};
use crate::db::{At, ClientId, Day, DbError, Exact, OrgId, Tx, Value, sql, sql_owned};

pub async fn every(tx: &mut Tx, org: OrgId) -> Result<Vec<Client>, DbError> {
    sql(
        "select id, reference, name, currency, own_use, status, web_domain, email_domain, version \
         from client where org_id = $1 order by name_key, id",
    )
    .bind(org)
    .all(tx)
    .await
}

pub async fn insert_client(
    tx: &mut Tx,
    org: OrgId,
    client: &Client,
    now: At,
) -> Result<(), DbError> {
    sql(
        "insert into client (org_id, id, reference, name, name_key, currency, own_use, status, \
         web_domain, email_domain, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(org)
    .bind(client.id)
    .bind(&client.reference)
    .bind(&client.name)
    .bind(search_key(client))
    .bind(&client.currency)
    .bind(client.own_use)
    .bind(&client.status)
    .bind(client.web_domain.as_deref())
    .bind(client.email_domain.as_deref())
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Sorted by name, found by name and reference.
fn search_key(client: &Client) -> String {
    format!("{} {}", name_key(&client.name), name_key(&client.reference))
}

pub async fn update_client(
    tx: &mut Tx,
    org: OrgId,
    seen_version: i64,
    client: &Client,
) -> Result<(), DbError> {
    sql(
        "update client set reference = $4, name = $5, name_key = $6, currency = $7, \
         own_use = $8, status = $9, web_domain = $10, email_domain = $11, \
         version = version + 1 where org_id = $1 and id = $2 and version = $3",
    )
    .bind(org)
    .bind(client.id)
    .bind(seen_version)
    .bind(&client.reference)
    .bind(&client.name)
    .bind(search_key(client))
    .bind(&client.currency)
    .bind(client.own_use)
    .bind(&client.status)
    .bind(client.web_domain.as_deref())
    .bind(client.email_domain.as_deref())
    .run_one(tx)
    .await
}

pub async fn client(tx: &mut Tx, org: OrgId, id: ClientId) -> Result<Option<Client>, DbError> {
    sql(
        "select id, reference, name, currency, own_use, status, web_domain, email_domain, version \
         from client where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}

pub async fn client_by_reference(
    tx: &mut Tx,
    org: OrgId,
    reference: &str,
) -> Result<Option<Client>, DbError> {
    sql(
        "select id, reference, name, currency, own_use, status, web_domain, email_domain, version \
         from client where org_id = $1 and reference = $2",
    )
    .bind(org)
    .bind(reference)
    .optional(tx)
    .await
}

pub async fn has_contract(tx: &mut Tx, org: OrgId, id: ClientId) -> Result<bool, DbError> {
    let contracts: i64 = sql("select count(*) from contract where org_id = $1 and client_id = $2")
        .bind(org)
        .bind(id)
        .value(tx)
        .await?;
    Ok(contracts > 0)
}

pub async fn has_active_contract(tx: &mut Tx, org: OrgId, id: ClientId) -> Result<bool, DbError> {
    let contracts: i64 = sql(
        "select count(*) from contract where org_id = $1 and client_id = $2 and status = 'active'",
    )
    .bind(org)
    .bind(id)
    .value(tx)
    .await?;
    Ok(contracts > 0)
}

/// A client and the sums of its reconciliation rows.
#[derive(sqlx::FromRow)]
pub struct MeasuredClient {
    #[sqlx(flatten)]
    pub client: Client,
    pub name_key: String,
    pub mrr_minor: Option<i64>,
    #[sqlx(rename = "shortage")]
    pub under: Exact,
    #[sqlx(rename = "surplus")]
    pub over: Exact,
    /// Items with both a count and a licence to compare.
    pub compared: i64,
}

/// Variance is counted minus licensed, item by item, and never netted; MRR is what running
/// contract lines are worth a month.
pub async fn measured_clients(tx: &mut Tx, org: OrgId) -> Result<Vec<MeasuredClient>, DbError> {
    sql(
        "select client.id, client.reference, client.name, client.name_key, client.currency, \
         client.own_use, client.status, client.web_domain, client.email_domain, client.version, \
         worth.mrr_minor, coalesce(measured.shortage, 0) as shortage, \
         coalesce(measured.surplus, 0) as surplus, coalesce(measured.compared, 0) as compared \
         from client left join ( \
           select client_id, \
             cast(sum(case when variance > 0 then variance else 0 end) as bigint) as shortage, \
             cast(sum(case when variance < 0 then -variance else 0 end) as bigint) as surplus, \
             count(variance) as compared \
           from reconciliation_row where org_id = $1 group by client_id \
         ) as measured on measured.client_id = client.id \
         left join ( \
           select contract.client_id, \
             cast(sum(contract_line.monthly_minor) as bigint) as mrr_minor \
           from contract join contract_line on contract_line.org_id = $1 \
             and contract_line.contract_id = contract.id \
           where contract.org_id = $1 and contract.status <> 'draft' group by contract.client_id \
         ) as worth on worth.client_id = client.id \
         where client.org_id = $1",
    )
    .bind(org)
    .all(tx)
    .await
}

/// Units of `currency` × 10⁶ to one of the ledger's own, on the newest invoice that says so.
pub async fn latest_rate(tx: &mut Tx, org: OrgId, currency: &str) -> Result<Option<i64>, DbError> {
    let rate: Option<(i64,)> = sql("select currency_rate from invoice \
         where org_id = $1 and currency = $2 and currency_rate is not null \
         order by issued_on desc, id desc limit 1")
    .bind(org)
    .bind(currency)
    .optional(tx)
    .await?;
    Ok(rate.map(|row| row.0))
}

/// What a client holds from distributors on a day.
#[derive(sqlx::FromRow)]
pub struct Held {
    pub client_id: ClientId,
    pub subscriptions: i64,
    pub licences: Exact,
}

pub async fn held(
    tx: &mut Tx,
    org: OrgId,
    clients: &[ClientId],
    today: Day,
) -> Result<Vec<Held>, DbError> {
    sql_owned(format!(
        "select client_link.client_id, count(*) as subscriptions, \
         cast(sum(subscription.quantity) as bigint) as licences \
         from client_link join subscription on subscription.org_id = $1 \
           and subscription.connection_id = client_link.connection_id \
           and subscription.company_external_id = client_link.external_id \
         where client_link.org_id = $1 and client_link.state = 'mapped' \
           and client_link.client_id in ({}) and subscription.removed_at is null \
           and subscription.starts_on <= $2 \
           and (subscription.ends_on is null or subscription.ends_on > $2) \
         group by client_link.client_id",
        marks(3, clients.len())
    ))
    .bind(org)
    .bind(today)
    .bind_all(clients.iter().map(|id| Value::from(*id)))
    .all(tx)
    .await
}

/// Devices that count on some meter and were seen since.
pub async fn devices(
    tx: &mut Tx,
    org: OrgId,
    clients: &[ClientId],
    seen_since: At,
) -> Result<Vec<(ClientId, i64)>, DbError> {
    sql_owned(format!(
        "select client_link.client_id, count(*) \
         from client_link join device on device.org_id = $1 \
           and device.connection_id = client_link.connection_id \
           and device.company_external_id = client_link.external_id \
         where client_link.org_id = $1 and client_link.state = 'mapped' \
           and client_link.client_id in ({}) and device.removed_at is null \
           and device.meter is not null and device.last_seen_at >= $2 \
         group by client_link.client_id",
        marks(3, clients.len())
    ))
    .bind(org)
    .bind(seen_since)
    .bind_all(clients.iter().map(|id| Value::from(*id)))
    .all(tx)
    .await
}

/// `$first, $first+1, …`: as many as there are values.
fn marks(first: usize, count: usize) -> String {
    let marks: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    marks.join(", ")
}
