//! What an organization is called.

use serde_json::{Value, json};

use super::{change, change_as, organization};
use crate::{
    db::sql,
    http::Role,
    testing::{OWNER, PASSWORD, TestApp, on_both_engines},
};

on_both_engines!(TestApp::start =>
    an_organization_is_renamed,
    names_that_cannot_be_are_refused,
    the_page_renames_and_keeps_what_was_typed,
    settings_are_offered_to_whoever_may_change_them,
);

async fn an_organization_is_renamed(app: TestApp) {
    let before = organization(&app).await;
    assert_eq!(before["name"], "Northwind IT");
    assert_eq!(before["currency"], "GBP");
    assert_eq!(before["mfa_required"], false);
    let new = json!({ "name": " Northwind Cloud ", "slug": "northwind" });
    let (status, after) = change(&app, new).await;
    assert_eq!(status, 200, "{after}");
    assert_eq!(after["name"], "Northwind Cloud");
    assert_eq!(after["slug"], "northwind");
    let (_, session) = app.get("/api/v1/session").await;
    assert_eq!(session["organization"], "Northwind Cloud");

    // Somebody who saw it before changes nothing.
    let stale = json!({ "version": before["version"], "name": "Else" });
    let (status, refused) = change_as(&app, &app.token, stale).await;
    assert_eq!(status, 409, "{refused}");
    assert_eq!(refused["error"]["code"], "stale");
    assert_eq!(organization(&app).await["name"], "Northwind Cloud");

    let mut tx = app.app.db.read(app.org).await.unwrap();
    let detail: String = sql("select detail from audit where org_id = $1 and action = $2")
        .bind(app.org)
        .bind("organization.changed")
        .value(&mut tx)
        .await
        .unwrap();
    let detail: Value = serde_json::from_str(&detail).unwrap();
    assert_eq!(detail["before"]["name"], "Northwind IT");
    assert_eq!(detail["after"]["slug"], "northwind");
}

async fn names_that_cannot_be_are_refused(app: TestApp) {
    app.another_organization().await;
    let credentials = json!({ "email": "stranger@example.com", "password": PASSWORD });
    let (_, stranger) = app.post("/api/v1/session", &credentials).await;
    let stranger = stranger["token"].as_str().unwrap();
    let theirs = json!({ "version": 1, "slug": "southwind" });
    let (status, answer) = change_as(&app, stranger, theirs).await;
    assert_eq!(status, 200, "{answer}");
    for slug in ["southwind", "", "South Wind", "-a", "a--b", "a/b"] {
        let (status, refused) = change(&app, json!({ "slug": slug })).await;
        assert_eq!(status, 422, "{slug}: {refused}");
        assert!(refused["error"]["fields"]["slug"].is_string(), "{refused}");
    }
    let (status, refused) = change(&app, json!({ "name": " " })).await;
    assert_eq!(status, 422, "{refused}");
    // What they are called no more is free again.
    let theirs = json!({ "version": 2, "slug": "southwind-it" });
    let (status, answer) = change_as(&app, stranger, theirs).await;
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = change(&app, json!({ "slug": "southwind" })).await;
    assert_eq!(status, 200, "{answer}");
}

async fn the_page_renames_and_keeps_what_was_typed(app: TestApp) {
    let (status, page) = app.page("/settings/organization").await;
    assert_eq!(status, 200);
    assert!(page.contains("Europe/London"), "{page}");
    let wrong = [("version", "1"), ("name", "Northwind Two"), ("slug", "N W")];
    let (status, page) = app.submit("/settings/organization", &wrong).await;
    assert_eq!(status, 422);
    assert!(page.contains("Northwind Two"), "{page}");
    assert!(page.contains("use lower-case letters"), "{page}");
    let right = [("version", "1"), ("name", "Northwind Two"), ("slug", "nw")];
    let (status, _) = app.submit("/settings/organization", &right).await;
    assert_eq!(status, 303);
    let (status, page) = app.submit("/settings/organization", &right).await;
    assert_eq!(status, 409);
    assert!(page.contains("somebody changed this"), "{page}");
    let odd = [
        ("version", "2"),
        ("idle_minutes", "soon"),
        ("step_up_minutes", "15"),
    ];
    let (status, page) = app.submit("/settings/organization/rules", &odd).await;
    assert_eq!(status, 422);
    assert!(page.contains("write a whole number"), "{page}");
}

async fn settings_are_offered_to_whoever_may_change_them(app: TestApp) {
    for role in Role::ALL {
        let email = format!("{}@example.com", role.as_str());
        let token = app.add_person(&email, role).await;
        let open = async |path: &str| {
            let request = app
                .anonymous(reqwest::Method::GET, path)
                .bearer_auth(&token);
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        let may = matches!(role, Role::Owner | Role::Admin);
        let (_, more) = open("/more").await;
        assert_eq!(more.contains("/settings/organization"), may, "{role:?}");
        let (status, _) = open("/settings/organization").await;
        assert_eq!(status, if may { 200 } else { 403 }, "{role:?}");
    }
    assert!(app.page("/more").await.1.contains(OWNER));
}
