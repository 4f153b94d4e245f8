//! How a series goes on, and that no number is given twice.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    features::generated_invoices::tests::{agreed_world, clean, detail, generate},
    testing::{TestApp, on_both_engines},
};

on_both_engines!(TestApp::start => what_cannot_be_a_series_is_refused);

mod in_a_world {
    use super::{agreed_world, an_invoice_takes_the_next_number, on_both_engines};
    on_both_engines!(agreed_world => an_invoice_takes_the_next_number);
}

const INVOICES: &str = "/api/v1/number-series/invoice";

async fn put(app: &TestApp, place: &str, body: &Value) -> (u16, Value) {
    let request = app.request(Method::PUT, place).json(body);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn what_cannot_be_a_series_is_refused(app: TestApp) {
    let (status, all) = app.get("/api/v1/number-series").await;
    assert_eq!(status, 200, "{all}");
    let examples: Vec<&str> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|series| series["example"].as_str().unwrap())
        .collect();
    assert_eq!(examples, ["B1-00001", "B1-CN-00001", "B1-PAY-00001"]);

    let wrong = json!({ "version": 0, "prefix": "Rechnung Nr. 1 ", "next": 0, "width": 11 });
    let (status, refused) = put(&app, INVOICES, &wrong).await;
    assert_eq!(status, 422, "{refused}");
    let fields = refused["error"]["fields"].as_object().unwrap();
    assert_eq!(fields.len(), 3, "{refused}");
    let other = json!({ "version": 0, "prefix": "NW/", "next": 120, "width": 4 });
    let (status, missing) = put(&app, "/api/v1/number-series/quotes", &other).await;
    assert_eq!(status, 404, "{missing}");
    let (status, after) = put(&app, INVOICES, &other).await;
    assert_eq!(
        (status, &after["example"]),
        (200, &json!("NW/0120")),
        "{after}"
    );
    let (status, stale) = put(&app, INVOICES, &other).await;
    assert_eq!(status, 409, "{stale}");

    let place = "/settings/organization/numbering";
    let (_, page) = app.page(place).await;
    assert!(page.contains("NW/0120"), "{page}");
    let typed = [
        ("version", "0"),
        ("prefix", "CN"),
        ("next", "seven"),
        ("width", "3"),
    ];
    let (status, page) = app.submit(&format!("{place}/credit_note"), &typed).await;
    assert!(
        status == 422 && page.contains("write a whole number"),
        "{page}"
    );
    let typed = [
        ("version", "0"),
        ("prefix", "CN"),
        ("next", "7"),
        ("width", "3"),
    ];
    let (status, _) = app.submit(&format!("{place}/credit_note"), &typed).await;
    assert_eq!(status, 303);
    let (_, page) = app.page(place).await;
    assert!(page.contains("CN007"), "{page}");
}

async fn post(app: &TestApp, draft: &Value) -> String {
    let id = draft["id"].as_str().unwrap();
    let seen = json!({ "version": draft["version"] });
    let path = format!("/api/v1/generated-invoices/{id}/approve");
    let (status, approved) = app.post(&path, &seen).await;
    assert_eq!(status, 200, "{approved}");
    let picked = json!({ "drafts": [{ "id": id, "version": approved["version"] }] });
    let (status, answer) = app.post("/api/v1/generated-invoices/post", &picked).await;
    assert_eq!(status, 202, "{answer}");
    app.run_jobs().await;
    detail(app, id).await["number"].as_str().unwrap().to_owned()
}

async fn an_invoice_takes_the_next_number(app: TestApp) {
    let ids = generate(&app).await;
    let draft = clean(&app, &ids).await;
    let series = json!({ "version": 0, "prefix": "NW-", "next": 41, "width": 1 });
    assert_eq!(put(&app, INVOICES, &series).await.0, 200);
    assert_eq!(post(&app, &draft).await, "NW-41");
    let (_, all) = app.get("/api/v1/number-series").await;
    assert_eq!(all[0]["example"], "NW-42");

    let again = json!({ "version": all[0]["version"], "prefix": "NW-", "next": 40, "width": 1 });
    let (status, refused) = put(&app, INVOICES, &again).await;
    let said = &refused["error"]["fields"]["next"];
    let expected = json!("NW-41 is taken already; go on from 42 at least");
    assert_eq!((status, said), (422, &expected), "{refused}");
    // What stands in the ledger is taken too.
    let (_, invoices) = app.get("/api/v1/invoices?limit=1").await;
    let number = invoices["items"][0]["number"].as_str().unwrap();
    let prefix = number.trim_end_matches(|c: char| c.is_ascii_digit());
    let theirs = json!({
        "version": all[0]["version"], "prefix": prefix, "next": 1, "width": 4,
    });
    let (status, refused) = put(&app, INVOICES, &theirs).await;
    assert_eq!(status, 422, "{number}: {refused}");
    let mut tx = app.app.db.read(app.org).await.unwrap();
    let number: String = crate::db::sql("select max(number) from credit_note where org_id = $1")
        .bind(app.org)
        .value(&mut tx)
        .await
        .unwrap();
    drop(tx);
    let prefix = number.trim_end_matches(|c: char| c.is_ascii_digit());
    let theirs = json!({ "version": 0, "prefix": prefix, "next": 1, "width": 4 });
    let (status, refused) = put(&app, "/api/v1/number-series/credit_note", &theirs).await;
    assert_eq!(status, 422, "{number}: {refused}");
}
