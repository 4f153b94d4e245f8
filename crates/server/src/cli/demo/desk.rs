//! The demo's owner at work: every step is a call of the product's own API over HTTP.

#![expect(
    clippy::indexing_slicing,
    reason = "the index of JSON answers null for what is not there and never panics"
)]

use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::{Method, header::LOCATION};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::progress::Progress;
use crate::{app::App, cli::agreed};

pub struct Desk {
    base: String,
    http: reqwest::Client,
    token: String,
}

/// No step of the demo takes longer than this, even on a slow machine.
const LONGEST_WAIT: Duration = Duration::from_mins(10);
const LOOK_AGAIN: Duration = Duration::from_millis(250);

impl Desk {
    pub async fn sign_in(app: &App, password: &str) -> anyhow::Result<Self> {
        let mut desk = Self {
            base: app.config.server.public_url.clone(),
            http: app.http.clone(),
            token: String::new(),
        };
        let credentials = json!({ "email": super::EMAIL, "password": password });
        let session = desk.post("/api/v1/session", &credentials).await?;
        session["token"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut desk.token);
        Ok(desk)
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::POST, path, Some(body)).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let url = format!("{}{path}", self.base);
        let mut request = self
            .http
            .request(method.clone(), url)
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        Self::answer(request, &method, path).await
    }

    /// The same, done once however often it is sent.
    async fn send_once(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
        let text = serde_json::to_vec(body)?;
        let key = hex::encode(Sha256::digest(&text));
        let url = format!("{}{path}", self.base);
        let request = self
            .http
            .request(method.clone(), url)
            .bearer_auth(&self.token)
            .header("idempotency-key", key)
            .body(text);
        Self::answer(request, &method, path).await
    }

    async fn answer(
        request: reqwest::RequestBuilder,
        method: &Method,
        path: &str,
    ) -> anyhow::Result<Value> {
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        if !status.is_success() {
            bail!("{method} {path} answered {status}: {text}");
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Connects the vendors that are not connected, as a person would.
    pub async fn connect(&self, sandbox: &sandbox::Running) -> anyhow::Result<()> {
        let connected = self.get("/api/v1/connections").await?;
        let connected = connected["items"].as_array().cloned().unwrap_or_default();
        let works = |vendor: &str| {
            let mut rows = connected.iter();
            rows.any(|row| row["vendor"] == vendor && row["state"] == "connected")
        };
        let known = sandbox.control.credentials();
        for (vendor, id, secret) in [
            ("pax8", &known.pax8_client_id, &known.pax8_client_secret),
            (
                "ninjaone",
                &known.ninjaone_client_id,
                &known.ninjaone_client_secret,
            ),
        ] {
            if !works(vendor) {
                let body = json!({ "vendor": vendor, "client_id": id, "client_secret": secret });
                self.post("/api/v1/connections", &body).await?;
            }
        }
        if !works("xero") {
            self.consent_to_xero().await?;
        }
        println!("Pax8, Xero and NinjaOne are connected.");
        Ok(())
    }

    /// Goes through Xero's consent page as a browser does.
    async fn consent_to_xero(&self) -> anyhow::Result<()> {
        let page = self
            .post("/api/v1/connections/xero/consent", &json!({}))
            .await?;
        let url = page["consent_url"].as_str().context("no consent page")?;
        let allowed = self
            .http
            .get(format!("{url}&sandbox_allow=first"))
            .send()
            .await?;
        let back = allowed
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok());
        let back = back
            .context("the consent page did not lead back")?
            .to_owned();
        let done = self.http.get(back).bearer_auth(&self.token).send().await?;
        if done.status().is_client_error() || done.status().is_server_error() {
            bail!(
                "connecting Xero answered {}: {}",
                done.status(),
                done.text().await?
            );
        }
        Ok(())
    }

    /// Sync All, with its progress.
    pub async fn sync_all(&self) -> anyhow::Result<()> {
        let started = self.post("/api/v1/sync", &json!({})).await?;
        let started = started["runs"].as_array().cloned().unwrap_or_default();
        let ours = |run: &Value| started.iter().any(|started| started["id"] == run["id"]);
        self.wait("Reading the vendors", async || {
            let runs = self.get("/api/v1/sync-runs?limit=200").await?;
            let mut runs = runs["items"].as_array().cloned().unwrap_or_default();
            runs.retain(ours);
            if let Some(failed) = runs.iter().find(|run| run["state"] == "failed") {
                bail!(
                    "{} could not be read: {}",
                    failed["name"],
                    failed["problem"]
                );
            }
            let read: i64 = runs
                .iter()
                .filter_map(|run| run["records_read"].as_i64())
                .sum();
            let open: Vec<&str> = runs
                .iter()
                .filter(|run| run["state"] != "done")
                .filter_map(|run| run["name"].as_str())
                .collect();
            let to_go = if open.is_empty() {
                String::new()
            } else {
                format!(", still reading {}", open.join(", "))
            };
            Ok((open.is_empty(), format!("{read} records{to_go}")))
        })
        .await
    }

    /// Enters what this MSP has agreed with its clients.
    pub async fn agree(&self, setup: &Value) -> anyhow::Result<()> {
        let calls = agreed::calls(setup)?;
        let all = calls.len();
        let progress = Progress::of("Entering catalog, clients and contracts");
        for (at, call) in (1..).zip(calls) {
            self.send_once(call.method, call.path, &call.body).await?;
            progress.show(&format!("{at} of {all}"))?;
        }
        progress.end(&format!("{all} entries"))
    }

    pub async fn reconcile(&self, what: &'static str) -> anyhow::Result<()> {
        self.post("/api/v1/reconcile", &json!({})).await?;
        self.wait(what, async || {
            let summary = self.get("/api/v1/findings/summary").await?;
            let found = summary["counts"]["all"].as_i64().unwrap_or(0);
            Ok((summary["reconciling"] == false, format!("{found} findings")))
        })
        .await
    }

    /// Whether invoices were ever generated.
    pub async fn has_drafts(&self) -> anyhow::Result<bool> {
        let page = self.get("/api/v1/generated-invoices?limit=1").await?;
        Ok(page["items"]
            .as_array()
            .is_some_and(|rows| !rows.is_empty()))
    }

    /// Next month's invoices.
    pub async fn make_drafts(&self) -> anyhow::Result<()> {
        let session = self.get("/api/v1/session").await?;
        let today = session["today"].as_str().context("no date")?.parse()?;
        let next_month = billing::Period::month_of(today).end();
        let progress = Progress::of("Drafting next month's invoices");
        progress.show("…")?;
        let body = json!({ "as_of": next_month });
        let made = self.post("/api/v1/generated-invoices", &body).await?;
        let count = made["ids"].as_array().map_or(0, Vec::len);
        progress.end(&format!("{count} drafts, dated up to {next_month}"))
    }

    async fn wait(
        &self,
        what: &'static str,
        look: impl AsyncFn() -> anyhow::Result<(bool, String)>,
    ) -> anyhow::Result<()> {
        let begun = std::time::Instant::now();
        let progress = Progress::of(what);
        loop {
            let (is_done, now) = look().await?;
            if is_done {
                return progress.end(&now);
            }
            progress.show(&now)?;
            if begun.elapsed() > LONGEST_WAIT {
                bail!("{what} did not end");
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}
