//! Connecting the sandbox's vendors as a person would.

use reqwest::{Method, header::LOCATION};
use serde_json::{Value, json};

use super::TestApp;

impl TestApp {
    /// Connects Pax8, NinjaOne and Xero; their first syncs wait as jobs.
    pub async fn connect_vendors(&self) {
        self.connect_with_credentials("pax8").await;
        self.connect_with_credentials("ninjaone").await;
        self.connect_xero().await;
    }

    /// Connects `pax8` or `ninjaone`; the connection.
    pub async fn connect_with_credentials(&self, vendor: &str) -> Value {
        let body = self.credentials_of(vendor);
        let (status, connection) = self.post("/api/v1/connections", &body).await;
        assert_eq!(status, 201, "{connection}");
        connection
    }

    pub fn credentials_of(&self, vendor: &str) -> Value {
        let known = self.sandbox.as_ref().unwrap().control.credentials();
        let (id, secret) = match vendor {
            "pax8" => (&known.pax8_client_id, &known.pax8_client_secret),
            _ => (&known.ninjaone_client_id, &known.ninjaone_client_secret),
        };
        json!({ "vendor": vendor, "client_id": id, "client_secret": secret })
    }

    /// Goes through Xero's consent page as a browser would.
    pub async fn connect_xero(&self) {
        let (status, page) = self
            .post("/api/v1/connections/xero/consent", &json!({}))
            .await;
        assert_eq!(status, 201, "{page}");
        let url = format!(
            "{}&sandbox_allow=first",
            page["consent_url"].as_str().unwrap()
        );
        let allowed = self.browse(&url).await;
        assert_eq!(allowed.status(), 302);
        let back = allowed.headers()[LOCATION].to_str().unwrap().to_owned();
        let path = back
            .strip_prefix(&self.app.config.server.public_url)
            .unwrap();
        let done = self.request(Method::GET, path).send().await.unwrap();
        assert_eq!(done.status(), 303, "{}", done.text().await.unwrap());
    }

    /// Opens an address outside the product, following nothing.
    pub async fn browse(&self, url: &str) -> reqwest::Response {
        self.client.get(url).send().await.unwrap()
    }

    /// Withdraws the consent at Xero, as a person may at any time.
    pub async fn revoke_xero(&self) {
        let tokens = crate::features::connections::stored_tokens(&self.app, self.org, "xero").await;
        let vendors = &self.app.config.vendors.xero;
        let request = self
            .client
            .post(&vendors.revoke_url)
            .basic_auth(&vendors.client_id, Some(&vendors.client_secret))
            .form(&[("token", tokens.refresh.unwrap().expose())]);
        assert_eq!(request.send().await.unwrap().status(), 200);
    }

    /// Changes records of the ledger as somebody does who works in it.
    pub async fn work_in_xero(&self, list: &str, body: &Value) {
        let tokens = crate::features::connections::stored_tokens(&self.app, self.org, "xero").await;
        let known = self.sandbox.as_ref().unwrap().control.credentials();
        let request = self
            .client
            .post(format!("{}/{list}", self.app.config.vendors.xero.api_url))
            .bearer_auth(tokens.access.expose())
            .header("xero-tenant-id", &known.xero_tenant_id)
            .json(body);
        let done = request.send().await.unwrap();
        assert_eq!(done.status(), 200, "{}", done.text().await.unwrap());
    }

    /// All three connected and read once.
    pub async fn sync_vendors(&self) {
        self.connect_vendors().await;
        self.run_jobs().await;
        let (_, runs) = self.get("/api/v1/sync-runs").await;
        for run in runs["items"].as_array().unwrap() {
            assert_eq!(run["state"], "done", "{run}");
        }
    }
}
