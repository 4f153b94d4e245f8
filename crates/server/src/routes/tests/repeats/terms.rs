//! Templates, renewals and rises.

use reqwest::Method;
use serde_json::json;

use super::Repeats;

pub async fn of_contracts(repeats: &mut Repeats<'_>) {
    let world = repeats.world;
    let template = world.template();
    let made = repeats
        .write(Method::POST, "/contract-templates", "", Some(template))
        .await;
    let id = made["id"].as_str().unwrap();
    let change = json!({ "version": made["version"], "name": "Renamed" });
    repeats
        .write(Method::PATCH, "/contract-templates/{id}", id, Some(change))
        .await;
    repeats
        .write(Method::DELETE, "/contract-templates/{id}", id, None)
        .await;
    let contract = world.id("contract");
    let now = world.one("contracts", "contract").await;
    let start: chrono::NaiveDate = now["starts_on"].as_str().unwrap().parse().unwrap();
    let renewal = json!({ "version": now["version"], "ends_on": "2028-12-01", "percent": "4" });
    repeats
        .write(
            Method::POST,
            "/contracts/{id}/renewals",
            contract,
            Some(renewal),
        )
        .await;
    let (_, agreed) = world
        .app
        .get(&format!("/api/v1/contracts/{contract}/uplift"))
        .await;
    let uplift = json!({
        "version": agreed["version"], "announce_days": 365,
        "lines": [{ "line": now["lines"][0]["id"], "amount": "1.50" }],
    });
    repeats
        .write(
            Method::PUT,
            "/contracts/{id}/uplift",
            contract,
            Some(uplift),
        )
        .await;
    let coming = world.first("contract-uplifts").await;
    let anniversary = coming["effective_on"].as_str().unwrap();
    assert!(anniversary > start.to_string().as_str(), "{coming}");
    let decision = json!({
        "line": coming["line"], "effective_on": anniversary, "decision": "confirm",
    });
    repeats
        .write(
            Method::POST,
            "/contract-uplifts/decisions",
            "",
            Some(decision),
        )
        .await;
}
