//! Consent, and reading the books: what a sync does.

mod xero_support;

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use xero_support::{REDIRECT, SCOPES, Served, books, json as parts, serve};

async fn small() -> Served {
    serve(books(25), None).await
}

#[tokio::test]
async fn a_code_works_once_and_a_refresh_token_rotates_with_grace() {
    let served = small().await;
    let code = served.code(SCOPES, "first").await;
    let grant = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", REDIRECT),
    ];
    let tokens: Value = served.token(&grant).await.json().await.unwrap();
    assert_eq!(
        (&tokens["expires_in"], &tokens["token_type"]),
        (&json!(1800), &json!("Bearer"))
    );
    assert!(tokens["id_token"].is_string());
    let again = parts(served.token(&grant).await).await;
    assert_eq!(
        again,
        (StatusCode::BAD_REQUEST, json!({ "error": "invalid_grant" }))
    );

    let old = tokens["refresh_token"].as_str().unwrap();
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", old)];
    let new: Value = served.token(&refresh).await.json().await.unwrap();
    assert_ne!(new["refresh_token"], tokens["refresh_token"]);
    served.clock.advance(TimeDelta::minutes(29));
    assert_eq!(
        served.token(&refresh).await.status(),
        StatusCode::OK,
        "a lost answer is retried"
    );
    served.clock.advance(TimeDelta::minutes(2));
    assert_eq!(
        served.token(&refresh).await.status(),
        StatusCode::BAD_REQUEST
    );
    let newer = new["refresh_token"].as_str().unwrap();
    served.clock.advance(TimeDelta::days(59));
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", newer)];
    assert_eq!(served.token(&refresh).await.status(), StatusCode::OK);
    served.clock.advance(TimeDelta::days(61));
    assert_eq!(
        served.token(&refresh).await.status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_late_code_a_wrong_secret_and_another_redirect_are_refused() {
    let served = small().await;
    let code = served.code(SCOPES, "first").await;
    served.clock.advance(TimeDelta::minutes(5));
    let grant = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", REDIRECT),
    ];
    assert_eq!(served.token(&grant).await.status(), StatusCode::BAD_REQUEST);
    let code = served.code(SCOPES, "first").await;
    let grant = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", "http://localhost:10/other"),
    ];
    assert_eq!(served.token(&grant).await.status(), StatusCode::BAD_REQUEST);
    let url = format!("{}/identity/connect/token", served.base);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_id", "client"),
        ("client_secret", "wrong"),
    ];
    let reply = served.client.post(url).form(&form).send().await.unwrap();
    assert_eq!(
        parts(reply).await,
        (
            StatusCode::BAD_REQUEST,
            json!({ "error": "invalid_client" })
        )
    );
}

#[tokio::test]
async fn the_consent_page_is_a_form_and_escapes_what_it_shows() {
    let served = small().await;
    let url = format!("{}/identity/connect/authorize", served.base);
    let query = [
        ("response_type", "code"),
        ("client_id", "client"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid <b>"),
        ("state", "s"),
    ];
    let page = served
        .client
        .get(&url)
        .query(&query)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("Northwind IT Ltd") && page.contains("Second Company"));
    assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"));
    let second = served.xero.tenants()[1].to_string();
    let form = [("tenant", second.as_str()), ("decision", "allow")];
    let reply = served
        .client
        .post(&url)
        .query(&query)
        .form(&form)
        .send()
        .await
        .unwrap();
    let location = reply.headers()["location"].to_str().unwrap();
    assert!(
        location.starts_with("http://localhost:9/callback?code="),
        "{location}"
    );
    let form = [("tenant", second.as_str()), ("decision", "cancel")];
    let reply = served
        .client
        .post(&url)
        .query(&query)
        .form(&form)
        .send()
        .await
        .unwrap();
    let location = reply.headers()["location"].to_str().unwrap();
    assert!(location.contains("error=access_denied") && location.contains("state=s"));
    let mut bad = query;
    bad[2].1 = "http://127.0.0.1:9/callback";
    let reply = served.client.get(&url).query(&bad).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn connections_are_listed_by_event_and_disconnecting_closes_the_books() {
    let served = small().await;
    let caller = served.connect().await;
    let claims = caller.token.split('.').nth(1).unwrap();
    let claims = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    let event = claims["authentication_event_id"].as_str().unwrap();
    let url = format!("{}/api/connections", served.base);
    let list = |event: &str| {
        let request = served.client.get(&url).query(&[("authEventId", event)]);
        request.bearer_auth(&caller.token).send()
    };
    let found: Value = list(event).await.unwrap().json().await.unwrap();
    assert_eq!(found[0]["tenantId"], json!(caller.tenant));
    assert_eq!(found[0]["tenantName"], "Northwind IT Ltd");
    assert_eq!(found[0]["createdDateUtc"], "2026-11-12T09:00:00.0000000");
    let none: Value = list(&caller.tenant.to_string())
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(none, json!([]));

    assert_eq!(
        caller
            .send(Method::GET, "/Organisation", &[], None)
            .await
            .status(),
        StatusCode::OK
    );
    let one = format!("{url}/{}", found[0]["id"].as_str().unwrap());
    let remove = || served.client.delete(&one).bearer_auth(&caller.token).send();
    assert_eq!(remove().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(remove().await.unwrap().status(), StatusCode::NOT_FOUND);
    let (status, body) = parts(caller.send(Method::GET, "/Organisation", &[], None).await).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(
        (&body["Title"], &body["Detail"]),
        (&json!("Forbidden"), &json!("AuthenticationUnsuccessful"))
    );
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*caller.refresh),
    ];
    assert_eq!(
        served.token(&refresh).await.status(),
        StatusCode::OK,
        "the token itself lives on"
    );

    let url = format!("{}/identity/connect/revocation", served.base);
    let request = served.client.post(url).basic_auth("client", Some("secret"));
    let reply = request
        .form(&[("token", &caller.refresh)])
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    assert_eq!(
        served.token(&refresh).await.status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn who_may_not_come_in() {
    let served = small().await;
    let caller = served
        .connect_with("offline_access accounting.contacts.read")
        .await;
    let status = |tenant: &'static str, path: &'static str| {
        let caller = caller.clone();
        async move {
            let headers: &[(&str, &str)] = if tenant.is_empty() {
                &[]
            } else {
                &[("xero-tenant-id", tenant)]
            };
            caller.send(Method::GET, path, headers, None).await.status()
        }
    };
    assert_eq!(status("", "/Contacts").await, StatusCode::OK);
    assert_eq!(
        status("", "/Invoices").await,
        StatusCode::FORBIDDEN,
        "no scope"
    );
    assert_eq!(status("nobody", "/Contacts").await, StatusCode::FORBIDDEN);
    let (refused, _) = caller.put("/Contacts", json!({ "Name": "New" })).await;
    assert_eq!(refused, StatusCode::FORBIDDEN, "reading is not writing");
    served.clock.advance(TimeDelta::minutes(30));
    let (expired, body) = parts(caller.send(Method::GET, "/Contacts", &[], None).await).await;
    assert_eq!(expired, StatusCode::UNAUTHORIZED);
    assert_eq!(
        body["Detail"],
        "TokenExpired: token expired at 11/12/2026 09:30:00"
    );
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
