//! Payments and credit notes: what settles an invoice, and what unsettles it.

use crate::support::{alpha, complaint, json as parts, line, small};
use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::json;

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
