//! The demo's owner at work: every step is a call of the product's own API over HTTP.

#![expect(
    clippy::indexing_slicing,
    reason = "the index of JSON answers null for what is not there and never panics"
)]

use std::{io::Write as _, time::Duration};

use anyhow::{Context as _, bail};
use reqwest::{Method, header::LOCATION};
use serde_json::{Value, json};

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
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        if !status.is_success() {
            bail!("{method} {path} answered {status}: {text}");
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Connects the three vendors as a person would.
    pub async fn connect(&self, sandbox: &sandbox::Running) -> anyhow::Result<()> {
        let known = sandbox.control.credentials();
        for (vendor, id, secret) in [
            ("pax8", &known.pax8_client_id, &known.pax8_client_secret),
            (
                "ninjaone",
                &known.ninjaone_client_id,
                &known.ninjaone_client_secret,
            ),
        ] {
            let body = json!({ "vendor": vendor, "client_id": id, "client_secret": secret });
            self.post("/api/v1/connections", &body).await?;
        }
        self.consent_to_xero().await?;
        println!("Connected Pax8, Xero and NinjaOne.");
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
        self.post("/api/v1/sync", &json!({})).await?;
        self.wait("Reading vendors", async || {
            let runs = self.get("/api/v1/sync-runs?limit=200").await?;
            let runs = runs["items"].as_array().cloned().unwrap_or_default();
            let read: i64 = runs
                .iter()
                .filter_map(|run| run["records_read"].as_i64())
                .sum();
            let open = runs
                .iter()
                .filter(|run| matches!(run["state"].as_str(), Some("queued" | "running")));
            let left = open.count();
            if let Some(failed) = runs.iter().find(|run| run["state"] == "failed") {
                bail!("a sync failed: {}", failed["problem"]);
            }
            let now = format!("{read} records, {left} of {} syncs to go", runs.len());
            Ok((left == 0 && !runs.is_empty(), now))
        })
        .await
    }

    /// Enters what this MSP has agreed with its clients.
    pub async fn agree(&self, setup: &Value) -> anyhow::Result<()> {
        let calls = agreed::calls(setup)?;
        let all = calls.len();
        for (at, call) in (1..).zip(calls) {
            self.send(call.method, call.path, Some(&call.body)).await?;
            if at % 25 == 0 || at == all {
                progress(
                    "Entering catalog, clients and contracts",
                    &format!("{at} of {all}"),
                )?;
            }
        }
        println!();
        Ok(())
    }

    pub async fn reconcile(&self) -> anyhow::Result<()> {
        self.post("/api/v1/reconcile", &json!({})).await?;
        self.wait("Comparing", async || {
            let summary = self.get("/api/v1/findings/summary").await?;
            let found = summary["counts"]["all"].as_i64().unwrap_or(0);
            Ok((summary["reconciling"] == false, format!("{found} findings")))
        })
        .await
    }

    /// Next month's invoices.
    pub async fn make_drafts(&self) -> anyhow::Result<()> {
        let session = self.get("/api/v1/session").await?;
        let today = session["today"].as_str().context("no date")?.parse()?;
        let next_month = billing::Period::month_of(today).end();
        let body = json!({ "as_of": next_month });
        let made = self.post("/api/v1/generated-invoices", &body).await?;
        let count = made["ids"].as_array().map_or(0, Vec::len);
        println!("Made {count} drafts for {next_month}.");
        Ok(())
    }

    async fn wait(
        &self,
        what: &str,
        look: impl AsyncFn() -> anyhow::Result<(bool, String)>,
    ) -> anyhow::Result<()> {
        let begun = std::time::Instant::now();
        loop {
            let (is_done, now) = look().await?;
            progress(what, &now)?;
            if is_done {
                println!();
                return Ok(());
            }
            if begun.elapsed() > LONGEST_WAIT {
                bail!("{what} did not end");
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

/// One line that is written over.
fn progress(what: &str, now: &str) -> anyhow::Result<()> {
    print!("\r\x1b[2K{what}: {now}");
    Ok(std::io::stdout().flush()?)
}
