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

/// Which subscriptions are asked for, by the vendor's ids.
#[derive(Clone, Copy)]
pub enum Followed<'i> {
    These(&'i [&'i str]),
    ByAnyLine,
}

impl<'i> Followed<'i> {
    /// What stands behind `external_id in`; `$1` is the organization.
    fn list(self) -> String {
        match self {
            Self::These(ids) => format!("({})", marks(2, ids.len())),
            Self::ByAnyLine => "(select subscription_external_id from line_subscription \
                 where org_id = $1)"
                .to_owned(),
        }
    }

    fn values(self) -> impl Iterator<Item = Value> + use<'i> {
        let ids = match self {
            Self::These(ids) => ids,
            Self::ByAnyLine => &[],
        };
        ids.iter().map(|id| Value::from(*id))
    }
}

pub async fn followed_subscriptions(
    tx: &mut Tx,
    org: OrgId,
    followed: Followed<'_>,
) -> Result<Vec<FollowedSubscription>, DbError> {
    sql_owned(format!(
        "select id, external_id, quantity, starts_on, ends_on from subscription \
         where org_id = $1 and external_id in {}",
        followed.list()
    ))
    .bind(org)
    .bind_all(followed.values())
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
    followed: Followed<'_>,
) -> Result<Vec<FollowedChange>, DbError> {
    sql_owned(format!(
        "select subscription_id, happened_at, quantity from subscription_event \
         where org_id = $1 and subscription_id in (select id from subscription \
           where org_id = $1 and external_id in {}) \
         order by happened_at",
        followed.list()
    ))
    .bind(org)
    .bind_all(followed.values())
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
