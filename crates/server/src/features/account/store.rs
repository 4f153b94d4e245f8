//! A person, their picture, password and sessions.

use crate::{
    db::{At, DbError, PersonId, SessionId, Tx, sql, sql_owned},
    lifetime::Lifetime,
};

#[derive(Debug, sqlx::FromRow)]
pub struct SessionRow {
    pub id: SessionId,
    /// `web`, `api`, or `auth` for clients of the wire.
    pub kind: String,
    pub organization: String,
    pub user_agent: String,
    pub address: String,
    #[sqlx(flatten)]
    pub lifetime: Lifetime,
}

const SESSION: &str = "select session.id, session.kind, organization.name as organization, \
     session.user_agent, session.address, session.created_at, session.last_active_at, \
     session.expires_at, organization.session_hours, organization.idle_minutes \
     from session join organization on organization.id = session.org_id";

/// The person's sessions that nobody ended, the last used first.
pub async fn sessions(tx: &mut Tx, person: PersonId) -> Result<Vec<SessionRow>, DbError> {
    sql_owned(format!(
        "{SESSION} where session.person_id = $1 and session.revoked_at is null \
         order by session.last_active_at desc, session.id desc"
    ))
    .bind(person)
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

/// Who somebody says they are.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct ProfileRow {
    pub name: String,
    pub time_zone: Option<String>,
    pub locale: String,
    pub version: i64,
}

pub async fn profile(tx: &mut Tx, person: PersonId) -> Result<ProfileRow, DbError> {
    sql("select name, time_zone, locale, version from person where id = $1")
        .bind(person)
        .one(tx)
        .await
}

/// # Errors
/// [`DbError::Stale`] when the person has another version by now.
pub async fn update_profile(
    tx: &mut Tx,
    person: PersonId,
    version: i64,
    after: &ProfileRow,
    now: At,
) -> Result<(), DbError> {
    sql(
        "update person set name = $3, time_zone = $4, locale = $5, updated_at = $6, \
         version = version + 1 where id = $1 and version = $2",
    )
    .bind(person)
    .bind(version)
    .bind(&after.name)
    .bind(after.time_zone.as_deref())
    .bind(&after.locale)
    .bind(now)
    .run_one(tx)
    .await
}

#[derive(Debug, sqlx::FromRow)]
pub struct AvatarRow {
    pub image: Vec<u8>,
    pub hash: String,
}

/// Somebody's picture, for whoever has a place in an organization of theirs.
pub async fn avatar(
    tx: &mut Tx,
    person: PersonId,
    reader: PersonId,
) -> Result<Option<AvatarRow>, DbError> {
    sql(
        "select image, hash from avatar where person_id = $1 and exists ( \
           select 1 from membership as theirs \
           join membership as own on own.org_id = theirs.org_id \
           where theirs.person_id = $1 and own.person_id = $2)",
    )
    .bind(person)
    .bind(reader)
    .optional(tx)
    .await
}

pub async fn set_avatar(tx: &mut Tx, person: PersonId, row: AvatarRow) -> Result<(), DbError> {
    sql(
        "insert into avatar (person_id, image, hash) values ($1, $2, $3) \
         on conflict (person_id) do update set image = excluded.image, hash = excluded.hash",
    )
    .bind(person)
    .bind(row.image)
    .bind(row.hash)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn remove_avatar(tx: &mut Tx, person: PersonId) -> Result<(), DbError> {
    sql("delete from avatar where person_id = $1")
        .bind(person)
        .run(tx)
        .await?;
    Ok(())
}
