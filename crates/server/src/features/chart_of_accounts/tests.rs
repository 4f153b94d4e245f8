//! What the ledger has, what uses it, and a code that it has no longer.

use serde_json::{Value, json};

use crate::{
    features::generated_invoices::tests::agreed_world,
    testing::{TestApp, on_both_engines},
};

on_both_engines!(agreed_world => a_code_that_is_gone_is_replaced_everywhere);

mod without_a_ledger {
    use super::{nothing_is_missed_before_it_was_read, on_both_engines};
    use crate::testing::TestApp;
    on_both_engines!(TestApp::start => nothing_is_missed_before_it_was_read);
}

async fn chart(app: &TestApp) -> Value {
    let (status, chart) = app.get("/api/v1/chart-of-accounts").await;
    assert_eq!(status, 200, "{chart}");
    chart
}

fn uses(chart: &Value, list: &str, code: &str) -> i64 {
    let all = chart[list].as_array().unwrap();
    let found = all.iter().find(|one| one["code"] == code);
    let uses = &found.unwrap_or_else(|| panic!("no {code} in {list}"))["uses"];
    uses["items"].as_i64().unwrap() + uses["lines"].as_i64().unwrap()
}

async fn nothing_is_missed_before_it_was_read(app: TestApp) {
    let item = json!({
        "code": "A", "name": "Support", "currency": "GBP", "unit_price": "10",
        "tax_type": "OUTPUT2", "account_code": "200",
    });
    let (status, made) = app.post("/api/v1/catalog-items", &item).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(chart(&app).await["missing"], json!([]));
    let (status, page) = app.page("/chart-of-accounts").await;
    assert!(status == 200 && page.contains("No accounts yet"), "{page}");
}

async fn a_code_that_is_gone_is_replaced_everywhere(app: TestApp) {
    let before = chart(&app).await;
    assert_eq!(before["missing"], json!([]), "{before}");
    let in_use = before["accounts"].as_array().unwrap().iter();
    let in_use = in_use
        .filter(|one| one["class"] == "REVENUE")
        .max_by_key(|one| one["uses"]["lines"].as_i64());
    let account = in_use.unwrap()["code"].as_str().unwrap().to_owned();
    assert!(uses(&before, "accounts", &account) > 60, "{before}");

    let item = json!({
        "code": "OLD-1", "name": "Old", "currency": "GBP", "unit_price": "10",
        "tax_type": "GONE", "account_code": "4999",
    });
    let (status, made) = app.post("/api/v1/catalog-items", &item).await;
    assert_eq!(status, 201, "{made}");
    let now = chart(&app).await;
    let missing = now["missing"].as_array().unwrap();
    let missing: Vec<&Value> = missing.iter().map(|one| &one["code"]).collect();
    assert_eq!(missing, ["4999", "GONE"], "{now}");
    let (_, page) = app.page("/chart-of-accounts").await;
    assert!(page.contains("Account 4999 is not in the ledger"), "{page}");

    let wrong = [("kind", "account"), ("from", "4999"), ("to", "4998")];
    let (status, page) = app.submit("/chart-of-accounts/replace", &wrong).await;
    let said = "choose one that the ledger has for sales";
    assert!(status == 422 && page.contains(said), "{page}");
    let right = [
        ("kind", "account"),
        ("from", "4999"),
        ("to", account.as_str()),
    ];
    assert_eq!(
        app.submit("/chart-of-accounts/replace", &right).await.0,
        303
    );
    let tax = json!({ "kind": "tax_rate", "from": "GONE", "to": "OUTPUT2" });
    let (status, replaced) = app
        .post("/api/v1/chart-of-accounts/replacements", &tax)
        .await;
    assert_eq!(
        (status, &replaced),
        (200, &json!({ "items": 1, "lines": 0 }))
    );
    let again = app
        .post("/api/v1/chart-of-accounts/replacements", &tax)
        .await;
    assert_eq!(again.0, 404, "{}", again.1);
    let after = chart(&app).await;
    assert_eq!(after["missing"], json!([]), "{after}");
    let used = uses(&after, "accounts", &account);
    assert_eq!(used, uses(&before, "accounts", &account) + 1);

    let (_, page) = app.page("/chart-of-accounts?show=tax&q=output2").await;
    assert!(page.contains("20 %"), "{page}");
    let (_, csv) = app.page("/chart-of-accounts/export.csv?show=all").await;
    let all = after["accounts"].as_array().unwrap().len();
    assert_eq!(csv.lines().count(), all + 1, "{csv}");
}
