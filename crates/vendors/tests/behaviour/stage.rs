//! What the tests share: a mock server, a leaping clock, and clients that use them.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use vendors::http::{
    BaseUrl, MemoryBudget, MemoryTokens, Patience, Timeouts, TokenSet, TokenStore,
};
use vendors::ninjaone::{self, NinjaOne};
use vendors::pax8::{self, Pax8};
use vendors::xero::{self, Xero, XeroApp};
use vendors::{LeapingTime, Outside, Secret, Time as _};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub const TENANT: &str = "fe79f7dd-b6d4-4a92-ba7b-538af6289c58";

pub struct Stage {
    pub base: String,
    pub time: Arc<LeapingTime>,
    pub outside: Outside,
}

pub fn start() -> DateTime<Utc> {
    "2026-11-12T09:00:00Z".parse().unwrap()
}

impl Stage {
    /// Clients that reach the server at `base`.
    pub fn at(base: impl Into<String>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let time = Arc::new(LeapingTime::starting(start()));
        let outside = Outside {
            http: vendors::http::client(Timeouts::default()).unwrap(),
            time: Arc::clone(&time) as Arc<dyn vendors::Time>,
            chance: Arc::new(|_: u64| 0_u64),
            budget: Arc::new(MemoryBudget::new()),
            patience: Patience {
                total: Duration::from_secs(5),
                ..Patience::default()
            },
        };
        Self {
            base: base.into(),
            time,
            outside,
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.time.now()
    }

    fn url(&self, path: &str) -> BaseUrl {
        BaseUrl::parse(&format!("{}{path}", self.base)).unwrap()
    }

    pub fn pax8_settings(&self) -> pax8::Settings {
        pax8::Settings {
            api_url: self.url("/v1"),
            token_url: self.url("/v1/token"),
            webhooks_url: self.url("/api/v2"),
            audience: "https://api.pax8.com".to_owned(),
            client_id: "pax8-id".to_owned(),
            client_secret: Secret::new("pax8-hush"),
        }
    }

    pub fn pax8(&self) -> Pax8 {
        Pax8::new(
            self.pax8_settings(),
            self.outside.clone(),
            Arc::new(MemoryTokens::default()),
        )
    }

    pub fn ninjaone(&self) -> NinjaOne {
        let settings = ninjaone::Settings {
            api_url: self.url("/ninja"),
            client_id: "ninja-id".to_owned(),
            client_secret: Secret::new("ninja-hush"),
            scopes: "monitoring".to_owned(),
        };
        NinjaOne::new(
            settings,
            self.outside.clone(),
            Arc::new(MemoryTokens::default()),
        )
    }

    pub fn xero_app(&self) -> XeroApp {
        let settings = xero::Settings {
            authorize_url: self.url("/identity/connect/authorize"),
            token_url: self.url("/connect/token"),
            revoke_url: self.url("/connect/revocation"),
            connections_url: self.url("/connections"),
            api_url: self.url("/api.xro/2.0"),
            client_id: "xero-id".to_owned(),
            client_secret: Secret::new("xero-hush"),
            redirect_uri: "http://localhost:8080/xero/callback".to_owned(),
            scopes: "openid offline_access accounting.invoices".to_owned(),
        };
        XeroApp::new(settings, self.outside.clone())
    }

    /// A tenant whose tokens in `store` are used.
    pub fn xero_with(&self, store: Arc<dyn TokenStore>) -> Xero {
        let app = self.xero_app();
        Xero::new(&app, TENANT, &app.tokens(store))
    }

    /// A tenant with a good access token.
    pub fn xero(&self) -> Xero {
        self.xero_with(Arc::new(MemoryTokens::new(Some(self.tokens(
            "access-1",
            "refresh-1",
            30,
        )))))
    }

    pub fn tokens(&self, access: &str, refresh: &str, minutes: i64) -> TokenSet {
        TokenSet {
            access: Secret::new(access),
            refresh: Some(Secret::new(refresh)),
            expires_at: self.now() + TimeDelta::minutes(minutes),
        }
    }
}

/// A mock server that gives Pax8 tokens, and a stage before it.
pub async fn pax8_stage() -> (MockServer, Stage) {
    let server = MockServer::start().await;
    let token = json!({"access_token": "pax8-access", "expires_in": 86400, "token_type": "Bearer"});
    Mock::given(method("POST"))
        .and(path("/v1/token"))
        .respond_with(ok(&token))
        .mount(&server)
        .await;
    let stage = Stage::at(server.uri());
    (server, stage)
}

pub fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// An answer whose text is ours to the byte.
pub fn json_text(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.to_owned(), "application/json")
}

pub fn html(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(
        "<html><body>Sorry, back soon</body></html>",
        "text/html; charset=utf-8",
    )
}

/// A page of companies as Pax8 sends it.
pub fn companies(ids: &[&str], number: u64, total: u64) -> Value {
    let content: Vec<Value> = ids
        .iter()
        .map(|id| json!({"id": id, "name": format!("Client {id}"), "status": "Active"}))
        .collect();
    json!({
        "content": content,
        "page": {"size": 2, "totalElements": total, "totalPages": total.div_ceil(2), "number": number},
    })
}

/// How many requests of this path arrived.
pub async fn count(server: &MockServer, path: &str) -> usize {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .filter(|request| request.url.path() == path)
        .count()
}
