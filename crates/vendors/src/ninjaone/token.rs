//! NinjaOne's token: client credentials as a form, good for about an hour.

use std::sync::Arc;

use chrono::TimeDelta;
use futures::future::BoxFuture;
use reqwest::Method;
use serde::Deserialize;

use super::client::Settings;
use crate::http::{Call, Caller, Renewal, Reply, TokenSet, TokenStore, Tokens};
use crate::{Error, Outside, Secret, Vendor};

const MARGIN: TimeDelta = TimeDelta::minutes(5);

pub(super) fn tokens(
    settings: Arc<Settings>,
    outside: Outside,
    store: Arc<dyn TokenStore>,
) -> Tokens {
    let time = Arc::clone(&outside.time);
    let vendor = Vendor::NinjaOne;
    let caller = Caller {
        vendor,
        outside,
        quota: None,
        tokens: None,
        refusal,
    };
    Tokens::new(
        vendor,
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

#[derive(Deserialize)]
struct Granted {
    access_token: Secret,
    #[serde(default = "an_hour")]
    expires_in: u32,
}

const fn an_hour() -> u32 {
    3600
}

impl Renewal for Credentials {
    fn renew<'a>(&'a self, _held: Option<&'a TokenSet>) -> BoxFuture<'a, Result<TokenSet, Error>> {
        Box::pin(async {
            let asked_at = self.caller.outside.time.now();
            let url = self.settings.api_url.at(&["ws", "oauth", "token"], &[]);
            let call = Call::new(Method::POST, url, "a token").repeatable().form(&[
                ("grant_type", "client_credentials"),
                ("client_id", self.settings.client_id.as_str()),
                ("client_secret", self.settings.client_secret.expose()),
                ("scope", self.settings.scopes.as_str()),
            ]);
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
        400 | 401 | 403 => "it does not accept the client id, the secret or the scopes".to_owned(),
        status => return Error::no_token(Vendor::NinjaOne, status),
    };
    Error::ReconnectNeeded {
        vendor: Vendor::NinjaOne,
        why,
    }
}
