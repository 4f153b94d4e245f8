//! The vendors' own contracts, held against what is served: Prism in the middle turns every reply
//! that breaks the contract into a 500.
//!
//! Prism is found by `BILLINGONE_PRISM` or among the checkout's tools, the contracts by
//! `BILLINGONE_SPECS` or beside the checkout. Without them nothing is proved: that fails in CI and is
//! said aloud elsewhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::support::{Served, serve};

struct Tools {
    prism: PathBuf,
    specs: PathBuf,
}

fn tools() -> Option<Tools> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let named = |variable: &str, default: PathBuf| {
        std::env::var_os(variable).map_or(default, PathBuf::from)
    };
    let found = Tools {
        prism: named(
            "BILLINGONE_PRISM",
            root.join("target/tools/node_modules/.bin/prism"),
        ),
        specs: named("BILLINGONE_SPECS", root.join("../shared/specs")),
    };
    if found.prism.exists() && found.specs.exists() {
        return Some(found);
    }
    let missing = format!(
        "contracts not checked: need Prism at {} and contracts at {}",
        found.prism.display(),
        found.specs.display()
    );
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{missing}");
    println!("{missing}");
    None
}

/// A validating proxy in front of the sandbox; it ends with this value.
struct Proxy {
    base: String,
    _child: Child,
}

impl Proxy {
    async fn start(tools: &Tools, spec: &Path, upstream: &str) -> Self {
        let port = free_port();
        let mut child = Command::new(&tools.prism)
            .args([
                "proxy",
                "--errors",
                "-h",
                "127.0.0.1",
                "-p",
                &port.to_string(),
            ])
            .arg(spec)
            .arg(upstream)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let listening = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.contains("Prism is listening") {
                    return;
                }
            }
            panic!("Prism ended before it listened");
        };
        tokio::time::timeout(Duration::from_mins(2), listening)
            .await
            .unwrap();
        // What it says from now on must be read, or it would stop at a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self {
            base: format!("http://127.0.0.1:{port}"),
            _child: child,
        }
    }
}

/// A port nobody had a moment ago.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// The contract with its known faults cut out, as a file in `folder`.
fn mended(tools: &Tools, name: &str, folder: &Path, mend: impl Fn(&mut Value)) -> PathBuf {
    let text = fs::read_to_string(tools.specs.join(name)).unwrap();
    let mut spec: Value = serde_json::from_str(&text).unwrap();
    mend(&mut spec);
    let path = folder.join("spec.json");
    fs::write(&path, spec.to_string()).unwrap();
    path
}

async fn passes(served: &Served, proxy: &Proxy, token: &str, path: &str) {
    let url = format!("{}{path}", proxy.base);
    let reply = served
        .client
        .get(url)
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    let status = reply.status().as_u16();
    let violations = reply.headers().get("sl-violations").cloned();
    let body = reply.text().await.unwrap();
    assert_eq!(status, 200, "{path}: {violations:?} {body}");
    assert!(violations.is_none(), "{path}: {violations:?}");
}

/// Faults of the partner contract that fail right replies or requests.
fn mend_partner(spec: &mut Value) {
    // The wire has the bare word; the enum carries prose.
    spec["components"]["schemas"]["InvoiceItem"]["properties"]["rateType"]["enum"] =
        serde_json::json!(["markup", "single", "flat", "volume", "tiered"]);
    // The text says `field,direction`; the enum has bare names.
    for parameter in spec["paths"]["/invoices"]["get"]["parameters"]
        .as_array_mut()
        .unwrap()
    {
        if parameter["name"] == "sort" {
            parameter["schema"] = serde_json::json!({ "type": "string" });
        }
    }
}

#[tokio::test]
async fn pax8_keeps_the_partner_contract() {
    let Some(tools) = tools() else { return };
    let served = serve(1).await;
    let folder = tempfile::tempdir().unwrap();
    let name = "pax8/pax8-partner-endpoints-openapi.json";
    let spec = mended(&tools, name, folder.path(), mend_partner);
    let proxy = Proxy::start(&tools, &spec, &served.running.urls.pax8_api).await;
    let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
    let company = id(&served.pax8("/companies?size=1").await["content"][0]);
    let product = id(&served.pax8("/products?size=1").await["content"][0]);
    let subscription = id(&served.pax8("/subscriptions?size=1").await["content"][0]);
    let azure = served
        .pax8_all("/subscriptions?billingTerm=Activation")
        .await;
    let azure = id(azure.first().unwrap());
    let summaries = served
        .pax8(&format!("/subscriptions/{azure}/usage-summaries"))
        .await;
    let summary = id(&summaries["content"][0]);
    let mut paths = vec![
        "/companies?size=200".to_owned(),
        "/companies?sort=name&status=Active".to_owned(),
        format!("/companies/{company}"),
        format!("/companies/{company}/contacts"),
        "/products?size=200&sort=vendor".to_owned(),
        format!("/products/{product}"),
        format!("/products/{product}/pricing?companyId={company}"),
        "/subscriptions?size=200&sort=createdDate,asc".to_owned(),
        "/subscriptions?size=200&page=1".to_owned(),
        "/subscriptions?size=200&page=2".to_owned(),
        format!("/subscriptions/{subscription}"),
        format!("/subscriptions/{subscription}/history"),
        format!("/subscriptions/{azure}/usage-summaries"),
        format!("/usage-summaries/{summary}"),
        format!("/usage-summaries/{summary}/usage-lines?usageDate=2026-11-03"),
        "/invoices?size=200&sort=invoiceDate,desc".to_owned(),
        "/invoices/draftItems?size=200".to_owned(),
        "/invoices/draftItems?monthOffset=0&size=200".to_owned(),
    ];
    for bill in served.pax8_all("/invoices").await.iter().take(4) {
        paths.push(format!("/invoices/{}", id(bill)));
        paths.push(format!("/invoices/{}/items?size=200", id(bill)));
    }
    for path in paths {
        passes(&served, &proxy, &served.pax8_token, &path).await;
    }
}

#[tokio::test]
async fn pax8_keeps_the_contracts_of_tokens_and_webhooks() {
    let Some(tools) = tools() else { return };
    let served = serve(1).await;
    let folder = tempfile::tempdir().unwrap();
    let spec = tools.specs.join("pax8/pax8-authentication-openapi.json");
    let proxy = Proxy::start(&tools, &spec, &served.running.urls.pax8_api).await;
    let credentials = served.running.control.credentials();
    let body = serde_json::json!({
        "client_id": credentials.pax8_client_id, "client_secret": credentials.pax8_client_secret,
        "audience": "https://api.pax8.com", "grant_type": "client_credentials",
    });
    let reply = served
        .client
        .post(format!("{}/token", proxy.base))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(
        reply.status().as_u16(),
        200,
        "{}",
        reply.text().await.unwrap()
    );

    let name = "pax8/pax8-webhooks-api-openapi.json";
    // An object that no query string can hold is marked as required.
    let spec = mended(&tools, name, folder.path(), |spec| {
        let logs = &mut spec["paths"]["/webhooks/{webhookId}/logs"]["get"]["parameters"];
        logs.as_array_mut()
            .unwrap()
            .retain(|parameter| parameter["name"] != "query");
    });
    let proxy = Proxy::start(&tools, &spec, &served.running.urls.pax8_webhooks).await;
    let post = async |path: &str, body: Value| -> Value {
        let mut request = served.client.post(format!("{}{path}", proxy.base));
        if !body.is_null() {
            request = request.json(&body);
        }
        let reply = request
            .bearer_auth(&served.pax8_token)
            .send()
            .await
            .unwrap();
        let status = reply.status().as_u16();
        let text = reply.text().await.unwrap();
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    };
    let condition =
        serde_json::json!({ "field": "status", "operator": "EQUALS", "value": ["Unpaid"] });
    let made = post("/webhooks", serde_json::json!({
        "displayName": "Ours", "url": "http://127.0.0.1:9/hook", "authorization": "x",
        "webhookTopics": [
            { "topic": "INVOICE", "filters": [{ "action": "CREATED", "conditions": [condition] }] },
        ],
    }))
    .await;
    let id = made["id"].as_str().unwrap();
    post(
        &format!("/webhooks/{id}/status"),
        serde_json::json!({ "active": true }),
    )
    .await;
    post(
        &format!("/webhooks/{id}/configuration"),
        serde_json::json!({ "displayName": "Mine" }),
    )
    .await;
    post(
        &format!("/webhooks/{id}/topics"),
        serde_json::json!({ "topic": "SUBSCRIPTION", "filters": [] }),
    )
    .await;
    post(&format!("/webhooks/{id}/topics/INVOICE/test"), Value::Null).await;
    let logs = format!("/webhooks/{id}/logs");
    for path in [
        "/webhooks",
        &format!("/webhooks/{id}"),
        "/webhooks/topic-definitions",
        &logs,
    ] {
        passes(&served, &proxy, &served.pax8_token, path).await;
    }
}

#[tokio::test]
async fn ninjaone_keeps_its_contract() {
    let Some(tools) = tools() else { return };
    let served = serve(1).await;
    let spec = tools.specs.join("ninjaone/ninjaone-openapi.yml");
    let proxy = Proxy::start(&tools, &spec, &served.running.urls.ninjaone_api).await;
    let device = served.ninja_all("/v2/devices").await[0]["id"]
        .as_i64()
        .unwrap();
    let organization = served.ninja_all("/v2/organizations").await[0]["id"]
        .as_i64()
        .unwrap();
    for path in [
        "/v2/organizations?pageSize=1000".to_owned(),
        "/v2/organizations-detailed?pageSize=1000".to_owned(),
        "/v2/locations?pageSize=1000".to_owned(),
        "/v2/devices?pageSize=1000".to_owned(),
        "/v2/devices-detailed?pageSize=1000&after=600".to_owned(),
        format!("/v2/organization/{organization}"),
        format!("/v2/organization/{organization}/devices"),
        format!("/v2/device/{device}"),
    ] {
        passes(&served, &proxy, &served.ninja_token, &path).await;
    }
}
