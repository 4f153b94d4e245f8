//! Roles, and removing people.

use reqwest::Method;
use serde_json::{Value, json};

use super::{enter_as, invited, member, open, person_id};
use crate::{
    db::sql,
    http::Role,
    testing::{OWNER, PASSWORD, TestApp, on_both_engines},
};

on_both_engines!(TestApp::start =>
    a_role_acts_at_the_next_request,
    only_an_owner_makes_or_unmakes_an_owner,
    one_owner_always_stays,
    who_is_removed_is_out_at_once,
    giving_a_role_asks_for_a_fresh_factor,
    a_password_link_opens_one_organization_only,
);

async fn ask(app: &TestApp, token: &str, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let request = app.anonymous(method, path).bearer_auth(token).json(body);
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

async fn set_role(app: &TestApp, token: &str, email: &str, role: &str) -> u16 {
    let path = format!("/api/v1/team/people/{}", person_id(app, email).await);
    ask(app, token, Method::PATCH, &path, &json!({ "role": role }))
        .await
        .0
}

async fn a_role_acts_at_the_next_request(app: TestApp) {
    let ann = app.add_person("ann@example.com", Role::Viewer).await;
    let cookie = enter_as(&app, "ann@example.com").await;
    let path = "/api/v1/reconcile";
    assert_eq!(ask(&app, &ann, Method::POST, path, &json!({})).await.0, 403);
    assert_eq!(open(&app, &cookie, "/settings/team").await.0, 403);
    let id = person_id(&app, "ann@example.com").await;
    let page = format!("/settings/team/people/{id}/role");
    assert_eq!(app.submit(&page, &[("role", "admin")]).await.0, 303);
    assert_ne!(ask(&app, &ann, Method::POST, path, &json!({})).await.0, 403);
    assert_eq!(open(&app, &cookie, "/settings/team").await.0, 200);
    let (status, page) = app.submit(&page, &[("role", "king")]).await;
    assert_eq!(status, 422);
    assert!(page.contains("this is not a role"), "{page}");
}

async fn only_an_owner_makes_or_unmakes_an_owner(app: TestApp) {
    let admin = app.add_person("admin@example.com", Role::Admin).await;
    app.add_person("bob@example.com", Role::Viewer).await;
    assert_eq!(
        set_role(&app, &admin, "bob@example.com", "finance").await,
        200
    );
    assert_eq!(
        set_role(&app, &admin, "bob@example.com", "owner").await,
        403
    );
    assert_eq!(
        set_role(&app, &admin, "admin@example.com", "owner").await,
        403
    );
    assert_eq!(set_role(&app, &admin, OWNER, "viewer").await, 403);
    let owner = format!("/api/v1/team/people/{}", person_id(&app, OWNER).await);
    let (status, _) = ask(&app, &admin, Method::DELETE, &owner, &Value::Null).await;
    assert_eq!(status, 403);
    let body = json!({ "email": "eve@example.com", "role": "owner" });
    let path = "/api/v1/team/invitations";
    assert_eq!(ask(&app, &admin, Method::POST, path, &body).await.0, 403);
    let made = invited(&app, "eve@example.com", "owner").await;
    let path = format!("{path}/{}", made["id"].as_str().unwrap());
    assert_eq!(
        ask(&app, &admin, Method::DELETE, &path, &Value::Null)
            .await
            .0,
        403
    );
    assert_eq!(
        set_role(&app, &app.token, "bob@example.com", "owner").await,
        200
    );
    let cookie = enter_as(&app, "admin@example.com").await;
    let (_, page) = open(&app, &cookie, "/settings/team").await;
    assert!(!page.contains("value=\"owner\""), "not offered: {page}");
}

async fn one_owner_always_stays(app: TestApp) {
    assert_eq!(set_role(&app, &app.token, OWNER, "admin").await, 409);
    let path = format!("/api/v1/team/people/{}", person_id(&app, OWNER).await);
    assert_eq!(app.delete(&path).await.0, 409);
    let second = app.add_person("second@example.com", Role::Owner).await;
    assert_eq!(set_role(&app, &app.token, OWNER, "finance").await, 200);
    assert_eq!(app.get("/api/v1/team").await.0, 403);
    let (status, team) = ask(&app, &second, Method::GET, "/api/v1/team", &Value::Null).await;
    assert_eq!(status, 200);
    let owners = team["members"].as_array().unwrap().iter();
    assert_eq!(owners.filter(|one| one["role"] == "owner").count(), 1);
}

async fn who_is_removed_is_out_at_once(app: TestApp) {
    let elsewhere = app.another_organization().await;
    let ann = app.add_person("ann@example.com", Role::Admin).await;
    let there = app
        .add_person_to(elsewhere, "cat@example.com", Role::Viewer)
        .await;
    app.add_person("cat@example.com", Role::Viewer).await;
    let cookie = enter_as(&app, "ann@example.com").await;
    let body = json!({ "email": "eve@example.com", "role": "viewer" });
    let (status, _) = ask(&app, &ann, Method::POST, "/api/v1/team/invitations", &body).await;
    assert_eq!(status, 201);
    remember(&app, "ann@example.com").await;
    let id = person_id(&app, "ann@example.com").await;
    let path = format!("/settings/team/people/{id}");
    let (_, page) = app.page(&path).await;
    assert!(page.contains("Remove from the organization"), "{page}");
    assert_eq!(app.submit(&format!("{path}/remove"), &[]).await.0, 303);
    assert_eq!(
        ask(&app, &ann, Method::GET, "/api/v1/clients", &Value::Null)
            .await
            .0,
        401
    );
    assert_eq!(open(&app, &cookie, "/clients").await.0, 303);
    assert_eq!(member(&app, "ann@example.com").await, Value::Null);
    assert_eq!(app.page(&path).await.0, 404);
    let (_, team) = app.get("/api/v1/team").await;
    assert_eq!(team["invited"], json!([]), "what she sent is taken back");
    assert_eq!(remembered(&app).await, 0);

    let path = format!(
        "/api/v1/team/people/{}",
        person_id(&app, "cat@example.com").await
    );
    assert_eq!(app.delete(&path).await.0, 200);
    let (status, _) = ask(&app, &there, Method::GET, "/api/v1/clients", &Value::Null).await;
    assert_eq!(status, 200, "elsewhere she stays");
}

/// As if a change of theirs had been answered, whose answer the device has yet to hear.
async fn remember(app: &TestApp, email: &str) {
    let mut tx = app.app.db.write(app.org).await.unwrap();
    sql("insert into idempotency \
         (org_id, person_id, key, request_hash, status, body, created_at) \
         select $1, id, 'PUT /x key', $2, 200, $2, $3 from person where email = $4")
    .bind(app.org)
    .bind(Vec::<u8>::new())
    .bind(app.app.now())
    .bind(email)
    .run(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

async fn remembered(app: &TestApp) -> i64 {
    let mut tx = app.app.db.read(app.org).await.unwrap();
    sql("select count(*) from idempotency where org_id = $1 and key = 'PUT /x key'")
        .bind(app.org)
        .value(&mut tx)
        .await
        .unwrap()
}

async fn giving_a_role_asks_for_a_fresh_factor(app: TestApp) {
    app.add_person("ann@example.com", Role::Viewer).await;
    let id = person_id(&app, "ann@example.com").await;
    let mut tx = app.app.db.write_global().await.unwrap();
    sql("update session set factor_at = factor_at - 3600000000")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        set_role(&app, &app.token, "ann@example.com", "admin").await,
        422
    );
    let path = format!("/settings/team/people/{id}");
    for act in ["role", "password", "remove"] {
        let path = format!("{path}/{act}");
        let (status, page) = app.submit(&path, &[("role", "admin")]).await;
        assert_eq!(status, 422, "{act}");
        assert!(page.contains("enter your password to go on"), "{page}");
    }
    let fields = [("email", "eve@example.com"), ("role", "viewer")];
    let (status, page) = app.submit("/settings/team/invitations", &fields).await;
    assert_eq!(status, 422);
    assert!(
        page.contains("value=\"eve@example.com\""),
        "what was typed stays: {page}"
    );
    let fields = [("role", "admin"), ("factor", PASSWORD)];
    assert_eq!(app.submit(&format!("{path}/role"), &fields).await.0, 303);
    assert_eq!(member(&app, "ann@example.com").await["role"], "admin");
}

async fn a_password_link_opens_one_organization_only(app: TestApp) {
    let elsewhere = app.another_organization().await;
    app.add_person("ann@example.com", Role::Viewer).await;
    let path = format!(
        "/settings/team/people/{}/password",
        person_id(&app, "ann@example.com").await
    );
    let (status, page) = app.submit(&path, &[]).await;
    assert_eq!(status, 200);
    assert!(page.contains("/reset-password?token="), "{page}");
    app.add_person_to(elsewhere, "ann@example.com", Role::Viewer)
        .await;
    let (status, page) = app.submit(&path, &[]).await;
    assert_eq!(status, 403);
    assert!(page.contains("another organization as well"), "{page}");
    let admin = app.add_person("admin@example.com", Role::Admin).await;
    let path = format!(
        "/settings/team/people/{}/password",
        person_id(&app, OWNER).await
    );
    let request = app.anonymous(Method::POST, &path).bearer_auth(admin);
    let answer = request.form(&[("factor", "")]).send().await.unwrap();
    assert_eq!(answer.status(), 403);
}
