//! Pax8's token: client credentials as JSON, good for a day, no refresh token.

use std::sync::Arc;

use chrono::TimeDelta;
use futures::future::BoxFuture;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::client::Settings;
use crate::http::{Call, Caller, Renewal, Reply, TokenSet, TokenStore, Tokens};
use crate::{Error, Outside, Secret, Vendor};

/// Renewed an hour before the day is over.
const MARGIN: TimeDelta = TimeDelta::hours(1);

pub(super) fn tokens(
    settings: Arc<Settings>,
    outside: Outside,
    store: Arc<dyn TokenStore>,
) -> Tokens {
    let time = Arc::clone(&outside.time);
    let caller = Caller {
        vendor: Vendor::Pax8,
        outside,
        quota: None,
        tokens: None,
        refusal,
    };
    Tokens::new(
        Vendor::Pax8,
        store,
        Credentials { settings, caller },
        time,
        MARGIN,
    )
}

struct Credentials {
    settings: Arc<Settings>,
    caller: Caller,
}

#[derive(Serialize)]
struct Request<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    audience: &'a str,
    grant_type: &'static str,
}

#[derive(Deserialize)]
struct Granted {
    access_token: Secret,
    #[serde(default = "a_day")]
    expires_in: u32,
}

const fn a_day() -> u32 {
    86_400
}

impl Renewal for Credentials {
    fn renew<'a>(&'a self, _held: Option<&'a TokenSet>) -> BoxFuture<'a, Result<TokenSet, Error>> {
        Box::pin(async {
            let asked_at = self.caller.outside.time.now();
            let request = Request {
                client_id: &self.settings.client_id,
                client_secret: self.settings.client_secret.expose(),
                audience: &self.settings.audience,
                grant_type: "client_credentials",
            };
            let call = Call::new(Method::POST, self.settings.token_url.url(), "a token")
                .repeatable()
                .json(&request)
                .map_err(|error| error.refused(Vendor::Pax8))?;
            let granted: Granted = self.caller.read(&call, crate::http::token_answer).await?;
            Ok(TokenSet {
                access: granted.access_token,
                refresh: None,
                expires_at: asked_at + TimeDelta::seconds(i64::from(granted.expires_in)),
            })
        })
    }
}

/// A no to credentials asks for a person; any other answer is about the address or a proxy.
fn refusal(_: &Call, reply: &Reply) -> Error {
    let why = match reply.status {
        400 | 401 | 403 => "it does not accept the client id and secret".to_owned(),
        status => return Error::no_token(Vendor::Pax8, status),
    };
    Error::ReconnectNeeded {
        vendor: Vendor::Pax8,
        why,
    }
}
