//! People, places, sessions.

pub mod factors;
pub mod history;
pub mod import;
pub mod links;
pub mod project;
pub mod recovery;
pub mod refresh;
pub mod wire;

use super::{NewOrganization, Origin};
use crate::{
    db::{At, DbError, OrgId, PersonId, SessionId, Tx, sql},
    role::Role,
};

pub async fn insert_organization(
    tx: &mut Tx,
    id: OrgId,
    new: &NewOrganization,
    slug: &str,
    now: At,
) -> Result<(), DbError> {
    sql("insert into organization \
         (id, name, slug, currency, time_zone, policy, settings, created_at) \
         values ($1, $2, $3, $4, $5, '{}', '{}', $6)")
    .bind(id)
    .bind(new.name.trim())
    .bind(slug)
    .bind(&new.currency)
    .bind(&new.time_zone)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn organizations(tx: &mut Tx, slug: Option<&str>) -> Result<Vec<OrgId>, DbError> {
    sql("select id from organization where ($1 is null or slug = $1) order by id")
        .bind(slug)
        .values(tx)
        .await
}

#[derive(sqlx::FromRow)]
pub struct PersonRow {
    pub id: PersonId,
    pub password_hash: Option<String>,
}

pub async fn person_by_email(tx: &mut Tx, email: &str) -> Result<Option<PersonRow>, DbError> {
    sql("select id, password_hash from person where email = $1 and disabled_at is null")
        .bind(email)
        .optional(tx)
        .await
}

#[derive(sqlx::FromRow)]
pub struct Credentials {
    pub email: String,
    pub password_hash: Option<String>,
}

pub async fn person(tx: &mut Tx, id: PersonId) -> Result<Option<Credentials>, DbError> {
    sql("select email, password_hash from person where id = $1 and disabled_at is null")
        .bind(id)
        .optional(tx)
        .await
}

pub async fn set_factor_at(tx: &mut Tx, session: SessionId, at: At) -> Result<(), DbError> {
    sql("update session set factor_at = $2 where id = $1 and revoked_at is null")
        .bind(session)
        .bind(at)
        .run_one(tx)
        .await
}

pub async fn insert_person(
    tx: &mut Tx,
    id: PersonId,
    email: &str,
    name: &str,
    password_hash: Option<&str>,
    now: At,
) -> Result<(), DbError> {
    sql(
        "insert into person (id, email, name, password_hash, created_at, updated_at, \
         email_confirmed_at) values ($1, $2, $3, $4, $5, $5, $5)",
    )
    .bind(id)
    .bind(email)
    .bind(name)
    .bind(password_hash)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Somebody who was sent a letter, and has not opened it yet.
pub async fn insert_invited(
    tx: &mut Tx,
    id: PersonId,
    email: &str,
    name: &str,
    now: At,
) -> Result<(), DbError> {
    sql(
        "insert into person (id, email, name, created_at, updated_at) \
         values ($1, $2, $3, $4, $4)",
    )
    .bind(id)
    .bind(email)
    .bind(name)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn insert_membership(
    tx: &mut Tx,
    org: OrgId,
    person: PersonId,
    role: Role,
    now: At,
) -> Result<(), DbError> {
    sql(
        "insert into membership (org_id, person_id, role, created_at) values ($1, $2, $3, $4) \
         on conflict (org_id, person_id) do update set role = excluded.role",
    )
    .bind(org)
    .bind(person)
    .bind(role.as_str())
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// The organization a person enters at sign-in: the one they joined first.
pub async fn first_organization(tx: &mut Tx, person: PersonId) -> Result<Option<OrgId>, DbError> {
    let rows: Vec<OrgId> = sql("select org_id from membership where person_id = $1 \
         order by created_at, org_id limit 1")
    .bind(person)
    .values(tx)
    .await?;
    Ok(rows.into_iter().next())
}

pub async fn set_password_hash(
    tx: &mut Tx,
    id: PersonId,
    hash: &str,
    now: At,
) -> Result<(), DbError> {
    sql(
        "update person set password_hash = $2, updated_at = $3, version = version + 1 \
         where id = $1",
    )
    .bind(id)
    .bind(hash)
    .bind(now)
    .run_one(tx)
    .await
}

pub async fn set_last_sign_in(tx: &mut Tx, id: PersonId, now: At) -> Result<(), DbError> {
    sql("update person set last_sign_in_at = $2 where id = $1")
        .bind(id)
        .bind(now)
        .run_one(tx)
        .await
}

pub struct SessionRow {
    pub session: SessionId,
    /// Of the cookie or API token, where there is one.
    pub hash: Option<Vec<u8>>,
    pub person: PersonId,
    pub org: OrgId,
    pub now: At,
    pub expires_at: At,
    pub new_device_since: Option<At>,
    /// How the person was recognised (JSON).
    pub amr: String,
}

pub async fn insert_session(tx: &mut Tx, row: &SessionRow, origin: &Origin) -> Result<(), DbError> {
    sql(
        "insert into session (id, token_hash, person_id, org_id, kind, created_at, \
         last_active_at, expires_at, factor_at, user_agent, address, amr, new_device_since) \
         values ($1, $2, $3, $4, $5, $6, $6, $7, $6, $8, $9, $10, $11)",
    )
    .bind(row.session)
    .bind(row.hash.clone())
    .bind(row.person)
    .bind(row.org)
    .bind(origin.kind)
    .bind(row.now)
    .bind(row.expires_at)
    .bind(&origin.user_agent)
    .bind(&origin.address)
    .bind(&row.amr)
    .bind(row.new_device_since)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn revoke_session(tx: &mut Tx, id: SessionId, now: At) -> Result<(), DbError> {
    sql("update session set revoked_at = $2 where id = $1 and revoked_at is null")
        .bind(id)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

pub async fn revoke_sessions(tx: &mut Tx, person: PersonId, now: At) -> Result<(), DbError> {
    sql("update session set revoked_at = $2 where person_id = $1 and revoked_at is null")
        .bind(person)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
pub struct RateWindow {
    pub started_at: At,
    pub used: i64,
}

/// Counts once in the window, or begins a new one where the old began before `oldest` or, by a
/// clock that ran ahead, after `now`. The window as it stands then.
pub async fn count_in_window(
    tx: &mut Tx,
    key: &str,
    now: At,
    oldest: At,
) -> Result<RateWindow, DbError> {
    sql(
        "insert into rate_window (key, started_at, used) values ($1, $2, 1) \
         on conflict (key) do update set \
         used = case when rate_window.started_at > $3 and rate_window.started_at <= $2 \
           then rate_window.used + 1 else 1 end, \
         started_at = case when rate_window.started_at > $3 and rate_window.started_at <= $2 \
           then rate_window.started_at else $2 end \
         returning started_at, used",
    )
    .bind(key)
    .bind(now)
    .bind(oldest)
    .one(tx)
    .await
}

/// Takes one of the counts back.
pub async fn give_back(tx: &mut Tx, key: &str) -> Result<(), DbError> {
    sql("update rate_window set used = used - 1 where key = $1 and used > 0")
        .bind(key)
        .run(tx)
        .await?;
    Ok(())
}

pub async fn clear_window(tx: &mut Tx, key: &str) -> Result<(), DbError> {
    sql("delete from rate_window where key = $1")
        .bind(key)
        .run(tx)
        .await?;
    Ok(())
}

/// The browsers and programs the person has used.
pub async fn user_agents(tx: &mut Tx, person: PersonId) -> Result<Vec<String>, DbError> {
    sql("select distinct user_agent from session where person_id = $1")
        .bind(person)
        .values(tx)
        .await
}

/// Where the person has signed in from, with all factors that they have.
pub async fn signed_in_addresses(tx: &mut Tx, person: PersonId) -> Result<Vec<String>, DbError> {
    sql(
        "select distinct address from session where person_id = $1 and (aal = 'aal2' or \
         not exists (select 1 from factor where person_id = $1 and status = 'verified'))",
    )
    .bind(person)
    .values(tx)
    .await
}
