use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Served, serve};

#[derive(Clone, Default)]
struct Inbox {
    got: Arc<Mutex<Vec<(String, Value)>>>,
    refuses: Arc<Mutex<u32>>,
}

impl Inbox {
    /// Serves the inbox; ends with the test's runtime.
    async fn open() -> (Self, String) {
        let inbox = Self::default();
        let app = Router::new()
            .route("/hook", post(receive))
            .with_state(inbox.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (inbox, url)
    }
}

async fn receive(State(inbox): State<Inbox>, headers: HeaderMap, body: String) -> StatusCode {
    let mut refuses = inbox.refuses.lock().unwrap();
    if *refuses > 0 {
        *refuses -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let authorization = headers
        .get("authorization")
        .map_or("", |value| value.to_str().unwrap());
    let body = serde_json::from_str(&body).unwrap();
    inbox
        .got
        .lock()
        .unwrap()
        .push((authorization.to_owned(), body));
    StatusCode::OK
}

async fn hooks(served: &Served, method: Method, path: &str, body: Value) -> Value {
    let url = format!("{}{path}", served.running.urls.pax8_webhooks);
    let request = served
        .client
        .request(method, url)
        .bearer_auth(&served.pax8_token);
    let reply = request.json(&body).send().await.unwrap();
    assert!(reply.status().is_success(), "{path}: {}", reply.status());
    let text = reply.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

#[tokio::test]
async fn what_happens_is_told_with_the_given_authorization() {
    let served = serve(1).await;
    let (inbox, url) = Inbox::open().await;
    let made = hooks(&served, Method::POST, "/webhooks", json!({
        "displayName": "BillingOne", "url": url, "authorization": "a secret of ours", "active": true,
        "webhookTopics": [
            { "topic": "INVOICE", "filters": [{ "action": "CREATED", "conditions": [] }] },
            { "topic": "SUBSCRIPTION", "filters": [] },
        ],
    }))
    .await;
    *inbox.refuses.lock().unwrap() = 1;
    served
        .running
        .control
        .advance(chrono::TimeDelta::days(25))
        .await
        .unwrap();
    let served = served.signed_in_again().await;
    let got = inbox.got.lock().unwrap().clone();
    assert!(
        got.iter()
            .all(|(authorization, _)| authorization == "a secret of ours")
    );
    let bills: Vec<&Value> = got
        .iter()
        .map(|(_, body)| body)
        .filter(|body| body["webhookTopic"]["topic"] == "INVOICE")
        .collect();
    assert_eq!(bills.len(), 1);
    let bill = bills[0]["payloadData"]["id"].as_str().unwrap();
    assert_eq!(
        served.pax8(&format!("/invoices/{bill}")).await["invoiceDate"],
        "2026-12-05"
    );
    assert!(got.len() > 3);
    let path = format!("/webhooks/{}/logs?size=200", made["id"].as_str().unwrap());
    let logs = hooks(&served, Method::GET, &path, json!(null)).await;
    let logs = logs["content"].as_array().unwrap();
    assert_eq!(logs.len(), got.len());
    // The first was refused once and came again.
    assert_eq!(
        logs.last().unwrap()["callHistory"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert!(logs.iter().all(|log| log["finalStatus"] == "SUCCESS"));
}

#[tokio::test]
async fn a_webhook_is_configured_switched_and_removed() {
    let served = serve(1).await;
    let made = hooks(
        &served,
        Method::POST,
        "/webhooks",
        json!({ "displayName": "New" }),
    )
    .await;
    assert_eq!(
        (&made["active"], &made["errorThreshold"]),
        (&json!(false), &json!(3))
    );
    let path = format!("/webhooks/{}", made["id"].as_str().unwrap());
    let (inbox, url) = Inbox::open().await;
    let set = json!({ "url": url, "authorization": "x" });
    hooks(&served, Method::POST, &format!("{path}/configuration"), set).await;
    let topic = json!({ "topic": "INVOICE", "filters": [] });
    let with_topic = hooks(&served, Method::POST, &format!("{path}/topics"), topic).await;
    assert_eq!(with_topic["webhookTopics"][0]["topic"], "INVOICE");
    hooks(
        &served,
        Method::POST,
        &format!("{path}/topics/INVOICE/test"),
        json!({}),
    )
    .await;
    assert_eq!(inbox.got.lock().unwrap().len(), 1);
    let on = hooks(
        &served,
        Method::POST,
        &format!("{path}/status"),
        json!({ "active": true }),
    )
    .await;
    assert_eq!(on["active"], true);
    let replaced = json!({ "webhookTopics": [{ "topic": "SUBSCRIPTION", "filters": [] }] });
    let replaced = hooks(&served, Method::PUT, &format!("{path}/topics"), replaced).await;
    let topic = replaced["webhookTopics"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    hooks(
        &served,
        Method::DELETE,
        &format!("{path}/topics/{topic}"),
        json!(null),
    )
    .await;
    hooks(&served, Method::DELETE, &path, json!(null)).await;
    let none = hooks(&served, Method::GET, "/webhooks", json!(null)).await;
    assert_eq!(none["page"]["totalElements"], 0);
}

#[tokio::test]
async fn the_control_registers_a_webhook_on_everything() {
    let served = serve(2).await;
    let (inbox, url) = Inbox::open().await;
    let body = json!({ "vendor": "pax8", "url": url, "authorization": "token" });
    let reply = served.control(Method::POST, "/webhooks", Some(body)).await;
    assert!(reply.status().is_success());
    served
        .running
        .control
        .advance(chrono::TimeDelta::days(24))
        .await
        .unwrap();
    assert!(inbox.got.lock().unwrap().len() > 2);
}

#[derive(Clone)]
struct Verifier {
    key: String,
    events: Arc<Mutex<Vec<Value>>>,
}

/// As Xero wants it: right signature 200, wrong one 401, no body.
async fn verify(State(verifier): State<Verifier>, headers: HeaderMap, body: Bytes) -> StatusCode {
    use base64::Engine as _;
    use hmac::{KeyInit as _, Mac as _};
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(verifier.key.as_bytes()).unwrap();
    mac.update(&body);
    let expected = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    let signature = headers
        .get("x-xero-signature")
        .map_or("", |value| value.to_str().unwrap());
    if signature != expected {
        return StatusCode::UNAUTHORIZED;
    }
    let body: Value = serde_json::from_slice(&body).unwrap();
    verifier
        .events
        .lock()
        .unwrap()
        .extend(body["events"].as_array().unwrap().iter().cloned());
    StatusCode::OK
}

#[tokio::test]
async fn payments_are_told_by_xero_and_signed() {
    let served = serve(1).await;
    let key = served
        .running
        .control
        .credentials()
        .xero_webhook_key
        .clone();
    let verifier = Verifier {
        key,
        events: Arc::default(),
    };
    let app = Router::new()
        .route("/xero", post(verify))
        .with_state(verifier.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/xero", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let body = json!({ "vendor": "xero", "url": url });
    let reply = served.control(Method::POST, "/webhooks", Some(body)).await;
    assert!(reply.status().is_success());
    let before = served.running.control.ledger();
    served
        .running
        .control
        .advance(chrono::TimeDelta::days(25))
        .await
        .unwrap();
    let events = verifier.events.lock().unwrap().clone();
    assert!(events.len() > 20, "{}", events.len());
    assert!(
        events
            .iter()
            .all(|event| event["eventCategory"] == "INVOICE")
    );
    let told: Vec<&str> = events
        .iter()
        .map(|event| event["resourceId"].as_str().unwrap())
        .collect();
    let after = served.running.control.ledger();
    let paid = after
        .iter()
        .zip(&before)
        .filter(|(after, before)| after.status != before.status);
    for (invoice, _) in paid {
        assert!(
            told.contains(&invoice.invoice_id.to_string().as_str()),
            "{}",
            invoice.number
        );
    }
}
