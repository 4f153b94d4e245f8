//! Refresh tokens, by their hash.

use crate::{
    db::{At, DbError, OrgId, PersonId, SessionId, Tx, sql},
    lifetime::Lifetime,
};

pub async fn insert(
    tx: &mut Tx,
    hash: Vec<u8>,
    session: SessionId,
    now: At,
) -> Result<(), DbError> {
    sql("insert into refresh_token (hash, session_id, created_at) values ($1, $2, $3)")
        .bind(hash)
        .bind(session)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
pub struct TokenRow {
    pub session_id: SessionId,
    pub used_at: Option<At>,
    pub revoked_at: Option<At>,
    #[sqlx(flatten)]
    pub lifetime: Lifetime,
}

pub async fn token(tx: &mut Tx, hash: Vec<u8>) -> Result<Option<TokenRow>, DbError> {
    sql(
        "select refresh_token.session_id, refresh_token.used_at, session.revoked_at, \
         session.created_at, session.last_active_at, session.expires_at, \
         organization.session_hours, organization.idle_minutes \
         from refresh_token join session on session.id = refresh_token.session_id \
         join organization on organization.id = session.org_id \
         where refresh_token.hash = $1",
    )
    .bind(hash)
    .optional(tx)
    .await
}

pub async fn use_up(tx: &mut Tx, hash: Vec<u8>, now: At) -> Result<(), DbError> {
    sql("update refresh_token set used_at = $2 where hash = $1 and used_at is null")
        .bind(hash)
        .bind(now)
        .run_one(tx)
        .await
}

/// No token from before is good for anything.
pub async fn delete_of(tx: &mut Tx, session: SessionId) -> Result<(), DbError> {
    sql("delete from refresh_token where session_id = $1")
        .bind(session)
        .run(tx)
        .await?;
    Ok(())
}

/// A session as its tokens need it.
#[derive(Debug, sqlx::FromRow)]
pub struct SessionFacts {
    pub id: SessionId,
    pub person_id: PersonId,
    pub org_id: OrgId,
    pub role: String,
    pub aal: String,
    pub amr: String,
    /// The person has no second factor, and their organization asks for one.
    pub must_enroll: bool,
    pub revoked_at: Option<At>,
    #[sqlx(flatten)]
    pub lifetime: Lifetime,
}

/// The session, if its person still has a place in its organization.
pub async fn session(tx: &mut Tx, id: SessionId) -> Result<Option<SessionFacts>, DbError> {
    sql(
        "select session.id, session.person_id, session.org_id, membership.role, session.aal, \
         session.amr, session.revoked_at, \
         (organization.mfa_required and not exists (select 1 from factor \
           where factor.person_id = session.person_id and factor.status = 'verified')) as must_enroll, \
         session.created_at, session.last_active_at, session.expires_at, \
         organization.session_hours, organization.idle_minutes \
         from session \
         join organization on organization.id = session.org_id \
         join membership on membership.org_id = session.org_id \
           and membership.person_id = session.person_id \
         join person on person.id = session.person_id and person.disabled_at is null \
         where session.id = $1",
    )
    .bind(id)
    .optional(tx)
    .await
}

pub async fn touch(tx: &mut Tx, id: SessionId, now: At) -> Result<(), DbError> {
    sql("update session set last_active_at = $2 where id = $1")
        .bind(id)
        .bind(now)
        .run_one(tx)
        .await
}

/// How sure we are of the person, and by what.
pub async fn set_assurance(
    tx: &mut Tx,
    id: SessionId,
    aal: &str,
    amr: &str,
    now: At,
) -> Result<(), DbError> {
    sql("update session set aal = $2, amr = $3, factor_at = $4 where id = $1")
        .bind(id)
        .bind(aal)
        .bind(amr)
        .bind(now)
        .run_one(tx)
        .await
}

/// Ends the person's other sessions; with `below`, only those of that assurance.
pub async fn revoke_others(
    tx: &mut Tx,
    person: PersonId,
    kept: SessionId,
    below: Option<&str>,
    now: At,
) -> Result<(), DbError> {
    sql(
        "update session set revoked_at = $4 where person_id = $1 and id <> $2 \
         and ($3 is null or aal = $3) and revoked_at is null",
    )
    .bind(person)
    .bind(kept)
    .bind(below)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// No session of the person is sure by a second factor any more.
pub async fn lower_all(tx: &mut Tx, person: PersonId) -> Result<(), DbError> {
    sql("update session set aal = 'aal1' where person_id = $1 and revoked_at is null")
        .bind(person)
        .run(tx)
        .await?;
    Ok(())
}
