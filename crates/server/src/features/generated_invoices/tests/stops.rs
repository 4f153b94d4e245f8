//! What nobody can override: it is seen, it says what to do, and it goes once that is done.

use billing::{Money, explanation::Explanation};
use chrono::NaiveDate;
use reqwest::Method;
use serde_json::{Value, json};

use super::{act, detail};
use crate::{
    db::Engine,
    testing::{TestApp, on_both_engines},
};

on_both_engines!(books_alone =>
    a_missing_count_stops_a_draft_until_it_comes,
    the_ledger_stops_a_draft_until_it_would_take_it,
);

/// Xero connected and read, nothing agreed yet.
async fn books_alone(engine: Engine) -> TestApp {
    let mut options = sandbox::Options::new("");
    options.size.months = 3;
    let app = TestApp::with_sandbox(engine, options).await;
    app.connect_xero().await;
    app.run_jobs().await;
    app
}

/// A client that all vendors know, as it was agreed with the sandbox's MSP.
async fn agreed_client(app: &TestApp) -> Value {
    let setup = app.control(Method::GET, "setup", &Value::Null).await;
    let clients = setup["clients"].as_array().unwrap();
    let known = clients.iter().find(|client| {
        client["currency"] == "GBP"
            && !client["xero_contact_id"].is_null()
            && !client["ninja_organization_id"].is_null()
    });
    known.unwrap().clone()
}

async fn link(app: &TestApp, vendor: &str, record: &Value, client: &str) {
    let record = record
        .as_str()
        .map_or_else(|| record.to_string(), str::to_owned);
    let body = json!({ "connection": vendor, "external_id": record, "client": client });
    let request = app.request(Method::PUT, "/api/v1/client-links").json(&body);
    assert!(request.send().await.unwrap().status().is_success());
}

/// A monthly contract from December on, with one line per item given as `(item, quantity)`.
async fn contract(app: &TestApp, lines: Value) {
    let contract = json!({
        "reference": "K1", "client": "ours", "name": "Managed services", "status": "active",
        "starts_on": "2026-12-01", "bill_from": "2026-12-01", "cycle": "monthly",
        "timing": "advance", "lines": lines,
    });
    let (status, made) = app.post("/api/v1/contracts", &contract).await;
    assert_eq!(status, 201, "{made}");
}

async fn groundwork(app: &TestApp) {
    for (code, meter) in [("SUPPORT", Value::Null), ("DEVICE", json!("workstations"))] {
        let item = json!({ "code": code, "name": code, "unit_price": "10.00",
            "tax_type": "OUTPUT2", "account_code": "200", "meter": meter });
        let (status, made) = app.post("/api/v1/catalog-items", &item).await;
        assert_eq!(status, 201, "{made}");
    }
    let client = json!({ "reference": "ours", "name": "Ours Ltd" });
    assert_eq!(app.post("/api/v1/clients", &client).await.0, 201);
}

async fn only_draft(app: &TestApp) -> Value {
    let body = json!({ "as_of": "2026-12-01" });
    let (status, made) = app.post("/api/v1/generated-invoices", &body).await;
    assert_eq!(
        (status, made["ids"].as_array().unwrap().len()),
        (201, 1),
        "{made}"
    );
    assert_eq!(made["problems"], json!([]));
    detail(app, made["ids"][0].as_str().unwrap()).await
}

async fn again(app: &TestApp, draft: &Value) -> Value {
    detail(app, draft["id"].as_str().unwrap()).await
}

fn stops(draft: &Value) -> Vec<&str> {
    let stops = draft["stops"].as_array().unwrap();
    stops.iter().map(|stop| stop.as_str().unwrap()).collect()
}

/// The one stop, on the page too, and in what approving says.
async fn is_stopped_by(app: &TestApp, draft: &Value, words: &str) {
    let [stop] = stops(draft)[..] else {
        panic!("{:?}", stops(draft));
    };
    assert!(stop.contains(words), "{stop}");
    let (_, page) = app.page(&place(draft)).await;
    assert!(
        page.contains(words) && !page.contains("/approve\""),
        "{page}"
    );
    let (_, list) = app.page("/generated-invoices").await;
    assert!(list.contains("Stopped"), "{list}");
    let (status, refused) = act(app, draft, "approve", json!({ "release": "I say so" })).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (409, &json!("stopped"))
    );
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains(words), "{message}");
}

fn place(draft: &Value) -> String {
    format!("/generated-invoices/{}", draft["id"].as_str().unwrap())
}

async fn sync(app: &TestApp) {
    app.post("/api/v1/sync", &json!({ "mode": "full" })).await;
    app.run_jobs().await;
}

async fn pass_days(app: &TestApp, days: u32) {
    for _ in 0..days {
        app.control(Method::POST, "advance", &json!({ "days": 1 }))
            .await;
        assert_eq!(app.get("/api/v1/session").await.0, 200);
    }
}

async fn a_missing_count_stops_a_draft_until_it_comes(app: TestApp) {
    groundwork(&app).await;
    let known = agreed_client(&app).await;
    link(&app, "xero", &known["xero_contact_id"], "ours").await;
    contract(
        &app,
        json!([
            { "item": "SUPPORT", "quantity": { "source": "fixed", "quantity": "3" } },
            { "item": "DEVICE", "quantity": { "source": "meter", "meter": "workstations" } },
        ]),
    )
    .await;
    let preview = json!({ "as_of": "2026-12-01" });
    let (_, preview) = app
        .post("/api/v1/generated-invoices/preview", &preview)
        .await;
    let foreseen = preview[0]["stops"][0].as_str().unwrap();
    assert!(
        foreseen.contains("never counted by 1 Dec 2026"),
        "{foreseen}"
    );

    // Nothing counted at all: the period is on the draft, and its amount is not known.
    let draft = only_draft(&app).await;
    is_stopped_by(&app, &draft, "never counted by 1 Dec 2026").await;
    assert_eq!(draft["net_minor"], 3_000, "the other line stands");
    let line = &draft["lines"][1];
    assert_eq!(
        (&line["count_missing_on"], &line["net_minor"]),
        (&json!("2026-12-01"), &json!(0))
    );

    // A count of 12 November is the last good one, and too old for 1 December.
    app.connect_with_credentials("ninjaone").await;
    app.run_jobs().await;
    link(&app, "ninjaone", &known["ninja_organization_id"], "ours").await;
    app.run_jobs().await;
    let carried = again(&app, &draft).await;
    is_stopped_by(&app, &carried, "of 12 Nov 2026").await;
    assert!(carried["version"].as_i64() > draft["version"].as_i64());
    let line = &carried["lines"][1];
    assert_eq!(line["counted"]["last_good_on"], "2026-11-12");
    assert!(line["net_minor"].as_i64().unwrap() > 0, "{line}");
    let (_, page) = app.page(&place(&draft)).await;
    assert!(page.contains("Last good count, of 12 Nov 2026"), "{page}");

    // Three days before, the count is fresh enough; the draft is worked out with it.
    pass_days(&app, 16).await;
    sync(&app).await;
    let counted = again(&app, &draft).await;
    assert_eq!(stops(&counted), Vec::<&str>::new());
    let line = &counted["lines"][1];
    assert_eq!(line["counted"]["is_too_old"], false);
    let why: Explanation = serde_json::from_value(line["explanation"].clone()).unwrap();
    let Money { minor, .. } = why.recompute().unwrap();
    assert_eq!(
        json!(minor),
        line["net_minor"],
        "from its explanation alone"
    );
    let sum: i64 = counted["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["net_minor"].as_i64().unwrap() + line["tax_minor"].as_i64().unwrap())
        .sum();
    assert_eq!(counted["total_minor"], sum);
    let (_, page) = app.page(&place(&draft)).await;
    assert!(page.contains("Worked out with a newer count"), "{page}");

    // Whoever still looks at the old amounts cannot approve them.
    let (status, stale) = act(&app, &carried, "approve", json!({})).await;
    assert_eq!((status, &stale["error"]["code"]), (409, &json!("stale")));
    assert_eq!(act(&app, &counted, "approve", json!({})).await.0, 200);
    // And what was approved is not worked out any more.
    pass_days(&app, 1).await;
    sync(&app).await;
    let approved = again(&app, &draft).await;
    assert_eq!(approved["lines"], counted["lines"]);
    assert_eq!(approved["status"], "approved");
}

async fn the_ledger_stops_a_draft_until_it_would_take_it(app: TestApp) {
    groundwork(&app).await;
    let known = agreed_client(&app).await;
    contract(
        &app,
        json!([
            { "item": "SUPPORT", "quantity": { "source": "fixed", "quantity": "3" } },
        ]),
    )
    .await;
    let draft = only_draft(&app).await;
    is_stopped_by(&app, &draft, "no contact in accounting").await;
    assert_eq!(
        draft["due_on"], "2026-12-15",
        "14 days where nobody said otherwise"
    );
    let contact = &known["xero_contact_id"];
    link(&app, "xero", contact, "ours").await;
    assert_eq!(
        stops(&again(&app, &draft).await),
        Vec::<&str>::new(),
        "at once"
    );
    app.run_jobs().await;
    let (_, list) = app.page("/generated-invoices").await;
    assert!(!list.contains("Stopped"), "{list}");

    // The books are closed, and opened again.
    let control = &app.sandbox.as_ref().unwrap().control;
    let last_day = |text: &str| text.parse::<NaiveDate>().unwrap();
    control.lock_ledger(Some(last_day("2026-12-01")));
    sync(&app).await;
    let locked = again(&app, &draft).await;
    is_stopped_by(&app, &locked, "locked through 1 Dec 2026").await;
    control.lock_ledger(Some(last_day("2026-11-30")));
    sync(&app).await;
    let free = again(&app, &draft).await;
    let (status, approved) = act(&app, &free, "approve", json!({})).await;
    assert_eq!(status, 200, "{approved}");
    // Closed after the approval: it is not sent.
    control.lock_ledger(Some(last_day("2026-12-31")));
    sync(&app).await;
    let body = json!({ "drafts": [{ "id": approved["id"], "version": approved["version"] }] });
    let (status, refused) = app.post("/api/v1/generated-invoices/post", &body).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (409, &json!("stopped"))
    );
    control.lock_ledger(None);
    sync(&app).await;
    let (status, _) = act(&app, &approved, "reject", json!({ "reason": "made anew" })).await;
    assert_eq!(status, 200);

    // What was agreed about paying is kept with the contact.
    let terms = json!({ "Sales": { "Day": 20, "Type": "OFFOLLOWINGMONTH" } });
    let body = json!({ "Contacts": [{ "ContactID": contact, "PaymentTerms": terms }] });
    app.work_in_xero("Contacts", &body).await;
    sync(&app).await;
    let (_, preview) = app
        .post(
            "/api/v1/generated-invoices/preview",
            &json!({ "as_of": "2026-12-01" }),
        )
        .await;
    assert_eq!(preview[0]["due_on"], "2027-01-20");

    // Codes that the ledger does not have.
    let line = json!({ "reference": "K2-1", "item": "SUPPORT", "tax_type": "NOPE",
        "account_code": "9999", "quantity": { "source": "fixed", "quantity": "1" } });
    let odd = json!({
        "reference": "K2", "client": "ours", "name": "Odd", "status": "active",
        "starts_on": "2026-12-01", "bill_from": "2026-12-01", "cycle": "monthly",
        "timing": "advance", "lines": [line],
    });
    let (status, made) = app.post("/api/v1/contracts", &odd).await;
    assert_eq!(status, 201, "{made}");
    let scope = json!({ "as_of": "2026-12-01", "contract": made["id"] });
    let wanted = [
        "The ledger does not take the tax code NOPE for sales; choose another.",
        "The ledger does not know the account 9999; choose another.",
    ];
    let (_, preview) = app.post("/api/v1/generated-invoices/preview", &scope).await;
    assert_eq!(preview[0]["stops"], json!(wanted));
    let (_, made) = app.post("/api/v1/generated-invoices", &scope).await;
    let odd = detail(&app, made["ids"][0].as_str().unwrap()).await;
    assert_eq!(stops(&odd), wanted);
    let (_, page) = app.page(&place(&odd)).await;
    assert!(wanted.iter().all(|stop| page.contains(stop)), "{page}");

    // A currency that is not the client's never comes so far.
    let (_, client) = app.get("/api/v1/clients/ours").await;
    let change = json!({ "version": client["version"], "currency": "EUR" });
    let path = format!("/api/v1/clients/{}", client["id"].as_str().unwrap());
    let request = app.request(Method::PATCH, &path).json(&change);
    let refused = request.send().await.unwrap();
    assert_eq!(refused.status(), 422, "{}", refused.text().await.unwrap());
}
