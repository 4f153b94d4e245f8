use reqwest::{Method, StatusCode};
use sandbox::faults::{Fault, FaultKind, Vendor};
use serde_json::{Value, json};

use crate::support::{Served, serve};

async fn spoiled(served: &Served, kind: FaultKind) -> Result<reqwest::Response, reqwest::Error> {
    served
        .running
        .control
        .faults()
        .push(Fault::once(Vendor::Pax8, "/products", kind));
    let url = format!("{}/products?size=10&page=1", served.running.urls.pax8_api);
    served
        .client
        .get(url)
        .bearer_auth(&served.pax8_token)
        .send()
        .await
}

#[tokio::test]
async fn limits_and_outages_look_like_the_vendors() {
    let mut served = serve(1).await;
    for (kind, status, wait) in [
        (FaultKind::LimitMinute, 429, true),
        (FaultKind::LimitDay, 429, true),
        (FaultKind::ServerError, 500, false),
        (FaultKind::HtmlUnavailable, 503, false),
        (FaultKind::ExpiredToken, 401, false),
    ] {
        let reply = spoiled(&served, kind).await.unwrap();
        assert_eq!(reply.status().as_u16(), status, "{kind:?}");
        assert_eq!(
            reply.headers().contains_key("retry-after"),
            wait,
            "{kind:?}"
        );
        if kind == FaultKind::HtmlUnavailable {
            assert!(reply.text().await.unwrap().starts_with("<!DOCTYPE html>"));
        } else {
            let body: Value = reply.json().await.unwrap();
            assert_eq!(body["status"], status);
        }
        let after = served.pax8_reply("/products").await;
        let expected = if kind == FaultKind::ExpiredToken {
            401
        } else {
            200
        };
        assert_eq!(after.status().as_u16(), expected, "{kind:?}");
        served = served.signed_in_again().await;
    }
}

#[tokio::test]
async fn lines_break_as_asked() {
    let served = serve(1).await;
    assert!(
        spoiled(&served, FaultKind::DroppedConnection)
            .await
            .is_err()
    );
    assert!(spoiled(&served, FaultKind::LostAnswer).await.is_err());
    let cut = spoiled(&served, FaultKind::TruncatedBody).await.unwrap();
    assert_eq!(cut.status(), StatusCode::OK);
    assert!(cut.bytes().await.is_err());
    assert_eq!(
        served.pax8_reply("/products").await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn pages_go_wrong_as_asked() {
    let served = serve(1).await;
    let names = |page: &Value| -> Vec<String> {
        let rows = page["content"].as_array().unwrap().iter();
        rows.map(|row| row["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = names(&served.pax8("/products?size=10&page=0").await);
    let second = names(&served.pax8("/products?size=10&page=1").await);
    let twice = spoiled(&served, FaultKind::DuplicatedPage).await.unwrap();
    let twice = names(&twice.json().await.unwrap());
    assert_eq!(twice, [first, second.clone()].concat());
    let shifted = spoiled(&served, FaultKind::ShiftedPage).await.unwrap();
    assert_eq!(names(&shifted.json().await.unwrap()), second[1..]);
    served.running.control.faults().push(Fault::once(
        Vendor::Pax8,
        "/subscriptions",
        FaultKind::UnknownEnum,
    ));
    let strange = served.pax8("/subscriptions").await;
    assert_eq!(strange["content"][0]["status"], "SomethingNew");
    assert_ne!(strange["content"][1]["status"], "SomethingNew");
}

#[tokio::test]
async fn faults_are_queued_over_http_and_forgotten() {
    let served = serve(1).await;
    let one =
        json!({ "vendor": "pax8", "kind": "slow", "ms": 300, "path": "/products", "times": 2 });
    let reply = served.control(Method::POST, "/faults", Some(one)).await;
    assert_eq!(reply.status(), StatusCode::OK);
    let begun = std::time::Instant::now();
    served.pax8("/products").await;
    assert!(begun.elapsed().as_millis() >= 300);
    let many = json!([
        { "vendor": "ninjaone", "kind": "server_error" },
        { "vendor": "xero", "kind": "lost_refresh_answer", "path": "/connect/token" },
    ]);
    let waiting: Value = served
        .control(Method::POST, "/faults", Some(many))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(waiting.as_array().unwrap().len(), 3);
    assert_eq!(
        served.ninja_reply("/v2/devices").await.status().as_u16(),
        500
    );
    let reply = served.control(Method::DELETE, "/faults", None).await;
    assert_eq!(reply.status(), StatusCode::NO_CONTENT);
    assert!(served.running.control.faults().waiting().is_empty());
    let wrong = json!({ "vendor": "pax8", "kind": "earthquake" });
    let refused = served.control(Method::POST, "/faults", Some(wrong)).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
}
