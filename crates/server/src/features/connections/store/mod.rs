//! Connections, their sealed secrets, addresses of webhooks, and consents under way.

pub mod calls;

use uuid::Uuid;

use super::Connection;
use crate::db::{At, ConnectionId, DbError, OrgId, PersonId, Tx, sql};

pub async fn list(tx: &mut Tx, org: OrgId) -> Result<Vec<Connection>, DbError> {
    sql(
        "select id, vendor, name, state, problem, account_ref, settings, connected_at, \
         last_synced_at, version from connection where org_id = $1 order by connected_at, id",
    )
    .bind(org)
    .all(tx)
    .await
}

pub async fn one(tx: &mut Tx, org: OrgId, id: ConnectionId) -> Result<Option<Connection>, DbError> {
    sql(
        "select id, vendor, name, state, problem, account_ref, settings, connected_at, \
         last_synced_at, version from connection where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}

/// Every connection that can be synced, of one vendor kind or of all.
pub async fn syncable(tx: &mut Tx, org: OrgId) -> Result<Vec<(ConnectionId, String)>, DbError> {
    sql("select id, vendor from connection \
         where org_id = $1 and state <> 'disconnected' and account_ref is not null \
         order by connected_at, id")
    .bind(org)
    .all(tx)
    .await
}

/// All organizations, for schedules.
pub async fn organizations(tx: &mut Tx) -> Result<Vec<OrgId>, DbError> {
    sql("select id from organization order by id")
        .values(tx)
        .await
}

/// The organization's time zone and currency.
pub async fn place(tx: &mut Tx, org: OrgId) -> Result<(String, String), DbError> {
    sql("select time_zone, currency from organization where id = $1")
        .bind(org)
        .one(tx)
        .await
}

/// What a connection becomes when somebody connects.
pub struct Connected<'a> {
    pub name: &'a str,
    pub state: &'a str,
    pub problem: Option<&'a str>,
    pub account_ref: Option<&'a str>,
    pub settings: &'a str,
    pub credentials: Vec<u8>,
    pub tokens: Option<Vec<u8>>,
    pub by: PersonId,
    pub now: At,
}

pub async fn insert(
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
    vendor: &str,
    new: Connected<'_>,
) -> Result<(), DbError> {
    sql(
        "insert into connection (org_id, id, vendor, name, state, problem, account_ref, settings, \
         sealed_credentials, sealed_tokens, connected_by, connected_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(org)
    .bind(id)
    .bind(vendor)
    .bind(new.name)
    .bind(new.state)
    .bind(new.problem)
    .bind(new.account_ref)
    .bind(new.settings)
    .bind(new.credentials)
    .bind(new.tokens)
    .bind(new.by)
    .bind(new.now)
    .run(tx)
    .await?;
    Ok(())
}

/// Connects a known connection anew; its id, and with it links and history, stay.
pub async fn reconnect(
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
    new: Connected<'_>,
) -> Result<(), DbError> {
    sql(
        "update connection set name = $3, state = $4, problem = $5, account_ref = $6, \
         settings = $7, sealed_credentials = $8, sealed_tokens = $9, connected_by = $10, \
         connected_at = $11, tokens_version = tokens_version + 1, version = version + 1 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(new.name)
    .bind(new.state)
    .bind(new.problem)
    .bind(new.account_ref)
    .bind(new.settings)
    .bind(new.credentials)
    .bind(new.tokens)
    .bind(new.by)
    .bind(new.now)
    .run_one(tx)
    .await
}

pub async fn disconnect(
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
    version: i64,
) -> Result<(), DbError> {
    sql(
        "update connection set state = 'disconnected', problem = null, \
         sealed_credentials = null, sealed_tokens = null, \
         tokens_version = tokens_version + 1, version = version + 1 \
         where org_id = $1 and id = $2 and version = $3",
    )
    .bind(org)
    .bind(id)
    .bind(version)
    .run_one(tx)
    .await?;
    sql("delete from webhook_address where org_id = $1 and connection_id = $2")
        .bind(org)
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

/// Records how the connection fares; a disconnected one stays disconnected. True when it changed.
pub async fn set_state(
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
    state: &str,
    problem: Option<&str>,
) -> Result<bool, DbError> {
    let changed = sql(
        "update connection set state = $3, problem = $4, version = version + 1 \
         where org_id = $1 and id = $2 and state <> 'disconnected' \
           and (state <> $3 or problem is distinct from $4)",
    )
    .bind(org)
    .bind(id)
    .bind(state)
    .bind(problem)
    .run(tx)
    .await?;
    Ok(changed == 1)
}

pub async fn set_synced(tx: &mut Tx, org: OrgId, id: ConnectionId, now: At) -> Result<(), DbError> {
    sql("update connection set last_synced_at = $3 where org_id = $1 and id = $2")
        .bind(org)
        .bind(id)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

pub async fn set_settings(
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
    settings: &str,
) -> Result<(), DbError> {
    sql("update connection set settings = $3 \
         where org_id = $1 and id = $2 and settings <> $3")
    .bind(org)
    .bind(id)
    .bind(settings)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn sealed_credentials(
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
) -> Result<Option<Vec<u8>>, DbError> {
    let found: Option<(Option<Vec<u8>>,)> =
        sql("select sealed_credentials from connection where org_id = $1 and id = $2")
            .bind(org)
            .bind(id)
            .optional(tx)
            .await?;
    Ok(found.and_then(|row| row.0))
}

pub async fn sealed_tokens(
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
) -> Result<Option<Vec<u8>>, DbError> {
    let found: Option<(Option<Vec<u8>>,)> =
        sql("select sealed_tokens from connection where org_id = $1 and id = $2")
            .bind(org)
            .bind(id)
            .optional(tx)
            .await?;
    Ok(found.and_then(|row| row.0))
}

/// A disconnected connection takes no tokens any more.
pub async fn save_tokens(
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
    sealed: Option<&[u8]>,
) -> Result<(), DbError> {
    sql(
        "update connection set sealed_tokens = $3, tokens_version = tokens_version + 1 \
         where org_id = $1 and id = $2 and state <> 'disconnected'",
    )
    .bind(org)
    .bind(id)
    .bind(sealed)
    .run(tx)
    .await?;
    Ok(())
}

/// True when `owner` may renew the tokens until the lease ends.
pub async fn lock_tokens(
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
    owner: Uuid,
    now: At,
    until: At,
) -> Result<bool, DbError> {
    let locked = sql(
        "update connection set tokens_lock = $3, tokens_locked_until = $5 \
         where org_id = $1 and id = $2 \
           and (tokens_locked_until is null or tokens_locked_until < $4)",
    )
    .bind(org)
    .bind(id)
    .bind(owner)
    .bind(now)
    .bind(until)
    .run(tx)
    .await?;
    Ok(locked == 1)
}

pub async fn prolong_token_lock(
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
    owner: Uuid,
    until: At,
) -> Result<(), DbError> {
    sql("update connection set tokens_locked_until = $4 \
         where org_id = $1 and id = $2 and tokens_lock = $3")
    .bind(org)
    .bind(id)
    .bind(owner)
    .bind(until)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn unlock_tokens(
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
    owner: Uuid,
) -> Result<(), DbError> {
    sql(
        "update connection set tokens_lock = null, tokens_locked_until = null \
         where org_id = $1 and id = $2 and tokens_lock = $3",
    )
    .bind(org)
    .bind(id)
    .bind(owner)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn set_webhook_address(
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
    vendor: &str,
    token_hash: Vec<u8>,
    account_ref: Option<&str>,
) -> Result<(), DbError> {
    sql(
        "insert into webhook_address (token_hash, org_id, connection_id, vendor, account_ref) \
         values ($1, $2, $3, $4, $5) \
         on conflict (token_hash) do update set account_ref = excluded.account_ref",
    )
    .bind(token_hash)
    .bind(org)
    .bind(id)
    .bind(vendor)
    .bind(account_ref)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn insert_consent(
    tx: &mut Tx,
    state_hash: Vec<u8>,
    org: OrgId,
    person: PersonId,
    vendor: &str,
    now: At,
) -> Result<(), DbError> {
    sql(
        "insert into consent_request (state_hash, org_id, person_id, vendor, created_at) \
         values ($1, $2, $3, $4, $5)",
    )
    .bind(state_hash)
    .bind(org)
    .bind(person)
    .bind(vendor)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Takes the consent out, so that it serves once; requests older than `oldest` go with it.
pub async fn take_consent(
    tx: &mut Tx,
    state_hash: Vec<u8>,
    oldest: At,
) -> Result<Option<(OrgId, PersonId)>, DbError> {
    sql("delete from consent_request where created_at < $1")
        .bind(oldest)
        .run(tx)
        .await?;
    sql("delete from consent_request where state_hash = $1 returning org_id, person_id")
        .bind(state_hash)
        .optional(tx)
        .await
}
