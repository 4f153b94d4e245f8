//! How what is posted looks in the ledger.

use reqwest::Method;
use serde_json::{Value, json};

use super::{one, writing};
use crate::{
    db::ConnectionId,
    features::generated_invoices::tests::{agreed_world, clean, detail, generate},
    testing::{TestApp, on_both_engines},
};

on_both_engines!(agreed_world => an_invoice_is_posted_as_it_was_chosen);

async fn put(app: &TestApp, place: &str, body: &Value) -> (u16, Value) {
    let answer = app.request(Method::PUT, place).json(body).send().await;
    let answer = answer.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn ledger(app: &TestApp) -> String {
    let (_, found) = app.get("/api/v1/connections?vendor=xero").await;
    found["items"][0]["id"].as_str().unwrap().to_owned()
}

async fn post(app: &TestApp) -> Value {
    let ids = generate(app).await;
    let draft = clean(app, &ids).await;
    let id = draft["id"].as_str().unwrap();
    let seen = json!({ "version": draft["version"] });
    let (status, approved) = app
        .post(&format!("/api/v1/generated-invoices/{id}/approve"), &seen)
        .await;
    assert_eq!(status, 200, "{approved}");
    let picked = json!({ "drafts": [{ "id": id, "version": approved["version"] }] });
    let (status, answer) = app.post("/api/v1/generated-invoices/post", &picked).await;
    assert_eq!(status, 202, "{answer}");
    app.run_jobs().await;
    detail(app, id).await
}

async fn an_invoice_is_posted_as_it_was_chosen(app: TestApp) {
    let ledger = ledger(&app).await;
    let place = format!("/api/v1/connections/{ledger}/posted-as");
    let (status, choosing) = app.get(&place).await;
    assert_eq!(status, 200, "{choosing}");
    let (theme, category) = (
        &choosing["offered"]["themes"][1],
        &choosing["offered"]["tracking"][0],
    );
    let option = &category["options"][1];
    assert_eq!(
        [
            &theme["name"],
            &category["category"]["name"],
            &option["name"]
        ],
        ["Managed services", "Department", "Projects"]
    );
    let two = json!([category["options"][0]["id"], option["id"]]);
    let wrong = json!({ "version": 0, "theme": "gone", "tracking": two });
    let (status, refused) = put(&app, &place, &wrong).await;
    let fields = json!({
        "theme": "the ledger has no such theme any more",
        "tracking": "choose one option of a category",
    });
    assert_eq!(
        (status, &refused["error"]["fields"]),
        (422, &fields),
        "{refused}"
    );
    let chosen = json!({
        "version": 0, "stays_draft": true, "theme": theme["id"], "tracking": [option["id"]],
    });
    let (status, saved) = put(&app, &place, &chosen).await;
    assert_eq!((status, &saved["version"]), (200, &json!(1)), "{saved}");
    assert_eq!(
        put(&app, &place, &chosen).await.0,
        409,
        "another version by now"
    );

    let posted = post(&app).await;
    assert_eq!(
        (&posted["status"], &posted["ledger_status"]),
        (&json!("posted"), &json!("DRAFT"))
    );
    let mut tx = app.app.db.read(app.org).await.unwrap();
    let id: ConnectionId = ledger.parse().unwrap();
    let connection = one(&mut tx, app.org, id).await.unwrap();
    drop(tx);
    let client = writing::ledger(&app.app, app.org, &connection).await;
    let client = client.unwrap().unwrap();
    let number = posted["number"].as_str().unwrap();
    let there = client.invoices_numbered(number).await.unwrap();
    let there = client.invoice(&there[0].invoice_id).await.unwrap();
    assert_eq!(there.branding_theme_id.as_deref(), theme["id"].as_str());
    for line in &there.line_items {
        let tracked: Vec<&str> = line
            .tracking
            .iter()
            .map(|one| one.option_id.as_str())
            .collect();
        assert_eq!(tracked, [option["id"].as_str().unwrap()]);
    }
    through_the_page(&app, &ledger, option).await;
}

async fn through_the_page(app: &TestApp, ledger: &str, option: &Value) {
    let place = format!("/settings/integrations/{ledger}/posting");
    let (status, page) = app.page(&place).await;
    let is_chosen = format!("value=\"{}\" selected", option["id"].as_str().unwrap());
    assert!(status == 200 && page.contains(&is_chosen), "{page}");
    let (status, _) = app.submit(&place, &[("version", "1"), ("theme", "")]).await;
    assert_eq!(status, 303);
    let (_, choosing) = app
        .get(&format!("/api/v1/connections/{ledger}/posted-as"))
        .await;
    let plain = json!({ "stays_draft": false, "theme": null, "tracking": [], "version": 2 });
    assert_eq!(choosing["chosen"], plain);
    let (status, _) = app.submit(&place, &[("version", "1")]).await;
    assert_eq!(status, 409);
}
