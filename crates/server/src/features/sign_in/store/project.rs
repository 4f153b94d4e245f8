//! Accounts and sessions of the Supabase project that keeps them.

use crate::db::{At, DbError, FactorId, PersonId, SessionId, Tx, sql};

pub async fn person_of(tx: &mut Tx, account: &str) -> Result<Option<PersonId>, DbError> {
    let found: Vec<PersonId> = sql("select id from person where project_account = $1 \
         and disabled_at is null")
    .bind(account)
    .values(tx)
    .await?;
    Ok(found.into_iter().next())
}

/// Makes an account that of the person, who has none yet; whether they had none.
pub async fn take_account(
    tx: &mut Tx,
    person: PersonId,
    account: &str,
    now: At,
) -> Result<bool, DbError> {
    let taken = sql(
        "update person set project_account = $2, email_confirmed_at = \
         coalesce(email_confirmed_at, $3), updated_at = $3 \
         where id = $1 and project_account is null and disabled_at is null",
    )
    .bind(person)
    .bind(account)
    .bind(now)
    .run(tx)
    .await?;
    Ok(taken == 1)
}

/// A session that began with the project.
#[derive(sqlx::FromRow)]
pub struct ProjectSession {
    pub id: SessionId,
    pub person_id: PersonId,
    /// None where an app has the tokens.
    pub project_tokens: Option<Vec<u8>>,
    pub project_checked_at: At,
}

/// By which a session is found.
#[derive(Clone)]
pub enum By {
    Id(SessionId),
    /// Of its cookie or API token.
    Hash(Vec<u8>),
    /// The project's name for it.
    Theirs(String),
}

/// The session, unless it was ended here.
pub async fn session(tx: &mut Tx, by: By) -> Result<Option<ProjectSession>, DbError> {
    let (id, hash, theirs) = match by {
        By::Id(id) => (Some(id), None, None),
        By::Hash(hash) => (None, Some(hash), None),
        By::Theirs(theirs) => (None, None, Some(theirs)),
    };
    sql(
        "select id, person_id, project_tokens, project_checked_at from session \
         where (id = $1 or token_hash = $2 or project_session = $3) \
         and project_session is not null and revoked_at is null",
    )
    .bind(id)
    .bind(hash)
    .bind(theirs)
    .optional(tx)
    .await
}

/// Whether the project's session began one here, be it over or not.
pub async fn is_known(tx: &mut Tx, theirs: &str) -> Result<bool, DbError> {
    let found: Vec<SessionId> = sql("select id from session where project_session = $1")
        .bind(theirs)
        .values(tx)
        .await?;
    Ok(!found.is_empty())
}

/// That the session began with this one of the project.
pub async fn attach(
    tx: &mut Tx,
    id: SessionId,
    theirs: &str,
    tokens: Option<Vec<u8>>,
    now: At,
) -> Result<(), DbError> {
    sql(
        "update session set project_session = $2, project_tokens = $3, project_checked_at = $4 \
         where id = $1",
    )
    .bind(id)
    .bind(theirs)
    .bind(tokens)
    .bind(now)
    .run_one(tx)
    .await
}

/// That the session stands, and its newest tokens where there are any.
pub async fn set_checked(
    tx: &mut Tx,
    id: SessionId,
    tokens: Option<Vec<u8>>,
    now: At,
) -> Result<(), DbError> {
    sql("update session set project_checked_at = $3, \
         project_tokens = coalesce($2, project_tokens) where id = $1")
    .bind(id)
    .bind(tokens)
    .bind(now)
    .run_one(tx)
    .await
}

/// A session that is over here, with tokens that are still kept.
#[derive(sqlx::FromRow)]
pub struct Ended {
    pub id: SessionId,
    pub project_tokens: Vec<u8>,
}

/// Some of them.
pub async fn ended(tx: &mut Tx, now: At) -> Result<Vec<Ended>, DbError> {
    sql(
        "select id, project_tokens from session where project_tokens is not null \
         and (revoked_at is not null or expires_at <= $1) order by id limit 50",
    )
    .bind(now)
    .all(tx)
    .await
}

pub async fn forget_tokens(tx: &mut Tx, id: SessionId) -> Result<(), DbError> {
    sql("update session set project_tokens = null where id = $1")
        .bind(id)
        .run_one(tx)
        .await
}

/// That a factor counts at the project.
pub async fn set_verified(tx: &mut Tx, id: FactorId, now: At) -> Result<(), DbError> {
    sql("update factor set status = 'verified', updated_at = $2 where id = $1")
        .bind(id)
        .bind(now)
        .run_one(tx)
        .await
}
