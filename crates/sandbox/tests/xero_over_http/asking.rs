//! How a client may ask: once by key, within limits, for a verdict on each record.

use crate::support::{alpha, books, complaint, invoice, json as parts, line, serve, small, with};
use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use sandbox::xero::{ContactStatus, Limits};
use serde_json::{Value, json};

#[tokio::test]
async fn a_key_replays_for_six_minutes_and_remembers_errors_too() {
    let (served, caller) = small().await;
    let contact = alpha(&caller).await;
    let keyed = |key: &'static str, body: Value| {
        let caller = caller.clone();
        async move {
            parts(
                caller
                    .send(
                        Method::PUT,
                        "/Invoices",
                        &[("idempotency-key", key)],
                        Some(body),
                    )
                    .await,
            )
            .await
        }
    };
    let good = invoice(&contact, "K-1", "DRAFT", &[line("1", "10")]);
    let first = keyed("one", good.clone()).await;
    assert_eq!(first.0, StatusCode::OK);
    served.clock.advance(TimeDelta::seconds(359));
    assert_eq!(
        keyed("one", good.clone()).await,
        first,
        "the very same reply"
    );
    let other = invoice(&contact, "K-2", "DRAFT", &[line("1", "10")]);
    let (status, body) = keyed("one", other).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        body["Detail"],
        "Idempotency Key one is used with a different request"
    );
    served.clock.advance(TimeDelta::seconds(1));
    assert_eq!(
        keyed("one", good).await.0,
        StatusCode::BAD_REQUEST,
        "forgotten, and not unique"
    );

    let by_unknown = with(
        invoice(&contact, "K-3", "DRAFT", &[line("1", "10")]),
        &json!({ "Contact": { "ContactNumber": "C777" } }),
    );
    assert_eq!(
        keyed("two", by_unknown.clone()).await.0,
        StatusCode::BAD_REQUEST
    );
    caller
        .put(
            "/Contacts",
            json!({ "Name": "Late", "ContactNumber": "C777" }),
        )
        .await;
    assert_eq!(
        keyed("two", by_unknown.clone()).await.0,
        StatusCode::BAD_REQUEST,
        "errors are kept"
    );
    assert_eq!(keyed("three", by_unknown).await.0, StatusCode::OK);
    let long: &'static str = "k".repeat(129).leak();
    assert_eq!(keyed(long, json!({})).await.0, StatusCode::BAD_REQUEST);
    let uses = served.xero.number_uses();
    let made = uses.iter().find(|made| made.number == "K-1").unwrap();
    assert_eq!(
        (made.created, made.status, made.total_minor),
        (1, "DRAFT", 1200)
    );
}

#[tokio::test]
async fn limits_are_counted_told_and_enforced() {
    let served = serve(
        books(1),
        Some(Limits {
            per_day: 70,
            ..Limits::default()
        }),
    )
    .await;
    let caller = served.connect().await;
    let reply = caller.send(Method::GET, "/Organisation", &[], None).await;
    assert_eq!(reply.headers()["x-minlimit-remaining"], "59");
    assert_eq!(reply.headers()["x-daylimit-remaining"], "69");
    assert_eq!(reply.headers()["x-appminlimit-remaining"], "9999");
    for _ in 0..59 {
        caller.get("/Organisation").await;
    }
    served.clock.advance(TimeDelta::seconds(20));
    let reply = caller.send(Method::GET, "/Organisation", &[], None).await;
    assert_eq!(reply.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(reply.headers()["x-rate-limit-problem"], "minute");
    assert_eq!(reply.headers()["retry-after"], "40");
    served.clock.advance(TimeDelta::seconds(40));
    for _ in 0..10 {
        caller.get("/Organisation").await;
    }
    let reply = caller.send(Method::GET, "/Organisation", &[], None).await;
    assert_eq!(reply.headers()["x-rate-limit-problem"], "day");
    assert_eq!(reply.headers()["retry-after"], (86_400 - 60).to_string());
}

#[tokio::test]
async fn without_a_summary_each_record_has_its_verdict() {
    let (_, caller) = small().await;
    let contact = alpha(&caller).await;
    let sent = json!({ "Invoices": [
        invoice(&contact, "B-1", "DRAFT", &[line("1", "10")]),
        invoice(&contact, "S-000001", "DRAFT", &[line("1", "10")]),
        invoice(&contact, "B-1", "DRAFT", &[line("1", "10")]),
    ] });
    let (status, body) = caller
        .put("/Invoices?summarizeErrors=False", sent.clone())
        .await;
    assert_eq!(status, StatusCode::OK);
    let verdicts: Vec<_> = body["Invoices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["StatusAttributeString"].clone())
        .collect();
    assert_eq!(verdicts, ["OK", "ERROR", "ERROR"]);
    assert_eq!(
        body["Invoices"][1]["ValidationErrors"][0]["Message"],
        "Invoice # must be unique."
    );
    assert_eq!(body["Invoices"][1]["HasErrors"], true);
    let (status, _) = caller.put("/Invoices", sent).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn contacts_have_one_name_each_and_archived_ones_get_no_invoices() {
    let (_, caller) = small().await;
    let (_, body) = caller
        .put("/Contacts", json!({ "Name": "alpha & SONS <ltd>" }))
        .await;
    assert!(
        complaint(&body).contains("is already assigned to another contact"),
        "{body}"
    );
    let new = json!({ "Contacts": [{ "Name": "Gamma", "EmailAddress": "g@gamma.example",
        "PaymentTerms": { "Sales": { "Day": 30, "Type": "DAYSAFTERBILLDATE" } },
        "ContactPersons": [{ "FirstName": "Gina", "EmailAddress": "gina@gamma.example" }] }] });
    let (status, body) = caller.put("/Contacts", new).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let id = body["Contacts"][0]["ContactID"].clone();
    let mut sent = invoice(&id, "G-1", "AUTHORISED", &[line("1", "1")]);
    sent.as_object_mut().unwrap().remove("DueDate");
    let (_, body) = caller.put("/Invoices", sent.clone()).await;
    assert_eq!(
        body["Invoices"][0]["DueDateString"], "2026-12-01T00:00:00",
        "by the contact's terms"
    );
    sent["InvoiceNumber"] = json!("G-2");
    sent["Contact"]["EmailAddress"] = json!("new@gamma.example");
    caller.put("/Invoices", sent.clone()).await;
    let path = format!("/Contacts/{}", id.as_str().unwrap());
    let contact = caller.get(&path).await["Contacts"][0].clone();
    assert_eq!(contact["EmailAddress"], "new@gamma.example");
    assert_eq!(
        contact["ContactPersons"],
        json!([]),
        "people who were not sent are dropped"
    );
    caller
        .post(&path, json!({ "ContactStatus": "ARCHIVED" }))
        .await;
    sent["InvoiceNumber"] = json!("G-3");
    let (_, body) = caller.put("/Invoices", sent).await;
    assert!(
        complaint(&body)
            .starts_with("The contact with the specified contact details has been archived")
    );
    assert_eq!(
        caller.get("/Contacts").await["Contacts"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let all = caller.get("/Contacts?includeArchived=true").await;
    assert_eq!(all["Contacts"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn what_hangs_below_an_invoice() {
    let (served, caller) = small().await;
    let email = |number: &'static str| {
        let caller = caller.clone();
        async move {
            caller
                .send(
                    Method::POST,
                    &format!("/Invoices/{number}/Email"),
                    &[],
                    Some(json!({})),
                )
                .await
        }
    };
    assert_eq!(email("S-000003").await.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        email("S-000002").await.status(),
        StatusCode::BAD_REQUEST,
        "no address"
    );
    assert_eq!(
        caller.get("/Invoices/S-000003").await["Invoices"][0]["SentToContact"],
        true
    );
    let online = caller.get("/Invoices/S-000003/OnlineInvoice").await;
    assert!(
        online["OnlineInvoices"][0]["OnlineInvoiceUrl"]
            .as_str()
            .unwrap()
            .starts_with("https://in.xero.com/")
    );
    let note = json!({ "HistoryRecords": [{ "Details": "Checked by BillingOne" }] });
    assert_eq!(
        caller.put("/Invoices/S-000003/History", note).await.0,
        StatusCode::OK
    );
    let history = caller.get("/Invoices/S-000003/History").await;
    assert_eq!(
        history["HistoryRecords"][0]["Details"],
        "Checked by BillingOne"
    );
    for (path, accept) in [
        ("/Invoices/S-000001/pdf", "application/json"),
        ("/Invoices/S-000001", "application/pdf"),
    ] {
        let reply = caller
            .send(Method::GET, path, &[("accept", accept)], None)
            .await;
        assert_eq!(reply.headers()["content-type"], "application/pdf");
        let file = reply.bytes().await.unwrap();
        assert!(file.starts_with(b"%PDF-1.4") && file.ends_with(b"%%EOF\n"));
    }
    let tenant = served.xero.tenants()[0];
    let ledger = served.xero.ledger(tenant).unwrap();
    assert!(
        ledger
            .contacts()
            .all(|(_, contact)| contact.status == ContactStatus::Active)
    );
}
