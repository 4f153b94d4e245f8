//! Writing invoices: what the vendor accepts, and the words in which it refuses.

use crate::support::{alpha, books, complaint, day, invoice, line, serve, small, with};
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn a_draft_is_priced_per_line_and_then_approved() {
    let (_, caller) = small().await;
    let contact = alpha(&caller).await;
    let lines = vec![line("5", "33.1234"), line("1", "25.06"), line("1", "25.61")];
    let draft = json!({ "Invoices": [invoice(&contact, "B-1", "DRAFT", &lines)] });
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
        [invoice(&contact, "B-2", "DRAFT", &[line("5", "33.1254")])] }),
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
    let good = || invoice(&contact, "B-1", "AUTHORISED", &[line("1", "10")]);
    let with_line = |change: Value| {
        with(
            good(),
            &json!({ "LineItems": [with(line("1", "10"), &change)] }),
        )
    };
    let table = [
        (
            with(good(), &json!({ "Contact": null })),
            "A Contact must be specified for this type of transaction",
        ),
        (
            with(good(), &json!({ "Type": null })),
            "Type must be specified",
        ),
        (
            with(good(), &json!({ "LineItems": [] })),
            "One or more line items must be specified",
        ),
        (
            with(good(), &json!({ "Status": "PAID" })),
            "Invoice not of valid status for creation",
        ),
        (
            with(good(), &json!({ "CurrencyCode": "NZD" })),
            "Organisation is not subscribed to currency NZD",
        ),
        (
            with(good(), &json!({ "LineAmountTypes": "EXCLUSIVE" })),
            "'EXCLUSIVE' is not a valid LineAmountTypes",
        ),
        (
            with(good(), &json!({ "InvoiceNumber": "S-000001" })),
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
    let tenant = served.xero.tenants()[0];
    assert_eq!(
        served.xero.ledger(tenant).unwrap().invoice_count(),
        3,
        "nothing was written"
    );
}

#[tokio::test]
async fn a_body_that_is_not_a_request() {
    let (_, caller) = small().await;
    let contact = alpha(&caller).await;
    let text = with(line("1", "10"), &json!({ "UnitAmount": "10.00" }));
    let text = invoice(&contact, "B-1", "DRAFT", &[text]);
    let (status, body) = caller.put("/Invoices", json!({ "Invoices": [text] })).await;
    assert_eq!(
        (status, &body["Type"]),
        (StatusCode::BAD_REQUEST, &json!("PostDataInvalidException"))
    );
    let (_, body) = caller.put("/Invoices", json!({})).await;
    assert_eq!(body["Type"], "NoDataProcessedException");
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
        let sent = invoice(&contact, &number, start, &[line("1", "10")]);
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
    let again = invoice(&contact, "M-1", "DRAFT", &[line("1", "10")]);
    assert_eq!(
        caller.put("/Invoices", again).await.0,
        StatusCode::OK,
        "a deleted draft's number is free"
    );
    let void = invoice(&contact, "M-7", "DRAFT", &[line("1", "10")]);
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
        &[line("1", "10"), line("2", "20")],
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
    let sent = invoice(&contact, "I-1", "AUTHORISED", &lines);
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
    let lines = vec![with(line("1", "12"), &json!({ "DiscountRate": 10 }))];
    let sent = with(
        invoice(&contact, "F-1", "DRAFT", &lines),
        &json!({
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
            invoice(&contact, "P-1", status, &[line("1", "1")]),
            &json!({ "Date": "2026-10-31" }),
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
    let late = invoice(&contact, "P-2", "AUTHORISED", &[line("1", "1")]);
    assert_eq!(caller.put("/Invoices", late).await.0, StatusCode::OK);
}
