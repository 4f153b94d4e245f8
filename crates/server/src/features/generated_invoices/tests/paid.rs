//! *Mark paid*: booked in the ledger once, and followed from there.

use reqwest::Method;
use serde_json::{Value, json};

use super::{agreed_world, approve_and_post, clean, detail, generate};
use crate::testing::{TestApp, on_both_engines};

on_both_engines!(agreed_world => an_invoice_is_marked_paid_once_and_follows_the_ledger);

async fn payments(app: &TestApp, id: &str) -> Value {
    let (status, found) = app
        .get(&format!("/api/v1/generated-invoices/{id}/payments"))
        .await;
    assert_eq!(status, 200, "{found}");
    found
}

async fn pay(app: &TestApp, id: &str, extra: Value) -> (u16, Value) {
    let mut body = json!({ "version": detail(app, id).await["version"] });
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    let path = format!("/api/v1/generated-invoices/{id}/payments");
    app.post(&path, &body).await
}

async fn an_invoice_is_marked_paid_once_and_follows_the_ledger(app: TestApp) {
    let draft = clean(&app, &generate(&app).await).await;
    let id = draft["id"].as_str().unwrap();
    let (status, refused) = pay(&app, id, json!({ "account": "x" })).await;
    assert_eq!(status, 409, "a draft owes nothing: {refused}");
    let posted = approve_and_post(&app, &draft).await;
    let total = posted["total_minor"].as_i64().unwrap();
    let open = payments(&app, id).await;
    assert_eq!(open["owed_minor"], total, "{open}");
    let account = open["accounts"][0]["id"].clone();
    for (wrong, field) in [
        (json!({ "account": "x" }), "account"),
        (
            json!({ "account": account, "amount_minor": total + 1 }),
            "amount_minor",
        ),
        (
            json!({ "account": account, "paid_on": "2027-06-01" }),
            "paid_on",
        ),
    ] {
        let (status, refused) = pay(&app, id, wrong).await;
        let named = refused["error"]["fields"][field].is_string();
        assert!(status == 422 && named, "{field}: {refused}");
    }
    is_refused_by_the_ledger(&app, id, &account).await;

    // The answer of the ledger is lost; the payment is found by its reference.
    let fault = json!({ "vendor": "xero", "kind": "lost_answer", "path": "/Payments", "times": 1, "after": 1 });
    app.control(Method::POST, "faults", &fault).await;
    let part = json!({ "account": account, "amount_minor": 100, "reference": "BACS 7" });
    let (status, queued) = pay(&app, id, part.clone()).await;
    assert_eq!(status, 202, "{queued}");
    assert_eq!(queued["owed_minor"], total - 100, "it is on its way");
    let mut again = part;
    again["version"] = posted["version"].clone();
    let (status, stale) = pay(&app, id, again).await;
    assert_eq!(status, 409, "{stale}");
    app.run_jobs().await;
    let now = payments(&app, id).await;
    assert_eq!(now["payments"][0]["state"], "booked", "{now}");
    assert_eq!(now["owed_minor"], total - 100);
    assert_eq!(detail(&app, id).await["status"], "part_paid");

    let series = json!({ "version": 1, "prefix": "B1-PAY-", "next": 1, "width": 5 });
    let place = "/api/v1/number-series/payment";
    let taken = app.request(Method::PUT, place).json(&series).send().await;
    assert_eq!(
        taken.unwrap().status().as_u16(),
        422,
        "this number is booked"
    );

    by_hand(&app, id, account.as_str().unwrap()).await;
    let control = &app.sandbox.as_ref().unwrap().control;
    let booked = control.payments().into_iter();
    let booked = booked.filter(|one| posted["number"] == one.invoice_number);
    let booked: Vec<i64> = booked.map(|one| one.amount_minor).collect();
    assert_eq!(booked, [100, total - 100]);
    let (status, refused) = pay(&app, id, json!({ "account": account })).await;
    assert_eq!(status, 409, "it is paid: {refused}");
}

async fn is_refused_by_the_ledger(app: &TestApp, id: &str, account: &Value) {
    let control = &app.sandbox.as_ref().unwrap().control;
    control.lock_ledger("2027-12-31".parse().ok());
    let (status, queued) = pay(app, id, json!({ "account": account })).await;
    assert_eq!(status, 202, "{queued}");
    app.run_jobs().await;
    control.lock_ledger(None);
    let now = payments(app, id).await;
    let refused = &now["payments"][0];
    assert_eq!(refused["state"], "refused", "{now}");
    let why = refused["problem"].as_str().unwrap();
    assert!(why.contains("Lock dates"), "{why}");
    assert_eq!(detail(app, id).await["status"], "posted");
}

/// The rest, from the page.
async fn by_hand(app: &TestApp, id: &str, account: &str) {
    let place = format!("/generated-invoices/{id}/pay");
    let (_, page) = app.page(&format!("/generated-invoices/{id}")).await;
    assert!(page.contains(&place) && page.contains("BACS 7"), "{page}");
    let (status, page) = app.page(&place).await;
    assert!(status == 200 && page.contains(account), "{page}");
    let now = detail(app, id).await;
    let version = now["version"].to_string();
    let owed = payments(app, id).await["owed_minor"].as_i64().unwrap();
    let amount = format!("{}.{:02}", owed / 100, owed % 100);
    let today = app.app.now().0.date_naive().to_string();
    let mut form = [
        ("version", version.as_str()),
        ("account", account),
        ("amount", "a lot"),
        ("paid_on", today.as_str()),
    ];
    let (status, page) = app.submit(&place, &form).await;
    assert!(status == 422 && page.contains("not a number"), "{page}");
    form[2].1 = &amount;
    let (status, page) = app.submit(&place, &form).await;
    assert_eq!(status, 303, "{page}");
    app.run_jobs().await;
    assert_eq!(detail(app, id).await["status"], "paid");
}
