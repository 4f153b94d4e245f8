//! Writing to Xero: exactly what is sent, and every kind of no.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use vendors::Error;
use vendors::http::IdempotencyKey;
use vendors::xero::{InvoiceMove, InvoiceStatus, LineAmounts, NewInvoice, NewLine, NewPayment};
use wiremock::matchers::{body_json, header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::stage::{Stage, count, html, ok};

const INVOICES: &str = "/api.xro/2.0/Invoices";

async fn stage() -> (MockServer, Stage) {
    let server = MockServer::start().await;
    let stage = Stage::at(server.uri());
    (server, stage)
}

fn key() -> IdempotencyKey {
    IdempotencyKey::new("draft:abc:1").unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn draft() -> NewInvoice {
    NewInvoice {
        contact_id: "430fa14a-f945-44d3-9f97-5df5e28441b8".to_owned(),
        invoice_number: "B1-000017".to_owned(),
        reference: None,
        date: "2026-11-01".parse().unwrap(),
        due_date: "2026-11-15".parse().unwrap(),
        currency_code: "GBP".to_owned(),
        currency_rate: None,
        line_amounts: LineAmounts::Exclusive,
        branding_theme_id: None,
        url: None,
        lines: vec![NewLine {
            description: "M365 \"Business\" ×5 <b>".to_owned(),
            quantity: decimal("5"),
            unit_amount: decimal("33.1234"),
            item_code: Some("365".to_owned()),
            account_code: Some("200".to_owned()),
            tax_type: Some("OUTPUT2".to_owned()),
            tax_amount: None,
            discount_rate: None,
            tracking: Vec::new(),
        }],
    }
}

fn kept(status: &str) -> Value {
    json!({"InvoiceID": "i", "InvoiceNumber": "B1-000017", "Type": "ACCREC", "Status": status,
        "Contact": {"ContactID": "c"}, "SubTotal": 165.62, "TotalTax": 33.12, "Total": 198.74,
        "StatusAttributeString": "OK", "HasErrors": false, "ValidationErrors": []})
}

fn put() -> wiremock::MockBuilder {
    Mock::given(method("PUT")).and(path(INVOICES))
}

#[tokio::test]
async fn a_draft_is_sent_to_the_digit() {
    let (server, stage) = stage().await;
    let mut answer = kept("DRAFT");
    answer["StatusAttributeString"] = json!("WARNING");
    answer["Warnings"] = json!([{"Message": "The description was shortened"}]);
    put()
        .and(header("idempotency-key", "draft:abc:1"))
        .and(header("content-type", "application/json"))
        .and(query_param("summarizeErrors", "false"))
        .and(query_param("unitdp", "4"))
        .respond_with(ok(&json!({"Invoices": [answer]})))
        .mount(&server)
        .await;
    let written = stage.xero().create_draft(&draft(), &key()).await.unwrap();
    assert_eq!(written.value.total.to_string(), "198.74");
    assert_eq!(written.warnings, ["The description was shortened"]);
    let sent = &server.received_requests().await.unwrap()[0];
    assert_eq!(
        std::str::from_utf8(&sent.body).unwrap(),
        r#"{"Invoices":[{"Type":"ACCREC","Contact":{"ContactID":"430fa14a-f945-44d3-9f97-5df5e28441b8"},"InvoiceNumber":"B1-000017","Date":"2026-11-01","DueDate":"2026-11-15","CurrencyCode":"GBP","LineAmountTypes":"Exclusive","Status":"DRAFT","LineItems":[{"Description":"M365 \"Business\" ×5 <b>","Quantity":5,"UnitAmount":33.1234,"ItemCode":"365","AccountCode":"200","TaxType":"OUTPUT2"}]}]}"#
    );
}

#[tokio::test]
async fn every_field_of_a_draft_has_its_place() {
    let (server, stage) = stage().await;
    put()
        .respond_with(ok(&json!({"Invoices": [kept("DRAFT")]})))
        .mount(&server)
        .await;
    let mut draft = draft();
    draft.reference = Some("PO 7".to_owned());
    draft.currency_rate = Some(decimal("1.0750000000"));
    draft.branding_theme_id = Some("b".to_owned());
    draft.url = Some("https://billing.example/d/1".to_owned());
    draft.lines[0].tax_amount = Some(decimal("33.12"));
    draft.lines[0].discount_rate = Some(decimal("2.5"));
    stage.xero().create_draft(&draft, &key()).await.unwrap();
    let sent = server.received_requests().await.unwrap().remove(0);
    let text = String::from_utf8(sent.body).unwrap();
    for part in [
        r#""Reference":"PO 7""#,
        r#""CurrencyRate":1.0750000000"#,
        r#""BrandingThemeID":"b""#,
        r#""Url":"https://billing.example/d/1""#,
        r#""TaxAmount":33.12"#,
        r#""DiscountRate":2.5"#,
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[tokio::test]
async fn lost_answers_are_asked_for_again_under_the_same_key() {
    let (server, stage) = stage().await;
    put()
        .respond_with(html(503))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    put()
        .respond_with(html(200))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    put()
        .respond_with(ok(&json!({"Invoices": [kept("DRAFT")]})))
        .mount(&server)
        .await;
    stage.xero().create_draft(&draft(), &key()).await.unwrap();
    let sent = server.received_requests().await.unwrap();
    assert_eq!(sent.len(), 3);
    assert!(
        sent.iter()
            .all(|request| request.headers["idempotency-key"] == "draft:abc:1")
    );
    assert!(sent.iter().all(|request| request.body == sent[0].body));
}

#[tokio::test]
async fn an_answer_that_stays_lost_may_have_been_done() {
    for bad in [ResponseTemplate::new(500), html(200)] {
        let (server, stage) = stage().await;
        put().respond_with(bad).mount(&server).await;
        let error = stage
            .xero()
            .create_draft(&draft(), &key())
            .await
            .unwrap_err();
        assert!(error.maybe_done(), "{error:?}");
        assert_eq!(count(&server, INVOICES).await, 4);
    }
}

#[tokio::test]
async fn a_200_with_errors_inside_is_a_no() {
    let (server, stage) = stage().await;
    let mut answer =
        json!({"InvoiceNumber": "B1-000017", "StatusAttributeString": "ERROR", "HasErrors": true});
    let message = "The TaxType code 'x' cannot be used with account code '200'";
    answer["LineItems"] = json!([{"ValidationErrors": [{"Message": message}]}]);
    answer["ValidationErrors"] = json!([{"Message": "Invoice # must be unique."}]);
    put()
        .respond_with(ok(&json!({"Invoices": [answer]})))
        .mount(&server)
        .await;
    let Error::Refused(refusal) = stage
        .xero()
        .create_draft(&draft(), &key())
        .await
        .unwrap_err()
    else {
        panic!("it was taken for done")
    };
    assert_eq!(refusal.status, 200);
    let texts: Vec<&str> = refusal.complaints.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(texts, [message, "Invoice # must be unique."]);
    assert_eq!(refusal.complaints[0].field.as_deref(), Some("LineItems.1"));
    assert_eq!(count(&server, INVOICES).await, 1);
}

#[tokio::test]
async fn a_validation_exception_is_a_no_in_xeros_words() {
    let (server, stage) = stage().await;
    let body = json!({"ErrorNumber": 10, "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [{"ValidationErrors": [{"Message": "The document date cannot be before the period lock date."}]}]});
    put()
        .respond_with(ResponseTemplate::new(400).set_body_json(body))
        .mount(&server)
        .await;
    let error = stage
        .xero()
        .create_draft(&draft(), &key())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "Xero refused this: The document date cannot be before the period lock date. \
         Correct it and try again."
    );
    assert!(!error.maybe_done());
    let Error::Refused(refusal) = error else {
        panic!()
    };
    assert_eq!(refusal.code.as_deref(), Some("ValidationException"));
}

#[tokio::test]
async fn a_key_used_for_something_else_is_a_no() {
    let (server, stage) = stage().await;
    let body = json!({"Title": "Bad Request", "Detail": "Idempotency Key draft:abc:1 is used with a different request"});
    put()
        .respond_with(ResponseTemplate::new(400).set_body_json(body))
        .mount(&server)
        .await;
    let error = stage
        .xero()
        .create_draft(&draft(), &key())
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("is used with a different request"),
        "{error}"
    );
}

#[tokio::test]
async fn a_status_move_sends_the_status_alone() {
    for (to, word) in [
        (InvoiceMove::Authorise, "AUTHORISED"),
        (InvoiceMove::Void, "VOIDED"),
        (InvoiceMove::Delete, "DELETED"),
    ] {
        let (server, stage) = stage().await;
        Mock::given(method("POST"))
            .and(path(format!("{INVOICES}/i")))
            .and(header("idempotency-key", "draft:abc:1"))
            .and(query_param("unitdp", "4"))
            .and(query_param_is_missing("summarizeErrors"))
            .and(body_json(
                json!({"Invoices": [{"InvoiceID": "i", "Status": word}]}),
            ))
            .respond_with(ok(&json!({"Invoices": [kept(word)]})))
            .mount(&server)
            .await;
        let written = stage.xero().set_status("i", to, &key()).await.unwrap();
        assert_eq!(written.value.status, InvoiceStatus::from(word));
    }
}

#[tokio::test]
async fn notes_links_and_payments() {
    let (server, stage) = stage().await;
    let long = "é".repeat(3000);
    Mock::given(method("PUT"))
        .and(path(format!("{INVOICES}/i/History")))
        .and(body_json(
            json!({"HistoryRecords": [{"Details": "é".repeat(2500)}]}),
        ))
        .respond_with(ok(&json!({"HistoryRecords": [{"Details": "…"}]})))
        .mount(&server)
        .await;
    let online = json!({"OnlineInvoices": [{"OnlineInvoiceUrl": "https://in.xero.com/bCWC"}]});
    Mock::given(path(format!("{INVOICES}/i/OnlineInvoice")))
        .respond_with(ok(&online))
        .mount(&server)
        .await;
    Mock::given(path(format!("{INVOICES}/i")))
        .and(header("accept", "application/pdf"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(*b"%PDF-1.4 \xff", "application/pdf"))
        .mount(&server)
        .await;
    Mock::given(path(format!("{INVOICES}/d/OnlineInvoice")))
        .respond_with(ok(&json!({"OnlineInvoices": [{"OnlineInvoiceUrl": null}]})))
        .mount(&server)
        .await;
    Mock::given(method("PUT"))
        .and(path("/api.xro/2.0/Payments"))
        .and(body_json(
            json!({"Payments": [{"Invoice": {"InvoiceID": "i"}, "Account": {"AccountID": "a"},
            "Date": "2026-11-10", "Amount": 12.5, "Reference": "Stripe 1"}]}),
        ))
        .respond_with(ok(
            &json!({"Payments": [{"PaymentID": "p", "Amount": 12.5, "Status": "AUTHORISED",
            "Invoice": {"InvoiceID": "i"}, "HasValidationErrors": false}]}),
        ))
        .mount(&server)
        .await;
    let xero = stage.xero();
    xero.add_history_note("i", &long, &key()).await.unwrap();
    let link = xero.online_invoice_url("i").await.unwrap();
    assert_eq!(link.unwrap().as_str(), "https://in.xero.com/bCWC");
    assert_eq!(xero.online_invoice_url("d").await.unwrap(), None);
    let file = xero.invoice_pdf("i").await.unwrap();
    assert_eq!(file.as_ref(), b"%PDF-1.4 \xff");
    let payment = NewPayment {
        invoice_id: "i".to_owned(),
        account_id: "a".to_owned(),
        date: "2026-11-10".parse().unwrap(),
        amount: decimal("12.5"),
        reference: Some("Stripe 1".to_owned()),
    };
    assert_eq!(
        xero.create_payment(&payment, &key())
            .await
            .unwrap()
            .value
            .payment_id,
        "p"
    );
}

#[test]
fn keys_have_xeros_length() {
    assert!(IdempotencyKey::new("k".repeat(128)).is_ok());
    for bad in [
        String::new(),
        "k".repeat(129),
        "a b".to_owned(),
        "ü".to_owned(),
        "a\nb".to_owned(),
    ] {
        assert!(IdempotencyKey::new(bad).is_err());
    }
}
