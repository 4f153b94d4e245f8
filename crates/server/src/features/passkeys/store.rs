//! Passkeys, what is asked of them, and what was done with them. They belong to a person, not to an
//! organization.

use crate::db::{
    At, DbError, PasskeyChallengeId, PasskeyEventId, PasskeyId, PersonId, SessionId, Tx, sql,
};

#[derive(Debug, sqlx::FromRow)]
pub struct PasskeyRow {
    pub id: PasskeyId,
    pub credential_id: Vec<u8>,
    pub name: String,
    pub is_synced: bool,
    pub created_at: At,
    pub last_used_at: Option<At>,
}

pub async fn of(tx: &mut Tx, person: PersonId) -> Result<Vec<PasskeyRow>, DbError> {
    sql(
        "select id, credential_id, name, is_synced, created_at, last_used_at \
         from passkey where person_id = $1 order by created_at, id",
    )
    .bind(person)
    .all(tx)
    .await
}

/// A passkey as signing in needs it.
#[derive(Debug, sqlx::FromRow)]
pub struct KeyRow {
    pub id: PasskeyId,
    pub person_id: PersonId,
    pub name: String,
    pub public_key: Vec<u8>,
    pub sign_count: i64,
}

/// The passkey of a credential, if its person may still enter.
pub async fn by_credential(tx: &mut Tx, credential: &[u8]) -> Result<Option<KeyRow>, DbError> {
    sql(
        "select passkey.id, passkey.person_id, passkey.name, passkey.public_key, \
         passkey.sign_count \
         from passkey join person on person.id = passkey.person_id and person.disabled_at is null \
         where passkey.credential_id = $1",
    )
    .bind(credential.to_vec())
    .optional(tx)
    .await
}

/// A passkey that is made.
pub struct NewPasskey {
    pub id: PasskeyId,
    pub person: PersonId,
    pub credential: Vec<u8>,
    pub public_key: Vec<u8>,
    pub count: i64,
    pub name: String,
    pub is_synced: bool,
    pub now: At,
}

/// False when somebody has this credential already.
pub async fn insert(tx: &mut Tx, new: &NewPasskey) -> Result<bool, DbError> {
    let inserted = sql(
        "insert into passkey (id, person_id, credential_id, public_key, sign_count, name, \
         is_synced, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8) \
         on conflict (credential_id) do nothing",
    )
    .bind(new.id)
    .bind(new.person)
    .bind(new.credential.clone())
    .bind(new.public_key.clone())
    .bind(new.count)
    .bind(&new.name)
    .bind(new.is_synced)
    .bind(new.now)
    .run(tx)
    .await?;
    Ok(inserted == 1)
}

/// Notes a use. False when the counter has been there already: only zeros may repeat.
pub async fn count_use(
    tx: &mut Tx,
    id: PasskeyId,
    count: i64,
    is_synced: bool,
    now: At,
) -> Result<bool, DbError> {
    let counted = sql(
        "update passkey set sign_count = $2, is_synced = $3, last_used_at = $4 \
         where id = $1 and (sign_count < $2 or (sign_count = 0 and $2 = 0))",
    )
    .bind(id)
    .bind(count)
    .bind(is_synced)
    .bind(now)
    .run(tx)
    .await?;
    Ok(counted == 1)
}

pub async fn rename(
    tx: &mut Tx,
    person: PersonId,
    id: PasskeyId,
    name: &str,
) -> Result<(), DbError> {
    sql("update passkey set name = $3 where person_id = $1 and id = $2")
        .bind(person)
        .bind(id)
        .bind(name)
        .run_one(tx)
        .await
}

pub async fn delete(tx: &mut Tx, person: PersonId, id: PasskeyId) -> Result<(), DbError> {
    sql("delete from passkey where person_id = $1 and id = $2")
        .bind(person)
        .bind(id)
        .run_one(tx)
        .await
}

pub async fn insert_challenge(
    tx: &mut Tx,
    id: PasskeyChallengeId,
    challenge: &[u8],
    session: Option<SessionId>,
    expires_at: At,
) -> Result<(), DbError> {
    sql(
        "insert into passkey_challenge (id, challenge, session_id, expires_at) \
         values ($1, $2, $3, $4)",
    )
    .bind(id)
    .bind(challenge.to_vec())
    .bind(session)
    .bind(expires_at)
    .run(tx)
    .await?;
    Ok(())
}

#[derive(Debug, sqlx::FromRow)]
pub struct ChallengeRow {
    pub challenge: Vec<u8>,
    pub expires_at: At,
}

/// Takes a challenge away, so that it is answered once. One of a session is that session's alone,
/// and one for signing in is of none.
pub async fn take_challenge(
    tx: &mut Tx,
    id: PasskeyChallengeId,
    session: Option<SessionId>,
) -> Result<Option<ChallengeRow>, DbError> {
    sql("delete from passkey_challenge where id = $1 \
         and (session_id = $2 or (session_id is null and $2 is null)) \
         returning challenge, expires_at")
    .bind(id)
    .bind(session)
    .optional(tx)
    .await
}

pub async fn forget_challenges(tx: &mut Tx, before: At) -> Result<(), DbError> {
    sql("delete from passkey_challenge where expires_at < $1")
        .bind(before)
        .run(tx)
        .await?;
    Ok(())
}

/// Something that was done with a passkey. It outlives the passkey, so the name stands here too.
#[derive(Debug, sqlx::FromRow)]
pub struct EventRow {
    pub name: String,
    pub kind: String,
    pub at: At,
    pub user_agent: String,
    pub address: String,
}

pub async fn insert_event(
    tx: &mut Tx,
    id: PasskeyEventId,
    person: PersonId,
    passkey: PasskeyId,
    event: &EventRow,
) -> Result<(), DbError> {
    sql(
        "insert into passkey_event (id, person_id, passkey_id, name, kind, at, user_agent, address) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id)
    .bind(person)
    .bind(passkey)
    .bind(&event.name)
    .bind(&event.kind)
    .bind(event.at)
    .bind(&event.user_agent)
    .bind(&event.address)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn events(tx: &mut Tx, person: PersonId, most: i64) -> Result<Vec<EventRow>, DbError> {
    sql(
        "select name, kind, at, user_agent, address from passkey_event \
         where person_id = $1 order by at desc, id desc limit $2",
    )
    .bind(person)
    .bind(most)
    .all(tx)
    .await
}

/// Who the person is to their passkeys.
#[derive(Debug, sqlx::FromRow)]
pub struct HolderRow {
    pub email: String,
    pub name: String,
    pub has_password: bool,
}

pub async fn holder(tx: &mut Tx, person: PersonId) -> Result<Option<HolderRow>, DbError> {
    sql(
        "select email, name, password_hash is not null as has_password from person \
         where id = $1 and disabled_at is null",
    )
    .bind(person)
    .optional(tx)
    .await
}
