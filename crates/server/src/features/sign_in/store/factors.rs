//! Second factors and the challenges to show them.

use crate::db::{At, ChallengeId, DbError, FactorId, PersonId, Tx, sql};

#[derive(Debug, sqlx::FromRow)]
pub struct FactorRow {
    pub id: FactorId,
    pub kind: String,
    pub friendly_name: String,
    /// unverified | verified
    pub status: String,
    pub sealed_secret: Vec<u8>,
    pub created_at: At,
    pub updated_at: At,
    pub last_challenged_at: Option<At>,
}

impl FactorRow {
    pub fn is_verified(&self) -> bool {
        self.status == "verified"
    }
}

pub async fn insert(tx: &mut Tx, person: PersonId, factor: &FactorRow) -> Result<(), DbError> {
    sql(
        "insert into factor (id, person_id, kind, friendly_name, status, sealed_secret, \
         created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $7)",
    )
    .bind(factor.id)
    .bind(person)
    .bind(&factor.kind)
    .bind(&factor.friendly_name)
    .bind(&factor.status)
    .bind(factor.sealed_secret.clone())
    .bind(factor.created_at)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn of(tx: &mut Tx, person: PersonId) -> Result<Vec<FactorRow>, DbError> {
    sql(
        "select id, kind, friendly_name, status, sealed_secret, created_at, updated_at, \
         last_challenged_at from factor where person_id = $1 order by created_at, id",
    )
    .bind(person)
    .all(tx)
    .await
}

/// Takes a code's step, once: false when that step or a later one was taken already. A factor is
/// verified by its first code.
pub async fn take_step(tx: &mut Tx, id: FactorId, step: i64, now: At) -> Result<bool, DbError> {
    let taken = sql(
        "update factor set last_step = $2, status = 'verified', updated_at = $3 \
         where id = $1 and (last_step is null or last_step < $2)",
    )
    .bind(id)
    .bind(step)
    .bind(now)
    .run(tx)
    .await?;
    Ok(taken == 1)
}

pub async fn delete(tx: &mut Tx, person: PersonId, id: FactorId) -> Result<(), DbError> {
    sql("delete from factor where person_id = $1 and id = $2")
        .bind(person)
        .bind(id)
        .run_one(tx)
        .await
}

/// Takes away what was begun and never verified; with `before`, only what is that old.
pub async fn delete_unverified(
    tx: &mut Tx,
    person: PersonId,
    before: Option<At>,
) -> Result<(), DbError> {
    sql(
        "delete from factor where person_id = $1 and status = 'unverified' \
         and ($2 is null or created_at < $2)",
    )
    .bind(person)
    .bind(before)
    .run(tx)
    .await?;
    Ok(())
}

/// The same of one name.
pub async fn delete_begun(tx: &mut Tx, person: PersonId, name: &str) -> Result<(), DbError> {
    sql(
        "delete from factor where person_id = $1 and friendly_name = $2 \
         and status = 'unverified'",
    )
    .bind(person)
    .bind(name)
    .run(tx)
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
pub struct ChallengeRow {
    pub address: String,
    pub created_at: At,
}

pub async fn insert_challenge(
    tx: &mut Tx,
    id: ChallengeId,
    factor: FactorId,
    address: &str,
    now: At,
) -> Result<(), DbError> {
    sql(
        "insert into factor_challenge (id, factor_id, address, created_at) \
         values ($1, $2, $3, $4)",
    )
    .bind(id)
    .bind(factor)
    .bind(address)
    .bind(now)
    .run(tx)
    .await?;
    sql("update factor set last_challenged_at = $2 where id = $1")
        .bind(factor)
        .bind(now)
        .run_one(tx)
        .await
}

pub async fn challenge(
    tx: &mut Tx,
    factor: FactorId,
    id: ChallengeId,
) -> Result<Option<ChallengeRow>, DbError> {
    sql("select address, created_at from factor_challenge where factor_id = $1 and id = $2")
        .bind(factor)
        .bind(id)
        .optional(tx)
        .await
}

/// A challenge is answered once, and what is older than `before` never.
pub async fn delete_challenges(
    tx: &mut Tx,
    factor: FactorId,
    answered: ChallengeId,
    before: At,
) -> Result<(), DbError> {
    sql("delete from factor_challenge where factor_id = $1 and (id = $2 or created_at < $3)")
        .bind(factor)
        .bind(answered)
        .bind(before)
        .run(tx)
        .await?;
    Ok(())
}
