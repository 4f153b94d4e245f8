//! A sandbox with a journal goes on where it ended, however that was.

use std::path::Path;

use reqwest::header::LOCATION;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use sandbox::{Options, Running, Sandbox};
use serde_json::{Value, json};
use url::Url;

use crate::support::{CONTROL, client, pax8_token};

const REDIRECT: &str = "http://localhost:9/callback";

fn options(journal: &Path) -> Options {
    let mut options = Options::new(CONTROL);
    options.size.clients = 12;
    options.size.months = 6;
    options.journal = Some(journal.to_owned());
    // Every instant is another one then, and none must show after a restart.
    options.ticking = true;
    options
}

/// An application with the user's consent.
struct Xero {
    http: Client,
    access: String,
    refresh: String,
}

async fn body(request: RequestBuilder) -> Value {
    let reply = request.send().await.unwrap();
    let status = reply.status();
    let body: Value = reply.json().await.unwrap();
    assert!(status.is_success(), "{status} {body}");
    body
}

async fn form(running: &Running, http: &Client, form: &[(&str, &str)]) -> Value {
    let known = running.control.credentials();
    let request = http
        .post(&running.urls.xero_token)
        .basic_auth(&known.xero_client_id, Some(&known.xero_client_secret));
    body(request.form(form)).await
}

impl Xero {
    async fn consent(running: &Running) -> Self {
        // Another test may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let mut url = Url::parse(&running.urls.xero_authorize).unwrap();
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &running.control.credentials().xero_client_id),
            ("redirect_uri", REDIRECT),
            (
                "scope",
                "openid offline_access accounting.invoices accounting.contacts",
            ),
            ("sandbox_allow", "first"),
        ]);
        let allowed = http.get(url).send().await.unwrap();
        let back = Url::parse(allowed.headers()[LOCATION].to_str().unwrap()).unwrap();
        let (_, code) = back.query_pairs().find(|(name, _)| name == "code").unwrap();
        let grant = [
            ("grant_type", "authorization_code"),
            ("code", code.as_ref()),
            ("redirect_uri", REDIRECT),
        ];
        let tokens = form(running, &http, &grant).await;
        Self::of(http, &tokens)
    }

    fn of(http: Client, tokens: &Value) -> Self {
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        Self {
            http,
            access: text("access_token"),
            refresh: text("refresh_token"),
        }
    }

    async fn rotate(self, running: &Running) -> Self {
        let grant = [
            ("grant_type", "refresh_token"),
            ("refresh_token", self.refresh.as_str()),
        ];
        let tokens = form(running, &self.http, &grant).await;
        Self::of(self.http, &tokens)
    }

    fn call(&self, running: &Running, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", running.urls.xero_api))
            .bearer_auth(&self.access)
            .header("accept", "application/json")
            .header(
                "xero-tenant-id",
                &running.control.credentials().xero_tenant_id,
            )
    }

    /// Everything that the books hold under our numbers.
    async fn ours(&self, running: &Running) -> Value {
        let numbers = "?InvoiceNumbers=OURS-1,OURS-2,OURS-3&unitdp=4";
        body(self.call(running, Method::GET, &format!("/Invoices{numbers}"))).await["Invoices"]
            .clone()
    }

    async fn invoice(&self, running: &Running, number: &str) -> Value {
        let contacts = body(self.call(running, Method::GET, "/Contacts?pageSize=1&page=1")).await;
        let line = json!({ "Description": "Seats", "Quantity": 3, "UnitAmount": 7.5,
            "AccountCode": "205", "TaxType": "OUTPUT2" });
        let invoice = json!({ "Type": "ACCREC", "InvoiceNumber": number, "Status": "DRAFT",
            "Contact": { "ContactID": contacts["Contacts"][0]["ContactID"] },
            "Date": "2026-11-12", "DueDate": "2026-11-30", "LineItems": [line] });
        let request = self
            .call(running, Method::PUT, "/Invoices")
            .header("idempotency-key", number);
        body(request.json(&json!({ "Invoices": [invoice] }))).await
    }
}

/// All that can be seen of a sandbox.
async fn seen(running: &Running, xero: &Xero, pax8: &str) -> Value {
    let control = &running.control;
    let hooks = client()
        .get(format!("{}/webhooks", running.urls.pax8_webhooks))
        .bearer_auth(pax8);
    json!({
        "invoices": xero.ours(running).await,
        "ledger": control.ledger(),
        "answers": control.answers(),
        "setup": control.setup(),
        "hooks": body(hooks).await,
    })
}

#[tokio::test]
async fn everything_is_there_after_a_restart_and_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let running = Sandbox::start(options(&journal)).await.unwrap();
    let pax8 = pax8_token(&running, &client()).await;
    let xero = Xero::consent(&running).await;
    let first = xero.invoice(&running, "OURS-1").await;
    running
        .control
        .advance(chrono::TimeDelta::minutes(40))
        .await
        .unwrap();
    let xero = xero.rotate(&running).await;
    running
        .control
        .advance(chrono::TimeDelta::days(30))
        .await
        .unwrap();
    let pax8_again = pax8_token(&running, &client()).await;
    let hook = (
        "http://127.0.0.1:9/nobody".to_owned(),
        Some("secret".to_owned()),
    );
    running
        .control
        .register_with_pax8(hook.0, hook.1)
        .await
        .unwrap();
    assert_ne!(pax8, pax8_again);
    let xero = xero.rotate(&running).await;
    xero.invoice(&running, "OURS-2").await;
    let refused = xero
        .call(&running, Method::PUT, "/Invoices")
        .json(&json!({ "Invoices": [{}] }));
    assert!(refused.send().await.unwrap().status().is_client_error());
    let before = seen(&running, &xero, &pax8_again).await;
    let then = running.control.clock().now();
    running.shutdown().await.unwrap();

    let running = Sandbox::start(options(&journal)).await.unwrap();
    assert!(running.control.clock().now() >= then, "time ran back");
    let after = seen(&running, &xero, &pax8_again).await;
    for (what, before) in before.as_object().unwrap() {
        assert_eq!(&after[what], before, "{what}");
    }
    // A lost answer is asked for again: the key is known still, and so are the rotated tokens.
    let again = xero.invoice(&running, "OURS-2").await;
    assert_eq!(
        again["Invoices"][0]["InvoiceID"],
        before["invoices"][1]["InvoiceID"]
    );
    let xero = xero.rotate(&running).await;
    xero.invoice(&running, "OURS-3").await;
    let created = running.control.ledger().into_iter();
    let created: Vec<(String, u32)> = created
        .filter(|one| one.number.starts_with("OURS"))
        .map(|one| (one.number, one.created))
        .collect();
    assert_eq!(created.len(), 3);
    assert!(created.iter().all(|(_, times)| *times == 1), "{created:?}");
    assert_ne!(
        first["Invoices"][0]["InvoiceID"],
        again["Invoices"][0]["InvoiceID"]
    );
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_line_that_a_crash_cut_short_never_happened() {
    use std::io::Write as _;

    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let running = Sandbox::start(options(&journal)).await.unwrap();
    let xero = Xero::consent(&running).await;
    xero.invoice(&running, "OURS-1").await;
    running.shutdown().await.unwrap();
    let whole = std::fs::read(&journal).unwrap();
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&journal)
        .unwrap();
    file.write_all(b"{\"at\":\"2026-11-12T09:0").unwrap();
    drop(file);

    let running = Sandbox::start(options(&journal)).await.unwrap();
    assert_eq!(std::fs::read(&journal).unwrap(), whole);
    xero.invoice(&running, "OURS-2").await;
    assert_eq!(xero.ours(&running).await.as_array().unwrap().len(), 2);
    running.shutdown().await.unwrap();
    let running = Sandbox::start(options(&journal)).await.unwrap();
    assert_eq!(xero.ours(&running).await.as_array().unwrap().len(), 2);
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_journal_belongs_to_one_world_and_one_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let running = Sandbox::start(options(&journal)).await.unwrap();
    let refusal = async |options: Options| {
        let started = Sandbox::start(options).await;
        format!("{:#}", started.err().unwrap())
    };
    let in_use = refusal(options(&journal)).await;
    assert!(in_use.contains("is in use"), "{in_use}");
    running.shutdown().await.unwrap();
    let mut other = options(&journal);
    other.seed = 7;
    let other = refusal(other).await;
    assert!(
        other.contains("begun with seed 1 and 12 clients"),
        "{other}"
    );
    std::fs::write(&journal, "not a journal\n").unwrap();
    let damaged = refusal(options(&journal)).await;
    assert!(damaged.contains("damaged in line 1"), "{damaged}");
}

#[tokio::test]
async fn what_was_lost_on_the_way_back_is_kept_and_what_never_came_is_not() {
    use sandbox::faults::{Fault, FaultKind, Vendor};

    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let running = Sandbox::start(options(&journal)).await.unwrap();
    let xero = Xero::consent(&running).await;
    for (number, kind) in [
        ("OURS-1", FaultKind::LostAnswer),
        ("OURS-2", FaultKind::DroppedConnection),
    ] {
        let contacts = body(xero.call(&running, Method::GET, "/Contacts?pageSize=1&page=1")).await;
        running
            .control
            .faults()
            .push(Fault::once(Vendor::Xero, "/Invoices", kind));
        let line = json!({ "Description": "Seats", "Quantity": 1, "UnitAmount": 1,
            "AccountCode": "205", "TaxType": "OUTPUT2" });
        let invoice = json!({ "Type": "ACCREC", "InvoiceNumber": number, "LineItems": [line],
            "Contact": { "ContactID": contacts["Contacts"][0]["ContactID"] },
            "Date": "2026-11-12", "DueDate": "2026-11-30" });
        let sent = xero
            .call(&running, Method::PUT, "/Invoices")
            .json(&invoice)
            .send()
            .await;
        assert!(sent.is_err() || sent.unwrap().status() == StatusCode::BAD_GATEWAY);
    }
    running.shutdown().await.unwrap();
    let running = Sandbox::start(options(&journal)).await.unwrap();
    let ours = xero.ours(&running).await;
    assert_eq!(ours.as_array().unwrap().len(), 1, "{ours}");
    assert_eq!(ours[0]["InvoiceNumber"], "OURS-1");
    running.shutdown().await.unwrap();
}
