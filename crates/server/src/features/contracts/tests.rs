//! What an MSP sells, to whom, and what was agreed: through the API, on both engines.

mod amend;
mod followed;
mod rules;
mod terms;

use serde_json::{Value, json};

use crate::{
    db::{ConnectionId, sql},
    http::Role,
    testing::{TestApp, on_both_engines},
};

on_both_engines!(TestApp::start =>
    a_contract_is_made_once_and_read_back,
    every_wrong_field_of_a_contract_is_named,
    a_draft_is_changed_and_activated,
    a_fixed_quantity_changes_from_a_day_and_back,
    a_line_follows_subscriptions_and_a_meter,
    a_period_is_waived_unless_it_is_on_a_document,
    a_contract_rolls_on_until_it_is_ended,
);

/// One item, one client.
pub(crate) async fn groundwork(app: &TestApp) {
    let item = json!({
        "code": "M365-BP", "name": "Microsoft 365 Business Premium", "unit_price": "22.00",
        "unit_cost": "17.60", "tax_type": "OUTPUT2", "account_code": "205",
    });
    assert_eq!(app.post("/api/v1/catalog-items", &item).await.0, 201);
    let item = json!({
        "code": "DEV-WS", "name": "Managed workstation", "unit_price": "9.50",
        "tax_type": "OUTPUT2", "account_code": "210", "meter": "workstations",
    });
    assert_eq!(app.post("/api/v1/catalog-items", &item).await.0, 201);
    let client = json!({ "reference": "C007", "name": "Harbour Dental Ltd" });
    assert_eq!(app.post("/api/v1/clients", &client).await.0, 201);
}

fn contract() -> Value {
    json!({
        "reference": "K007", "client": "C007", "name": "Managed services", "status": "active",
        "starts_on": "2026-01-01", "bill_from": "2026-09-01", "cycle": "monthly",
        "timing": "advance", "purchase_order": "PO 4711",
        "lines": [
            { "item": "M365-BP", "unit_price": "22.00",
              "quantity": { "source": "fixed", "quantity": "18" } },
            { "reference": "K007-WS", "item": "DEV-WS",
              "quantity": { "source": "meter", "meter": "workstations", "minimum": "5",
                "exclusions": [{ "quantity": "2", "reason": "spare laptops" }] } },
        ],
    })
}

async fn a_contract_is_made_once_and_read_back(app: TestApp) {
    groundwork(&app).await;
    let (status, made) = app.post("/api/v1/contracts", &contract()).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["standing"], "active");
    assert_eq!(made["currency"], "GBP", "the client's");
    assert_eq!(made["lines"][0]["reference"], "K007-1");
    assert_eq!(made["lines"][0]["quantity_now"], "18");
    assert_eq!(made["lines"][0]["monthly_minor"], 39_600);
    assert_eq!(made["lines"][1]["unit_price"], "9.5", "the catalog's");
    assert_eq!(
        made["lines"][1]["quantity_now"],
        Value::Null,
        "nothing counted yet"
    );

    let (status, again) = app.post("/api/v1/contracts", &contract()).await;
    assert_eq!((status, &again["id"]), (200, &made["id"]));
    let mut other = contract();
    other["lines"][0]["unit_price"] = json!("23.00");
    let (status, refused) = app.post("/api/v1/contracts", &other).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (409, &json!("reference_taken"))
    );

    let (_, list) = app.get("/api/v1/contracts?q=harbour&status=active").await;
    assert_eq!(list["items"][0]["reference"], "K007");
    let (_, none) = app.get("/api/v1/contracts?client=C007&status=draft").await;
    assert_eq!(none["items"], json!([]));
    let viewer = app.add_person("viewer@example.com", Role::Viewer).await;
    let read = app
        .anonymous(reqwest::Method::GET, "/api/v1/contracts/K007")
        .bearer_auth(viewer);
    let read: Value = read.send().await.unwrap().json().await.unwrap();
    assert_eq!(read["mrr_minor"], Value::Null, "a viewer sees no MRR");
    assert_eq!(read["lines"][0]["monthly_minor"], Value::Null);
}

async fn every_wrong_field_of_a_contract_is_named(app: TestApp) {
    groundwork(&app).await;
    let mut wrong = contract();
    wrong["currency"] = json!("EUR");
    wrong["ends_on"] = json!("2025-12-31");
    wrong["lines"][0]["quantity"]["quantity"] = json!("-3");
    wrong["lines"][0]["item"] = json!("NO-SUCH");
    wrong["lines"][1]["unit_price"] = json!("9.123456789");
    let (status, refused) = app.post("/api/v1/contracts", &wrong).await;
    assert_eq!(status, 422);
    let expected = json!({
        "currency": "\"Harbour Dental Ltd\" is invoiced in GBP; a contract in another currency cannot be billed",
        "ends_on": "the end must be after the start",
        "lines[0].item": "there is no catalog item \"NO-SUCH\"",
        "lines[0].quantity.quantity": "this cannot be negative",
        "lines[1].unit_price": "at most six decimal places can be kept; round it yourself",
    });
    assert_eq!(refused["error"]["fields"], expected);
    let (status, refused) = app
        .post("/api/v1/contracts", &json!({ "clientt": "C007" }))
        .await;
    assert_eq!(status, 422);
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .contains("unknown field `clientt`")
    );
    let (_, list) = app.get("/api/v1/contracts").await;
    assert_eq!(
        list["items"],
        json!([]),
        "nothing is kept until all is right"
    );
}

async fn a_draft_is_changed_and_activated(app: TestApp) {
    groundwork(&app).await;
    let mut draft = contract();
    draft["status"] = json!("draft");
    draft["lines"] = json!([]);
    let (status, made) = app.post("/api/v1/contracts", &draft).await;
    assert_eq!((status, &made["standing"]), (201, &json!("draft")));
    let path = format!("/api/v1/contracts/{}", made["id"].as_str().unwrap());
    let patch = async |body: Value| {
        let request = app.request(reqwest::Method::PATCH, &path).json(&body);
        let response = request.send().await.unwrap();
        (
            response.status().as_u16(),
            response.json::<Value>().await.unwrap(),
        )
    };
    let (status, refused) = patch(json!({ "version": 1, "status": "active" })).await;
    assert_eq!(status, 422);
    assert!(refused["error"]["fields"]["lines"].is_string(), "{refused}");
    let lines = contract()["lines"].clone();
    let (status, changed) = patch(json!({ "version": 1, "lines": lines })).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(changed["lines"].as_array().unwrap().len(), 2);
    let [id, line] = [&made["id"], &changed["lines"][0]["id"]].map(|id| id.as_str().unwrap());
    let page = format!("/contracts/{id}/lines/{line}/remove");
    let (status, said) = app.submit(&page, &[]).await;
    assert!(status < 400, "{said}");
    let (_, shorter) = app.get(&path).await;
    assert_eq!(shorter["lines"].as_array().unwrap().len(), 1);
    let (status, stale) = patch(json!({ "version": 1, "status": "active" })).await;
    assert_eq!((status, &stale["error"]["code"]), (409, &json!("stale")));
    let (status, active) = patch(json!({ "version": 2, "status": "active" })).await;
    assert_eq!(
        (status, &active["standing"]),
        (200, &json!("active")),
        "{active}"
    );
    let (status, refused) = patch(json!({ "version": 3, "cycle": "annual" })).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (409, &json!("already_agreed"))
    );
}

async fn a_fixed_quantity_changes_from_a_day_and_back(app: TestApp) {
    groundwork(&app).await;
    let (_, made) = app.post("/api/v1/contracts", &contract()).await;
    let line = made["lines"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/contract-lines/{line}/changes");
    let more = json!({ "effective_on": "2026-03-15", "quantity": "25" });
    let (status, changed) = app.post(&path, &more).await;
    assert_eq!(status, 201, "{changed}");
    let after = &changed["contract"]["lines"][0];
    assert_eq!(after["quantity"]["quantity"], "18", "what was agreed stays");
    assert_eq!(after["quantity_now"], "25");
    assert_eq!(after["monthly_minor"], 55_000);
    assert_eq!(after["events"][0]["before_value"], "18");

    let dearer = json!({ "effective_on": "2026-04-01", "unit_price": "24" });
    let (_, priced) = app.post(&path, &dearer).await;
    assert_eq!(priced["contract"]["lines"][0]["monthly_minor"], 60_000);
    let early = json!({ "effective_on": "2025-12-31", "quantity": "1" });
    assert_eq!(app.post(&path, &early).await.0, 422);
    let two = json!({ "effective_on": "2026-05-01", "quantity": "1", "ended": true });
    assert_eq!(app.post(&path, &two).await.0, 422);

    let event = changed["event"].as_str().unwrap();
    let undo = format!("/api/v1/contract-events/{event}");
    assert_eq!(app.delete(&undo).await.0, 200);
    let (status, refused) = app.delete(&undo).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (409, &json!("already_undone"))
    );
    let (_, now) = app.get("/api/v1/contracts/K007").await;
    assert_eq!(now["lines"][0]["quantity_now"], "18");
    assert!(
        now["lines"][0]["events"][0]["undone_at"].is_string(),
        "and stays to be seen"
    );
}

async fn a_line_follows_subscriptions_and_a_meter(app: TestApp) {
    groundwork(&app).await;
    let mut followed = contract();
    followed["lines"][0]["quantity"] =
        json!({ "source": "subscription", "subscriptions": ["sub-1", "sub-2"] });
    let (status, made) = app.post("/api/v1/contracts", &followed).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(
        made["lines"][0]["quantity_now"],
        Value::Null,
        "nothing read yet"
    );

    let mut second = followed.clone();
    second["reference"] = json!("K008");
    second["lines"] = json!([{ "item": "M365-BP",
        "quantity": { "source": "subscription", "subscriptions": ["sub-2"] } }]);
    let (status, refused) = app.post("/api/v1/contracts", &second).await;
    assert_eq!(status, 422);
    assert_eq!(
        refused["error"]["fields"]["lines[0].quantity.subscriptions"],
        "subscription sub-2 already feeds line K007-1"
    );

    let pax8 = connect(&app, "pax8").await;
    subscription(&app, pax8, "sub-1", 10, "2026-02-01").await;
    subscription(&app, pax8, "sub-2", 3, "2026-02-01").await;
    subscription(&app, pax8, "sub-3", 4, "2026-02-01").await;
    let line = made["lines"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/contract-lines/{line}/changes");
    let third = json!({ "effective_on": "2026-06-01", "subscription": "sub-3" });
    let (status, changed) = app.post(&path, &third).await;
    assert_eq!(status, 201, "{changed}");
    assert_eq!(changed["contract"]["lines"][0]["quantity_now"], "17");
    let fixed = json!({ "effective_on": "2026-06-01", "quantity": "5" });
    let (status, refused) = app.post(&path, &fixed).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (409, &json!("not_fixed"))
    );
    let undo = format!(
        "/api/v1/contract-events/{}",
        changed["event"].as_str().unwrap()
    );
    assert_eq!(app.delete(&undo).await.0, 200);
    let (_, now) = app.get("/api/v1/contracts/K007").await;
    assert_eq!(now["lines"][0]["quantity_now"], "13");
}

async fn a_period_is_waived_unless_it_is_on_a_document(app: TestApp) {
    groundwork(&app).await;
    let (_, made) = app.post("/api/v1/contracts", &contract()).await;
    let line = made["lines"][0]["id"].as_str().unwrap();
    let waive =
        |day: &str| json!({ "line": line, "starts_on": day, "reason": "agreed on the phone" });
    let (status, waived) = app
        .post("/api/v1/coverage/waivers", &waive("2026-10-01"))
        .await;
    assert_eq!(
        (status, &waived["state"]),
        (200, &json!("waived")),
        "{waived}"
    );
    assert_eq!(waived["ends_on"], "2026-11-01");
    let (status, _) = app
        .post("/api/v1/coverage/waivers", &waive("2026-10-02"))
        .await;
    assert_eq!(status, 422, "no period starts then");
    let mut tx = app.app.db.write(app.org).await.unwrap();
    sql("update coverage set state = 'posted' where org_id = $1")
        .bind(app.org)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (status, refused) = app
        .post("/api/v1/coverage/waivers", &waive("2026-10-01"))
        .await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (409, &json!("period_on_a_document"))
    );
    let (_, all) = app.get("/api/v1/coverage?contract=K007").await;
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
}

async fn a_contract_rolls_on_until_it_is_ended(app: TestApp) {
    groundwork(&app).await;
    let mut over = contract();
    over["ends_on"] = json!("2026-06-01");
    let (_, made) = app.post("/api/v1/contracts", &over).await;
    assert_eq!(made["standing"], "pending_renewal");
    assert_eq!(
        made["lines"][0]["monthly_minor"], 39_600,
        "billing continues"
    );
    let (_, due) = app.get("/api/v1/contracts?renewal=due").await;
    assert_eq!(due["items"][0]["reference"], "K007");
    let end = json!({ "version": 1, "status": "ended" });
    let request = app.request(reqwest::Method::PATCH, "/api/v1/contracts/K007");
    let ended: Value = request
        .json(&end)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(ended["standing"], "expired", "{ended}");
    assert_eq!(ended["mrr_minor"], 0);
    assert_eq!(ended["lines"][0]["ends_on"], "2026-06-01");
}

pub(crate) async fn connect(app: &TestApp, vendor: &str) -> ConnectionId {
    let id: ConnectionId = app.app.new_id();
    let mut tx = app.app.db.write(app.org).await.unwrap();
    sql(
        "insert into connection (org_id, id, vendor, name, state, settings, connected_at) \
         values ($1, $2, $3, $3, 'connected', '{}', $4)",
    )
    .bind(app.org)
    .bind(id)
    .bind(vendor)
    .bind(app.app.now())
    .run(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    id
}

pub(crate) async fn subscription(
    app: &TestApp,
    connection: ConnectionId,
    external_id: &str,
    quantity: i64,
    starts_on: &str,
) {
    let mut tx = app.app.db.write(app.org).await.unwrap();
    sql(
        "insert into subscription (org_id, id, connection_id, external_id, \
         company_external_id, product_external_id, product_name, quantity, unit_price, unit_cost, \
         currency, status, billing_term, starts_on, search_key, content_hash, seen_run) \
         values ($1, $2, $3, $4, 'company-1', 'product-1', 'Business Premium', $5, 22000000, \
         17600000, 'GBP', 'Active', 'Monthly', $6, 'business premium', $7, $2)",
    )
    .bind(app.org)
    .bind(app.app.new_id::<crate::db::SubscriptionId>())
    .bind(connection)
    .bind(external_id)
    .bind(quantity * 1_000_000)
    .bind(starts_on)
    .bind(external_id.as_bytes())
    .run(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}
