//! Reading the books: what a sync does.

use crate::support::{Served, books, json as parts, serve};
use reqwest::{Method, StatusCode};
use sandbox::faults::{Fault, FaultKind, Vendor};
use serde_json::{Value, json};

async fn small() -> Served {
    serve(books(25), None).await
}

#[tokio::test]
async fn pages_hold_lines_and_lists_do_not() {
    let caller = small().await.connect().await;
    let page = caller.get("/Invoices?page=3&pageSize=10&unitdp=4").await;
    assert_eq!(
        page["pagination"],
        json!({ "page": 3, "pageSize": 10, "pageCount": 3, "itemCount": 25 })
    );
    let rows = page["Invoices"].as_array().unwrap();
    assert_eq!(
        (rows.len(), &rows[0]["InvoiceNumber"]),
        (5, &json!("S-000021"))
    );
    let line = &rows[0]["LineItems"][1];
    assert_eq!(line["UnitAmount"].to_string(), "3.1234");
    assert_eq!(line["LineAmount"].to_string(), "21.86");
    assert_eq!(rows[0]["Total"].to_string(), "645.43");
    let two = caller.get("/Invoices?page=3&pageSize=10").await;
    assert_eq!(
        two["Invoices"][0]["LineItems"][1]["UnitAmount"].to_string(),
        "3.12"
    );

    let list = caller.get("/Invoices").await;
    assert_eq!(list["Invoices"].as_array().unwrap().len(), 25);
    assert_eq!(list["Invoices"][0]["LineItems"], json!([]));
    assert!(list.get("pagination").is_none());
    let summary = caller.get("/Invoices?summaryOnly=true&page=1").await;
    assert!(summary["Invoices"][0].get("Payments").is_none());
    assert_eq!(summary["pagination"]["pageSize"], 100);
}

#[tokio::test]
async fn dates_are_escaped_and_have_their_twins() {
    let caller = small().await.connect().await;
    let reply = caller
        .send(Method::GET, "/Invoices/S-000001", &[], None)
        .await;
    let text = reply.text().await.unwrap();
    assert!(
        text.contains(r#""Date":"\/Date(1735689600000+0000)\/""#),
        "{text}"
    );
    assert!(text.contains(r#""DateString":"2025-01-01T00:00:00""#));
    assert!(text.contains(r#""DueDateString":"2025-01-15T00:00:00""#));
    assert!(text.contains(r#""UpdatedDateUTCString":"2025-01-01T08:00:00Z""#));
    let body: Value = serde_json::from_str(&text).unwrap();
    let invoice = &body["Invoices"][0];
    assert_eq!(
        (&body["Status"], &invoice["Status"]),
        (&json!("OK"), &json!("AUTHORISED"))
    );
    assert_eq!(invoice["AmountPaid"].to_string(), "100.00");
    assert_eq!(invoice["AmountDue"].to_string(), "545.43");
    assert_eq!(invoice["Contact"]["ContactNumber"], "C001");
    assert_eq!(invoice["Payments"][0]["Amount"].to_string(), "100.00");
}

#[tokio::test]
async fn only_what_changed_since_in_every_spelling() {
    let caller = small().await.connect().await;
    for since in [
        "2025-01-24T08:00:00Z",
        "2025-01-24T08:00:00.999Z",
        "2025-01-24T08:00:00+00:00",
    ] {
        let headers = [("if-modified-since", since)];
        let reply = caller
            .send(Method::GET, "/Invoices?page=1", &headers, None)
            .await;
        let body: Value = reply.json().await.unwrap();
        assert_eq!(body["pagination"]["itemCount"], 2, "{since}");
    }
    let (_, body) = caller
        .post(
            "/Invoices",
            json!({
                "InvoiceNumber": "S-000003", "Reference": "PO 7",
            }),
        )
        .await;
    assert_eq!(body["Invoices"][0]["Reference"], "PO 7", "{body}");
    let headers = [("if-modified-since", "2026-11-12T09:00:00Z")];
    let reply = caller
        .send(Method::GET, "/Invoices?page=1", &headers, None)
        .await;
    let body: Value = reply.json().await.unwrap();
    assert_eq!(body["Invoices"][0]["InvoiceNumber"], "S-000003");
    assert_eq!(body["pagination"]["itemCount"], 1);
}

#[tokio::test]
async fn filters_find_what_they_say() {
    let caller = small().await.connect().await;
    let count = |path: &'static str| {
        let caller = caller.clone();
        async move { caller.get(path).await["Invoices"].as_array().unwrap().len() }
    };
    assert_eq!(
        count("/Invoices?InvoiceNumbers=S-000001,S-000009,X").await,
        2
    );
    assert_eq!(count("/Invoices?Statuses=AUTHORISED").await, 25);
    assert_eq!(count("/Invoices?Statuses=DRAFT,PAID").await, 0);
    assert_eq!(count("/Invoices?searchTerm=00002").await, 7);
    assert_eq!(count("/Invoices?createdByMyApp=true").await, 0);
    assert_eq!(count("/Invoices?where=AmountPaid%3E0").await, 1);
    assert_eq!(
        count("/Invoices?where=Status%3D%3D%22AUTHORISED%22%20AND%20Date%3E%3DDateTime(2025,1,20)")
            .await,
        6
    );
    let newest = caller
        .get("/Invoices?order=Date%20DESC&page=1&pageSize=1")
        .await;
    assert_eq!(newest["Invoices"][0]["InvoiceNumber"], "S-000025");
    let contact = newest["Invoices"][0]["Contact"]["ContactID"]
        .as_str()
        .unwrap();
    let mine = caller.get(&format!("/Invoices?ContactIDs={contact}")).await;
    assert_eq!(mine["Invoices"].as_array().unwrap().len(), 13);
    for bad in ["where=Colour==1", "where=Status==", "order=Colour", "IDs=1"] {
        let reply = caller
            .send(Method::GET, &format!("/Invoices?{bad}"), &[], None)
            .await;
        let (status, body) = parts(reply).await;
        assert_eq!(
            (status, &body["Type"]),
            (StatusCode::BAD_REQUEST, &json!("QueryParseException"))
        );
    }
    let contacts = caller.get("/Contacts?searchTerm=alpha").await;
    assert_eq!(contacts["Contacts"].as_array().unwrap().len(), 1);
    let by_number = caller.get("/Contacts/C001").await;
    assert_eq!(by_number["Contacts"][0]["Name"], "Alpha & Sons <Ltd>");
    assert!(by_number["Contacts"][0]["Balances"]["AccountsReceivable"]["Outstanding"].is_number());
}

#[tokio::test]
async fn settings_are_read_and_the_unknown_is_not_found() {
    let caller = small().await.connect().await;
    let organisation = caller.get("/Organisation").await;
    assert_eq!(organisation["Organisations"][0]["BaseCurrency"], "GBP");
    let rates = caller.get("/TaxRates").await;
    assert!(
        rates["TaxRates"]
            .as_array()
            .unwrap()
            .iter()
            .any(|rate| rate["TaxType"] == "OUTPUT2")
    );
    assert_eq!(
        caller.get("/Items").await["Items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let account = caller.get("/Accounts?where=Code==%22205%22").await;
    assert_eq!(account["Accounts"][0]["Name"], "Licences");
    for path in [
        "/Invoices/none",
        "/Contacts/none",
        "/Items/none",
        "/Nothing",
    ] {
        let reply = caller.send(Method::GET, path, &[], None).await;
        assert_eq!(reply.status(), StatusCode::NOT_FOUND, "{path}");
        let text = reply.text().await.unwrap();
        assert!(text.contains("cannot be found"), "{path}: {text}");
    }
    let xml = caller
        .send(Method::GET, "/Organisation", &[("accept", "*/*")], None)
        .await;
    assert!(xml.text().await.unwrap().starts_with("<Response"));
}

#[tokio::test]
async fn faults_spoil_a_page_a_token_or_a_word() {
    let served = small().await;
    let caller = served.connect().await;
    let spoil = |kind| {
        served
            .faults
            .push(Fault::once(Vendor::Xero, "/Invoices", kind));
    };
    let numbers = || async {
        let page = caller.get("/Invoices?page=2&pageSize=10").await;
        let rows = page["Invoices"].as_array().unwrap().clone();
        let first = rows[0]["InvoiceNumber"].as_str().unwrap().to_owned();
        (rows.len(), first, page["pagination"]["itemCount"].clone())
    };
    spoil(FaultKind::DuplicatedPage);
    assert_eq!(numbers().await, (20, "S-000001".to_owned(), json!(25)));
    spoil(FaultKind::ShiftedPage);
    assert_eq!(numbers().await, (9, "S-000012".to_owned(), json!(25)));
    assert_eq!(numbers().await, (10, "S-000011".to_owned(), json!(25)));
    spoil(FaultKind::UnknownEnum);
    assert_eq!(
        caller.get("/Invoices?page=1").await["Invoices"][0]["Status"],
        "UNHEARDOF"
    );
    spoil(FaultKind::ExpiredToken);
    let reply = caller.send(Method::GET, "/Invoices", &[], None).await;
    assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        caller
            .send(Method::GET, "/Invoices", &[], None)
            .await
            .status(),
        StatusCode::OK
    );

    let lost = Fault::once(Vendor::Xero, "/connect/token", FaultKind::LostAnswer);
    served.faults.push(lost);
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*caller.refresh),
    ];
    assert_eq!(
        served.token(&refresh).await.status(),
        StatusCode::BAD_GATEWAY
    );
    assert_eq!(
        served.token(&refresh).await.status(),
        StatusCode::OK,
        "the grace"
    );
}
