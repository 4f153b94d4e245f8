//! The six numbers and the runs, as stored.

use billing::{
    Micro,
    reconcile::{Numbers, Outcome, Row},
};
use chrono::NaiveDate;
use futures::TryStreamExt as _;
use uuid::Uuid;

use super::super::{Summary, facts::uuid_of, rows::Filter, rows::ItemRow, rows::like};
use crate::{
    app::App,
    db::{At, Day, DbError, Kind, OrgId, Tx, Upsert, Value, sql, upsert},
};

const ROWS: Upsert = Upsert {
    table: "reconciliation_row",
    columns: &[
        ("org_id", Kind::Uuid),
        ("client_id", Kind::Uuid),
        ("catalog_item_id", Kind::Uuid),
        ("service_on", Kind::Text),
        ("bought", Kind::Int),
        ("assigned", Kind::Int),
        ("deployed", Kind::Int),
        ("contracted", Kind::Int),
        ("invoiced", Kind::Int),
        ("paid", Kind::Int),
        ("variance", Kind::Int),
    ],
    key: &["org_id", "client_id", "catalog_item_id"],
    update: &[
        "service_on",
        "bought",
        "assigned",
        "deployed",
        "contracted",
        "invoiced",
        "paid",
        "variance",
    ],
    unless_equal: None,
};

/// A stored row, to be compared.
#[derive(sqlx::FromRow)]
struct Known {
    client_id: Uuid,
    catalog_item_id: Uuid,
    bought: Option<i64>,
    assigned: Option<i64>,
    deployed: Option<i64>,
    contracted: Option<i64>,
    invoiced: Option<i64>,
    paid: Option<i64>,
}

type Key = (Uuid, Uuid);

impl Known {
    fn key(&self) -> Key {
        (self.client_id, self.catalog_item_id)
    }

    fn says(&self, numbers: &Numbers) -> bool {
        let micro = |number: Option<i64>| number.map(Micro);
        *numbers
            == Numbers {
                bought: micro(self.bought),
                assigned: micro(self.assigned),
                deployed: micro(self.deployed),
                contracted: micro(self.contracted),
                invoiced: micro(self.invoiced),
                paid: micro(self.paid),
            }
    }
}

/// What a run changes in the stored rows.
#[derive(Default)]
struct Differences<'o> {
    changed: Vec<&'o Row>,
    gone: Vec<Key>,
}

/// Brings the stored rows to a run's, writing what differs.
pub async fn replace(
    tx: &mut Tx,
    org: OrgId,
    outcome: &Outcome,
    service_date: NaiveDate,
) -> Result<(), DbError> {
    let service_on = Day(service_date);
    let differences = differences(tx, org, &outcome.rows).await?;
    for (client, item) in differences.gone {
        sql("delete from reconciliation_row \
             where org_id = $1 and client_id = $2 and catalog_item_id = $3")
        .bind(org)
        .bind(client)
        .bind(item)
        .run(tx)
        .await?;
    }
    let changed = differences.changed.into_iter();
    upsert(
        tx,
        &ROWS,
        changed.map(|row| values(org, row, service_on)).collect(),
    )
    .await?;
    sql("update reconciliation_row set service_on = $2 where org_id = $1 and service_on <> $2")
        .bind(org)
        .bind(service_on)
        .run(tx)
        .await?;
    Ok(())
}

/// Both sides are in the order of client and item, so they are walked along side by side.
async fn differences<'o>(
    tx: &mut Tx,
    org: OrgId,
    rows: &'o [Row],
) -> Result<Differences<'o>, DbError> {
    let mut differences = Differences::default();
    let mut rows = rows.iter().peekable();
    let mut stored = sql(
        "select client_id, catalog_item_id, bought, assigned, deployed, contracted, invoiced, paid \
         from reconciliation_row where org_id = $1 order by client_id, catalog_item_id",
    )
    .bind(org)
    .stream::<Known>(tx);
    while let Some(known) = stored.try_next().await? {
        while let Some(new) = rows.next_if(|row| key(row) < known.key()) {
            differences.changed.push(new);
        }
        match rows.next_if(|row| key(row) == known.key()) {
            Some(row) if known.says(&row.numbers()) => {}
            Some(row) => differences.changed.push(row),
            None => differences.gone.push(known.key()),
        }
    }
    differences.changed.extend(rows);
    Ok(differences)
}

fn key(row: &Row) -> Key {
    (uuid_of(row.client), uuid_of(row.item))
}

fn values(org: OrgId, row: &Row, service_on: Day) -> Vec<Value> {
    let n = row.numbers();
    let number = |micro: Option<Micro>| Value::Int(micro.map(|micro| micro.0));
    vec![
        org.into(),
        uuid_of(row.client).into(),
        uuid_of(row.item).into(),
        service_on.into(),
        number(n.bought),
        number(n.assigned),
        number(n.deployed),
        number(n.contracted),
        number(n.invoiced),
        number(n.paid),
        number(n.variance()),
    ]
}

pub async fn insert_run(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    service_date: NaiveDate,
    started_at: At,
    summary: &Summary,
) -> Result<(), DbError> {
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    sql("insert into reconcile_run \
         (org_id, id, service_on, started_at, finished_at, clients, found, changed, healed, \
          under_licensed) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
          (select count(distinct numbers.client_id) from reconciliation_row numbers \
           join client on client.org_id = $1 and client.id = numbers.client_id \
           where numbers.org_id = $1 and numbers.variance > 0 and client.status = 'active'))")
    .bind(org)
    .bind(app.new_id::<Uuid>())
    .bind(Day(service_date))
    .bind(started_at)
    .bind(app.now())
    .bind(count(summary.clients))
    .bind(count(summary.found))
    .bind(count(summary.changed))
    .bind(count(summary.healed))
    .run(tx)
    .await?;
    Ok(())
}

pub async fn last_run(tx: &mut Tx, org: OrgId) -> Result<Option<(Day, At)>, DbError> {
    sql(
        "select service_on, finished_at from reconcile_run where org_id = $1 \
         order by id desc limit 1",
    )
    .bind(org)
    .optional(tx)
    .await
}

/// Rows in the order asked for: `rank` first, then `key`, which names one row.
pub async fn rows(tx: &mut Tx, org: OrgId, filter: &Filter) -> Result<Vec<ItemRow>, DbError> {
    let after = filter.after.as_ref();
    sql("select * from (select numbers.client_id, client.name as client_name, \
           numbers.catalog_item_id, item.code as item_code, item.name as item_name, \
           numbers.service_on, numbers.bought, numbers.assigned, numbers.deployed, \
           numbers.contracted, numbers.invoiced, numbers.paid, numbers.variance, \
           case when $5 = 'variance' then -abs(coalesce(numbers.variance, 0)) \
             else cast(0 as bigint) end as rank, \
           case when $5 = 'item' then item.name_key || $6 || item.code || $6 || client.name_key \
             else client.name_key || $6 || item.code end as key \
         from reconciliation_row numbers \
         join client on client.org_id = numbers.org_id and client.id = numbers.client_id \
         join catalog_item item on item.org_id = numbers.org_id and item.id = numbers.catalog_item_id \
         where numbers.org_id = $1 and ($2 is null or numbers.client_id = $2) \
           and ($3 is null or client.name_key like $3 or item.name_key like $3) \
           and ($4 = false or coalesce(numbers.variance, 0) <> 0 \
             or coalesce(numbers.bought, numbers.contracted) <> numbers.contracted \
             or coalesce(numbers.invoiced, numbers.contracted) <> numbers.contracted \
             or numbers.contracted is null) \
           and ($10 is null or numbers.catalog_item_id = $10)) as listed \
         where $7 is null or rank > $7 or (rank = $7 and key > $8) \
         order by rank, key limit $9")
    .bind(org)
    .bind(filter.client)
    .bind(filter.search.as_ref().map(|text| like(text)))
    .bind(filter.differing)
    .bind(filter.sort.as_str())
    .bind("\u{1}")
    .bind(after.map(|(rank, _)| *rank))
    .bind(after.map(|(_, key)| key.as_str()))
    .bind(filter.limit)
    .bind(filter.item)
    .all(tx)
    .await
}
