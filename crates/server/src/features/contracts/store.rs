//! Contracts, lines, their events and what they follow.

use super::{
    Contract, ContractTerms,
    line::{Followed, LineEvent, LineTerms},
};
use crate::{
    db::{
        At, ClientId, ContractId, ContractLineId, Day, DbError, Exact, OrgId, SnapshotId,
        SubscriptionId, Tx, Value, sql, sql_owned,
    },
    features::clients::name_key,
    paging::{After, Window},
};
use uuid::Uuid;

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

/// Takes a draft away. Its lines go with it.
pub async fn delete_draft(
    tx: &mut Tx,
    org: OrgId,
    id: ContractId,
    seen_version: i64,
) -> Result<(), DbError> {
    sql("delete from contract where org_id = $1 and id = $2 and version = $3 and status = 'draft'")
        .bind(org)
        .bind(id)
        .bind(seen_version)
        .run_one(tx)
        .await
}

pub async fn delete_lines(tx: &mut Tx, org: OrgId, contract: ContractId) -> Result<(), DbError> {
    sql("delete from contract_line where org_id = $1 and contract_id = $2")
        .bind(org)
        .bind(contract)
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

pub async fn follow(
    tx: &mut Tx,
    org: OrgId,
    line: ContractLineId,
    subscription: &str,
    counts_from: Option<Day>,
) -> Result<(), DbError> {
    sql(
        "insert into line_subscription (org_id, line_id, subscription_external_id, counts_from) \
         values ($1, $2, $3, $4)",
    )
    .bind(org)
    .bind(line)
    .bind(subscription)
    .bind(counts_from)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn unfollow(
    tx: &mut Tx,
    org: OrgId,
    line: ContractLineId,
    subscription: &str,
) -> Result<(), DbError> {
    sql(
        "delete from line_subscription where org_id = $1 and line_id = $2 \
         and subscription_external_id = $3",
    )
    .bind(org)
    .bind(line)
    .bind(subscription)
    .run(tx)
    .await?;
    Ok(())
}

/// A line of a contract that is not over which follows the subscription on or after a day.
pub async fn follower(
    tx: &mut Tx,
    org: OrgId,
    subscription: &str,
    from: Day,
) -> Result<Option<(ContractLineId, ContractId, String)>, DbError> {
    sql(
        "select contract_line.id, contract_line.contract_id, contract_line.reference \
         from line_subscription \
         join contract_line on contract_line.org_id = $1 \
           and contract_line.id = line_subscription.line_id \
         join contract on contract.org_id = $1 and contract.id = contract_line.contract_id \
         where line_subscription.org_id = $1 and line_subscription.subscription_external_id = $2 \
           and contract.status <> 'draft' \
           and (contract_line.ends_on is null or contract_line.ends_on > $3) \
         order by contract_line.id limit 1",
    )
    .bind(org)
    .bind(subscription)
    .bind(from)
    .optional(tx)
    .await
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

pub async fn agreed_lines(tx: &mut Tx, org: OrgId) -> Result<Vec<LineRow>, DbError> {
    sql(select_lines!(
        "and contract.status <> 'draft' order by contract_line.id"
    ))
    .bind(org)
    .all(tx)
    .await
}

pub async fn events_of(
    tx: &mut Tx,
    org: OrgId,
    lines: &[ContractLineId],
) -> Result<Vec<LineEvent>, DbError> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    sql_owned(format!(
        "select id, line_id, effective_on, kind, before_value, after_value, \
         subscription_external_id, applied_as, finding_id, person_id, recorded_at, undone_at \
         from contract_event where org_id = $1 and line_id in ({}) \
         order by effective_on, recorded_at, id",
        marks(2, lines.len())
    ))
    .bind(org)
    .bind_all(lines.iter().map(|id| Value::from(*id)))
    .all(tx)
    .await
}

pub async fn all_events(tx: &mut Tx, org: OrgId) -> Result<Vec<LineEvent>, DbError> {
    sql(
        "select id, line_id, effective_on, kind, before_value, after_value, \
         subscription_external_id, applied_as, finding_id, person_id, recorded_at, undone_at \
         from contract_event where org_id = $1 order by effective_on, recorded_at, id",
    )
    .bind(org)
    .all(tx)
    .await
}

pub async fn event(tx: &mut Tx, org: OrgId, id: Uuid) -> Result<Option<LineEvent>, DbError> {
    sql(
        "select id, line_id, effective_on, kind, before_value, after_value, \
         subscription_external_id, applied_as, finding_id, person_id, recorded_at, undone_at \
         from contract_event where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}

pub async fn insert_event(tx: &mut Tx, org: OrgId, event: &LineEvent) -> Result<(), DbError> {
    sql(
        "insert into contract_event (org_id, id, line_id, effective_on, kind, before_value, \
         after_value, subscription_external_id, applied_as, finding_id, person_id, recorded_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(org)
    .bind(event.id)
    .bind(event.line_id)
    .bind(event.effective_on)
    .bind(&event.kind)
    .bind(event.before_value)
    .bind(event.after_value)
    .bind(event.subscription_external_id.as_deref())
    .bind(event.applied_as.as_deref())
    .bind(event.finding_id)
    .bind(event.person_id)
    .bind(event.recorded_at)
    .run(tx)
    .await?;
    Ok(())
}

/// Takes an event back; it stays to be seen.
pub async fn undo_event(tx: &mut Tx, org: OrgId, id: Uuid, now: At) -> Result<(), DbError> {
    sql("update contract_event set undone_at = $3 \
         where org_id = $1 and id = $2 and undone_at is null")
    .bind(org)
    .bind(id)
    .bind(now)
    .run_one(tx)
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

pub async fn follows_of(
    tx: &mut Tx,
    org: OrgId,
    lines: &[ContractLineId],
) -> Result<Vec<Followed>, DbError> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    sql_owned(format!(
        "select line_id, subscription_external_id, counts_from from line_subscription \
         where org_id = $1 and line_id in ({}) order by line_id, subscription_external_id",
        marks(2, lines.len())
    ))
    .bind(org)
    .bind_all(lines.iter().map(|id| Value::from(*id)))
    .all(tx)
    .await
}

pub async fn all_follows(tx: &mut Tx, org: OrgId) -> Result<Vec<Followed>, DbError> {
    sql(
        "select line_id, subscription_external_id, counts_from from line_subscription \
         where org_id = $1 order by line_id, subscription_external_id",
    )
    .bind(org)
    .all(tx)
    .await
}

/// `$first, $first+1, …`: as many as there are values.
fn marks(first: usize, count: usize) -> String {
    let marks: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    marks.join(", ")
}

pub async fn time_zone(tx: &mut Tx, org: OrgId) -> Result<String, DbError> {
    sql("select time_zone from organization where id = $1")
        .bind(org)
        .value(tx)
        .await
}

#[derive(sqlx::FromRow)]
pub struct FollowedSubscription {
    pub id: SubscriptionId,
    pub external_id: String,
    pub quantity: Exact,
    pub starts_on: Day,
    pub ends_on: Option<Day>,
}

pub async fn followed_subscriptions(
    tx: &mut Tx,
    org: OrgId,
    external_ids: &[&str],
) -> Result<Vec<FollowedSubscription>, DbError> {
    sql_owned(format!(
        "select id, external_id, quantity, starts_on, ends_on from subscription \
         where org_id = $1 and external_id in ({})",
        marks(2, external_ids.len())
    ))
    .bind(org)
    .bind_all(external_ids.iter().map(|id| Value::from(*id)))
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct FollowedChange {
    pub subscription_id: SubscriptionId,
    pub happened_at: At,
    pub quantity: Exact,
}

pub async fn followed_changes(
    tx: &mut Tx,
    org: OrgId,
    external_ids: &[&str],
) -> Result<Vec<FollowedChange>, DbError> {
    sql_owned(format!(
        "select subscription_event.subscription_id, subscription_event.happened_at, \
         subscription_event.quantity \
         from subscription join subscription_event on subscription_event.org_id = $1 \
           and subscription_event.subscription_id = subscription.id \
         where subscription.org_id = $1 and subscription.external_id in ({}) \
         order by subscription_event.happened_at",
        marks(2, external_ids.len())
    ))
    .bind(org)
    .bind_all(external_ids.iter().map(|id| Value::from(*id)))
    .all(tx)
    .await
}

/// What a tool counted at a client in one snapshot.
#[derive(sqlx::FromRow)]
pub struct MeterCount {
    pub client_id: ClientId,
    pub meter: String,
    pub snapshot_id: SnapshotId,
    pub taken_at: At,
    pub taken_on: Day,
    pub complete: bool,
    pub count: i64,
}

pub async fn meter_counts(tx: &mut Tx, org: OrgId, until: Day) -> Result<Vec<MeterCount>, DbError> {
    sql(
        "select client_link.client_id, snapshot_count.meter, snapshot.id as snapshot_id, \
         snapshot.taken_at, snapshot.taken_on, snapshot.complete, \
         cast(sum(snapshot_count.count) as bigint) as count \
         from snapshot join snapshot_count on snapshot_count.org_id = $1 \
           and snapshot_count.snapshot_id = snapshot.id \
         join client_link on client_link.org_id = $1 \
           and client_link.connection_id = snapshot.connection_id \
           and client_link.external_id = snapshot_count.company_external_id \
           and client_link.state = 'mapped' \
         where snapshot.org_id = $1 and snapshot.taken_on <= $2 \
         group by client_link.client_id, snapshot_count.meter, snapshot.id, snapshot.taken_at, \
           snapshot.taken_on, snapshot.complete \
         order by snapshot.taken_at, snapshot.id",
    )
    .bind(org)
    .bind(until)
    .all(tx)
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
