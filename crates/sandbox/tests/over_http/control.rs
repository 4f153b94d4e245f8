use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::serve;

#[tokio::test]
async fn control_answers_to_its_token_only() {
    let served = serve(1).await;
    for path in [
        "/clock",
        "/setup",
        "/answers",
        "/credentials",
        "/ledger",
        "/faults",
    ] {
        let url = format!("{}{path}", served.running.urls.control);
        let bare = served.client.get(&url).send().await.unwrap();
        assert_eq!(bare.status(), StatusCode::UNAUTHORIZED, "{path}");
        let wrong = served
            .client
            .get(&url)
            .bearer_auth("guess")
            .send()
            .await
            .unwrap();
        assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED, "{path}");
        let right = served.control(Method::GET, path, None).await;
        assert_eq!(right.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn time_stands_still_until_advanced() {
    let served = serve(1).await;
    let read = async || -> Value {
        served
            .control(Method::GET, "/clock", None)
            .await
            .json()
            .await
            .unwrap()
    };
    assert_eq!(
        read().await,
        json!({ "now": "2026-11-12T09:00:00.000000Z" })
    );
    assert_eq!(
        read().await,
        json!({ "now": "2026-11-12T09:00:00.000000Z" })
    );
    let moved = served
        .control(Method::POST, "/advance", Some(json!({ "days": 2 })))
        .await;
    assert_eq!(
        moved.json::<Value>().await.unwrap()["now"],
        "2026-11-14T09:00:00.000000Z"
    );
    served
        .control(Method::POST, "/advance", Some(json!({ "seconds": 90 })))
        .await;
    assert_eq!(read().await["now"], "2026-11-14T09:01:30.000000Z");
    let wrong = served
        .control(Method::POST, "/advance", Some(json!({ "weeks": 1 })))
        .await;
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_setup_names_records_that_vendors_have() {
    let served = serve(4).await;
    let setup = served.running.control.setup();
    let ids = |rows: &[Value]| -> Vec<String> {
        rows.iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let companies = ids(&served.pax8_all("/companies").await);
    let products = ids(&served.pax8_all("/products").await);
    let subscriptions = ids(&served.pax8_all("/subscriptions").await);
    let linked: Vec<&str> = setup["clients"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|client| client["pax8_company_id"].as_str())
        .collect();
    assert!(
        linked
            .iter()
            .all(|id| companies.iter().any(|known| known == id))
    );
    // Two that nobody linked, and one that has long gone.
    assert_eq!(companies.len(), linked.len() + 3);
    let mapped: Vec<&Value> = setup["catalog"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|item| item["pax8_products"].as_array().unwrap())
        .collect();
    // Two never mapped, and the two that are no seats.
    assert_eq!(mapped.len(), products.len() - 4);
    for contract in setup["contracts"].as_array().unwrap() {
        for line in contract["lines"].as_array().unwrap() {
            for id in line["quantity"]["pax8_subscription_ids"]
                .as_array()
                .into_iter()
                .flatten()
            {
                assert!(
                    subscriptions
                        .iter()
                        .any(|known| known == id.as_str().unwrap())
                );
            }
        }
    }
    let names: Vec<&str> = setup["clients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|client| client["name"].as_str().unwrap())
        .collect();
    let twice = names
        .iter()
        .filter(|name| names.iter().filter(|other| other == name).count() == 2);
    assert_eq!(twice.count(), 2);
}

#[tokio::test]
async fn the_same_seed_serves_the_same_bytes() {
    let (one, again) = (serve(6).await, serve(6).await);
    for path in [
        "/subscriptions?size=200&page=1",
        "/companies?size=200",
        "/invoices?size=50",
    ] {
        let first = one.pax8_reply(path).await.bytes().await.unwrap();
        assert_eq!(
            first,
            again.pax8_reply(path).await.bytes().await.unwrap(),
            "{path}"
        );
    }
    let path = "/v2/devices?pageSize=1000";
    let first = one.ninja_reply(path).await.bytes().await.unwrap();
    assert_eq!(first, again.ninja_reply(path).await.bytes().await.unwrap());
    for path in ["/setup", "/answers", "/ledger"] {
        let first = one
            .control(Method::GET, path, None)
            .await
            .bytes()
            .await
            .unwrap();
        let second = again
            .control(Method::GET, path, None)
            .await
            .bytes()
            .await
            .unwrap();
        assert_eq!(first, second, "{path}");
    }
}

#[tokio::test]
async fn a_sandbox_shuts_down() {
    let served = serve(1).await;
    let addr = served.running.addr;
    served.running.shutdown().await.unwrap();
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}
