//! Somebody belongs to several organizations and is in one at a time.

use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    db::{OrgId, sql},
    features::sign_in,
    http::Role,
    testing::{
        OWNER, TestApp, on_both_engines,
        wire::{call, session_of},
    },
};

on_both_engines!(TestApp::start =>
    a_session_goes_to_another_organization,
    tokens_of_before_are_refused,
    a_link_into_another_of_mine_offers_to_go_there,
    what_is_not_mine_stays_not_found,
    another_organization_is_made,
    the_switch_is_offered_where_there_is_something_to_switch_to,
);

/// Another organization, to which the owner belongs too.
async fn second(app: &TestApp, role: Role) -> OrgId {
    let org = app.another_organization().await;
    let mut tx = app.app.db.write_global().await.unwrap();
    sign_in::add_person(&app.app, &mut tx, org, OWNER, "", role, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    org
}

/// A client of the organization that the owner's session is in; its id.
async fn client(app: &TestApp, reference: &str) -> String {
    let new = json!({ "reference": reference, "name": reference });
    let (status, made) = app.post("/api/v1/clients", &new).await;
    assert_eq!(status, 201, "{made}");
    made["id"].as_str().unwrap().to_owned()
}

async fn switch(app: &TestApp, to: OrgId) -> (u16, Value) {
    let body = json!({ "organization": to });
    app.post("/api/v1/session/organization", &body).await
}

async fn open(app: &TestApp, path: &str) -> Response {
    app.request(Method::GET, path).send().await.unwrap()
}

async fn a_session_goes_to_another_organization(app: TestApp) {
    let other = second(&app, Role::Viewer).await;
    let here = client(&app, "HERE").await;
    let (_, list) = app.get("/api/v1/organizations").await;
    let names: Vec<_> = list["items"].as_array().unwrap().iter().collect();
    assert_eq!(names.len(), 2);
    assert_eq!(names[0]["name"], "Northwind IT");
    assert_eq!(names[0]["is_current"], true);
    assert_eq!(names[1]["role"], "viewer");

    let (status, switched) = switch(&app, other).await;
    assert_eq!(status, 200, "{switched}");
    let (_, session) = app.get("/api/v1/session").await;
    assert_eq!(session["organization"], "Southwind IT");
    assert_eq!(session["role"], "viewer");
    let (status, _) = app.get(&format!("/api/v1/clients/{here}")).await;
    assert_eq!(status, 404);
    // The role is the one there.
    let (status, _) = app
        .post("/api/v1/clients", &json!({ "reference": "X", "name": "X" }))
        .await;
    assert_eq!(status, 403);

    let back = [("organization", app.org.to_string())];
    let fields: Vec<_> = back.iter().map(|(name, id)| (*name, id.as_str())).collect();
    let (status, _) = app.submit("/account/organization", &fields).await;
    assert_eq!(status, 303);
    let (status, _) = app.get(&format!("/api/v1/clients/{here}")).await;
    assert_eq!(status, 200);
}

async fn tokens_of_before_are_refused(app: TestApp) {
    let other = second(&app, Role::Finance).await;
    let begun = session_of(&app, OWNER).await;
    let before = begun["access_token"].as_str().unwrap();
    let request = app
        .anonymous(Method::POST, "/api/v1/session/organization")
        .bearer_auth(before)
        .json(&json!({ "organization": other }));
    let switched: Value = request.send().await.unwrap().json().await.unwrap();
    let after = switched["access_token"].as_str().unwrap();
    let asks = async |token: &str| {
        let request = app.anonymous(Method::GET, "/api/v1/session");
        let answer = request.bearer_auth(token).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap())
    };
    assert_eq!(asks(before).await.0, 401);
    let (status, session) = asks(after).await;
    assert_eq!(status, 200, "{session}");
    assert_eq!(session["organization_id"], other.to_string());
    // A refresh says so too.
    let refresh = json!({ "refresh_token": begun["refresh_token"] });
    let path = "/token?grant_type=refresh_token";
    let (_, renewed) = call(&app, Method::POST, path, "", &refresh).await;
    let metadata = &renewed["user"]["app_metadata"];
    assert_eq!(metadata["organization"], other.to_string());
    assert_eq!(metadata["role"], "finance");
    assert_eq!(asks(renewed["access_token"].as_str().unwrap()).await.0, 200);
}

async fn a_link_into_another_of_mine_offers_to_go_there(app: TestApp) {
    let other = second(&app, Role::Owner).await;
    let here = client(&app, "HERE").await;
    switch(&app, other).await;
    let path = format!("/clients/{here}?tab=findings");
    let answer = open(&app, &path).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let page = answer.text().await.unwrap();
    assert!(page.contains("This is in"), "{page}");
    assert!(page.contains("Northwind IT"), "{page}");
    let org = app.org.to_string();
    let fields = [("organization", org.as_str()), ("next", path.as_str())];
    let request = app.request(Method::POST, "/account/organization");
    let sent = request.form(&fields).send().await.unwrap();
    assert_eq!(sent.status(), StatusCode::SEE_OTHER);
    assert_eq!(sent.headers()[header::LOCATION], path.as_str());
    assert_eq!(open(&app, &path).await.status(), StatusCode::OK);
    // Elsewhere one is not sent.
    let fields = [("organization", org.as_str()), ("next", "//evil.example")];
    let request = app.request(Method::POST, "/account/organization");
    let sent = request.form(&fields).send().await.unwrap();
    assert_eq!(sent.headers()[header::LOCATION], "/");
}

async fn what_is_not_mine_stays_not_found(app: TestApp) {
    let foreign = app.another_organization().await;
    let here = client(&app, "HERE").await;
    let mut tx = app.app.db.write_global().await.unwrap();
    let third = sign_in::NewOrganization {
        name: "Third".to_owned(),
        currency: "GBP".to_owned(),
        time_zone: "Europe/London".to_owned(),
    };
    let third = sign_in::create_organization(&app.app, &mut tx, &third)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.add_person_to(third, "two@example.com", Role::Owner)
        .await;
    let token = app
        .add_person_to(foreign, "two@example.com", Role::Owner)
        .await;
    let read = async |path: String| {
        let request = app.anonymous(Method::GET, &path).bearer_auth(&token);
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let (status, page) = read(format!("/clients/{here}")).await;
    let (unknown, same) = read(format!("/clients/cli_{}", "0".repeat(32))).await;
    assert_eq!(
        (status, unknown),
        (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
    );
    assert!(!page.contains("This is in") && !same.contains("This is in"));
    let body = json!({ "organization": app.org });
    for to in [
        body,
        json!({ "organization": format!("org_{}", "0".repeat(32)) }),
    ] {
        let request = app.anonymous(Method::POST, "/api/v1/session/organization");
        let answer = request.bearer_auth(&token).json(&to).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
}

async fn another_organization_is_made(app: TestApp) {
    let (_, page) = app.page("/account/organizations/create").await;
    assert!(page.contains("value=\"GBP\""), "{page}");
    let mut fields = vec![
        ("name", "Westwind"),
        ("slug", "West Wind"),
        ("currency", "pounds"),
        ("time_zone", "Europe/Dublin"),
    ];
    let (status, page) = app.submit("/account/organizations/create", &fields).await;
    assert_eq!(status, 422);
    assert!(page.contains("use lower-case letters"), "{page}");
    assert!(page.contains("value=\"Westwind\""), "{page}");
    fields[1].1 = "westwind";
    fields[2].1 = "eur";
    let (status, page) = app.submit("/account/organizations/create", &fields).await;
    assert_eq!(status, 303, "{page}");
    let (_, session) = app.get("/api/v1/session").await;
    assert_eq!(session["organization"], "Westwind");
    assert_eq!(session["role"], "owner");
    assert_eq!(session["currency"], "EUR");
    let (_, clients) = app.get("/api/v1/clients").await;
    assert_eq!(clients["items"], json!([]));
    let made: OrgId = session["organization_id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let mut tx = app.app.db.read(made).await.unwrap();
    let noted: i64 = sql("select count(*) from audit where org_id = $1 and action = $2")
        .bind(made)
        .bind("organization.created")
        .value(&mut tx)
        .await
        .unwrap();
    assert_eq!(noted, 1);
    drop(tx);
    // The slug is taken now.
    let again = json!({
        "name": "West", "slug": "westwind", "currency": "EUR", "time_zone": "Europe/Dublin",
    });
    let (status, refused) = app.post("/api/v1/organizations", &again).await;
    assert_eq!(status, 422, "{refused}");
    let many = json!({ "name": "West", "currency": "EUR", "time_zone": "Europe/Dublin" });
    let mut last = 201;
    for _ in 0..10 {
        last = app.post("/api/v1/organizations", &many).await.0;
    }
    assert_eq!(last, 429);
}

async fn the_switch_is_offered_where_there_is_something_to_switch_to(app: TestApp) {
    let (_, more) = app.page("/more").await;
    assert!(!more.contains("Switch organization"));
    second(&app, Role::Viewer).await;
    let (_, more) = app.page("/more").await;
    assert!(more.contains("Switch organization"), "{more}");
    let (_, list) = app.page("/account/organizations").await;
    assert!(list.contains("Southwind IT"), "{list}");
}
