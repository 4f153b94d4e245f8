//! Lines whose quantity is worked out, as one list.

use serde_json::{Value, json};

use super::{contract, groundwork};
use crate::testing::{TestApp, on_both_engines};

on_both_engines!(TestApp::start => rules_are_listed_with_what_is_not_billed);

async fn rules(app: &TestApp, query: &str) -> Vec<Value> {
    let (status, page) = app.get(&format!("/api/v1/quantity-rules{query}")).await;
    assert_eq!(status, 200, "{page}");
    page["items"].as_array().unwrap().clone()
}

async fn rules_are_listed_with_what_is_not_billed(app: TestApp) {
    let (_, none) = app.page("/quantity-rules").await;
    assert!(none.contains("No rules yet"), "{none}");
    groundwork(&app).await;
    let mut agreed = contract();
    let today = app.app.now().0.date_naive();
    let soon = today.checked_add_days(chrono::Days::new(20)).unwrap();
    agreed["lines"][1]["quantity"]["exclusions"] = json!([
        { "quantity": "2", "reason": "spare laptops" },
        { "quantity": "1", "reason": "a leaver", "expires_on": soon.to_string() },
    ]);
    let (status, made) = app.post("/api/v1/contracts", &agreed).await;
    assert_eq!(status, 201, "{made}");

    let all = rules(&app, "").await;
    assert_eq!(all.len(), 1, "a plain number is no rule");
    let rule = &all[0];
    assert_eq!(
        [
            &rule["reference"],
            &rule["source"],
            &rule["meter"],
            &rule["minimum"]
        ],
        [
            &json!("K007-WS"),
            &json!("meter"),
            &json!("workstations"),
            &json!("5")
        ],
        "{rule}"
    );
    let states: Vec<&Value> = rule["exclusions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["state"])
        .collect();
    assert_eq!(states, ["runs", "ending"], "{rule}");
    assert_eq!(rules(&app, "?show=ending&q=harbour").await.len(), 1);
    assert_eq!(rules(&app, "?q=nobody").await, Vec::<Value>::new());
    assert_eq!(app.get("/api/v1/quantity-rules?show=x").await.0, 422);

    let (_, page) = app.page("/quantity-rules?show=excluding").await;
    assert!(
        page.contains("2 × spare laptops") && page.contains("Ends soon"),
        "{page}"
    );
    let (_, csv) = app.page("/quantity-rules.csv").await;
    assert!(
        csv.lines().count() == 2 && csv.contains("a leaver"),
        "{csv}"
    );
}
