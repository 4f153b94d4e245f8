//! Home, looked at by those who may see it all and by those who may not.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    db::Engine,
    http::Role,
    testing::{TestApp, on_both_engines},
};

mod empty {
    use super::*;
    on_both_engines!(TestApp::start => an_empty_organization_is_led_to_its_first_step);
}

mod agreed {
    use super::*;
    on_both_engines!(agreed_world => figures_agree_with_the_lists_they_lead_to);
}

async fn an_empty_organization_is_led_to_its_first_step(app: TestApp) {
    let home = seen(&app, &app.token, "/api/v1/home").await;
    assert_eq!(home["next"]["what"], "setup", "{home}");
    assert_eq!(home["next"]["href"], "/settings/integrations");
    assert_eq!(home["setup"]["is_done"], false);
    let steps = home["setup"]["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 7);
    assert!(steps.iter().all(|step| step["is_done"] == false));
    assert_eq!(home["outstanding"], json!([]));
    let page = page(&app, &app.token, "/").await;
    for part in ["Good ", "Olivia", "Connect your distributor", "0 of 7 done"] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    assert!(!page.contains("class=\"stat "), "no sums of nothing");
    assert!(!page.contains("&#60;"), "a part is escaped twice: {page}");

    let viewer = app.add_person("viewer@example.com", Role::Viewer).await;
    let home = seen(&app, &viewer, "/api/v1/home").await;
    assert_eq!(home["next"]["what"], "nothing");
    assert_eq!(home["next"]["href"], Value::Null);
    let page = self::page(&app, &viewer, "/").await;
    assert!(page.contains("Owner, Admin or Finance"), "{page}");
    assert!(!page.contains("href=\"/settings/integrations\">Connect"));
    let (status, _) = app.page("/home/figures").await;
    assert_eq!(status, 200);
    let signed_out = app.anonymous(Method::GET, "/").send().await.unwrap();
    assert_eq!(signed_out.status(), 303);
}

async fn agreed_world(engine: Engine) -> TestApp {
    let mut options = sandbox::Options::new("");
    options.size.clients = 20;
    options.size.months = 8;
    let app = TestApp::with_sandbox(engine, options).await;
    app.sync_vendors().await;
    app.load_setup().await;
    app.post("/api/v1/reconcile", &json!({})).await;
    app.run_jobs().await;
    app
}

async fn figures_agree_with_the_lists_they_lead_to(app: TestApp) {
    let home = seen(&app, &app.token, "/api/v1/home").await;
    receivables_agree(&app, &home).await;
    findings_agree(&app, &home).await;
    contracts_agree(&app, &home).await;
    let attention = &home["attention"];
    for (figure, list) in [
        ("/under_licensed/count", "/clients?licensing=under_licensed"),
        ("/commitments_closing", "/subscriptions?commitment=closing"),
    ] {
        let listed = seen(&app, &app.token, &format!("/api/v1{list}&limit=200")).await;
        let count = listed["items"].as_array().unwrap().len();
        assert_eq!(attention.pointer(figure).unwrap(), count, "{figure}");
    }
    roles_see_what_is_theirs(&app).await;
    the_button_follows_what_matters(&app).await;
}

async fn receivables_agree(app: &TestApp, home: &Value) {
    let sums = seen(app, &app.token, "/api/v1/invoices/sums").await;
    for name in ["outstanding", "overdue", "draft"] {
        assert_eq!(home[name], sums[name], "{name}");
    }
    let outstanding = by_currency(&sums["outstanding"], "minor");
    assert!(!outstanding.is_empty());
    for aging in home["aging"].as_array().unwrap() {
        let buckets = [
            "current_minor",
            "days_1_to_30_minor",
            "days_31_to_60_minor",
            "days_61_to_90_minor",
            "over_90_minor",
        ];
        let owed: i64 = buckets
            .map(|name| aging[name].as_i64().unwrap())
            .iter()
            .sum();
        let currency = aging["currency"].as_str().unwrap();
        assert_eq!(
            outstanding.get(currency).copied().unwrap_or(0),
            owed,
            "{aging}"
        );
    }
}

async fn findings_agree(app: &TestApp, home: &Value) {
    let summary = seen(app, &app.token, "/api/v1/findings/summary").await;
    let attention = &home["attention"];
    let sums = summary["sums"].as_array().unwrap();
    let count: i64 = sums
        .iter()
        .map(|sum| sum["findings"].as_i64().unwrap())
        .sum();
    assert_eq!(attention["findings"], count);
    assert!(count > 0);
    for (pile, side) in [
        ("to_bill", "to_bill"),
        ("to_give_back", "to_give_back"),
        ("costing", "cost"),
    ] {
        let of_side: Vec<&Value> = sums.iter().filter(|sum| sum["side"] == side).collect();
        let listed = by_currency(&json!(of_side), "impact_minor");
        assert_eq!(
            by_currency(&attention[pile]["sums"], "minor"),
            listed,
            "{pile}"
        );
    }
    for (pile, kind) in [
        ("unmapped_companies", "unmapped_company"),
        ("unmapped_products", "unmapped_product"),
    ] {
        let listed = seen(app, &app.token, &format!("/api/v1/findings?kind={kind}")).await;
        let count = listed["items"].as_array().unwrap().len();
        assert_eq!(attention[pile]["count"], count, "{pile}");
    }
}

async fn contracts_agree(app: &TestApp, home: &Value) {
    let all = seen(app, &app.token, "/api/v1/contracts?limit=200").await;
    let items = all["items"].as_array().unwrap();
    assert_eq!(
        by_currency(&home["mrr"]["now"], "minor"),
        by_currency(&json!(items), "mrr_minor")
    );
    let past = home["mrr"]["past"].as_array().unwrap();
    assert!(past.len() >= 6, "months before this one: {past:?}");
    assert!(
        past.iter()
            .all(|month| month["minor"].as_i64().unwrap() > 0)
    );
    let due = seen(app, &app.token, "/api/v1/contracts?renewal=due&limit=200").await;
    let due = due["items"].as_array().unwrap();
    assert_eq!(home["attention"]["renewals_due"]["count"], due.len());
}

async fn roles_see_what_is_theirs(app: &TestApp) {
    let everything = page(app, &app.token, "/").await;
    for part in [
        "MRR",
        "Owed, by days late",
        "Outstanding",
        "Missed billing",
        "Sync All",
    ] {
        assert!(everything.contains(part), "{part} is missing");
    }
    for role in [Role::Viewer, Role::Engineer] {
        let email = format!("{}@example.com", role.as_str());
        let token = app.add_person(&email, role).await;
        let page = page(app, &token, "/").await;
        assert!(page.contains("Needs attention"));
        for part in [
            "MRR",
            "Owed",
            "Outstanding",
            "Overdue",
            "Costing",
            "Sync All",
        ] {
            assert!(!page.contains(part), "{part} is shown to {role:?}");
        }
        let home = seen(app, &token, "/api/v1/home").await;
        for name in ["outstanding", "overdue", "draft", "aging", "mrr"] {
            assert_eq!(home[name], Value::Null, "{name}");
        }
        assert_eq!(home["attention"]["costing"], Value::Null);
        assert_eq!(home["attention"]["renewals_due"]["sums"], json!([]));
    }
}

/// Setting up ends with the first drafts; then findings come first, and a broken source before
/// everything.
async fn the_button_follows_what_matters(app: &TestApp) {
    let body = json!({ "as_of": "2026-12-01" });
    let (status, made) = app.post("/api/v1/generated-invoices", &body).await;
    assert_eq!(status, 201, "{made}");
    let home = seen(app, &app.token, "/api/v1/home").await;
    assert_eq!(home["setup"]["is_done"], true);
    let drafts = seen(
        app,
        &app.token,
        "/api/v1/generated-invoices?status=draft&limit=200",
    )
    .await;
    let drafts = &drafts["items"];
    let waiting = &home["attention"]["to_approve"];
    assert_eq!(waiting["count"], drafts.as_array().unwrap().len());
    let sums = by_currency(&waiting["sums"], "minor");
    assert_eq!(sums, by_currency(drafts, "total_minor"));
    assert_eq!(home["next"]["what"], "high_findings", "{}", home["next"]);

    app.revoke_xero().await;
    app.post("/api/v1/sync", &json!({})).await;
    app.run_jobs().await;
    let home = seen(app, &app.token, "/api/v1/home").await;
    assert_eq!(home["next"]["what"], "broken_source", "{}", home["next"]);
    assert_eq!(home["attention"]["failed_syncs"], 1);
    let page = page(app, &app.token, "/").await;
    assert!(
        page.contains("Failed syncs") && page.contains("Drafts to approve"),
        "{page}"
    );
}

async fn seen(app: &TestApp, token: &str, path: &str) -> Value {
    let request = app.anonymous(Method::GET, path).bearer_auth(token);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.json().await.unwrap()
}

async fn page(app: &TestApp, token: &str, path: &str) -> String {
    let request = app.anonymous(Method::GET, path).bearer_auth(token);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.text().await.unwrap()
}

/// Sums of a list, zero ones left out.
fn by_currency(list: &Value, amount: &str) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for row in list.as_array().unwrap() {
        let currency = row["currency"].as_str().unwrap().to_owned();
        *sums.entry(currency).or_insert(0) += row[amount].as_i64().unwrap_or(0);
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}
