//! The reconciliation, looked at from both depths down to the rows.

use std::collections::BTreeSet;

use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::{
    db::Engine,
    http::Role,
    testing::{TestApp, on_both_engines},
};

mod empty {
    use super::*;
    on_both_engines!(TestApp::start => an_empty_organization_is_told_what_to_do);
}

mod agreed {
    use super::*;
    on_both_engines!(agreed_world => every_number_is_the_sum_of_its_rows);
}

async fn an_empty_organization_is_told_what_to_do(app: TestApp) {
    for path in [
        "/reconciliation",
        "/reconciliation?view=items&q=a",
        "/reconciliation?view=differing&sort=variance",
    ] {
        let (status, page) = app.page(path).await;
        assert_eq!(status, 200, "{path}");
        assert!(page.contains("class=\"empty\""), "{path} says nothing");
    }
    for path in [
        "/reconciliation?view=x",
        "/reconciliation?view=items&sort=x",
    ] {
        assert_eq!(app.page(path).await.0, 422, "{path}");
    }
    for path in ["/reconciliation?client=x", "/reconciliation/x/y"] {
        assert_eq!(app.page(path).await.0, 404, "{path}");
    }
    let (status, csv) = app.page("/reconciliation.csv?view=items").await;
    assert_eq!((status, csv.lines().count()), (200, 1));
    let snapshot = [("tool", "snapshot")];
    let (status, _) = app.submit("/reconciliation/tools", &snapshot).await;
    assert_eq!(status, 303, "not connected is said on the page");
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

async fn every_number_is_the_sum_of_its_rows(app: TestApp) {
    let rows = all(&app, "sort=client&limit=200").await;
    assert!(rows.len() > 20, "{} lines", rows.len());
    for row in &rows {
        sums_agree(&app, row).await;
    }
    orders_hold_the_same_rows(&app, &rows).await;
    pages_show_both_depths(&app, &rows).await;
    tools_read_and_compare(&app).await;
}

async fn all(app: &TestApp, query: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/reconciliation?{query}&cursor={cursor}");
        let (status, page) = app.get(&path).await;
        assert_eq!(status, 200, "{page}");
        rows.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return rows,
        }
    }
}

fn address(row: &Value) -> String {
    let id = |name: &str| row[name].as_str().unwrap().to_owned();
    format!("{}/{}", id("client_id"), id("catalog_item_id"))
}

async fn sums_agree(app: &TestApp, row: &Value) {
    let path = format!("/api/v1/reconciliation/{}", address(row));
    let (status, behind) = app.get(&path).await;
    assert_eq!(status, 200, "{behind}");
    for (number, rows, quantity) in [
        ("bought", "bought", "quantity"),
        ("deployed", "deployed", "count"),
        ("contracted", "contracted", "quantity"),
        ("invoiced", "invoiced", "quantity"),
        ("paid", "invoiced", "paid_quantity"),
    ] {
        let rows = behind[rows].as_array().unwrap();
        let sum: Decimal = rows.iter().map(|row| decimal(&row[quantity])).sum();
        let expected = decimal(&row[number]);
        assert_eq!(sum, expected, "{number} of {row}: {rows:?}");
        assert!(
            row[number] != Value::Null || rows.is_empty(),
            "{number}: {behind}"
        );
    }
    assert_eq!(row["assigned"], Value::Null, "no tenant is connected");
}

fn decimal(value: &Value) -> Decimal {
    match value {
        Value::String(text) => text.parse().unwrap(),
        Value::Number(number) => number.to_string().parse().unwrap(),
        _ => Decimal::ZERO,
    }
}

async fn orders_hold_the_same_rows(app: &TestApp, rows: &[Value]) {
    let names = |rows: &[Value]| rows.iter().map(address).collect::<BTreeSet<_>>();
    for sort in ["client", "item", "variance"] {
        let paged = all(app, &format!("sort={sort}&limit=7")).await;
        assert_eq!(paged.len(), rows.len(), "{sort}");
        assert_eq!(names(&paged), names(rows), "{sort}");
    }
    let by_variance = all(app, "sort=variance&limit=7").await;
    let sizes: Vec<Decimal> = by_variance
        .iter()
        .map(|row| decimal(&row["variance"]).abs())
        .collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
    let differing = all(app, "differing=true&limit=200").await;
    assert!(!differing.is_empty() && differing.len() < rows.len());
    let (status, _) = app.get("/api/v1/reconciliation?sort=x").await;
    assert_eq!(status, 422);
}

async fn pages_show_both_depths(app: &TestApp, rows: &[Value]) {
    let (status, clients) = app.page("/reconciliation").await;
    assert_eq!(status, 200);
    for part in [
        "Under-licensed",
        "Devices",
        "Take snapshot",
        "Full reconcile",
    ] {
        assert!(clients.contains(part), "{part} is missing");
    }
    let (_, items) = app.page("/reconciliation?view=items").await;
    assert!(items.contains("Contracted") && items.contains("class=\"none\">none"));
    let (_, csv) = app.page("/reconciliation.csv?view=items").await;
    assert_eq!(csv.lines().count(), rows.len() + 1);
    let row = rows
        .iter()
        .find(|row| row["invoiced"] != Value::Null)
        .unwrap();
    let (status, detail) = app.page(&format!("/reconciliation/{}", address(row))).await;
    assert_eq!(status, 200);
    assert!(detail.contains("href=\"#invoiced\"") && detail.contains("id=\"invoiced\""));
    let viewer = app.add_person("viewer@example.com", Role::Viewer).await;
    let bought = rows
        .iter()
        .find(|row| row["bought"] != Value::Null)
        .unwrap();
    let path = format!("/api/v1/reconciliation/{}", address(bought));
    let seen = app.anonymous(Method::GET, &path).bearer_auth(&viewer);
    let seen: Value = seen.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        seen["bought"][0]["unit_cost"],
        Value::Null,
        "no cost: {seen}"
    );
    let page = app
        .anonymous(Method::GET, "/reconciliation")
        .bearer_auth(&viewer);
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(!page.contains("Take snapshot"), "a viewer changes nothing");
    let act = app
        .anonymous(Method::POST, "/reconciliation/tools")
        .bearer_auth(&viewer)
        .header("sec-fetch-site", "same-origin")
        .form(&[("tool", "snapshot")]);
    assert_eq!(act.send().await.unwrap().status(), 403);
}

async fn tools_read_and_compare(app: &TestApp) {
    let (_, before) = app.get("/api/v1/sync-runs").await;
    for tool in ["snapshot", "catalog", "contacts", "reconcile"] {
        let (status, _) = app.submit("/reconciliation/tools", &[("tool", tool)]).await;
        assert_eq!(status, 303, "{tool}");
    }
    let (status, _) = app.submit("/reconciliation/tools", &[("tool", "x")]).await;
    assert_eq!(status, 422);
    app.run_jobs().await;
    let (_, after) = app.get("/api/v1/sync-runs").await;
    let count = |runs: &Value| runs["items"].as_array().unwrap().len();
    assert_eq!(count(&after), count(&before) + 3, "one run a source");
}
