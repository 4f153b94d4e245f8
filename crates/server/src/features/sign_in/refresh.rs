//! Refresh tokens: each is used once, and each follows from the one before it.
//!
//! A client that lost an answer, or ten tabs at once, may use a token again for a short while and
//! all get the same successor. Later it is taken for stolen: the session ends, and with it whatever
//! descends from the token.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;

use super::{sessions::wall, store::refresh as store};
use crate::{
    app::App,
    db::{At, SessionId, Tx},
    fault::Fault,
    http::token_hash,
};

/// Why a refresh token is good for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Unknown,
    AlreadyUsed,
    SessionOver,
    SessionExpired,
}

/// A refresh token that can be used now, and its session.
#[derive(Debug)]
pub struct Active {
    pub token: String,
    pub session: SessionId,
}

/// The first token of a session.
pub async fn first(app: &App, tx: &mut Tx, session: SessionId) -> Result<String, Fault> {
    let token = format!(
        "r1_{}",
        BASE64_URL_SAFE_NO_PAD.encode(app.random_bytes::<32>())
    );
    store::insert(tx, token_hash(&token), session, wall(app)).await?;
    Ok(token)
}

/// Exchanges a token for the next. The caller commits, whatever comes out: a refusal may have
/// ended the session.
pub async fn exchange(
    app: &App,
    tx: &mut Tx,
    token: &str,
) -> Result<Result<Active, Refused>, Fault> {
    let Some(row) = store::token(tx, token_hash(token)).await? else {
        return Ok(Err(Refused::Unknown));
    };
    if row.revoked_at.is_some() {
        return Ok(Err(if row.used_at.is_some() {
            Refused::AlreadyUsed
        } else {
            Refused::SessionOver
        }));
    }
    if row.lifetime.is_over(app) {
        return Ok(Err(Refused::SessionExpired));
    }
    store::touch(tx, row.session_id, app.now()).await?;
    match row.used_at {
        None => {
            let next = successor(app, token);
            store::use_up(tx, token_hash(token), wall(app)).await?;
            store::insert(tx, token_hash(&next), row.session_id, wall(app)).await?;
            Ok(Ok(Active {
                token: next,
                session: row.session_id,
            }))
        }
        Some(used_at) if is_recent(app, used_at) => Ok(Ok(Active {
            token: youngest(app, tx, token).await?,
            session: row.session_id,
        })),
        Some(_) => {
            super::store::revoke_session(tx, row.session_id, app.now()).await?;
            Ok(Err(Refused::AlreadyUsed))
        }
    }
}

fn is_recent(app: &App, used_at: At) -> bool {
    let interval = TimeDelta::seconds(i64::from(app.config.sign_in.refresh_reuse_seconds));
    let since = wall(app).0 - used_at.0;
    since >= TimeDelta::zero() && since < interval
}

/// The descendant of a used token that was not used itself.
async fn youngest(app: &App, tx: &mut Tx, token: &str) -> Result<String, Fault> {
    let mut next = successor(app, token);
    while let Some(row) = store::token(tx, token_hash(&next)).await? {
        if row.used_at.is_none() {
            return Ok(next);
        }
        next = successor(app, &next);
    }
    Err(Fault::internal(anyhow::anyhow!(
        "a used refresh token has no successor"
    )))
}

fn successor(app: &App, token: &str) -> String {
    let code = app
        .sealer
        .code(format!("refresh token after {token}").as_bytes());
    format!("r1_{}", BASE64_URL_SAFE_NO_PAD.encode(code))
}
