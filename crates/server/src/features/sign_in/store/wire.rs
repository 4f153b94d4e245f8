//! People as clients of the wire see them.

use crate::db::{At, DbError, PersonId, SessionId, Tx, sql};

#[derive(sqlx::FromRow)]
pub struct UserRow {
    pub id: PersonId,
    pub email: String,
    pub password_hash: Option<String>,
    pub user_metadata: String,
    pub created_at: At,
    pub updated_at: At,
    pub email_confirmed_at: Option<At>,
    pub last_sign_in_at: Option<At>,
}

pub async fn user(tx: &mut Tx, id: PersonId) -> Result<Option<UserRow>, DbError> {
    sql(
        "select id, email, password_hash, user_metadata, created_at, updated_at, \
         email_confirmed_at, last_sign_in_at from person \
         where id = $1 and disabled_at is null",
    )
    .bind(id)
    .optional(tx)
    .await
}

pub async fn user_by_email(tx: &mut Tx, email: &str) -> Result<Option<UserRow>, DbError> {
    sql(
        "select id, email, password_hash, user_metadata, created_at, updated_at, \
         email_confirmed_at, last_sign_in_at from person \
         where email = $1 and disabled_at is null",
    )
    .bind(email)
    .optional(tx)
    .await
}

pub async fn set_metadata(
    tx: &mut Tx,
    id: PersonId,
    metadata: &str,
    now: At,
) -> Result<(), DbError> {
    sql("update person set user_metadata = $2, updated_at = $3 where id = $1")
        .bind(id)
        .bind(metadata)
        .bind(now)
        .run_one(tx)
        .await
}

/// When the session last showed a factor.
pub async fn factor_at(tx: &mut Tx, session: SessionId) -> Result<At, DbError> {
    sql("select factor_at from session where id = $1")
        .bind(session)
        .value(tx)
        .await
}
