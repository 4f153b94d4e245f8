//! What was read on own meters, corrections included.

use crate::{
    db::{
        At, ClientId, ContractLineId, Day, DbError, Exact, MeterId, MeterReadingId, OrgId,
        PersonId, Tx, sql,
    },
    features::clients::Span,
};

/// A reading that stands.
#[derive(sqlx::FromRow)]
pub struct Stood {
    pub id: MeterReadingId,
    pub client_id: ClientId,
    /// The meter's code.
    pub meter: String,
    pub taken_on: Day,
    pub value: Exact,
    pub recorded_at: At,
}

/// What stands of all own meters up to a day, oldest first; from `since` on, where that is said.
pub async fn standing(
    tx: &mut Tx,
    org: OrgId,
    (since, until): (Option<Day>, Day),
) -> Result<Vec<Stood>, DbError> {
    sql(
        "select reading.id, reading.client_id, meter.code as meter, reading.taken_on, \
           reading.value, reading.recorded_at \
         from meter_reading reading \
         join meter on meter.org_id = reading.org_id and meter.id = reading.meter_id \
         where reading.org_id = $1 and reading.taken_on <= $2 \
           and ($3 is null or reading.taken_on >= $3) and reading.corrected_at is null \
         order by reading.taken_on, reading.id",
    )
    .bind(org)
    .bind(until)
    .bind(since)
    .all(tx)
    .await
}

/// What an own meter last showed for a client by a day, if it is not older than `since`.
pub async fn standing_of(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
    (meter, since, until): (&str, Day, Day),
) -> Result<Option<Stood>, DbError> {
    sql(
        "select reading.id, reading.client_id, meter.code as meter, reading.taken_on, \
           reading.value, reading.recorded_at \
         from meter_reading reading \
         join meter on meter.org_id = reading.org_id and meter.id = reading.meter_id \
         where reading.org_id = $1 and reading.client_id = $2 and meter.code = $3 \
           and reading.taken_on >= $4 and reading.taken_on <= $5 \
           and reading.corrected_at is null \
         order by reading.taken_on desc limit 1",
    )
    .bind(org)
    .bind(client)
    .bind(meter)
    .bind(since)
    .bind(until)
    .optional(tx)
    .await
}

/// A reading of one meter, as it is known.
#[derive(sqlx::FromRow)]
pub struct Known {
    pub id: MeterReadingId,
    pub client_id: ClientId,
    pub taken_on: Day,
    pub value: Exact,
}

pub async fn known(tx: &mut Tx, org: OrgId, meter: MeterId) -> Result<Vec<Known>, DbError> {
    sql("select id, client_id, taken_on, value from meter_reading \
         where org_id = $1 and meter_id = $2 and corrected_at is null")
    .bind(org)
    .bind(meter)
    .all(tx)
    .await
}

pub struct NewReading {
    pub id: MeterReadingId,
    pub meter: MeterId,
    pub client: ClientId,
    pub taken_on: Day,
    pub value: Exact,
    pub recorded_at: At,
    pub recorded_by: PersonId,
}

pub async fn insert_reading(tx: &mut Tx, org: OrgId, new: &NewReading) -> Result<(), DbError> {
    sql(
        "insert into meter_reading (org_id, id, meter_id, client_id, taken_on, value, \
           recorded_at, recorded_by) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(org)
    .bind(new.id)
    .bind(new.meter)
    .bind(new.client)
    .bind(new.taken_on)
    .bind(new.value)
    .bind(new.recorded_at)
    .bind(new.recorded_by)
    .run(tx)
    .await?;
    Ok(())
}

/// Another reading takes its place.
pub async fn correct(tx: &mut Tx, org: OrgId, id: MeterReadingId, now: At) -> Result<(), DbError> {
    sql("update meter_reading set corrected_at = $3 \
         where org_id = $1 and id = $2 and corrected_at is null")
    .bind(org)
    .bind(id)
    .bind(now)
    .run_one(tx)
    .await
}

/// A reading that another took the place of.
#[derive(sqlx::FromRow)]
pub struct Corrected {
    pub client_name: String,
    pub taken_on: Day,
    pub value: Exact,
    pub corrected_at: At,
    /// What stands there now.
    pub now: Exact,
}

/// The newest corrections of a meter.
pub async fn corrected(tx: &mut Tx, org: OrgId, meter: MeterId) -> Result<Vec<Corrected>, DbError> {
    sql(
        "select client.name as client_name, old.taken_on, old.value, old.corrected_at, \
           standing.value as now \
         from meter_reading old \
         join client on client.org_id = old.org_id and client.id = old.client_id \
         join meter_reading standing on standing.org_id = old.org_id \
           and standing.meter_id = old.meter_id and standing.client_id = old.client_id \
           and standing.taken_on = old.taken_on and standing.corrected_at is null \
         where old.org_id = $1 and old.meter_id = $2 and old.corrected_at is not null \
         order by old.corrected_at desc, client.name_key, old.taken_on limit 100",
    )
    .bind(org)
    .bind(meter)
    .all(tx)
    .await
}

/// Settled usage of a client's line, for a period in which a meter has a reading that the invoice did
/// not know. Whether the line counts that meter, its rule says.
#[derive(sqlx::FromRow)]
pub struct Late {
    pub line_id: ContractLineId,
    pub starts_on: Day,
    /// The meter that was read late.
    pub meter: String,
    /// What stands on invoices for it, corrections included.
    pub net_minor: i64,
}

pub async fn late_readings(tx: &mut Tx, org: OrgId, clients: Span) -> Result<Vec<Late>, DbError> {
    sql(
        "select distinct usage.line_id, usage.starts_on, meter.code as meter, \
           cast((select coalesce(sum(line.net_minor), 0) from coverage taken \
             join generated_line line on line.org_id = taken.org_id \
               and line.coverage_id = taken.id \
             where taken.org_id = $1 and taken.line_id = usage.line_id \
               and taken.starts_on = usage.starts_on \
               and taken.charge_kind in ('usage', 'correction') \
               and taken.state in ('drafted', 'posted')) as bigint) as net_minor \
         from coverage usage \
         join contract_line agreed on agreed.org_id = usage.org_id and agreed.id = usage.line_id \
         join contract on contract.org_id = agreed.org_id and contract.id = agreed.contract_id \
         join meter_reading reading on reading.org_id = usage.org_id \
           and reading.client_id = contract.client_id and reading.corrected_at is null \
           and reading.recorded_at >= usage.known_at \
           and reading.taken_on >= usage.starts_on and reading.taken_on < usage.ends_on \
         join meter on meter.org_id = reading.org_id and meter.id = reading.meter_id \
         where usage.org_id = $1 and usage.charge_kind = 'usage' \
           and usage.state in ('drafted', 'posted', 'nil') and usage.invoice_id is null \
           and contract.client_id >= $2 and contract.client_id <= $3 \
         order by usage.line_id, usage.starts_on",
    )
    .bind(org)
    .bind(clients.from)
    .bind(clients.to)
    .all(tx)
    .await
}
