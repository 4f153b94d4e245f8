//! Snapshots: counts taken at one time, from the devices a run has seen.

use crate::{
    db::{At, Day, DbError, SnapshotId, Tx, sql},
    features::sync::ingest::Source,
};

/// How many devices this run has seen.
pub async fn devices_seen(tx: &mut Tx, from: Source) -> Result<i64, DbError> {
    sql("select count(*) from device \
         where org_id = $1 and connection_id = $2 and seen_run = $3 and removed_at is null")
    .bind(from.org)
    .bind(from.connection)
    .bind(from.run)
    .value(tx)
    .await
}

/// How many devices the last complete snapshot was made from.
pub async fn last_complete(tx: &mut Tx, from: Source) -> Result<Option<i64>, DbError> {
    let found: Option<(i64,)> = sql("select records from snapshot \
         where org_id = $1 and connection_id = $2 and complete \
         order by taken_at desc limit 1")
    .bind(from.org)
    .bind(from.connection)
    .optional(tx)
    .await?;
    Ok(found.map(|row| row.0))
}

pub struct Snapshot {
    pub id: SnapshotId,
    pub taken_at: At,
    pub taken_on: Day,
    pub complete: bool,
    pub records: i64,
}

pub async fn insert_snapshot(tx: &mut Tx, from: Source, row: &Snapshot) -> Result<(), DbError> {
    sql(
        "insert into snapshot (org_id, id, connection_id, taken_at, taken_on, complete, records) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(from.org)
    .bind(row.id)
    .bind(from.connection)
    .bind(row.taken_at)
    .bind(row.taken_on)
    .bind(row.complete)
    .bind(row.records)
    .run(tx)
    .await?;
    Ok(())
}

/// One row per organization and meter, zero included: zero of something that was counted is
/// something else than no count.
pub async fn insert_counts(
    tx: &mut Tx,
    from: Source,
    snapshot: SnapshotId,
    seen_since: At,
    meters: &[&str],
) -> Result<(), DbError> {
    for meter in meters {
        sql(
            "insert into snapshot_count (org_id, snapshot_id, company_external_id, meter, count) \
             select company.org_id, $4, company.external_id, $5, count(device.external_id) \
             from vendor_company company \
             left join device on device.org_id = company.org_id \
               and device.connection_id = company.connection_id \
               and device.company_external_id = company.external_id \
               and device.seen_run = $3 and device.removed_at is null \
               and device.meter = $5 and device.last_seen_at >= $6 \
             where company.org_id = $1 and company.connection_id = $2 \
               and company.removed_at is null \
             group by company.org_id, company.external_id",
        )
        .bind(from.org)
        .bind(from.connection)
        .bind(from.run)
        .bind(snapshot)
        .bind(*meter)
        .bind(seen_since)
        .run(tx)
        .await?;
    }
    Ok(())
}
