use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::Value;

use crate::support::serve;

#[tokio::test]
async fn devices_are_paged_by_the_last_id() {
    let served = serve(1).await;
    let devices = served.ninja_all("/v2/devices").await;
    let ids: BTreeSet<i64> = devices
        .iter()
        .map(|device| device["id"].as_i64().unwrap())
        .collect();
    assert_eq!(ids.len(), devices.len());
    let organizations = served.ninja_all("/v2/organizations").await;
    let known: BTreeSet<i64> = organizations
        .iter()
        .map(|organization| organization["id"].as_i64().unwrap())
        .collect();
    assert!(
        devices
            .iter()
            .all(|device| known.contains(&device["organizationId"].as_i64().unwrap()))
    );
    let one = organizations[3]["id"].as_i64().unwrap();
    let of_one = served
        .ninja_reply(&format!("/v2/devices?df=org%20%3D%20{one}&pageSize=1000"))
        .await;
    let of_one: Vec<Value> = of_one.json().await.unwrap();
    let expected = devices
        .iter()
        .filter(|device| device["organizationId"] == one)
        .count();
    assert_eq!(of_one.len(), expected);
}

#[tokio::test]
async fn a_token_is_needed_and_ends() {
    let served = serve(1).await;
    let bare = served
        .client
        .get(format!("{}/v2/devices", served.running.urls.ninjaone_api));
    assert_eq!(
        bare.send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        served.ninja_reply("/v2/devices").await.status(),
        StatusCode::OK
    );
    served
        .running
        .control
        .clock()
        .advance(chrono::TimeDelta::minutes(61));
    assert_eq!(
        served.ninja_reply("/v2/devices").await.status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn some_devices_have_been_silent_for_long() {
    let served = serve(1).await;
    let devices = served.ninja_all("/v2/devices").await;
    let now = served.running.control.clock().now().timestamp();
    let silent = devices.iter().filter(|device| {
        let text = device["lastContact"].to_string();
        let seconds: i64 = text.split('.').next().unwrap().parse().unwrap();
        now - seconds > 30 * 86_400
    });
    assert!((20..150).contains(&silent.count()));
}
