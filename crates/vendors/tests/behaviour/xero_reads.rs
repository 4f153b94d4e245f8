//! Reading Xero: consent, lists in full and by change, and its dates and digits.

use chrono::DateTime;
use serde_json::{Value, json};
use vendors::http::MemoryTokens;
use vendors::xero::{InvoiceFilter, InvoiceStatus, InvoiceType, LineAmounts, PaymentOf};
use vendors::{Disturbance, Error};
use wiremock::matchers::{
    body_string_contains, header, header_exists, method, path, query_param, query_param_is_missing,
};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::stage::{Stage, TENANT, json_text, ok};

const INVOICES: &str = "/api.xro/2.0/Invoices";

async fn stage() -> (MockServer, Stage) {
    let server = MockServer::start().await;
    let stage = Stage::at(server.uri());
    (server, stage)
}

#[tokio::test]
async fn consent_from_the_first_click_to_the_tenants() {
    let (server, stage) = stage().await;
    let app = stage.xero_app();
    let url = app.authorize_url("random state");
    let query: std::collections::HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(url.path(), "/identity/connect/authorize");
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["scope"], "openid offline_access accounting.invoices");
    assert_eq!(query["redirect_uri"], "http://localhost:8080/xero/callback");
    assert_eq!(query["state"], "random state");

    // {"authentication_event_id":"event-1"}
    let access = "e30.eyJhdXRoZW50aWNhdGlvbl9ldmVudF9pZCI6ImV2ZW50LTEifQ.sig";
    Mock::given(method("POST"))
        .and(path("/connect/token"))
        .and(header("authorization", "Basic eGVyby1pZDp4ZXJvLWh1c2g="))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string_contains(
            "grant_type=authorization_code&code=the-code&redirect_uri=http%3A%2F%2F",
        ))
        .respond_with(ok(
            &json!({"access_token": access, "refresh_token": "r", "expires_in": 1800}),
        ))
        .mount(&server)
        .await;
    let connections = json!([{"id": "c", "tenantId": TENANT, "authEventId": "event-1",
        "tenantType": "ORGANISATION", "tenantName": "Demo", "createdDateUtc": "2019-12-07T18:46:19.5165400"}]);
    Mock::given(path("/connections"))
        .and(query_param("authEventId", "event-1"))
        .and(header("authorization", format!("Bearer {access}").as_str()))
        .respond_with(ok(&connections))
        .mount(&server)
        .await;
    let consent = app.exchange_code("the-code").await.unwrap();
    assert_eq!(consent.auth_event_id.as_deref(), Some("event-1"));
    assert_eq!(
        consent.tokens.expires_at,
        stage.now() + chrono::TimeDelta::minutes(30)
    );
    let tokens = app.tokens(std::sync::Arc::new(MemoryTokens::new(Some(
        consent.tokens.clone(),
    ))));
    let tenants = app
        .connections(&tokens, consent.auth_event_id.as_deref())
        .await
        .unwrap();
    assert_eq!(tenants[0].tenant_id, TENANT);
    assert!(tenants[0].created_date_utc.is_some());

    Mock::given(method("DELETE"))
        .and(path("/connections/c"))
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    app.disconnect(&tokens, "c").await.unwrap();
    app.disconnect(&tokens, "gone already").await.unwrap();
    Mock::given(method("POST"))
        .and(path("/connect/revocation"))
        .and(body_string_contains("token=r"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    app.revoke(&consent.tokens).await.unwrap();
}

#[tokio::test]
async fn a_code_used_twice_sends_the_person_back_to_consent() {
    let (server, stage) = stage().await;
    let dead = ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_grant"}));
    Mock::given(path("/connect/token"))
        .respond_with(dead)
        .mount(&server)
        .await;
    let error = stage.xero_app().exchange_code("old").await.unwrap_err();
    assert!(matches!(error, Error::ReconnectNeeded { .. }), "{error}");
}

fn invoice(id: &str) -> Value {
    json!({"InvoiceID": id, "InvoiceNumber": format!("N-{id}"), "Type": "ACCREC", "Status": "AUTHORISED",
        "Contact": {"ContactID": "c", "Name": "Client"}, "SubTotal": 1, "TotalTax": 0, "Total": 1})
}

#[tokio::test]
async fn an_invoice_keeps_its_days_digits_and_lines() {
    let (server, stage) = stage().await;
    let body = r#"{"Id":"x","Status":"OK","ProviderName":"p","DateTimeUTC":"\/Date(1552326816230)\/",
     "pagination":{"page":1,"pageSize":1000,"pageCount":1,"itemCount":1},
     "Invoices":[{"Type":"ACCREC","InvoiceID":"i","InvoiceNumber":"INV-0001","Reference":"",
      "Payments":[{"PaymentID":"p","Date":"\/Date(1543449600000+0000)\/","Amount":46.00}],
      "CreditNotes":[{"CreditNoteID":"n","AppliedAmount":2.5}],"AmountDue":0.10,"AmountPaid":46.00,
      "CurrencyRate":1.0750000000,"IsDiscounted":false,"Contact":{"ContactID":"c","Name":"Barney","Phones":[]},
      "DateString":"2018-10-20T00:00:00","Date":"\/Date(1539993600000+0000)\/","DueDate":"\/Date(1546128000000+0000)\/",
      "Status":"AUTHORISED","LineAmountTypes":"Exclusive","SentToContact":"true",
      "LineItems":[{"LineItemID":"l","Description":"Seats ✓ \ud83d\ude00","Quantity":5.0000,"UnitAmount":33.1234,"ItemCode":"365",
        "AccountCode":"200","TaxType":"OUTPUT2","TaxAmount":33.12,"LineAmount":165.62,"Tracking":[]},
        {"Description":"only text"}],
      "SubTotal":165.62,"TotalTax":33.12,"Total":198.74,"UpdatedDateUTC":"\/Date(1541176290160+0000)\/","CurrencyCode":"NZD"}]}"#;
    Mock::given(method("GET"))
        .and(path(INVOICES))
        .and(header("xero-tenant-id", TENANT))
        .and(header("accept", "application/json"))
        .and(query_param("unitdp", "4"))
        .and(query_param("page", "1"))
        .and(query_param("pageSize", "1000"))
        .and(query_param("order", "InvoiceID ASC"))
        .and(query_param_is_missing("where"))
        .respond_with(json_text(body))
        .mount(&server)
        .await;
    let page = stage
        .xero()
        .invoices(&InvoiceFilter::default(), None)
        .await
        .unwrap();
    assert!(page.broken.is_empty(), "{:?}", page.broken);
    let invoice = &page.items[0];
    assert_eq!(
        (&invoice.kind, &invoice.status),
        (&InvoiceType::Receivable, &InvoiceStatus::Authorised)
    );
    assert_eq!(invoice.date.unwrap().to_string(), "2018-10-20");
    assert_eq!(invoice.due_date.unwrap().to_string(), "2018-12-30");
    assert_eq!(
        invoice.updated_at.unwrap().to_rfc3339(),
        "2018-11-02T16:31:30.160+00:00"
    );
    assert_eq!(invoice.reference, None);
    assert_eq!(invoice.currency_rate.unwrap().to_string(), "1.0750000000");
    assert_eq!(invoice.line_amount_types, Some(LineAmounts::Exclusive));
    assert!(invoice.sent_to_contact);
    assert_eq!(invoice.payments[0].amount.to_string(), "46.00");
    assert_eq!(
        invoice.credit_notes[0].applied_amount.unwrap().to_string(),
        "2.5"
    );
    let line = &invoice.line_items[0];
    assert_eq!(line.description.as_deref(), Some("Seats ✓ 😀"));
    assert_eq!(line.unit_amount.unwrap().to_string(), "33.1234");
    assert_eq!(invoice.line_items[1].quantity, None);
}

#[tokio::test]
async fn what_changed_since_is_asked_for_with_every_filter() {
    let (server, stage) = stage().await;
    Mock::given(path(INVOICES))
        .and(header("if-modified-since", "2026-11-01T10:20:30Z"))
        .and(query_param("where", r#"Type=="ACCREC""#))
        .and(query_param("IDs", "a,b"))
        .and(query_param("InvoiceNumbers", "N-1"))
        .and(query_param("ContactIDs", "c"))
        .and(query_param("Statuses", "AUTHORISED,PAID"))
        .respond_with(ok(&json!({"Invoices": []})))
        .mount(&server)
        .await;
    let filter = InvoiceFilter {
        modified_since: Some("2026-11-01T10:20:30.987Z".parse().unwrap()),
        condition: Some(r#"Type=="ACCREC""#.to_owned()),
        ids: vec!["a".to_owned(), "b".to_owned()],
        numbers: vec!["N-1".to_owned()],
        contact_ids: vec!["c".to_owned()],
        statuses: vec![InvoiceStatus::Authorised, InvoiceStatus::Paid],
    };
    let page = stage.xero().invoices(&filter, None).await.unwrap();
    assert!(page.items.is_empty());
    assert_eq!(page.next, None);
    let sent = &server.received_requests().await.unwrap()[0];
    assert!(
        sent.url
            .query()
            .unwrap()
            .contains("where=Type%3D%3D%22ACCREC%22"),
        "{}",
        sent.url
    );
}

#[tokio::test]
async fn pages_are_followed_to_the_count_and_disturbances_told() {
    let (server, stage) = stage().await;
    let page = |number: u64, items: u64, ids: &[&str]| {
        let invoices: Vec<Value> = ids.iter().map(|id| invoice(id)).collect();
        json!({"pagination": {"page": number, "pageSize": 2, "pageCount": 2, "itemCount": items},
            "Invoices": invoices})
    };
    let mount = |number: u64, body: Value| {
        let mock = Mock::given(path(INVOICES)).and(query_param("page", number.to_string()));
        mock.respond_with(ok(&body)).mount(&server)
    };
    mount(1, page(1, 3, &["a", "b"])).await;
    mount(2, page(2, 4, &["c", "d"])).await;
    let xero = stage.xero();
    let first = xero
        .invoices(&InvoiceFilter::default(), None)
        .await
        .unwrap();
    let second = xero
        .invoices(&InvoiceFilter::default(), first.next.as_ref())
        .await
        .unwrap();
    assert_eq!(
        second.disturbed,
        Some(Disturbance::TotalChanged { was: 3, now: 4 })
    );
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn one_invoice_by_id_and_by_number() {
    let (server, stage) = stage().await;
    let one = json!({"Invoices": [invoice("i")]});
    Mock::given(path(format!("{INVOICES}/i")))
        .and(query_param("unitdp", "4"))
        .respond_with(ok(&one))
        .mount(&server)
        .await;
    let mut relatives = vec![invoice("1"), invoice("1"), invoice("2")];
    relatives[1]["Status"] = json!("VOIDED");
    relatives[1]["InvoiceID"] = json!("0");
    Mock::given(path(INVOICES))
        .and(query_param("InvoiceNumbers", "N-1"))
        .respond_with(ok(&json!({"Invoices": relatives})))
        .mount(&server)
        .await;
    let xero = stage.xero();
    assert_eq!(xero.invoice("i").await.unwrap().invoice_id, "i");
    let numbered = xero.invoices_numbered("N-1").await.unwrap();
    assert_eq!(numbered.len(), 2, "the voided one too, but no other number");
    let error = xero.invoice("none").await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("Xero does not know invoice none."),
        "{error}"
    );
}

#[tokio::test]
async fn the_rest_of_the_ledger() {
    let (server, stage) = stage().await;
    let at = |name: &str| path(format!("/api.xro/2.0/{name}"));
    let contacts = json!({"Contacts": [{"ContactID": "c", "Name": "Client", "ContactStatus": "ARCHIVED",
        "UpdatedDateUTC": "/Date(1503348544227+0000)/", "ContactPersons": [{"EmailAddress": "a@b.c", "IncludeInEmails": true}]}]});
    Mock::given(at("Contacts"))
        .and(query_param("includeArchived", "true"))
        .and(header_exists("if-modified-since"))
        .respond_with(ok(&contacts))
        .mount(&server)
        .await;
    let payments = json!({"Payments": [
        {"PaymentID": "p", "Amount": 46.0, "Status": "AUTHORISED", "PaymentType": "ACCRECPAYMENT",
         "IsReconciled": "false", "Invoice": {"InvoiceID": "i"}, "Account": {"Code": "970"}},
        {"PaymentID": "q", "Amount": 2, "CreditNote": {"CreditNoteID": "n"}, "Invoice": {"InvoiceID": "i"}},
        {"PaymentID": "r", "Amount": 2, "Prepayment": {"PrepaymentID": "x"}}]});
    Mock::given(at("Payments"))
        .respond_with(ok(&payments))
        .mount(&server)
        .await;
    let notes = json!({"CreditNotes": [{"CreditNoteID": "n", "Type": "ACCRECCREDIT", "Status": "PAID",
        "Contact": {"ContactID": "c"}, "SubTotal": 30, "TotalTax": 4.5, "Total": 34.5, "RemainingCredit": 2,
        "Allocations": [{"AllocationID": "a", "Invoice": {"InvoiceID": "i"}, "Amount": 32.5, "Date": "/Date(1551744000000+0000)/"}]}]});
    Mock::given(at("CreditNotes"))
        .and(query_param("unitdp", "4"))
        .respond_with(ok(&notes))
        .mount(&server)
        .await;
    let items = json!({"Items": [{"ItemID": "t", "Code": "365", "SalesDetails": {"UnitPrice": 20.1234, "TaxType": "OUTPUT2"}, "PurchaseDetails": {}}]});
    Mock::given(at("Items"))
        .respond_with(ok(&items))
        .mount(&server)
        .await;
    let rates = json!({"TaxRates": [{"Name": "20%", "TaxType": "TAX001", "EffectiveRate": 20.0, "Status": "ACTIVE",
        "TaxComponents": [{"Name": "VAT", "Rate": 20.0}]}]});
    Mock::given(at("TaxRates"))
        .respond_with(ok(&rates))
        .mount(&server)
        .await;
    let accounts = json!({"Accounts": [{"AccountID": "a", "Code": "200", "Name": "Sales", "Type": "REVENUE"}]});
    Mock::given(at("Accounts"))
        .respond_with(ok(&accounts))
        .mount(&server)
        .await;
    let organisation = json!({"Organisations": [{"OrganisationID": "o", "Name": "MSP", "BaseCurrency": "GBP",
        "PeriodLockDate": "/Date(1546214400000+0000)/", "ShortCode": "!x"}]});
    Mock::given(at("Organisation"))
        .respond_with(ok(&organisation))
        .mount(&server)
        .await;

    let xero = stage.xero();
    let since = Some(DateTime::UNIX_EPOCH);
    assert_eq!(
        xero.contacts(since, None).await.unwrap().items[0]
            .contact_persons
            .len(),
        1
    );
    let payments = xero.payments(None, None).await.unwrap().items;
    assert_eq!(payments[0].of(), PaymentOf::Invoice("i"));
    assert_eq!(payments[1].of(), PaymentOf::CreditNote("n"));
    assert_eq!(payments[2].of(), PaymentOf::Else);
    let note = xero.credit_notes(None, None).await.unwrap().items.remove(0);
    assert_eq!(note.allocations[0].amount.to_string(), "32.5");
    let item = xero.items(None).await.unwrap().items.remove(0);
    assert_eq!(
        item.sales_details.unwrap().unit_price.unwrap().to_string(),
        "20.1234"
    );
    let rate = xero.tax_rates().await.unwrap().items.remove(0);
    assert_eq!(
        (
            rate.tax_type.as_str(),
            rate.effective_rate.unwrap().to_string().as_str()
        ),
        ("TAX001", "20.0")
    );
    assert_eq!(
        xero.accounts(None).await.unwrap().items[0].code.as_deref(),
        Some("200")
    );
    let organisation = xero.organisation().await.unwrap();
    assert_eq!(
        organisation.period_lock_date.unwrap().to_string(),
        "2018-12-31"
    );
}

#[tokio::test]
async fn a_tenant_disconnected_in_xero_asks_for_a_person_and_other_403s_do_not() {
    let (server, stage) = stage().await;
    let problem = |detail: &str| {
        let body = json!({"Type": null, "Title": "Forbidden", "Status": 403, "Detail": detail, "Extensions": {}});
        ResponseTemplate::new(403).set_body_json(body)
    };
    Mock::given(path("/api.xro/2.0/Organisation"))
        .respond_with(problem("AuthenticationUnsuccessful"))
        .mount(&server)
        .await;
    Mock::given(path("/api.xro/2.0/Accounts"))
        .respond_with(problem("insufficient scope"))
        .mount(&server)
        .await;
    let xero = stage.xero();
    let error = xero.organisation().await.unwrap_err();
    assert!(
        error.to_string().contains("was disconnected in Xero"),
        "{error}"
    );
    let Error::Refused(refusal) = xero.accounts(None).await.unwrap_err() else {
        panic!()
    };
    assert_eq!(refusal.complaints[0].text, "insufficient scope");
}
