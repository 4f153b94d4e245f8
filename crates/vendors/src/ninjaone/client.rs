//! The client itself: where NinjaOne is, and who asks.

use std::sync::Arc;

use serde::Deserialize;

use super::token;
use crate::error::excerpt;
use crate::http::{BaseUrl, Call, Caller, Quota, Reply, TokenStore, Window};
use crate::{Complaint, Error, Limit, Outside, Refusal, Secret, Vendor};

/// Address and credentials, all of them configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://app.ninjarmm.com`, or the region's (`eu.`, `oc.`); `/ws/oauth/token` and `/v2` hang
    /// below it.
    pub api_url: BaseUrl,
    pub client_id: String,
    pub client_secret: Secret,
    /// Separated by spaces; `monitoring` is enough to read.
    pub scopes: String,
}

/// Calls to NinjaOne in the name of one MSP. Cheap to clone.
#[derive(Clone)]
pub struct NinjaOne {
    pub(super) caller: Caller,
    pub(super) settings: Arc<Settings>,
}

impl NinjaOne {
    /// `store` keeps the hour's token; [`crate::http::MemoryTokens`] will do, as a new one can be
    /// had at any time.
    pub fn new(settings: Settings, outside: Outside, store: Arc<dyn TokenStore>) -> Self {
        let settings = Arc::new(settings);
        let tokens = token::tokens(Arc::clone(&settings), outside.clone(), store);
        let caller = Caller {
            vendor: Vendor::NinjaOne,
            outside,
            quota: Some(Arc::new(quota(&settings.client_id))),
            tokens: Some(tokens),
            refusal,
        };
        Self { caller, settings }
    }

    /// Proves the credentials with one token and one small read: for "Test connection".
    pub async fn test(&self) -> Result<(), Error> {
        let url = self
            .settings
            .api_url
            .at(&["v2", "organizations"], &[("pageSize", "1".to_owned())]);
        let call = Call::get(url, "organizations");
        self.caller
            .read(&call, Reply::json::<serde::de::IgnoredAny>)
            .await
            .map(|_| ())
    }
}

impl std::fmt::Debug for NinjaOne {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NinjaOne")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// NinjaOne publishes no figures; we stay modest and heed 429.
fn quota(client_id: &str) -> Quota {
    let second = Window {
        length: std::time::Duration::from_secs(1),
        calls: 5,
        limit: Limit::Busy,
    };
    Quota {
        vendor: Vendor::NinjaOne,
        tenant: client_id.to_owned(),
        windows: vec![second, Window::minute(200)],
        concurrent: 2,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Problem {
    #[serde(default)]
    result_code: Option<String>,
    #[serde(default)]
    error_message: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
}

fn refusal(call: &Call, reply: &Reply) -> Error {
    let vendor = Vendor::NinjaOne;
    match reply.status {
        404 => {
            return Error::NotFound {
                vendor,
                what: call.what.clone(),
            };
        }
        401 => {
            let why = "it does not accept our sign-in".to_owned();
            return Error::ReconnectNeeded { vendor, why };
        }
        _ => {}
    }
    let problem: Option<Problem> = reply.json().ok();
    let code = problem
        .as_ref()
        .and_then(|problem| problem.result_code.clone());
    let said = problem.and_then(|problem| problem.error_message.or(problem.error_description));
    let text = said.unwrap_or_else(|| excerpt(&reply.body));
    let complaints = Some(text)
        .filter(|text| !text.is_empty())
        .map(Complaint::new);
    let complaints = complaints.into_iter().collect();
    Error::Refused(Box::new(Refusal {
        vendor,
        status: reply.status,
        code,
        complaints,
    }))
}
