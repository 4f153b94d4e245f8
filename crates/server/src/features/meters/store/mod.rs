//! Meters of the organization's own, and what names them.

mod readings;

pub use readings::{
    Corrected, NewReading, Stood, correct, corrected, insert_reading, known, late_readings,
    standing, standing_of,
};

use super::{LastReading, Meter};
use crate::db::{At, Day, DbError, MeterId, OrgId, Tx, sql};

/// By name.
pub async fn meters(tx: &mut Tx, org: OrgId) -> Result<Vec<Meter>, DbError> {
    sql("select id, code, name, unit, status, version from meter \
         where org_id = $1 order by name, code")
    .bind(org)
    .all(tx)
    .await
}

pub async fn meter(tx: &mut Tx, org: OrgId, id: MeterId) -> Result<Option<Meter>, DbError> {
    sql("select id, code, name, unit, status, version from meter where org_id = $1 and id = $2")
        .bind(org)
        .bind(id)
        .optional(tx)
        .await
}

pub async fn insert(tx: &mut Tx, org: OrgId, meter: &Meter, now: At) -> Result<(), DbError> {
    sql(
        "insert into meter (org_id, id, code, name, unit, status, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(org)
    .bind(meter.id)
    .bind(meter.code.as_str())
    .bind(meter.name.as_str())
    .bind(meter.unit.as_str())
    .bind(meter.status.as_str())
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn update(tx: &mut Tx, org: OrgId, meter: &Meter) -> Result<(), DbError> {
    sql(
        "update meter set name = $3, unit = $4, status = $5, version = $6 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(meter.id)
    .bind(meter.name.as_str())
    .bind(meter.unit.as_str())
    .bind(meter.status.as_str())
    .bind(meter.version)
    .run_one(tx)
    .await
}

/// How many active items each meter is compared with.
pub async fn items(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, i64)>, DbError> {
    sql("select meter, count(*) from catalog_item \
         where org_id = $1 and status = 'active' and meter is not null group by meter")
    .bind(org)
    .all(tx)
    .await
}

/// The quantity rules of lines that are not over.
pub async fn rules(tx: &mut Tx, org: OrgId, today: Day) -> Result<Vec<String>, DbError> {
    sql("select line.quantity_rule from contract_line line \
         join contract on contract.org_id = line.org_id and contract.id = line.contract_id \
         where line.org_id = $1 and contract.status <> 'ended' \
           and (line.ends_on is null or line.ends_on > $2)")
    .bind(org)
    .bind(today)
    .values(tx)
    .await
}

/// The newest day on which each meter has a count, and the newest of the active client that has
/// waited longest.
pub async fn last_days(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, Day, Day)>, DbError> {
    sql(
        "select counted.meter, max(snapshot.taken_on), max(snapshot.taken_on) \
         from snapshot_count counted \
         join snapshot on snapshot.org_id = counted.org_id and snapshot.id = counted.snapshot_id \
         where counted.org_id = $1 and snapshot.complete group by counted.meter \
         union all \
         select last.code, max(last.taken_on), min(last.taken_on) \
         from (select meter.code, reading.client_id, max(reading.taken_on) as taken_on \
           from meter_reading reading \
           join meter on meter.org_id = reading.org_id and meter.id = reading.meter_id \
           join client on client.org_id = reading.org_id and client.id = reading.client_id \
             and client.status = 'active' \
           where reading.org_id = $1 and reading.corrected_at is null \
           group by meter.code, reading.client_id) as last \
         group by last.code",
    )
    .bind(org)
    .all(tx)
    .await
}

/// What an own meter showed last, by client.
pub async fn last_readings(
    tx: &mut Tx,
    org: OrgId,
    meter: MeterId,
) -> Result<Vec<LastReading>, DbError> {
    sql(
        "select reading.client_id, client.name as client_name, reading.taken_on, reading.value, \
           reading.recorded_at \
         from meter_reading reading \
         join client on client.org_id = reading.org_id and client.id = reading.client_id \
         where reading.org_id = $1 and reading.meter_id = $2 and reading.corrected_at is null \
           and reading.taken_on = (select max(later.taken_on) from meter_reading later \
             where later.org_id = $1 and later.meter_id = $2 \
               and later.client_id = reading.client_id and later.corrected_at is null) \
         order by client.name_key, client.id",
    )
    .bind(org)
    .bind(meter)
    .all(tx)
    .await
}

/// What each tool that counts a meter last saw whole, by client.
pub async fn last_counts(tx: &mut Tx, org: OrgId, code: &str) -> Result<Vec<LastReading>, DbError> {
    sql(
        "select client.id as client_id, client.name as client_name, snapshot.taken_on, \
           cast(sum(counted.count) * 1000000 as bigint) as value, \
           snapshot.taken_at as recorded_at \
         from snapshot \
         join snapshot_count counted on counted.org_id = snapshot.org_id \
           and counted.snapshot_id = snapshot.id and counted.meter = $2 \
         join client_link link on link.org_id = snapshot.org_id \
           and link.connection_id = snapshot.connection_id \
           and link.external_id = counted.company_external_id and link.state = 'mapped' \
         join client on client.org_id = link.org_id and client.id = link.client_id \
         where snapshot.org_id = $1 and snapshot.complete \
           and not exists (select 1 from snapshot newer where newer.org_id = $1 \
             and newer.connection_id = snapshot.connection_id and newer.complete \
             and (newer.taken_at, newer.id) > (snapshot.taken_at, snapshot.id)) \
         group by client.id, client.name, client.name_key, snapshot.taken_on, snapshot.taken_at \
         order by client.name_key, client.id",
    )
    .bind(org)
    .bind(code)
    .all(tx)
    .await
}
