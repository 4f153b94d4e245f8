//! A connection's tokens in the database: sealed, saved before use, renewed by one process at a
//! time however many need them.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;
use vendors::{
    BoxError, Secret,
    http::{TokenLock, TokenSet, TokenStore},
};

use super::store;
use crate::{
    app::App,
    db::{At, ConnectionId, OrgId, Tx, replay},
    failpoint,
    fault::Fault,
};

/// How long the others wait for whoever renews and has fallen silent: after a crash they go on.
const LEASE: TimeDelta = TimeDelta::seconds(15);
/// Whoever renews says so often that it is still at it.
const SIGN_OF_LIFE: Duration = Duration::from_secs(4);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The tokens as sealed: fields may be added, never renamed.
#[derive(Serialize, Deserialize)]
struct Kept {
    access: String,
    refresh: Option<String>,
    expires_at: DateTime<Utc>,
}

pub(super) fn seal(app: &App, org: OrgId, id: ConnectionId, tokens: &TokenSet) -> Vec<u8> {
    let kept = Kept {
        access: tokens.access.expose().to_owned(),
        refresh: tokens
            .refresh
            .as_ref()
            .map(|secret| secret.expose().to_owned()),
        expires_at: tokens.expires_at,
    };
    // Strings and a date always become JSON.
    let text = zeroize::Zeroizing::new(serde_json::to_vec(&kept).unwrap_or_default());
    app.sealer.seal(&place(org, id), app.random_bytes(), &text)
}

pub(super) fn open(
    app: &App,
    org: OrgId,
    id: ConnectionId,
    sealed: &[u8],
) -> anyhow::Result<TokenSet> {
    let text = app.sealer.open(&place(org, id), sealed)?;
    let kept: Kept = serde_json::from_slice(&text)?;
    Ok(TokenSet {
        access: Secret::new(kept.access),
        refresh: kept.refresh.map(Secret::new),
        expires_at: kept.expires_at,
    })
}

fn place(org: OrgId, id: ConnectionId) -> String {
    format!("connection/{org}/{id}/tokens")
}

/// The tokens of one connection.
pub(super) struct ConnectionTokens {
    pub app: App,
    pub org: OrgId,
    pub connection: ConnectionId,
}

impl ConnectionTokens {
    pub fn of(app: &App, org: OrgId, connection: ConnectionId) -> Arc<Self> {
        Arc::new(Self {
            app: app.clone(),
            org,
            connection,
        })
    }

    async fn try_lock(&self, owner: Uuid) -> Result<bool, Fault> {
        let now = At(self.app.clock.wall_now());
        let mut tx = self.app.db.write(self.org).await?;
        let got =
            store::lock_tokens(&mut tx, self.org, self.connection, owner, now, now + LEASE).await?;
        tx.commit().await?;
        Ok(got)
    }

    /// Keeps the lock for as long as the process lives and the answer takes.
    async fn keep_lock(app: App, org: OrgId, connection: ConnectionId, owner: Uuid) {
        let tokens = Self {
            app,
            org,
            connection,
        };
        loop {
            tokio::time::sleep(SIGN_OF_LIFE).await;
            if let Err(error) = replay(|| tokens.prolong(owner)).await {
                tracing::warn!(%error, "a token lock could not be prolonged");
            }
        }
    }

    async fn prolong(&self, owner: Uuid) -> Result<(), Fault> {
        let until = At(self.app.clock.wall_now()) + LEASE;
        let mut tx = self.app.db.write(self.org).await?;
        store::prolong_token_lock(&mut tx, self.org, self.connection, owner, until).await?;
        Ok(tx.commit().await?)
    }

    async fn release(&self, owner: Uuid) -> Result<(), Fault> {
        let mut tx = self.app.db.write(self.org).await?;
        store::unlock_tokens(&mut tx, self.org, self.connection, owner).await?;
        Ok(tx.commit().await?)
    }

    async fn stored(&self) -> anyhow::Result<Option<TokenSet>> {
        let mut tx: Tx = self.app.db.read(self.org).await?;
        let sealed = store::sealed_tokens(&mut tx, self.org, self.connection).await?;
        sealed
            .map(|sealed| open(&self.app, self.org, self.connection, &sealed))
            .transpose()
    }

    async fn store(&self, sealed: &[u8]) -> Result<(), Fault> {
        let mut tx = self.app.db.write(self.org).await?;
        store::save_tokens(&mut tx, self.org, self.connection, Some(sealed)).await?;
        Ok(tx.commit().await?)
    }
}

/// The lock as its holder has it.
struct Held {
    owner: Uuid,
    _keeper: AbortOnDropHandle<()>,
}

impl TokenStore for ConnectionTokens {
    fn lock(&self) -> BoxFuture<'_, Result<TokenLock, BoxError>> {
        Box::pin(async move {
            let owner: Uuid = self.app.new_id();
            while !replay(|| self.try_lock(owner)).await? {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            let (app, org, connection) = (self.app.clone(), self.org, self.connection);
            let keeper = tokio::spawn(Self::keep_lock(app, org, connection, owner));
            Ok(TokenLock(Box::new(Held {
                owner,
                _keeper: AbortOnDropHandle::new(keeper),
            })))
        })
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<TokenSet>, BoxError>> {
        Box::pin(async move { Ok(self.stored().await?) })
    }

    fn save<'a>(&'a self, tokens: &'a TokenSet) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let sealed = seal(&self.app, self.org, self.connection, tokens);
            failpoint::reach("tokens.before_save");
            replay(|| self.store(&sealed)).await?;
            failpoint::reach("tokens.saved");
            Ok(())
        })
    }

    fn unlock(&self, lock: TokenLock) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let Ok(held) = lock.0.downcast::<Held>() else {
                return;
            };
            if let Err(error) = replay(|| self.release(held.owner)).await {
                // The lease ends by itself.
                tracing::warn!(%error, "a token lock could not be given back");
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        db::{Engine, sql},
        testing::{TestApp, on_both_engines},
    };

    /// Sealed in databases: fields may be added, never lost or renamed.
    #[test]
    fn sealed_tokens_stay_readable() {
        let golden = r#"{"access":"a","refresh":"r","expires_at":"2026-11-25T10:00:00Z"}"#;
        let kept: Kept = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&kept).unwrap(), golden);
        let without = r#"{"access":"a","refresh":null,"expires_at":"2026-11-25T10:00:00Z"}"#;
        assert_eq!(serde_json::from_str::<Kept>(without).unwrap().refresh, None);
    }

    on_both_engines!(small_world => a_slow_answer_keeps_the_lock);

    async fn small_world(engine: Engine) -> TestApp {
        let mut options = sandbox::Options::new("");
        options.size.clients = 40;
        options.size.months = 1;
        let app = TestApp::with_sandbox(engine, options).await;
        app.connect_vendors().await;
        app
    }

    async fn a_slow_answer_keeps_the_lock(app: TestApp) {
        let (_, connections) = app.get("/api/v1/connections").await;
        let id = connections["items"][0]["id"].as_str().unwrap();
        let tokens = ConnectionTokens {
            app: app.app.clone(),
            org: app.org,
            connection: id.parse().unwrap(),
        };
        let (holder, other): (Uuid, Uuid) = (app.app.new_id(), app.app.new_id());
        let lapse = async || {
            let mut tx = app.app.db.write(app.org).await.unwrap();
            sql("update connection set tokens_locked_until = 0 where org_id = $1 and id = $2")
                .bind(app.org)
                .bind(tokens.connection)
                .run_one(&mut tx)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        };
        assert!(tokens.try_lock(holder).await.unwrap());
        assert!(!tokens.try_lock(other).await.unwrap());
        lapse().await;
        tokens.prolong(holder).await.unwrap();
        assert!(
            !tokens.try_lock(other).await.unwrap(),
            "it gave a sign of life"
        );
        lapse().await;
        assert!(tokens.try_lock(other).await.unwrap(), "it gave none");
        tokens.prolong(holder).await.unwrap();
        lapse().await;
        assert!(
            tokens.try_lock(holder).await.unwrap(),
            "who lost it prolongs nothing"
        );
    }
}
