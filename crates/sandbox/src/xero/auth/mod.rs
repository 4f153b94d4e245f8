//! Consent: who may read which organisation, and with which tokens.
//!
//! There is one user, who may connect any organisation of the sandbox to the one registered
//! application. Lifetimes are Xero's: a code 5 minutes and one use, an access token 30 minutes, a
//! refresh token 60 days, and 30 minutes more for one already exchanged (a lost answer).

mod authorize;
mod connections;
mod token;

use std::collections::HashMap;

use axum::Router;
use axum::routing::{delete, get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use uuid::{Builder, Uuid};

use super::state::Xero;

const CODE_LIFE: TimeDelta = TimeDelta::minutes(5);
const ACCESS_LIFE: TimeDelta = TimeDelta::minutes(30);
const REFRESH_LIFE: TimeDelta = TimeDelta::days(60);
const REFRESH_GRACE: TimeDelta = TimeDelta::minutes(30);

pub fn routes() -> Router<Xero> {
    Router::new()
        .route("/identity/connect/authorize", get(authorize::page).post(authorize::decide))
        .route("/identity/connect/token", post(token::exchange))
        .route("/identity/connect/revocation", post(token::revoke))
        .route("/api/connections", get(connections::list))
        .route("/api/connections/{id}", delete(connections::remove))
        // The spec file spells the path with a capital.
        .route("/api/Connections", get(connections::list))
        .route("/api/Connections/{id}", delete(connections::remove))
}

/// One consent of the user.
#[derive(Clone, Debug)]
struct Grant {
    /// `authentication_event_id`, and `authEventId` of the connections it made.
    event: Uuid,
    scopes: Vec<String>,
}

#[derive(Clone, Debug)]
struct Code {
    grant: Grant,
    tenants: Vec<Uuid>,
    redirect_uri: String,
    expires: DateTime<Utc>,
}

#[derive(Clone, Debug)]
struct Access {
    grant: Grant,
    expires: DateTime<Utc>,
}

#[derive(Clone, Debug)]
struct Refresh {
    grant: Grant,
    expires: DateTime<Utc>,
}

/// An organisation the application may reach.
#[derive(Clone, Debug)]
pub struct Connection {
    pub id: Uuid,
    pub tenant: Uuid,
    pub event: Uuid,
    pub created: DateTime<Utc>,
    pub updated: DateTime<Utc>,
}

/// What the token endpoint answers.
#[derive(Clone, Debug)]
struct Issued {
    access: String,
    refresh: Option<String>,
    id_token: Option<String>,
    scopes: Vec<String>,
}

/// Why a bearer is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    Unknown,
    Expired(DateTime<Utc>),
    NotConnected,
    MissingScope,
}

#[derive(Debug)]
pub struct Auth {
    random: ChaCha12Rng,
    user: Uuid,
    codes: HashMap<String, Code>,
    access: HashMap<String, Access>,
    refresh: HashMap<String, Refresh>,
    connections: Vec<Connection>,
}

impl Auth {
    pub fn new(seed: u64) -> Self {
        let mut random = ChaCha12Rng::seed_from_u64(seed);
        let user = random_id(&mut random);
        Self {
            random,
            user,
            codes: HashMap::new(),
            access: HashMap::new(),
            refresh: HashMap::new(),
            connections: Vec::new(),
        }
    }

    /// The user agreed: a code for the application to exchange.
    fn agree(
        &mut self,
        tenants: Vec<Uuid>,
        scopes: Vec<String>,
        redirect_uri: String,
        now: DateTime<Utc>,
    ) -> String {
        let event = random_id(&mut self.random);
        let code = self.secret(32);
        let grant = Grant { event, scopes };
        let expires = now + CODE_LIFE;
        self.codes.insert(
            code.clone(),
            Code {
                grant,
                tenants,
                redirect_uri,
                expires,
            },
        );
        code
    }

    /// Exchanges a code; a second use finds nothing.
    fn exchange_code(
        &mut self,
        client_id: &str,
        code: &str,
        redirect_uri: &str,
        now: DateTime<Utc>,
    ) -> Option<Issued> {
        let code = self.codes.remove(code)?;
        if code.expires <= now || code.redirect_uri != redirect_uri {
            return None;
        }
        for tenant in &code.tenants {
            self.connect(*tenant, code.grant.event, now);
        }
        Some(self.issue(client_id, &code.grant, now))
    }

    /// Rotates: the new pair is issued, the old token stays good for the grace.
    fn exchange_refresh(
        &mut self,
        client_id: &str,
        token: &str,
        now: DateTime<Utc>,
    ) -> Option<Issued> {
        self.refresh.retain(|_, refresh| refresh.expires > now);
        let known = self.refresh.get_mut(token)?;
        known.expires = known.expires.min(now + REFRESH_GRACE);
        let grant = known.grant.clone();
        Some(self.issue(client_id, &grant, now))
    }

    fn issue(&mut self, client_id: &str, grant: &Grant, now: DateTime<Utc>) -> Issued {
        self.access
            .retain(|_, access| access.expires + TimeDelta::days(1) > now);
        let access = self.jwt(client_id, grant, now, ACCESS_LIFE, "resources");
        let has = |scope: &str| grant.scopes.iter().any(|known| known == scope);
        let id_token = has("openid").then(|| self.jwt(client_id, grant, now, CODE_LIFE, client_id));
        let refresh = has("offline_access").then(|| self.secret(32));
        let known = Access {
            grant: grant.clone(),
            expires: now + ACCESS_LIFE,
        };
        self.access.insert(access.clone(), known);
        if let Some(refresh) = &refresh {
            let known = Refresh {
                grant: grant.clone(),
                expires: now + REFRESH_LIFE,
            };
            self.refresh.insert(refresh.clone(), known);
        }
        Issued {
            access,
            refresh,
            id_token,
            scopes: grant.scopes.clone(),
        }
    }

    /// A token shaped as Xero's. Its signature proves nothing and nobody should read it as proof.
    fn jwt(
        &mut self,
        client_id: &str,
        grant: &Grant,
        now: DateTime<Utc>,
        life: TimeDelta,
        audience: &str,
    ) -> String {
        let header = serde_json::json!({ "alg": "RS256", "kid": "sandbox", "typ": "JWT" });
        let claims = serde_json::json!({
            "nbf": now.timestamp(), "iat": now.timestamp(), "exp": (now + life).timestamp(),
            "iss": "https://identity.xero.com", "aud": audience, "client_id": client_id,
            "sub": self.user.simple().to_string(), "auth_time": now.timestamp(),
            "xero_userid": self.user, "global_session_id": grant.event.simple().to_string(),
            "sid": grant.event.simple().to_string(), "jti": self.secret(16),
            "authentication_event_id": grant.event, "scope": grant.scopes,
            "email": "owner@example.com", "given_name": "Olive", "family_name": "Owner",
            "amr": ["pwd"],
        });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let (header, claims) = (part(&header), part(&claims));
        let signature = self.secret(64);
        format!("{header}.{claims}.{signature}")
    }

    fn connect(&mut self, tenant: Uuid, event: Uuid, now: DateTime<Utc>) {
        if let Some(known) = self.connections.iter_mut().find(|c| c.tenant == tenant) {
            known.event = event;
            known.updated = now;
            return;
        }
        let id = random_id(&mut self.random);
        self.connections.push(Connection {
            id,
            tenant,
            event,
            created: now,
            updated: now,
        });
    }

    /// Forgets everything the user ever agreed to.
    fn revoke(&mut self, token: &str) {
        if self.refresh.contains_key(token) {
            self.access.clear();
            self.refresh.clear();
            self.connections.clear();
        }
    }

    /// The user disconnects one organisation, here or in Xero itself.
    pub fn disconnect(&mut self, id: Uuid) -> bool {
        let before = self.connections.len();
        self.connections.retain(|connection| connection.id != id);
        self.connections.len() < before
    }

    pub fn connections(&self) -> &[Connection] {
        &self.connections
    }

    /// Checks a bearer token by itself.
    pub fn check(&self, bearer: &str, now: DateTime<Utc>) -> Result<(), Denied> {
        let access = self.access.get(bearer).ok_or(Denied::Unknown)?;
        if access.expires <= now {
            return Err(Denied::Expired(access.expires));
        }
        Ok(())
    }

    /// Checks a bearer token for a call on one organisation that needs one of `scopes`.
    pub fn check_call(
        &self,
        bearer: &str,
        tenant: Option<Uuid>,
        scopes: &[&str],
        now: DateTime<Utc>,
    ) -> Result<Uuid, Denied> {
        self.check(bearer, now)?;
        let connected = |tenant: &Uuid| self.connections.iter().any(|c| c.tenant == *tenant);
        let tenant = tenant.filter(connected).ok_or(Denied::NotConnected)?;
        let granted = self.access.get(bearer).map(|access| &access.grant.scopes);
        let suffices = |scope: &String| scopes.contains(&scope.as_str());
        if !granted.is_some_and(|granted| granted.iter().any(suffices)) {
            return Err(Denied::MissingScope);
        }
        Ok(tenant)
    }

    fn secret(&mut self, bytes: usize) -> String {
        let mut buffer = vec![0; bytes];
        self.random.fill_bytes(&mut buffer);
        URL_SAFE_NO_PAD.encode(buffer)
    }
}

fn random_id(random: &mut ChaCha12Rng) -> Uuid {
    let mut bytes = [0; 16];
    random.fill_bytes(&mut bytes);
    Builder::from_random_bytes(bytes).into_uuid()
}
