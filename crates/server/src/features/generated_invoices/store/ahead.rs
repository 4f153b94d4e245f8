//! Which organizations have their drafts made ahead.

use crate::db::{DbError, OrgId, Tx, sql};

#[derive(sqlx::FromRow)]
pub struct Ahead {
    pub days: i64,
    pub time_zone: String,
}

pub async fn ahead(tx: &mut Tx, org: OrgId) -> Result<Option<Ahead>, DbError> {
    sql(
        "select drafts_ahead_days as days, time_zone from organization \
         where id = $1 and drafts_ahead_days is not null",
    )
    .bind(org)
    .optional(tx)
    .await
}

pub async fn making_ahead(tx: &mut Tx) -> Result<Vec<OrgId>, DbError> {
    sql("select id from organization where drafts_ahead_days is not null order by id")
        .values(tx)
        .await
}
