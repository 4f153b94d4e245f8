//! Writes about the organization and who belongs to it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{super::things::another, Repeats};

pub async fn team(repeats: &mut Repeats<'_>) {
    let new = json!({ "email": "once@example.com", "role": "viewer" });
    repeats
        .write(Method::POST, "/team/invitations", "", Some(new))
        .await;
    // The other person invited the same one; of two the later stands.
    let invitation = repeats.theirs["id"].as_str().unwrap().to_owned();
    repeats
        .write(Method::DELETE, "/team/invitations/{id}", &invitation, None)
        .await;
    let member = repeats.world.id("member").to_owned();
    let role = json!({ "role": "engineer" });
    repeats
        .write(Method::PATCH, "/team/people/{id}", &member, Some(role))
        .await;
    repeats
        .write(Method::DELETE, "/team/people/{id}", &member, None)
        .await;
}

pub async fn organization(repeats: &mut Repeats<'_>) {
    numbering(repeats).await;
    meters(repeats).await;
    month(repeats).await;
    let (_, now) = repeats.world.app.get("/api/v1/organization").await;
    let change = json!({ "version": now["version"], "name": "Northwind", "idle_minutes": 600 });
    repeats
        .write(Method::PATCH, "/organization", "", Some(change))
        .await;
    repeats
        .write(Method::POST, "/organizations", "", Some(another()))
        .await;
    approvals(repeats).await;
}

async fn approvals(repeats: &mut Repeats<'_>) {
    let rules = json!({ "version": 0, "change_share": "0.2", "asks_factor": true });
    repeats
        .write(Method::PUT, "/approval-rules", "", Some(rules))
        .await;
    let app = &repeats.world.app;
    let request = app.anonymous(Method::GET, "/api/v1/session");
    let other = request.bearer_auth(&repeats.other).send().await.unwrap();
    let other: Value = other.json().await.unwrap();
    let away = json!({ "stand_in": other["person"], "through_on": "2027-01-01" });
    repeats
        .write(Method::PUT, "/stand-ins/mine", "", Some(away))
        .await;
    repeats
        .write(Method::DELETE, "/stand-ins/mine", "", None)
        .await;
}

async fn numbering(repeats: &mut Repeats<'_>) {
    let (_, all) = repeats.world.app.get("/api/v1/number-series").await;
    let series = json!({
        "version": all[0]["version"], "prefix": "ONCE-", "next": 1, "width": 5,
    });
    repeats
        .write(
            Method::PUT,
            "/number-series/{name}",
            "invoice",
            Some(series),
        )
        .await;
}

async fn meters(repeats: &mut Repeats<'_>) {
    let meter = json!({ "code": "once", "name": "Once", "unit": "time" });
    let made = repeats
        .write(Method::POST, "/meters", "", Some(meter))
        .await;
    let change = json!({ "version": 1, "code": "once", "name": "Only once", "unit": "time" });
    let id = made["id"].as_str().unwrap();
    repeats
        .write(Method::PUT, "/meters/{id}", id, Some(change))
        .await;
    let client = repeats.world.id("client");
    let readings = json!({ "readings": [
        { "client": client, "meter": "once", "on": "2026-11-01", "value": "2.5" },
    ] });
    repeats
        .write(Method::POST, "/meter-readings", "", Some(readings))
        .await;
}

async fn month(repeats: &mut Repeats<'_>) {
    let (_, open) = repeats.world.app.get("/api/v1/month-ends/2026-10").await;
    let keys: Vec<&Value> = open["open"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["key"])
        .collect();
    let known = json!({ "version": 0, "acknowledged": keys });
    let (template, month) = ("/month-ends/{month}/close", "2026-10");
    repeats
        .write(Method::POST, template, month, Some(known))
        .await;
    let reopen = json!({ "version": 1, "reason": "A bill came late" });
    let template = "/month-ends/{month}/reopen";
    repeats
        .write(Method::POST, template, month, Some(reopen))
        .await;
    repeats
        .write(Method::POST, "/month-ends/{month}/packs", month, None)
        .await;
}
