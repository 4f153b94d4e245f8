//! A person's password and sessions.

use crate::db::{At, DbError, PersonId, SessionId, Tx, sql, sql_owned};

pub async fn has_password(tx: &mut Tx, person: PersonId) -> Result<bool, DbError> {
    sql("select password_hash is not null as known from person where id = $1")
        .bind(person)
        .value(tx)
        .await
}

#[derive(Debug, sqlx::FromRow)]
pub struct SessionRow {
    pub id: SessionId,
    /// `web`, `api`, or `auth` for clients of the wire.
    pub kind: String,
    pub organization: String,
    pub user_agent: String,
    pub address: String,
    pub created_at: At,
    pub last_active_at: At,
}

const SESSION: &str = "select session.id, session.kind, organization.name as organization, \
     session.user_agent, session.address, session.created_at, session.last_active_at \
     from session join organization on organization.id = session.org_id";

pub async fn sessions(
    tx: &mut Tx,
    person: PersonId,
    now: At,
    idle_since: At,
) -> Result<Vec<SessionRow>, DbError> {
    sql_owned(format!(
        "{SESSION} where session.person_id = $1 and session.revoked_at is null \
         and session.expires_at > $2 and session.last_active_at > $3 \
         order by session.last_active_at desc, session.id desc"
    ))
    .bind(person)
    .bind(now)
    .bind(idle_since)
    .all(tx)
    .await
}

/// The user agent of the session that is ended now, or was before.
pub async fn revoke(
    tx: &mut Tx,
    person: PersonId,
    id: SessionId,
    now: At,
) -> Result<Option<String>, DbError> {
    let ended: Vec<String> = sql("update session set revoked_at = coalesce(revoked_at, $3) \
         where person_id = $1 and id = $2 returning user_agent")
    .bind(person)
    .bind(id)
    .bind(now)
    .values(tx)
    .await?;
    Ok(ended.into_iter().next())
}

pub async fn revoke_others(
    tx: &mut Tx,
    person: PersonId,
    kept: SessionId,
    now: At,
) -> Result<(), DbError> {
    sql("update session set revoked_at = $3 \
         where person_id = $1 and id <> $2 and revoked_at is null")
    .bind(person)
    .bind(kept)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Sessions on new devices that nobody has looked at; `here` is looked at by who uses it.
pub async fn unseen(
    tx: &mut Tx,
    person: PersonId,
    here: SessionId,
) -> Result<Vec<SessionRow>, DbError> {
    sql_owned(format!(
        "{SESSION} where session.person_id = $1 and session.id <> $2 \
         and session.new_device_since is not null order by session.created_at desc limit 3"
    ))
    .bind(person)
    .bind(here)
    .all(tx)
    .await
}

pub async fn see(tx: &mut Tx, person: PersonId) -> Result<(), DbError> {
    sql("update session set new_device_since = null \
         where person_id = $1 and new_device_since is not null")
    .bind(person)
    .run(tx)
    .await?;
    Ok(())
}
