//! Consent: codes, tokens and connections.

use crate::support::{REDIRECT, SCOPES, Served, books, json as parts, serve};
use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

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
