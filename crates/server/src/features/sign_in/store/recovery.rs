//! Recovery codes, by hash.

use crate::db::{At, DbError, PersonId, Tx, sql};

pub async fn delete_all(tx: &mut Tx, person: PersonId) -> Result<(), DbError> {
    sql("delete from recovery_code where person_id = $1")
        .bind(person)
        .run(tx)
        .await?;
    Ok(())
}

pub async fn insert(tx: &mut Tx, person: PersonId, hash: &[u8]) -> Result<(), DbError> {
    sql("insert into recovery_code (hash, person_id) values ($1, $2)")
        .bind(hash.to_vec())
        .bind(person)
        .run(tx)
        .await?;
    Ok(())
}

pub async fn left(tx: &mut Tx, person: PersonId) -> Result<i64, DbError> {
    sql("select count(*) from recovery_code where person_id = $1 and used_at is null")
        .bind(person)
        .value(tx)
        .await
}

/// False when it is none of the person's, or was used before.
pub async fn take(tx: &mut Tx, person: PersonId, hash: &[u8], now: At) -> Result<bool, DbError> {
    let taken = sql("update recovery_code set used_at = $3 \
         where hash = $1 and person_id = $2 and used_at is null")
    .bind(hash.to_vec())
    .bind(person)
    .bind(now)
    .run(tx)
    .await?;
    Ok(taken == 1)
}
