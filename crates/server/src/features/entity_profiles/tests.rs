//! How a client is invoiced, told through the door.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    features::generated_invoices::tests::{agreed_world, clean, detail, generate},
    testing::{TestApp, on_both_engines},
};

on_both_engines!(TestApp::start => a_profile_is_written_and_found);

mod invoiced {
    use super::*;

    on_both_engines!(agreed_world => a_profile_decides_when_and_whether);
}

async fn put(app: &TestApp, client: &str, body: &Value) -> (u16, Value) {
    let path = format!("/api/v1/clients/{client}/entity-profile");
    let answer = app
        .request(Method::PUT, &path)
        .json(body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn a_profile_is_written_and_found(app: TestApp) {
    let client = json!({ "reference": "C1", "name": "Harbour Dental" });
    let (_, client) = app.post("/api/v1/clients", &client).await;
    let id = client["id"].as_str().unwrap();
    let (_, empty) = app
        .get(&format!("/api/v1/clients/{id}/entity-profile"))
        .await;
    assert_eq!(
        (&empty["version"], &empty["email"]),
        (&json!(0), &json!(""))
    );

    let wrong = json!({ "email": "nobody", "terms_days": 400, "terms_from": "whenever",
        "more_emails": ["a@b.example", "x y"], "legal_name": "x".repeat(301) });
    let (status, said) = put(&app, id, &wrong).await;
    assert_eq!(status, 422, "{said}");

    let profile = json!({ "version": 0, "legal_name": "Harbour Dental Łódź Ltd",
        "address": "1 Quay Street\r\nBristol", "email": "Accounts@harbour.example",
        "more_emails": ["cfo@harbour.example", "accounts@harbour.example"],
        "contact_name": "Zoë", "terms_days": 30, "terms_from": "end_of_month" });
    let (status, saved) = put(&app, id, &profile).await;
    assert_eq!(status, 200, "{saved}");
    assert_eq!(saved["address"], "1 Quay Street\nBristol");
    assert_eq!(saved["email"], "accounts@harbour.example");
    assert_eq!(
        saved["more_emails"],
        json!(["cfo@harbour.example"]),
        "nobody gets it twice"
    );
    assert_eq!(put(&app, id, &profile).await.0, 409, "of an old version");

    let form = format!("/clients/{id}/billing");
    let (_, page) = app.page(&form).await;
    assert!(page.contains("Harbour Dental Łódź Ltd"), "{page}");
    let typed = [
        ("version", "1"),
        ("email", "accounts@harbour.example"),
        ("terms_days", "x"),
    ];
    let (status, page) = app.submit(&form, &typed).await;
    assert_eq!(status, 422);
    assert!(page.contains("whole number of days"), "{page}");
    let typed = [
        ("version", "1"),
        ("email", ""),
        ("terms_days", "7"),
        ("terms_from", "invoice_date"),
    ];
    assert_eq!(app.submit(&form, &typed).await.0, 303);

    let (_, list) = app.page("/entity-profiles?show=incomplete&q=harbour").await;
    assert!(
        list.contains("nobody yet") && list.contains("7 days"),
        "{list}"
    );
    let (_, csv) = app.page("/entity-profiles.csv").await;
    assert!(
        csv.contains("C1,Harbour Dental,,,,,7,invoice_date,false"),
        "{csv}"
    );
}

async fn a_profile_decides_when_and_whether(app: TestApp) {
    let draft = clean(&app, &generate(&app).await).await;
    let id = draft["id"].as_str().unwrap();
    let client = draft["client_id"].as_str().unwrap();
    let profile =
        json!({ "terms_days": 0, "terms_from": "end_of_month", "reference_required": true });
    let (status, saved) = put(&app, client, &profile).await;
    assert_eq!(status, 200, "{saved}");
    app.run_jobs().await;
    let stopped = detail(&app, id).await;
    let stops = stopped["stops"].to_string();
    assert!(stops.contains("purchase-order number"), "{stopped}");

    let path = format!(
        "/api/v1/contracts/{}",
        draft["contract_id"].as_str().unwrap()
    );
    let (_, contract) = app.get(&path).await;
    let order = json!({ "version": contract["version"], "purchase_order": "PO 4711" });
    let changed = app
        .request(Method::PATCH, &path)
        .json(&order)
        .send()
        .await
        .unwrap();
    assert_eq!(changed.status(), 200);
    app.run_jobs().await;
    let again = detail(&app, id).await;
    assert_eq!(
        (&again["reference"], &again["stops"]),
        (&json!("PO 4711"), &json!([])),
        "{again}"
    );

    let reject = json!({ "version": again["version"], "reason": "Other terms" });
    app.post(&format!("/api/v1/generated-invoices/{id}/reject"), &reject)
        .await;
    let made = generate(&app).await;
    let made = detail(&app, &made[0]).await;
    assert_eq!(made["issued_on"], "2026-12-01");
    assert_eq!(
        made["due_on"], "2026-12-31",
        "by the profile, not by the ledger"
    );
}
