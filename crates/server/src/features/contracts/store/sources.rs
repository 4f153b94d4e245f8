//! What lines take their quantities from: subscriptions and counts.

use super::marks;
use crate::db::{
    At, ClientId, Day, DbError, Exact, OrgId, SnapshotId, SubscriptionId, Tx, Value, sql, sql_owned,
};

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
