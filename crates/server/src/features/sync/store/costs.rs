//! What was known of subscriptions' costs before a run.

use crate::db::{ConnectionId, Day, DbError, Exact, OrgId, Tx, dialect, sql_owned};

#[derive(Debug, sqlx::FromRow)]
pub struct Cost {
    pub external_id: String,
    pub unit_cost: Exact,
    pub previous_unit_cost: Option<Exact>,
    pub cost_changed_on: Option<Day>,
}

pub async fn of(
    tx: &mut Tx,
    org: OrgId,
    connection: ConnectionId,
    keys: &str,
) -> Result<Vec<Cost>, DbError> {
    sql_owned(format!(
        "select external_id, unit_cost, previous_unit_cost, cost_changed_on from subscription \
         where org_id = $1 and {}",
        dialect::is_asked_for(tx, "subscription")
    ))
    .bind(org)
    .bind(connection)
    .bind(keys)
    .all(tx)
    .await
}
