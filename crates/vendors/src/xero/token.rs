//! Xero's tokens: 30 minutes of access, and a refresh token that changes with every use.
//!
//! The old refresh token may be sent again for 30 minutes, which is what saves us when the answer
//! to a renewal is lost: the stored one is still the old one, and the call is simply repeated.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde::Deserialize;

use super::app::XeroApp;
use crate::http::{BaseUrl, Call, Caller, Renewal, Reply, TokenSet, TokenStore, Tokens};
use crate::{Error, Secret, Vendor};

const MARGIN: TimeDelta = TimeDelta::minutes(2);

/// What a person's consent gives.
#[derive(Debug, Clone)]
pub struct Consent {
    pub tokens: TokenSet,
    /// Names this consent: ask [`XeroApp::connections`] what it connected.
    pub auth_event_id: Option<String>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: Secret,
    #[serde(default)]
    refresh_token: Option<Secret>,
    #[serde(default = "half_an_hour")]
    expires_in: u32,
}

const fn half_an_hour() -> u32 {
    1800
}

impl Granted {
    fn tokens(self, asked_at: DateTime<Utc>) -> TokenSet {
        TokenSet {
            access: self.access_token,
            refresh: self.refresh_token,
            expires_at: asked_at + TimeDelta::seconds(i64::from(self.expires_in)),
        }
    }
}

pub(super) async fn exchange(app: &XeroApp, code: &str) -> Result<Consent, Error> {
    let asked_at = app.outside.time.now();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", app.settings.redirect_uri.as_str()),
    ];
    let call = token_call(app, &app.settings.token_url, &fields)?;
    let granted: Granted = caller(app).read(&call, crate::http::token_answer).await?;
    let auth_event_id = auth_event_id(&granted.access_token);
    Ok(Consent {
        tokens: granted.tokens(asked_at),
        auth_event_id,
    })
}

pub(super) async fn revoke(app: &XeroApp, tokens: &TokenSet) -> Result<(), Error> {
    let Some(refresh) = &tokens.refresh else {
        return Ok(());
    };
    let fields = [("token", refresh.expose())];
    let call = token_call(app, &app.settings.revoke_url, &fields)?.repeatable();
    caller(app).read(&call, |_| Ok(())).await
}

pub(super) fn tokens(app: &XeroApp, store: Arc<dyn TokenStore>) -> Tokens {
    let time = Arc::clone(&app.outside.time);
    Tokens::new(
        Vendor::Xero,
        store,
        Refresh { app: app.clone() },
        time,
        MARGIN,
    )
}

struct Refresh {
    app: XeroApp,
}

impl Renewal for Refresh {
    fn renew<'a>(&'a self, held: Option<&'a TokenSet>) -> BoxFuture<'a, Result<TokenSet, Error>> {
        Box::pin(async move {
            let Some(refresh) = held.and_then(|tokens| tokens.refresh.as_ref()) else {
                let why = "nobody has given consent yet".to_owned();
                return Err(Error::ReconnectNeeded {
                    vendor: Vendor::Xero,
                    why,
                });
            };
            let asked_at = self.app.outside.time.now();
            let fields = [
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh.expose()),
            ];
            let token_url = &self.app.settings.token_url;
            let call = token_call(&self.app, token_url, &fields)?.repeatable();
            let granted: Granted = caller(&self.app)
                .read(&call, crate::http::token_answer)
                .await?;
            let mut tokens = granted.tokens(asked_at);
            tokens.refresh.get_or_insert_with(|| refresh.clone());
            Ok(tokens)
        })
    }
}

fn token_call(app: &XeroApp, url: &BaseUrl, fields: &[(&str, &str)]) -> Result<Call, Error> {
    let settings = &app.settings;
    let pair = format!("{}:{}", settings.client_id, settings.client_secret.expose());
    let mut call = Call::new(Method::POST, url.url(), "a token")
        .form(fields)
        .header(AUTHORIZATION, &format!("Basic {}", STANDARD.encode(pair)))
        .map_err(|error| error.refused(Vendor::Xero))?;
    if let Some(value) = call.headers.get_mut(AUTHORIZATION) {
        value.set_sensitive(true);
    }
    Ok(call)
}

fn caller(app: &XeroApp) -> Caller {
    let outside = app.outside.clone();
    Caller {
        vendor: Vendor::Xero,
        outside,
        quota: None,
        tokens: None,
        refusal,
    }
}

#[derive(Deserialize)]
struct OAuthError {
    #[serde(default)]
    error: Option<String>,
}

fn refusal(_: &Call, reply: &Reply) -> Error {
    let code = reply.json::<OAuthError>().ok().and_then(|body| body.error);
    let why = match code.as_deref() {
        Some("invalid_grant") => "its consent has ended or was withdrawn".to_owned(),
        Some("invalid_client" | "unauthorized_client") => {
            "it does not accept the client id and secret of our app".to_owned()
        }
        _ if reply.status == 401 => {
            "it does not accept the client id and secret of our app".to_owned()
        }
        _ => return Error::no_token(Vendor::Xero, reply.status),
    };
    Error::ReconnectNeeded {
        vendor: Vendor::Xero,
        why,
    }
}

/// The claim `authentication_event_id` of an access token. Not verified: the token came straight
/// from Xero, and Xero itself judges it with every use.
fn auth_event_id(access: &Secret) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        authentication_event_id: String,
    }
    let payload = access.expose().split('.').nth(1)?;
    let json = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice::<Claims>(&json)
        .ok()
        .map(|claims| claims.authentication_event_id)
}
