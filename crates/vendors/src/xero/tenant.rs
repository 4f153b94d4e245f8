//! The client of one Xero tenant.

use std::sync::Arc;

use reqwest::Method;
use reqwest::header::HeaderName;

use super::app::{Settings, XeroApp};
use super::refusal;
use crate::http::{Call, Caller, Quota, Tokens, Window};
use crate::{Error, Vendor};

/// Calls to one tenant's ledger. Cheap to clone.
#[derive(Clone)]
pub struct Xero {
    pub(super) caller: Caller,
    pub(super) settings: Arc<Settings>,
    tenant_id: Arc<str>,
}

/// Xero's limits for one tenant: 60 calls a minute, 5 at once, 5,000 a day (1,000 in its smallest
/// tier, which is learned from the headers).
fn quota(tenant_id: &str) -> Quota {
    Quota {
        vendor: Vendor::Xero,
        tenant: tenant_id.to_owned(),
        windows: vec![Window::minute(60), Window::day(5000)],
        concurrent: 5,
    }
}

impl Xero {
    pub fn new(app: &XeroApp, tenant_id: &str, tokens: &Tokens) -> Self {
        let caller = Caller {
            vendor: Vendor::Xero,
            outside: app.outside.clone(),
            quota: Some(Arc::new(quota(tenant_id))),
            tokens: Some(tokens.clone()),
            refusal: refusal::read,
        };
        Self {
            caller,
            settings: Arc::clone(&app.settings),
            tenant_id: tenant_id.into(),
        }
    }

    pub fn tenant_id(&self) -> &str {
        &self.tenant_id
    }

    pub(super) fn get(
        &self,
        path: &[&str],
        query: &[(&str, String)],
        what: impl Into<String>,
    ) -> Result<Call, Error> {
        self.for_tenant(Call::get(self.settings.api_url.at(path, query), what))
    }

    pub(super) fn write(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
        what: impl Into<String>,
    ) -> Result<Call, Error> {
        self.for_tenant(Call::new(
            method,
            self.settings.api_url.at(path, query),
            what,
        ))
    }

    fn for_tenant(&self, call: Call) -> Result<Call, Error> {
        call.header(HeaderName::from_static("xero-tenant-id"), &self.tenant_id)
            .map_err(|error| error.refused(Vendor::Xero))
    }
}

impl std::fmt::Debug for Xero {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Xero")
            .field("tenant_id", &self.tenant_id)
            .finish_non_exhaustive()
    }
}
