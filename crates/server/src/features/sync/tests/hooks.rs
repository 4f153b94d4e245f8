//! Vendors call: verified, stored once, answered without a word, read anew.

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Method, header::AUTHORIZATION};
use serde_json::{Value, json};
use sha2::Sha256;

use super::whole::{runs, small_world};
use crate::testing::{TestApp, on_both_engines};

on_both_engines!(small_world =>
    xero_is_answered_by_its_signature_and_once_per_delivery,
    pax8_is_answered_by_what_was_agreed,
    the_sandbox_delivers_what_it_says,
);

async fn address(app: &TestApp, vendor: &str) -> (String, Option<String>) {
    let (_, connections) = app.get("/api/v1/connections").await;
    let id = connections["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["vendor"] == vendor)
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (status, address) = app.get(&format!("/api/v1/connections/{id}/webhook")).await;
    assert_eq!(status, 200, "{address}");
    let url = address["url"].as_str().unwrap();
    let path = url.strip_prefix(&app.app.config.server.public_url).unwrap();
    let authorization = address["authorization"].as_str().map(str::to_owned);
    (path.to_owned(), authorization)
}

fn signature(body: &str, key: &str) -> String {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

async fn deliver(app: &TestApp, path: &str, body: &str, header: (&str, &str)) -> u16 {
    let answer = app
        .anonymous(Method::POST, path)
        .header(header.0, header.1)
        .body(body.to_owned())
        .send()
        .await
        .unwrap();
    assert!(answer.headers().get("set-cookie").is_none());
    let status = answer.status().as_u16();
    assert_eq!(answer.text().await.unwrap(), "");
    status
}

async fn xero_is_answered_by_its_signature_and_once_per_delivery(app: TestApp) {
    app.sync_vendors().await;
    let (path, _) = address(&app, "xero").await;
    let key = app.app.config.vendors.xero.webhook_key.clone();
    let intent = r#"{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"x"}"#;
    let right = signature(intent, &key);
    assert_eq!(
        deliver(&app, &path, intent, ("x-xero-signature", &right)).await,
        200
    );
    let wrong = signature(intent, "another key");
    assert_eq!(
        deliver(&app, &path, intent, ("x-xero-signature", &wrong)).await,
        401
    );
    assert_eq!(
        deliver(
            &app,
            "/hooks/xero/guess",
            intent,
            ("x-xero-signature", &right)
        )
        .await,
        401
    );

    let before = runs(&app).await.len();
    let tenant = &app
        .sandbox
        .as_ref()
        .unwrap()
        .control
        .credentials()
        .xero_tenant_id;
    let event = |tenant: &str| {
        json!({
            "resourceId": "00000000-0000-0000-0000-000000000001", "tenantId": tenant,
            "tenantType": "ORGANISATION", "eventCategory": "INVOICE", "eventType": "UPDATE",
            "eventDateUtc": "2026-11-12T09:00:00.000",
        })
    };
    let news = |tenant: &str| {
        json!({ "events": [event(tenant)], "firstEventSequence": 1, "lastEventSequence": 1,
            "entropy": "y" })
        .to_string()
    };
    for body in [
        news(tenant),
        news(tenant),
        news("11111111-1111-1111-1111-111111111111"),
    ] {
        let right = signature(&body, &key);
        assert_eq!(
            deliver(&app, &path, &body, ("x-xero-signature", &right)).await,
            200
        );
    }
    app.run_jobs().await;
    let after = runs(&app).await;
    assert_eq!(
        after.len(),
        before + 1,
        "one delivery, told twice, is one sync"
    );
    assert_eq!(
        (&after[0]["vendor"], &after[0]["mode"]),
        (&json!("xero"), &json!("delta"))
    );
    assert_eq!(after[0]["state"], "done");
}

async fn pax8_is_answered_by_what_was_agreed(app: TestApp) {
    app.connect_with_credentials("pax8").await;
    app.run_jobs().await;
    let (path, authorization) = address(&app, "pax8").await;
    let right = authorization.unwrap();
    let body = json!({
        "accountId": "a", "webhookId": "w", "sentAt": "2026-11-12T09:00:00Z",
        "webhookTopic": { "id": "t", "topic": "SUBSCRIPTION" }, "payloadData": { "id": "s" },
    })
    .to_string();
    assert_eq!(
        deliver(&app, &path, &body, ("authorization", "Bearer guess")).await,
        401
    );
    assert_eq!(
        deliver(&app, &path, &body, (AUTHORIZATION.as_str(), &right)).await,
        200
    );
    assert_eq!(
        deliver(&app, &path, &body, (AUTHORIZATION.as_str(), &right)).await,
        200
    );
    assert_eq!(
        deliver(&app, &path, "{", (AUTHORIZATION.as_str(), &right)).await,
        200
    );
    let before = runs(&app).await.len();
    app.run_jobs().await;
    assert_eq!(runs(&app).await.len(), before + 1);
}

async fn the_sandbox_delivers_what_it_says(app: TestApp) {
    app.connect_with_credentials("pax8").await;
    app.run_jobs().await;
    let (path, authorization) = address(&app, "pax8").await;
    let url = format!("http://{}{path}", app.address);
    let registration = json!({ "vendor": "pax8", "url": url, "authorization": authorization });
    app.control(Method::POST, "webhooks", &registration).await;
    let before = runs(&app).await.len();
    let advanced: Value = app
        .control(Method::POST, "advance", &json!({ "days": 6 }))
        .await;
    assert!(advanced["now"].is_string());
    app.run_jobs().await;
    let after = runs(&app).await;
    assert!(
        after.len() > before,
        "something happens to subscriptions or bills in six days"
    );
    assert!(after.iter().all(|run| run["state"] == "done"));
}
