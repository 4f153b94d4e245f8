//! People of a hosted Supabase project.

use crate::db::{At, DbError, FactorId, PersonId, Tx, sql};

#[derive(sqlx::FromRow)]
pub struct Known {
    pub id: PersonId,
    pub email: String,
}

/// Whoever has this id or this address, also when disabled.
pub async fn known(tx: &mut Tx, id: PersonId, email: &str) -> Result<Vec<Known>, DbError> {
    sql("select id, email from person where id = $1 or email = $2")
        .bind(id)
        .bind(email)
        .all(tx)
        .await
}

/// Whether somebody has this factor.
pub async fn factor_is_known(tx: &mut Tx, id: FactorId) -> Result<bool, DbError> {
    let known: i64 = sql("select count(*) from factor where id = $1")
        .bind(id)
        .value(tx)
        .await?;
    Ok(known > 0)
}

/// Puts a hash in the place of another, if that still stands there.
pub async fn renew_hash(
    tx: &mut Tx,
    id: PersonId,
    old: &str,
    new: &str,
    now: At,
) -> Result<(), DbError> {
    sql(
        "update person set password_hash = $3, updated_at = $4, version = version + 1 \
         where id = $1 and password_hash = $2",
    )
    .bind(id)
    .bind(old)
    .bind(new)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}
