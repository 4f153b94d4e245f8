//! Webhooks: the intent to receive, order, signatures and patience.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::support::{Served, books, serve};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

/// An application that keeps what it is told.
#[derive(Clone, Default)]
struct Application {
    told: Arc<Mutex<Vec<Value>>>,
    believes_everything: Arc<AtomicBool>,
    is_down: Arc<AtomicBool>,
}

async fn receive(
    State(application): State<Application>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"webhook-key").unwrap();
    mac.update(&body);
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    let is_right = headers["x-xero-signature"] == signature.as_str();
    if !is_right && !application.believes_everything.load(Ordering::SeqCst) {
        return StatusCode::UNAUTHORIZED;
    }
    if application.is_down.load(Ordering::SeqCst) {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    application
        .told
        .lock()
        .unwrap()
        .push(serde_json::from_slice(&body).unwrap());
    StatusCode::OK
}

async fn listen(application: Application) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let app = Router::new()
        .route("/hook", post(receive))
        .with_state(application);
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

async fn both() -> (Served, Application, String) {
    let served = serve(books(2), None).await;
    let application = Application::default();
    let url = listen(application.clone()).await;
    (served, application, url)
}

#[tokio::test]
async fn an_application_that_does_not_check_signatures_is_refused() {
    let (served, application, url) = both().await;
    application
        .believes_everything
        .store(true, Ordering::SeqCst);
    let refused = served
        .xero
        .register_webhook(served.client.clone(), &url)
        .await
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a wrongly signed request must be answered with 401; it was 200"
    );
    assert_eq!(served.xero.webhook_state().url, None);
}

#[tokio::test]
async fn events_follow_in_order_and_survive_a_day_of_trouble() {
    let (served, application, url) = both().await;
    served
        .xero
        .register_webhook(served.client.clone(), &url)
        .await
        .unwrap();
    let intents = std::mem::take(&mut *application.told.lock().unwrap());
    assert_eq!(intents.len(), 2, "two were signed rightly");
    assert_eq!(
        (&intents[0]["events"], &intents[0]["firstEventSequence"]),
        (&json!([]), &json!(0))
    );
    assert_ne!(intents[0]["entropy"], intents[1]["entropy"]);

    application.is_down.store(true, Ordering::SeqCst);
    let caller = served.connect().await;
    caller.put("/Contacts", json!({ "Name": "New" })).await;
    served.xero.deliver_webhooks().await;
    caller
        .post("/Invoices/S-000002", json!({ "Reference": "PO" }))
        .await;
    let state = served.xero.webhook_state();
    assert_eq!(
        (state.waiting, state.attempts_failed),
        (2, 2),
        "once, and again at once"
    );
    served.clock.advance(TimeDelta::minutes(15));
    application.is_down.store(false, Ordering::SeqCst);
    served.xero.deliver_webhooks().await;

    let told = application.told.lock().unwrap().clone();
    let events: Vec<_> = told
        .iter()
        .flat_map(|body| body["events"].as_array().unwrap())
        .collect();
    let kinds: Vec<_> = events
        .iter()
        .map(|e| (&e["eventCategory"], &e["eventType"]))
        .collect();
    assert_eq!(
        kinds,
        [
            (&json!("CONTACT"), &json!("CREATE")),
            (&json!("INVOICE"), &json!("UPDATE"))
        ]
    );
    assert_eq!(events[1]["eventDateUtc"], "2026-11-12T09:00:00.000");
    assert_eq!(events[1]["tenantId"], json!(served.xero.tenants()[0]));
    assert_eq!(
        (
            &told[0]["firstEventSequence"],
            &told[0]["lastEventSequence"]
        ),
        (&json!(1), &json!(2))
    );
    assert_eq!(served.xero.webhook_state().waiting, 0);
}

#[tokio::test]
async fn after_a_day_of_failure_the_webhook_is_switched_off_and_can_be_taken_up_again() {
    let (served, application, url) = both().await;
    served
        .xero
        .register_webhook(served.client.clone(), &url)
        .await
        .unwrap();
    application.is_down.store(true, Ordering::SeqCst);
    let caller = served.connect().await;
    caller.put("/Contacts", json!({ "Name": "New" })).await;
    for _ in 0..98 {
        served.xero.deliver_webhooks().await;
        served.clock.advance(TimeDelta::minutes(15));
    }
    assert!(served.xero.webhook_state().is_disabled);
    application.is_down.store(false, Ordering::SeqCst);
    assert_eq!(served.xero.deliver_webhooks().await, 0);
    served
        .xero
        .register_webhook(served.client.clone(), &url)
        .await
        .unwrap();
    served.xero.deliver_webhooks().await;
    assert_eq!(served.xero.webhook_state().waiting, 0);
    let told = application.told.lock().unwrap();
    assert_eq!(
        told.last().unwrap()["events"][0]["eventCategory"],
        "CONTACT"
    );
}
