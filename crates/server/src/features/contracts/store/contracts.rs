//! Contracts themselves.

use std::collections::BTreeMap;

use crate::{
    db::{At, ClientId, ContractId, Day, DbError, Kind, OrgId, Tx, Upsert, Value, sql, upsert},
    features::{
        clients::name_key,
        contracts::{Contract, ContractTerms},
    },
    paging::{After, Window},
};

pub async fn contract(
    tx: &mut Tx,
    org: OrgId,
    id: ContractId,
) -> Result<Option<Contract>, DbError> {
    sql(
        "select contract.id, contract.reference, contract.client_id, contract.name, \
         contract.currency, contract.status, contract.starts_on, contract.ends_on, \
         contract.bill_from, contract.cycle, contract.timing, contract.purchase_order, \
         contract.version, client.reference as client_reference, client.name as client_name \
         from contract join client on client.org_id = $1 and client.id = contract.client_id \
         where contract.org_id = $1 and contract.id = $2",
    )
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}

pub async fn contract_by_reference(
    tx: &mut Tx,
    org: OrgId,
    reference: &str,
) -> Result<Option<Contract>, DbError> {
    sql(
        "select contract.id, contract.reference, contract.client_id, contract.name, \
         contract.currency, contract.status, contract.starts_on, contract.ends_on, \
         contract.bill_from, contract.cycle, contract.timing, contract.purchase_order, \
         contract.version, client.reference as client_reference, client.name as client_name \
         from contract join client on client.org_id = $1 and client.id = contract.client_id \
         where contract.org_id = $1 and contract.reference = $2",
    )
    .bind(org)
    .bind(reference)
    .optional(tx)
    .await
}

pub async fn insert_contract(
    tx: &mut Tx,
    org: OrgId,
    id: ContractId,
    terms: &ContractTerms,
    now: At,
) -> Result<(), DbError> {
    sql(
        "insert into contract (org_id, id, reference, client_id, name, name_key, currency, \
         status, starts_on, ends_on, bill_from, cycle, timing, purchase_order, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(org)
    .bind(id)
    .bind(&terms.reference)
    .bind(terms.client_id)
    .bind(&terms.name)
    .bind(search_key(terms))
    .bind(&terms.currency)
    .bind(&terms.status)
    .bind(terms.starts_on)
    .bind(terms.ends_on)
    .bind(terms.bill_from)
    .bind(terms.cycle.text())
    .bind(terms.timing.text())
    .bind(terms.purchase_order.as_deref())
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Sorted by name, found by name and reference.
fn search_key(terms: &ContractTerms) -> String {
    format!("{} {}", name_key(&terms.name), name_key(&terms.reference))
}

pub async fn update_contract(
    tx: &mut Tx,
    org: OrgId,
    id: ContractId,
    seen_version: i64,
    terms: &ContractTerms,
) -> Result<(), DbError> {
    sql(
        "update contract set reference = $4, client_id = $5, name = $6, name_key = $7, \
         currency = $8, status = $9, starts_on = $10, ends_on = $11, bill_from = $12, \
         cycle = $13, timing = $14, purchase_order = $15, version = version + 1 \
         where org_id = $1 and id = $2 and version = $3",
    )
    .bind(org)
    .bind(id)
    .bind(seen_version)
    .bind(&terms.reference)
    .bind(terms.client_id)
    .bind(&terms.name)
    .bind(search_key(terms))
    .bind(&terms.currency)
    .bind(&terms.status)
    .bind(terms.starts_on)
    .bind(terms.ends_on)
    .bind(terms.bill_from)
    .bind(terms.cycle.text())
    .bind(terms.timing.text())
    .bind(terms.purchase_order.as_deref())
    .run_one(tx)
    .await
}

pub async fn time_zone(tx: &mut Tx, org: OrgId) -> Result<String, DbError> {
    sql("select time_zone from organization where id = $1")
        .bind(org)
        .value(tx)
        .await
}

/// A contract in a list.
#[derive(sqlx::FromRow)]
pub struct ListedContract {
    #[sqlx(flatten)]
    pub contract: Contract,
    pub sort_key: String,
    pub lines: i64,
    /// Null until every running line has been measured.
    pub mrr_minor: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct ContractFilter {
    pub pattern: Option<String>,
    pub client: Option<ClientId>,
    /// A [`super::Standing`]'s word.
    pub standing: Option<String>,
    /// Terms that end by then, of contracts that go on.
    pub renewal_by: Option<Day>,
    pub today: Day,
    /// `name` or `renewal`.
    pub sort: &'static str,
}

pub async fn contracts(
    tx: &mut Tx,
    org: OrgId,
    filter: &ContractFilter,
    window: &Window,
) -> Result<Vec<ListedContract>, DbError> {
    sql("select * from ( \
         select contract.id, contract.reference, contract.client_id, contract.name, \
         contract.currency, contract.status, contract.starts_on, contract.ends_on, \
         contract.bill_from, contract.cycle, contract.timing, contract.purchase_order, \
         contract.version, client.reference as client_reference, client.name as client_name, \
         case when $7 = 'renewal' then coalesce(contract.ends_on, '9999-12-31') \
           else contract.name_key end as sort_key, \
         case when contract.status = 'draft' then 'draft' \
           when contract.status = 'ended' and contract.ends_on <= $6 then 'expired' \
           when contract.status = 'ended' then 'ending' \
           when contract.starts_on > $6 then 'upcoming' \
           when contract.ends_on <= $6 then 'pending_renewal' else 'active' end as standing, \
         (select count(*) from contract_line where contract_line.org_id = $1 \
            and contract_line.contract_id = contract.id) as lines, \
         (select cast(sum(contract_line.monthly_minor) as bigint) from contract_line \
            where contract_line.org_id = $1 \
            and contract_line.contract_id = contract.id) as mrr_minor \
         from contract join client on client.org_id = $1 and client.id = contract.client_id \
         where contract.org_id = $1 \
           and ($2 is null or contract.name_key like $2 or client.name_key like $2) \
           and ($3 is null or contract.client_id = $3) \
           and ($5 is null or contract.status = 'active' and contract.ends_on <= $5) \
         ) as listed where ($4 is null or standing = $4) \
           and ($8 is null or (sort_key, id) > ($8, $9)) \
         order by sort_key, id limit $10")
    .bind(org)
    .bind(filter.pattern.as_deref())
    .bind(filter.client)
    .bind(filter.standing.as_deref())
    .bind(filter.renewal_by)
    .bind(filter.today)
    .bind(filter.sort)
    .bind(window.after.as_ref().and_then(After::text))
    .bind(window.after.as_ref().map(|after| after.id))
    .bind(window.rows())
    .all(tx)
    .await
}

/// Sums what the measured lines of agreed contracts are worth, of one contract or of all.
pub async fn set_worth(
    tx: &mut Tx,
    org: OrgId,
    contract: Option<ContractId>,
) -> Result<(), DbError> {
    sql("update contract set mrr_minor = worth.mrr_minor from ( \
           select contract_id, cast(sum(monthly_minor) as bigint) as mrr_minor \
           from contract_line where org_id = $1 and ($2 is null or contract_id = $2) \
           group by contract_id) as worth \
         where contract.org_id = $1 and contract.id = worth.contract_id \
           and contract.status <> 'draft' \
           and contract.mrr_minor is distinct from worth.mrr_minor")
    .bind(org)
    .bind(contract)
    .run(tx)
    .await?;
    Ok(())
}

const MRR_MONTHS: Upsert = Upsert {
    table: "mrr_month",
    columns: &[
        ("org_id", Kind::Uuid),
        ("month_on", Kind::Text),
        ("currency", Kind::Text),
        ("mrr_minor", Kind::Int),
    ],
    key: &["org_id", "month_on", "currency"],
    update: &["mrr_minor"],
    unless_equal: None,
};

/// What contracts were worth at the end of past months, by month and currency.
pub type MrrMonths = BTreeMap<(Day, String), i64>;

/// Puts what contracts were worth in past months in place of what was known of it.
pub async fn replace_mrr_months(
    tx: &mut Tx,
    org: OrgId,
    months: &MrrMonths,
) -> Result<(), DbError> {
    if mrr_months(tx, org).await? == *months {
        return Ok(());
    }
    sql("delete from mrr_month where org_id = $1")
        .bind(org)
        .run(tx)
        .await?;
    let rows = months.iter().map(|((month, currency), minor)| {
        vec![
            org.into(),
            (*month).into(),
            currency.as_str().into(),
            Value::Int(Some(*minor)),
        ]
    });
    upsert(tx, &MRR_MONTHS, rows.collect()).await?;
    Ok(())
}

async fn mrr_months(tx: &mut Tx, org: OrgId) -> Result<MrrMonths, DbError> {
    let rows: Vec<(Day, String, i64)> =
        sql("select month_on, currency, mrr_minor from mrr_month where org_id = $1")
            .bind(org)
            .all(tx)
            .await?;
    let months = rows.into_iter();
    Ok(months
        .map(|(month, currency, minor)| ((month, currency), minor))
        .collect())
}
