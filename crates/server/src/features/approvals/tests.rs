//! Who has to agree: the rules, two people, own edits, standing in, the Owner's override.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{
    features::generated_invoices::tests::{agreed_world, clean, detail, generate},
    http::Role,
    testing::{TestApp, on_both_engines},
};

on_both_engines!(TestApp::start =>
    rules_that_nobody_can_satisfy_are_refused,
    the_page_keeps_what_was_typed,
);

mod in_a_world {
    use super::{above_the_limit_it_takes_two, agreed_world, on_both_engines};
    on_both_engines!(agreed_world => above_the_limit_it_takes_two);
}

const RULES: &str = "/api/v1/approval-rules";

async fn send(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn put(app: &TestApp, token: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = app.anonymous(Method::PUT, path).bearer_auth(token);
    send(request.json(body)).await
}

async fn set_rules(app: &TestApp, version: i64, rules: Value) -> (u16, Value) {
    let mut body = json!({ "version": version });
    for (name, value) in rules.as_object().unwrap() {
        body[name] = value.clone();
    }
    put(app, &app.token, RULES, &body).await
}

async fn rules_that_nobody_can_satisfy_are_refused(app: TestApp) {
    let limit = json!({ "limits": [{ "currency": "GBP", "limit_minor": 100_000 }] });
    let (status, refused) = set_rules(&app, 0, limit.clone()).await;
    assert_eq!(status, 422, "{refused}");
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("only one person here may approve"),
        "{message}"
    );

    let viewer = app.add_person("viewer@example.com", Role::Viewer).await;
    let (_, me) = send(
        app.anonymous(Method::GET, "/api/v1/session")
            .bearer_auth(&viewer),
    )
    .await;
    app.add_person("finance@example.com", Role::Finance).await;
    let mut named = limit.clone();
    named["approvers"] = json!([me["person"]]);
    let (status, refused) = set_rules(&app, 0, named).await;
    assert_eq!(status, 422, "{refused}");

    let (status, saved) = set_rules(&app, 0, limit.clone()).await;
    assert_eq!((status, &saved["version"]), (200, &json!(1)), "{saved}");
    let (status, _) = set_rules(&app, 0, limit).await;
    assert_eq!(status, 409, "they have another version by now");
    for (wrong, field) in [
        (
            json!({ "limits": [{ "currency": "pounds", "limit_minor": 1 }] }),
            "limits.0",
        ),
        (
            json!({ "limits": [{ "currency": "GBP", "limit_minor": -1 }] }),
            "limits.0",
        ),
        (json!({ "change_share": "a fifth" }), "change_share"),
    ] {
        let (status, refused) = set_rules(&app, 1, wrong).await;
        assert_eq!(status, 422, "{refused}");
        assert!(refused["error"]["fields"][field].is_string(), "{refused}");
    }
    let (_, told) = app.get(RULES).await;
    assert_eq!(told["limits"][0]["limit_minor"], 100_000);
}

async fn the_page_keeps_what_was_typed(app: TestApp) {
    app.add_person("finance@example.com", Role::Finance).await;
    let typed = [
        ("version", "0"),
        ("limit_GBP", "1500.50"),
        ("change_percent", "12.5"),
        ("asks_factor", "on"),
    ];
    let (status, page) = app.submit("/settings/approvals", &typed).await;
    assert_eq!(status, 303, "{page}");
    let (_, told) = app.get(RULES).await;
    assert_eq!(told["limits"][0]["limit_minor"], 150_050);
    assert_eq!(told["change_share"], "0.125");
    assert_eq!(told["asks_factor"], true);
    let (_, page) = app.page("/settings/approvals").await;
    assert!(page.contains("1500.50") && page.contains("12.5"), "{page}");

    let wrong = [("version", "1"), ("limit_GBP", "lots")];
    let (status, page) = app.submit("/settings/approvals", &wrong).await;
    assert_eq!(status, 422);
    assert!(
        page.contains("lots") && page.contains("write an amount"),
        "{page}"
    );

    let away = [("stand_in", ""), ("through_on", "")];
    let (status, _) = app.submit("/settings/approvals/stand-in", &away).await;
    assert_eq!(status, 303);
    let nobody = [("stand_in", "per_0"), ("through_on", "2030-01-01")];
    let (status, _) = app.submit("/settings/approvals/stand-in", &nobody).await;
    assert_eq!(status, 422);
}

async fn approve(app: &TestApp, token: &str, draft: &Value, extra: Value) -> (u16, Value) {
    let id = draft["id"].as_str().unwrap();
    let mut body = json!({ "version": draft["version"] });
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    let path = format!("/api/v1/generated-invoices/{id}/approve");
    let request = app.anonymous(Method::POST, &path).bearer_auth(token);
    send(request.json(&body)).await
}

async fn person(app: &TestApp, token: &str) -> Value {
    let request = app.anonymous(Method::GET, "/api/v1/session");
    let (_, me) = send(request.bearer_auth(token)).await;
    me["person"].clone()
}

async fn above_the_limit_it_takes_two(app: TestApp) {
    let ann = app.add_person("ann@example.com", Role::Finance).await;
    let ben = app.add_person("ben@example.com", Role::Admin).await;
    let mut drafts = generate(&app).await;
    let mut next = async || {
        let draft = clean(&app, &drafts).await;
        drafts.retain(|id| draft["id"] != json!(id));
        draft
    };
    let all = json!({ "limits": [
        { "currency": "GBP", "limit_minor": 0 }, { "currency": "EUR", "limit_minor": 0 },
    ], "approvers": [person(&app, &ben).await] });
    let (status, saved) = set_rules(&app, 0, all).await;
    assert_eq!(status, 200, "{saved}");

    // Two, one of them named.
    let draft = next().await;
    let (status, noted) = approve(&app, &ann, &draft, json!({})).await;
    assert_eq!(
        (status, &noted["status"]),
        (200, &json!("draft")),
        "{noted}"
    );
    assert_eq!(noted["awaits_another"], true);
    assert_eq!(noted["agreements"]["agreed"].as_array().unwrap().len(), 1);
    let (status, twice) = approve(&app, &ann, &draft, json!({})).await;
    assert_eq!(
        (status, &twice["error"]["code"]),
        (409, &json!("second_person"))
    );
    let (status, still) = approve(&app, &app.token, &draft, json!({})).await;
    assert_eq!(
        (status, &still["status"]),
        (200, &json!("draft")),
        "nobody named yet"
    );
    let (status, approved) = approve(&app, &ben, &draft, json!({})).await;
    assert_eq!(
        (status, &approved["status"]),
        (200, &json!("approved")),
        "{approved}"
    );
    assert_eq!(approved["awaits_another"], false);

    // Whoever changed it does not count; the Owner alone overrides, and says why.
    let draft = next().await;
    let edits = json!({ "version": draft["version"],
        "edits": [{ "edit": "invoice", "reference": "PO-77" }] });
    let id = draft["id"].as_str().unwrap();
    let path = format!("/api/v1/generated-invoices/{id}/edits");
    let request = app.anonymous(Method::POST, &path).bearer_auth(&ann);
    let (status, edited) = send(request.json(&edits)).await;
    assert_eq!(status, 200, "{edited}");
    let (status, own) = approve(&app, &ann, &edited, json!({})).await;
    assert_eq!(
        (status, &own["error"]["code"]),
        (409, &json!("own_edits")),
        "{own}"
    );
    let because = json!({ "override_reason": "Year end" });
    let (status, refused) = approve(&app, &ben, &edited, because.clone()).await;
    assert_eq!(status, 403, "{refused}");
    let (status, approved) = approve(&app, &app.token, &edited, because).await;
    assert_eq!(
        (status, &approved["status"]),
        (200, &json!("approved")),
        "{approved}"
    );
    let agreed = &approved["agreements"]["agreed"][0];
    assert_eq!(agreed["override_reason"], "Year end");

    stands_in(&app, &ann, &ben, next().await).await;
    leaves(&app, &ann, next().await).await;
}

/// Ann approves in place of Ben, who is the named one.
async fn stands_in(app: &TestApp, ann: &str, ben: &str, draft: Value) {
    let mine = "/api/v1/stand-ins/mine";
    let past = json!({ "stand_in": person(app, ann).await, "through_on": "2020-01-01" });
    assert_eq!(put(app, ben, mine, &past).await.0, 422);
    let themselves = json!({ "stand_in": person(app, ben).await, "through_on": "2030-01-01" });
    assert_eq!(put(app, ben, mine, &themselves).await.0, 422);
    let away = json!({ "stand_in": person(app, ann).await, "through_on": "2030-01-01" });
    let (status, told) = put(app, ben, mine, &away).await;
    assert_eq!((status, told.as_array().unwrap().len()), (200, 1), "{told}");
    approve(app, &app.token, &draft, json!({})).await;
    let (status, approved) = approve(app, ann, &draft, json!({})).await;
    assert_eq!(
        (status, &approved["status"]),
        (200, &json!("approved")),
        "{approved}"
    );
    let agreed = approved["agreements"]["agreed"].as_array().unwrap();
    assert!(
        agreed
            .iter()
            .any(|one| one["in_place_of"] == themselves["stand_in"]),
        "{agreed:?}"
    );
    let (_, page) = app
        .page(&format!(
            "/generated-invoices/{}",
            draft["id"].as_str().unwrap()
        ))
        .await;
    assert!(page.contains("standing in for an approver"));
    let request = app.anonymous(Method::DELETE, mine).bearer_auth(ben);
    let (status, told) = send(request).await;
    assert_eq!((status, told), (200, json!([])));
}

/// What somebody who leaves had agreed to wants another person.
async fn leaves(app: &TestApp, ann: &str, draft: Value) {
    let (_, noted) = approve(app, ann, &draft, json!({})).await;
    assert_eq!(noted["awaits_another"], true, "{noted}");
    let id = person(app, ann).await;
    let (status, _) = app
        .delete(&format!("/api/v1/team/people/{}", id.as_str().unwrap()))
        .await;
    assert_eq!(status, 200);
    let now = detail(app, draft["id"].as_str().unwrap()).await;
    assert_eq!(now["awaits_another"], false);
    assert_eq!(now["agreements"]["agreed"], json!([]));
}
