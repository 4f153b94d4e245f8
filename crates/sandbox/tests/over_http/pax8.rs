use reqwest::StatusCode;
use sandbox::Options;
use serde_json::{Value, json};

use crate::support::{CONTROL, client, serve, serve_with};

#[tokio::test]
async fn a_token_needs_the_right_secret_and_lasts_a_day() {
    let mut served = serve(1).await;
    let url = format!("{}/token", served.running.urls.pax8_api);
    let wrong = json!({
        "client_id": served.running.control.credentials().pax8_client_id, "client_secret": "no",
        "audience": "https://api.pax8.com", "grant_type": "client_credentials",
    });
    let reply = client().post(url).json(&wrong).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
    let body: Value = reply.json().await.unwrap();
    assert_eq!(
        body,
        json!({ "error": "access_denied", "error_description": "Unauthorized" })
    );

    assert_eq!(
        served.pax8_reply("/companies").await.status(),
        StatusCode::OK
    );
    served
        .running
        .control
        .clock()
        .advance(chrono::TimeDelta::hours(25));
    let late = served.pax8_reply("/companies").await;
    assert_eq!(late.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(late.json::<Value>().await.unwrap()["type"], "UNAUTHORIZED");
    served.pax8_token = crate::support::pax8_token(&served.running, &served.client).await;
    assert_eq!(
        served.pax8_reply("/companies").await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn pages_start_at_zero_and_hold_every_row_once() {
    let served = serve(1).await;
    let all = served.pax8_all("/subscriptions?sort=createdDate,asc").await;
    let mut ids: Vec<&str> = all.iter().map(|row| row["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all.len());
    let default = served.pax8("/subscriptions").await;
    assert_eq!(default["content"].as_array().unwrap().len(), 10);
    assert_eq!(default["page"]["number"], 0);
    for wrong in [
        "?size=0",
        "?size=201",
        "?page=x",
        "?sort=mood,asc",
        "?status=Asleep",
    ] {
        let reply = served.pax8_reply(&format!("/subscriptions{wrong}")).await;
        assert_eq!(reply.status(), StatusCode::BAD_REQUEST, "{wrong}");
        assert_eq!(reply.json::<Value>().await.unwrap()["status"], 400);
    }
}

#[tokio::test]
async fn filters_keep_what_they_name() {
    let served = serve(2).await;
    let some = served.pax8("/subscriptions?size=1").await["content"][0].clone();
    let company = some["companyId"].as_str().unwrap();
    let of_company = served
        .pax8_all(&format!("/subscriptions?companyId={company}"))
        .await;
    assert!(!of_company.is_empty());
    assert!(of_company.iter().all(|row| row["companyId"] == company));
    for status in ["Trial", "PendingCancel", "Cancelled"] {
        let rows = served
            .pax8_all(&format!("/subscriptions?status={status}"))
            .await;
        assert!(!rows.is_empty(), "{status}");
        assert!(rows.iter().all(|row| row["status"] == status));
    }
    let missing = served
        .pax8_reply("/companies/3f0f3f0e-0000-4000-8000-000000000000")
        .await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert_eq!(missing.json::<Value>().await.unwrap()["type"], "NOT_FOUND");
}

#[tokio::test]
async fn a_wrong_bill_is_credited_and_one_comes_instead() {
    let served = serve(1).await;
    let credited = served.pax8_all("/invoices?status=Credited").await;
    assert_eq!(credited.len(), 1);
    let october = served
        .pax8_all("/invoices?invoiceDateRangeStart=2026-10-01&invoiceDateRangeEnd=2026-10-31")
        .await;
    assert_eq!(october.len(), 2);
    let right = october
        .iter()
        .find(|bill| bill["status"] != "Credited")
        .unwrap();
    let total = |bill: &Value| {
        bill["total"]
            .to_string()
            .parse::<rust_decimal::Decimal>()
            .unwrap()
    };
    assert!(total(&credited[0]) > total(right));
    let mut sum = rust_decimal::Decimal::ZERO;
    for item in served
        .pax8_all(&format!(
            "/invoices/{}/items",
            right["id"].as_str().unwrap()
        ))
        .await
    {
        sum += item["costTotal"]
            .to_string()
            .parse::<rust_decimal::Decimal>()
            .unwrap();
    }
    assert_eq!(sum, total(right));
}

#[tokio::test]
async fn drafts_foretell_the_bill_without_usage() {
    let served = serve(3).await;
    let drafts = served.pax8_all("/invoices/draftItems").await;
    assert!(
        drafts
            .iter()
            .any(|item| item["startPeriod"] == "2026-12-01")
    );
    assert!(drafts.iter().any(|item| item["endPeriod"] == "2026-12-31"));
    assert!(drafts.iter().all(|item| item["term"] != "Arrears"));
    served
        .running
        .control
        .advance(chrono::TimeDelta::days(24))
        .await
        .unwrap();
    let served = served.signed_in_again().await;
    let bill = served.pax8("/invoices?sort=invoiceDate,desc&size=1").await["content"][0].clone();
    assert_eq!(bill["invoiceDate"], "2026-12-05");
    let items = served
        .pax8_all(&format!("/invoices/{}/items", bill["id"].as_str().unwrap()))
        .await;
    assert!(items.iter().any(|item| item["term"] == "Arrears"));
    assert!(items.iter().any(|item| item["type"] == "prorate"));
    assert!(items.iter().any(|item| item["endPeriod"] == "2027-01-01"));
}

#[tokio::test]
async fn history_shows_the_cost_rise() {
    let served = serve(1).await;
    let answers = served.running.control.answers();
    let rise = answers.iter().find(|row| row.kind == "cost_rise").unwrap();
    let key = rise.subject.split('/').next().unwrap();
    let setup = served.running.control.setup();
    let company = setup["clients"]
        .as_array()
        .unwrap()
        .iter()
        .find(|client| client["key"] == key)
        .unwrap()["pax8_company_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut rises = 0;
    for held in served
        .pax8_all(&format!("/subscriptions?companyId={company}"))
        .await
    {
        let path = format!("/subscriptions/{}/history", held["id"].as_str().unwrap());
        let history = served.pax8(&path).await;
        let versions = history["content"].as_array().unwrap();
        assert_eq!(versions[0]["partnerCost"], held["partnerCost"]);
        rises += usize::from(
            versions
                .iter()
                .any(|one| one["partnerCost"] != held["partnerCost"]),
        );
    }
    assert!(rises > 0);
}

#[tokio::test]
async fn a_limit_of_calls_is_kept_when_asked_for() {
    let options = Options {
        pax8_per_minute: Some(5),
        ..Options::new(CONTROL)
    };
    let served = serve_with(options).await;
    for _ in 0..5 {
        assert_eq!(
            served.pax8_reply("/products").await.status(),
            StatusCode::OK
        );
    }
    let refused = served.pax8_reply("/products").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key("retry-after"));
    served
        .running
        .control
        .clock()
        .advance(chrono::TimeDelta::seconds(60));
    assert_eq!(
        served.pax8_reply("/products").await.status(),
        StatusCode::OK
    );
}
