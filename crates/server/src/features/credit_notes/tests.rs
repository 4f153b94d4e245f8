//! Giving back what was invoiced, through the door.

mod by_hand;

use chrono::NaiveDate;
use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use vendors::{
    http::IdempotencyKey,
    xero::{InvoiceMove, NewPayment, Xero},
};

use crate::{
    features::{
        connections::{self, client::Client},
        generated_invoices::tests::{agreed_world, approve_and_post, clean, generate},
    },
    testing::{TestApp, on_both_engines},
};

on_both_engines!(agreed_world =>
    a_line_is_credited_once_and_set_against_its_invoice,
    what_is_paid_already_leaves_the_credit_on_the_account,
    what_the_ledger_refuses_is_mended_and_posted_once,
);

async fn posted_invoice(app: &TestApp) -> Value {
    let draft = clean(app, &generate(app).await).await;
    let posted = approve_and_post(app, &draft).await;
    assert_eq!(posted["status"], "posted", "{posted}");
    posted
}

/// Of the first line of an invoice, all or a part.
async fn credit(app: &TestApp, invoice: &Value, net_minor: Option<i64>) -> (u16, Value) {
    let line = &invoice["lines"][0];
    let body = json!({
        "invoice": invoice["id"], "reason": "Billed twice",
        "lines": [{ "line": line["id"], "net_minor": net_minor }],
    });
    app.post("/api/v1/credit-notes", &body).await
}

async fn act(app: &TestApp, note: &Value, act: &str) -> (u16, Value) {
    let id = note["id"].as_str().unwrap();
    let body = json!({ "version": note["version"] });
    app.post(&format!("/api/v1/credit-notes/{id}/{act}"), &body)
        .await
}

async fn now(app: &TestApp, note: &Value) -> Value {
    let id = note["id"].as_str().unwrap();
    app.get(&format!("/api/v1/credit-notes/{id}")).await.1
}

pub(crate) async fn approve_and_post_note(app: &TestApp, note: &Value) -> Value {
    let (status, approved) = act(app, note, "approve").await;
    assert_eq!(status, 200, "{approved}");
    let (status, posting) = act(app, &approved, "post").await;
    assert_eq!(status, 202, "{posting}");
    app.run_jobs().await;
    now(app, note).await
}

async fn coverage_state(app: &TestApp, line: &Value) -> String {
    let of = line["contract_line_id"].as_str().unwrap();
    let path = format!("/api/v1/coverage?line={of}&limit=200");
    let (_, found) = app.get(&path).await;
    let mut rows = found["items"].as_array().unwrap().iter();
    let row = rows.find(|row| {
        row["starts_on"] == line["starts_on"] && row["charge_kind"] == line["charge_kind"]
    });
    row.unwrap()["state"].as_str().unwrap().to_owned()
}

async fn sync(app: &TestApp) {
    let (status, answer) = app.post("/api/v1/sync", &json!({})).await;
    assert_eq!(status, 202, "{answer}");
    app.run_jobs().await;
}

/// The ledger as somebody else works in it.
async fn ledger(app: &TestApp) -> Xero {
    let mut tx = app.app.db.read(app.org).await.unwrap();
    let id = super::store::ledger(&mut tx, app.org).await.unwrap();
    let connection = connections::one(&mut tx, app.org, id.unwrap())
        .await
        .unwrap();
    drop(tx);
    match connections::client::open(&app.app, app.org, &connection).await {
        Ok(Client::Xero(xero)) => xero,
        _ => panic!("no ledger"),
    }
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new(text.to_owned()).unwrap()
}

async fn a_line_is_credited_once_and_set_against_its_invoice(app: TestApp) {
    let draft = clean(&app, &generate(&app).await).await;
    let (status, refused) = credit(&app, &draft, None).await;
    assert_eq!(
        (status, refused["error"]["code"].as_str()),
        (409, Some("not_posted"))
    );
    let posted = approve_and_post(&app, &draft).await;
    let line = &posted["lines"][0];
    let net = line["net_minor"].as_i64().unwrap();
    let (status, refused) = credit(&app, &posted, Some(net + 1)).await;
    assert_eq!(status, 422, "{refused}");
    let (status, note) = credit(&app, &posted, Some(net - 1)).await;
    assert_eq!(status, 201, "{note}");
    // What is drafted is taken: the rest is a penny.
    let (status, refused) = credit(&app, &posted, Some(2)).await;
    let why = refused["error"]["fields"]["lines.0.net_minor"].as_str();
    assert!(
        status == 422 && why.unwrap().contains("is left"),
        "{refused}"
    );
    // Its own part is free for itself; editing takes an approval back.
    let (status, approved) = act(&app, &note, "approve").await;
    assert_eq!(status, 200, "{approved}");
    let id = note["id"].as_str().unwrap();
    let change = json!({ "version": approved["version"], "lines": [{ "line": line["id"] }] });
    let request = app.request(Method::PATCH, &format!("/api/v1/credit-notes/{id}"));
    let answer = request.json(&change).send().await.unwrap();
    let edited: Value = answer.json().await.unwrap();
    assert_eq!(edited["status"], "draft", "{edited}");
    assert_eq!(edited["net_minor"], line["net_minor"]);
    assert_eq!(edited["tax_minor"], line["tax_minor"], "tax as on the line");

    // Both answers of the ledger are lost on the way.
    for (path, after) in [("/CreditNotes", 1), ("/Allocations", 0)] {
        let fault = json!({ "vendor": "xero", "kind": "lost_answer", "path": path, "times": 1, "after": after });
        app.control(Method::POST, "faults", &fault).await;
    }
    assert_eq!(coverage_state(&app, line).await, "posted");
    let given = approve_and_post_note(&app, &edited).await;
    assert_eq!(given["status"], "allocated", "{given}");
    assert_eq!(given["allocated_minor"], given["total_minor"]);
    let credits = app.sandbox.as_ref().unwrap().control.credits();
    let own = credits.iter().filter(|one| given["number"] == one.number);
    let own: Vec<_> = own
        .map(|one| (one.total_minor, one.allocations, one.status))
        .collect();
    let total = given["total_minor"].as_i64().unwrap();
    assert_eq!(own, [(total, 1, "PAID")], "{given}");
    assert_eq!(coverage_state(&app, line).await, "credited");

    sync(&app).await;
    assert_eq!(now(&app, &given).await["ledger_status"], "PAID");
    let (_, page) = app
        .page(&format!(
            "/generated-invoices/{}",
            posted["id"].as_str().unwrap()
        ))
        .await;
    assert!(page.contains(&format!("/credit-notes/{id}")));
    // What is credited wholly is not invoiced again by itself.
    assert_eq!(generate(&app).await, Vec::<String>::new());
}

async fn what_is_paid_already_leaves_the_credit_on_the_account(app: TestApp) {
    let posted = posted_invoice(&app).await;
    let xero = ledger(&app).await;
    let accounts = xero.accounts(None).await.unwrap().items;
    let bank = accounts
        .into_iter()
        .find(|account| account.kind.as_deref() == Some("BANK"));
    let payment = NewPayment {
        invoice_id: posted["ledger_external_id"].as_str().unwrap().to_owned(),
        account_id: bank.unwrap().account_id,
        date: posted["issued_on"]
            .as_str()
            .unwrap()
            .parse::<NaiveDate>()
            .unwrap(),
        amount: Decimal::new(posted["total_minor"].as_i64().unwrap(), 2),
        reference: None,
    };
    xero.create_payment(&payment, &key("paid")).await.unwrap();
    let (_, note) = credit(&app, &posted, None).await;
    let given = approve_and_post_note(&app, &note).await;
    assert_eq!(given["status"], "posted", "{given}");
    assert_eq!(given["unallocated_minor"], given["total_minor"]);
    assert!(given["problem"].as_str().unwrap().contains("owes nothing"));
    let line = &posted["lines"][0];
    assert_eq!(coverage_state(&app, line).await, "credited");

    // Voided by an accountant: the line is invoiced again, and can be credited again.
    let id = given["ledger_external_id"].as_str().unwrap();
    xero.set_credit_note_status(id, InvoiceMove::Void, &key("void"))
        .await
        .unwrap();
    sync(&app).await;
    assert_eq!(now(&app, &given).await["status"], "void");
    assert_eq!(coverage_state(&app, line).await, "posted");
    let (status, again) = credit(&app, &posted, None).await;
    assert_eq!(status, 201, "{again}");
}

async fn what_the_ledger_refuses_is_mended_and_posted_once(app: TestApp) {
    let posted = posted_invoice(&app).await;
    let (_, note) = credit(&app, &posted, Some(100)).await;
    let control = &app.sandbox.as_ref().unwrap().control;
    // Nobody synced since the accountant locked the books.
    control.lock_ledger("2027-12-31".parse().ok());
    let refused = approve_and_post_note(&app, &note).await;
    assert_eq!(
        (refused["status"].as_str(), refused["post_state"].as_str()),
        (Some("approved"), Some("refused")),
        "{refused}"
    );
    let why = refused["problem"].as_str().unwrap();
    assert!(why.contains("Lock dates"), "{why}");
    // Accounting keeps a draft, which nobody loses sight of.
    let place = format!("/credit-notes/{}", note["id"].as_str().unwrap());
    let body = json!({ "version": refused["version"], "reason": "Not agreed" });
    let (_, kept) = app.post(&format!("/api/v1{place}/reject"), &body).await;
    assert_eq!(kept["error"]["code"], "in_the_ledger", "{kept}");
    let (status, page) = app.page(&place).await;
    assert!(status == 200 && !page.contains("/edit"), "it can be edited");
    control.lock_ledger(None);
    let (status, posting) = act(&app, &refused, "post").await;
    assert_eq!(status, 202, "{posting}");
    app.run_jobs().await;
    let given = now(&app, &note).await;
    assert_eq!(given["status"], "allocated", "{given}");
    let credits = control.credits();
    let own = credits.iter().filter(|one| given["number"] == one.number);
    assert_eq!(own.count(), 1);
    // A part of a line leaves its period as it was.
    assert_eq!(coverage_state(&app, &posted["lines"][0]).await, "posted");
}
