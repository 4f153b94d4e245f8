//! Writing to the books: what the vendor accepts, and the words in which it refuses.

mod xero_support;

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use sandbox::xero::{ContactStatus, Limits};
use serde_json::{Value, json};
use xero_support::{Caller, Served, books, complaint, day, json as parts, serve};

async fn small() -> (Served, Caller) {
    let served = serve(books(3), None).await;
    let caller = served.connect().await;
    (served, caller)
}

async fn alpha(caller: &Caller) -> Value {
    caller.get("/Contacts/C001").await["Contacts"][0]["ContactID"].clone()
}

fn line(quantity: &str, price: &str) -> Value {
    let number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    json!({ "Description": "Seats", "Quantity": number(quantity), "UnitAmount": number(price),
            "AccountCode": "205", "TaxType": "OUTPUT2" })
}

fn invoice(contact: &Value, number: &str, status: &str, lines: Vec<Value>) -> Value {
    json!({ "Type": "ACCREC", "Contact": { "ContactID": contact }, "InvoiceNumber": number,
            "Date": "2026-11-01", "DueDate": "2026-11-15", "Status": status, "LineItems": lines })
}

/// Changes fields of an object.
fn with(mut value: Value, changes: Value) -> Value {
    for (name, change) in changes.as_object().unwrap() {
        value[name] = change.clone();
    }
    value
}

#[tokio::test]
async fn a_draft_is_priced_per_line_and_then_approved() {
    let (_, caller) = small().await;
    let contact = alpha(&caller).await;
    let lines = vec![line("5", "33.1234"), line("1", "25.06"), line("1", "25.61")];
    let draft = json!({ "Invoices": [invoice(&contact, "B-1", "DRAFT", lines)] });
    let (status, body) = caller.put("/Invoices?unitdp=4", draft.clone()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let made = &body["Invoices"][0];
    assert_eq!(made["LineItems"][0]["LineAmount"].to_string(), "165.62");
    assert_eq!(made["LineItems"][0]["UnitAmount"].to_string(), "33.1234");
    assert_eq!(made["TotalTax"].to_string(), "43.25");
    assert_eq!(made["Total"].to_string(), "259.54");
    let id = made["InvoiceID"].as_str().unwrap();
    let path = format!("/Invoices/{id}?unitdp=4");
    let (_, body) = caller.post(&path, json!({ "Status": "AUTHORISED" })).await;
    assert_eq!(body["Invoices"][0]["Status"], "AUTHORISED", "{body}");
    assert_eq!(
        body["Invoices"][0]["LineItems"].as_array().unwrap().len(),
        3
    );
    let (status, body) = caller.put("/Invoices", draft).await;
    assert_eq!(
        (status, complaint(&body)),
        (StatusCode::BAD_REQUEST, "Invoice # must be unique.")
    );
    assert_eq!(
        (&body["ErrorNumber"], &body["Type"]),
        (&json!(10), &json!("ValidationException"))
    );
    assert_eq!(body["Elements"][0]["InvoiceNumber"], "B-1");
    let two = caller
        .put(
            "/Invoices",
            json!({ "Invoices":
        [invoice(&contact, "B-2", "DRAFT", vec![line("5", "33.1254")])] }),
        )
        .await
        .1;
    assert_eq!(
        two["Invoices"][0]["SubTotal"].to_string(),
        "165.65",
        "two places without unitdp"
    );
}

#[tokio::test]
async fn what_is_wrong_with_an_invoice() {
    let (served, caller) = small().await;
    let contact = alpha(&caller).await;
    let good = || invoice(&contact, "B-1", "AUTHORISED", vec![line("1", "10")]);
    let with_line = |change: Value| {
        with(
            good(),
            json!({ "LineItems": [with(line("1", "10"), change)] }),
        )
    };
    let table = [
        (
            with(good(), json!({ "Contact": null })),
            "A Contact must be specified for this type of transaction",
        ),
        (
            with(good(), json!({ "Type": null })),
            "Type must be specified",
        ),
        (
            with(good(), json!({ "LineItems": [] })),
            "One or more line items must be specified",
        ),
        (
            with(good(), json!({ "Status": "PAID" })),
            "Invoice not of valid status for creation",
        ),
        (
            with(good(), json!({ "CurrencyCode": "NZD" })),
            "Organisation is not subscribed to currency NZD",
        ),
        (
            with(good(), json!({ "LineAmountTypes": "EXCLUSIVE" })),
            "'EXCLUSIVE' is not a valid LineAmountTypes",
        ),
        (
            with(good(), json!({ "InvoiceNumber": "S-000001" })),
            "Invoice # must be unique.",
        ),
        (
            with_line(json!({ "AccountCode": "999" })),
            "Account code '999' is not a valid code for this document.",
        ),
        (
            with_line(json!({ "AccountCode": "090" })),
            "Account code '090' is not a valid code for this document.",
        ),
        (
            with_line(json!({ "AccountCode": null })),
            "Account code must be specified",
        ),
        (
            with_line(json!({ "TaxType": "INPUT2" })),
            "The TaxType code 'INPUT2' cannot be used with account code '205'",
        ),
        (
            with_line(json!({ "TaxType": "GST" })),
            "The TaxType code 'GST' does not exist or has been archived",
        ),
        (
            with_line(json!({ "Description": null })),
            "Description must be specified",
        ),
        (
            with_line(json!({ "LineAmount": 11 })),
            "The line total 11 does not match the expected line total 10.00",
        ),
        (
            with_line(json!({ "ItemCode": "NONE" })),
            "Item code 'NONE' is not valid",
        ),
        (
            with_line(json!({ "DiscountRate": 101 })),
            "Discount must be between 0 and the line amount",
        ),
        (
            with_line(json!({ "UnitAmount": 99_999_999_999_u64 })),
            "The line amount must be at most 9,999,999,999.99",
        ),
    ];
    for (sent, expected) in table {
        let (status, body) = caller.put("/Invoices", json!({ "Invoices": [sent] })).await;
        assert_eq!(
            (status, complaint(&body)),
            (StatusCode::BAD_REQUEST, expected),
            "{body}"
        );
    }
    let text = with_line(json!({ "UnitAmount": "10.00" }));
    let (status, body) = caller.put("/Invoices", json!({ "Invoices": [text] })).await;
    assert_eq!(
        (status, &body["Type"]),
        (StatusCode::BAD_REQUEST, &json!("PostDataInvalidException"))
    );
    let (_, body) = caller.put("/Invoices", json!({})).await;
    assert_eq!(body["Type"], "NoDataProcessedException");
    let tenant = served.xero.tenants()[0];
    assert_eq!(
        served.xero.ledger(tenant).unwrap().invoice_count(),
        3,
        "nothing was written"
    );
}

#[tokio::test]
async fn without_a_summary_each_record_has_its_verdict() {
    let (_, caller) = small().await;
    let contact = alpha(&caller).await;
    let sent = json!({ "Invoices": [
        invoice(&contact, "B-1", "DRAFT", vec![line("1", "10")]),
        invoice(&contact, "S-000001", "DRAFT", vec![line("1", "10")]),
        invoice(&contact, "B-1", "DRAFT", vec![line("1", "10")]),
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
async fn statuses_move_only_as_the_law_says() {
    let (_, caller) = small().await;
    let contact = alpha(&caller).await;
    let refused = "Invoice not of valid status for modification";
    let table: &[(&str, &[&str], &str)] = &[
        ("DRAFT", &["SUBMITTED", "DRAFT", "AUTHORISED", "VOIDED"], ""),
        ("DRAFT", &["DELETED", "DRAFT"], refused),
        ("DRAFT", &["VOIDED"], refused),
        ("DRAFT", &["PAID"], refused),
        ("SUBMITTED", &["DELETED"], ""),
        ("AUTHORISED", &["DRAFT"], refused),
        ("AUTHORISED", &["DELETED"], refused),
        ("AUTHORISED", &["VOIDED", "AUTHORISED"], refused),
    ];
    for (place, (start, moves, last)) in table.iter().enumerate() {
        let number = format!("M-{place}");
        let sent = invoice(&contact, &number, start, vec![line("1", "10")]);
        assert_eq!(caller.put("/Invoices", sent).await.0, StatusCode::OK);
        let mut said = String::new();
        for to in *moves {
            let (_, body) = caller
                .post(&format!("/Invoices/{number}"), json!({ "Status": to }))
                .await;
            said = complaint(&body).to_owned();
        }
        assert_eq!(said, *last, "{start} {moves:?}");
    }
    let again = invoice(&contact, "M-1", "DRAFT", vec![line("1", "10")]);
    assert_eq!(
        caller.put("/Invoices", again).await.0,
        StatusCode::OK,
        "a deleted draft's number is free"
    );
    let void = invoice(&contact, "M-7", "DRAFT", vec![line("1", "10")]);
    assert_eq!(
        caller.put("/Invoices", void).await.0,
        StatusCode::BAD_REQUEST,
        "a void one's is not"
    );
}

#[tokio::test]
async fn lines_are_updated_added_and_dropped_by_id() {
    let (_, caller) = small().await;
    let contact = alpha(&caller).await;
    let sent = invoice(
        &contact,
        "L-1",
        "DRAFT",
        vec![line("1", "10"), line("2", "20")],
    );
    let (_, body) = caller.put("/Invoices", sent).await;
    let known = body["Invoices"][0]["LineItems"].clone();
    let change = json!({ "InvoiceNumber": "L-1", "LineItems": [
        { "LineItemID": known[1]["LineItemID"], "Quantity": 3 }, line("1", "5"),
    ] });
    let (status, body) = caller.post("/Invoices", change).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let lines = &body["Invoices"][0]["LineItems"];
    assert_eq!(lines.as_array().unwrap().len(), 2);
    assert_eq!(lines[0]["LineItemID"], known[1]["LineItemID"]);
    assert_eq!(lines[0]["LineAmount"].to_string(), "60.00");
    assert!(lines[1]["LineItemID"] != known[0]["LineItemID"]);
    assert_eq!(body["Invoices"][0]["SubTotal"].to_string(), "65.00");
}

#[tokio::test]
async fn an_item_fills_what_a_line_leaves_out() {
    let (_, caller) = small().await;
    let contact = alpha(&caller).await;
    let lines = vec![
        json!({ "ItemCode": "BACKUP", "Quantity": 4 }),
        json!({ "Description": "A remark" }),
    ];
    let sent = invoice(&contact, "I-1", "AUTHORISED", lines);
    let (status, body) = caller.put("/Invoices?unitdp=4", sent).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let made = &body["Invoices"][0]["LineItems"];
    assert_eq!(
        (&made[0]["Description"], &made[0]["AccountCode"]),
        (&json!("Backup"), &json!("205"))
    );
    assert_eq!(made[0]["LineAmount"].to_string(), "12.49");
    assert_eq!(made[1]["LineAmount"].to_string(), "0.00");
}

#[tokio::test]
async fn inclusive_amounts_discounts_and_foreign_money() {
    let (_, caller) = small().await;
    let contact = alpha(&caller).await;
    let lines = vec![with(line("1", "12"), json!({ "DiscountRate": 10 }))];
    let sent = with(
        invoice(&contact, "F-1", "DRAFT", lines),
        json!({
            "LineAmountTypes": "Inclusive", "CurrencyCode": "EUR", "CurrencyRate": 1.17,
        }),
    );
    let (_, body) = caller.put("/Invoices", sent).await;
    let made = &body["Invoices"][0];
    assert_eq!(made["Total"].to_string(), "10.80");
    assert_eq!(made["TotalTax"].to_string(), "1.80");
    assert_eq!(made["TotalDiscount"].to_string(), "1.20");
    assert_eq!(
        (&made["CurrencyCode"], made["CurrencyRate"].to_string()),
        (&json!("EUR"), "1.17".to_owned())
    );
}

#[tokio::test]
async fn a_period_lock_stops_what_counts() {
    let mut ledger = books(3);
    ledger.organisation.period_lock_date = Some(day("2026-10-31"));
    let served = serve(ledger, None).await;
    let caller = served.connect().await;
    let contact = alpha(&caller).await;
    let early = |status: &str| {
        with(
            invoice(&contact, "P-1", status, vec![line("1", "1")]),
            json!({ "Date": "2026-10-31" }),
        )
    };
    let message =
        "The document date cannot be before the period lock date, currently set at 31 October 2026";
    let (_, body) = caller.put("/Invoices", early("AUTHORISED")).await;
    assert_eq!(complaint(&body), message);
    assert_eq!(
        caller.put("/Invoices", early("DRAFT")).await.0,
        StatusCode::OK
    );
    let (_, body) = caller
        .post("/Invoices/P-1", json!({ "Status": "AUTHORISED" }))
        .await;
    assert_eq!(complaint(&body), message);
    let (_, body) = caller
        .post("/Invoices/S-000002", json!({ "Status": "VOIDED" }))
        .await;
    assert_eq!(complaint(&body), message);
    let late = invoice(&contact, "P-2", "AUTHORISED", vec![line("1", "1")]);
    assert_eq!(caller.put("/Invoices", late).await.0, StatusCode::OK);
}

#[tokio::test]
async fn payments_settle_and_unsettle_an_invoice() {
    let (served, caller) = small().await;
    let pay = |amount: f64| {
        json!({ "Payments": [{ "Invoice": { "InvoiceNumber": "S-000001" },
        "Account": { "Code": "090" }, "Date": "2026-11-10", "Amount": amount }] })
    };
    let (_, body) = caller.put("/Payments", pay(545.44)).await;
    assert_eq!(
        complaint(&body),
        "Payment amount exceeds the amount outstanding on this document"
    );
    served.clock.advance(TimeDelta::seconds(1));
    let (status, body) = caller.put("/Payments", pay(545.43)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["Payments"][0]["PaymentType"], "ACCRECPAYMENT");
    let id = body["Payments"][0]["PaymentID"]
        .as_str()
        .unwrap()
        .to_owned();
    let paid = caller.get("/Invoices/S-000001").await["Invoices"][0].clone();
    assert_eq!(
        (&paid["Status"], paid["AmountDue"].to_string()),
        (&json!("PAID"), "0.00".to_owned())
    );
    assert!(paid["FullyPaidOnDate"].is_string());
    assert_eq!(
        paid["UpdatedDateUTCString"], "2026-11-12T09:00:01Z",
        "a payment changes its invoice"
    );
    let (_, body) = caller
        .post("/Invoices/S-000001", json!({ "Status": "VOIDED" }))
        .await;
    assert_eq!(
        complaint(&body),
        "Invoice not of valid status for modification"
    );
    let gone = json!({ "Payments": [{ "Status": "DELETED" }] });
    assert_eq!(
        caller
            .post(&format!("/Payments/{id}"), gone.clone())
            .await
            .0,
        StatusCode::OK
    );
    assert_eq!(
        caller.post(&format!("/Payments/{id}"), gone).await.0,
        StatusCode::BAD_REQUEST
    );
    let open = caller.get("/Invoices/S-000001").await["Invoices"][0].clone();
    assert_eq!(
        (&open["Status"], open["AmountDue"].to_string()),
        (&json!("AUTHORISED"), "545.43".to_owned())
    );
    let (_, body) = caller
        .post("/Invoices/S-000001", json!({ "Status": "VOIDED" }))
        .await;
    assert!(complaint(&body).starts_with("This document cannot be edited as it has a payment"));
}

#[tokio::test]
async fn some_changes_of_a_part_paid_invoice_go_unseen() {
    let (served, caller) = small().await;
    served.clock.advance(TimeDelta::minutes(5));
    let (status, body) = caller
        .post(
            "/Invoices/S-000001",
            json!({ "DueDate": "2026-12-31", "SentToContact": true }),
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["Invoices"][0]["DueDateString"], "2026-12-31T00:00:00");
    assert_eq!(
        body["Invoices"][0]["UpdatedDateUTCString"],
        "2025-01-01T08:00:00Z"
    );
    let (_, body) = caller
        .post(
            "/Invoices/S-000001",
            json!({ "LineItems": [line("1", "1")] }),
        )
        .await;
    assert!(complaint(&body).starts_with("This document cannot be edited"));
}

#[tokio::test]
async fn credit_notes_are_allocated_and_released() {
    let (_, caller) = small().await;
    let contact = alpha(&caller).await;
    let note = json!({ "Type": "ACCRECCREDIT", "Contact": { "ContactID": contact }, "Status": "AUTHORISED",
                       "Date": "2026-11-02", "CreditNoteNumber": "CN-1", "LineItems": [line("1", "50")] });
    let (status, body) = caller
        .put("/CreditNotes", json!({ "CreditNotes": [note] }))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(
        body["CreditNotes"][0]["RemainingCredit"].to_string(),
        "60.00"
    );
    let allocate = |number: &str, amount: f64| {
        json!({ "Allocations": [
        { "Invoice": { "InvoiceNumber": number }, "Amount": amount, "Date": "2026-11-03" }] })
    };
    let (_, body) = caller
        .put("/CreditNotes/CN-1/Allocations", allocate("S-000002", 60.0))
        .await;
    assert_eq!(
        complaint(&body),
        "The credit note and the invoice must be for the same contact"
    );
    let (_, body) = caller
        .put("/CreditNotes/CN-1/Allocations", allocate("S-000001", 60.01))
        .await;
    assert!(complaint(&body).contains("exceeds the remaining credit"));
    let (status, body) = caller
        .put("/CreditNotes/CN-1/Allocations", allocate("S-000001", 60.0))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let id = body["Allocations"][0]["AllocationID"]
        .as_str()
        .unwrap()
        .to_owned();
    let note = caller.get("/CreditNotes/CN-1").await["CreditNotes"][0].clone();
    assert_eq!(
        (&note["Status"], note["AppliedAmount"].to_string()),
        (&json!("PAID"), "60.00".to_owned())
    );
    let invoice = caller.get("/Invoices/S-000001").await["Invoices"][0].clone();
    assert_eq!(invoice["AmountCredited"].to_string(), "60.00");
    assert_eq!(
        invoice["CreditNotes"][0]["AppliedAmount"].to_string(),
        "60.00"
    );
    let path = format!("/CreditNotes/CN-1/Allocations/{id}");
    let (status, body) = parts(caller.send(Method::DELETE, &path, &[], None).await).await;
    assert_eq!((status, &body["IsDeleted"]), (StatusCode::OK, &json!(true)));
    let again = caller.send(Method::DELETE, &path, &[], None).await;
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
    let (_, body) = caller
        .post("/CreditNotes/CN-1", json!({ "Status": "VOIDED" }))
        .await;
    assert_eq!(body["CreditNotes"][0]["Status"], "VOIDED", "{body}");
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
    let mut sent = invoice(&id, "G-1", "AUTHORISED", vec![line("1", "1")]);
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
    let good = invoice(&contact, "K-1", "DRAFT", vec![line("1", "10")]);
    let first = keyed("one", good.clone()).await;
    assert_eq!(first.0, StatusCode::OK);
    served.clock.advance(TimeDelta::seconds(359));
    assert_eq!(
        keyed("one", good.clone()).await,
        first,
        "the very same reply"
    );
    let other = invoice(&contact, "K-2", "DRAFT", vec![line("1", "10")]);
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
        invoice(&contact, "K-3", "DRAFT", vec![line("1", "10")]),
        json!({ "Contact": { "ContactNumber": "C777" } }),
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
