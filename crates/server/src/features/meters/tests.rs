//! Own meters: what is refused, readings in any order and once, and what they are billed as.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    features::generated_invoices::tests::{
        agreed_world, approve_and_post, clean, detail, generate,
    },
    testing::{TestApp, on_both_engines},
};

on_both_engines!(agreed_world =>
    wrong_readings_are_named_and_none_is_kept,
    readings_come_in_any_order_and_once,
    a_line_is_billed_by_an_own_meter_and_corrected_later,
);

const METERS: &str = "/api/v1/meters";
const READINGS: &str = "/api/v1/meter-readings";

async fn backup(app: &TestApp) -> Value {
    let meter = json!({ "code": "backup-gb", "name": "Backup", "unit": "gigabyte" });
    let (status, made) = app.post(METERS, &meter).await;
    assert_eq!(status, 201, "{made}");
    made
}

/// Numbers of clients, by name.
async fn clients(app: &TestApp) -> Vec<Value> {
    let (_, all) = app.get("/api/v1/clients?limit=50").await;
    all["items"].as_array().unwrap().clone()
}

fn reading(client: &Value, on: &str, value: &str) -> Value {
    json!({ "client": client, "meter": "backup-gb", "on": on, "value": value })
}

async fn keep(app: &TestApp, readings: Value) -> Value {
    let (status, kept) = app.post(READINGS, &json!({ "readings": readings })).await;
    assert_eq!(status, 200, "{kept}");
    kept
}

async fn wrong_readings_are_named_and_none_is_kept(app: TestApp) {
    let taken = json!({ "code": "servers", "name": "", "unit": "x" });
    let (status, refused) = app.post(METERS, &taken).await;
    let fields = refused["error"]["fields"].as_object().unwrap();
    assert_eq!((status, fields.len()), (422, 2), "{refused}");
    let meter = backup(&app).await;
    let again = json!({ "code": "backup-gb", "name": "Other", "unit": "x" });
    assert_eq!(app.post(METERS, &again).await.0, 422);

    let client = &clients(&app).await[0]["reference"];
    let right = reading(client, "2026-10-31", "0.000001");
    let wrong = json!([
        right,
        { "client": "nobody", "meter": "servers", "on": "2026-02-30", "value": "-1" },
        { "client": client, "meter": "tapes", "on": "2031-01-01", "value": "1.0000001" },
        reading(client, "2026-10-31", "7"),
    ]);
    let (status, refused) = app.post(READINGS, &json!({ "readings": wrong })).await;
    let fields = json!({
        "readings[1].client": "there is no client with this id, number or name",
        "readings[1].meter": "a connected tool counts this one; nobody else can",
        "readings[1].on": refused["error"]["fields"]["readings[1].on"],
        "readings[1].value": "this cannot be negative",
        "readings[2].meter": "there is no meter with this code; add it first",
        "readings[2].on": "this day has not come yet",
        "readings[2].value": "at most six decimal places can be kept; round it yourself",
        "readings[3].value": "line 1 says another value for this day",
    });
    assert_eq!(
        (status, &refused["error"]["fields"]),
        (422, &fields),
        "{refused}"
    );
    let place = format!("{METERS}/{}", meter["id"].as_str().unwrap());
    let (_, detail) = app.get(&place).await;
    assert_eq!(detail["last"], json!([]), "nothing was kept");

    let left = json!({ "reference": "LEFT-1", "name": "Left long ago" });
    let (status, gone) = app.post("/api/v1/clients", &left).await;
    assert_eq!(status, 201, "{gone}");
    let gone_place = format!("/api/v1/clients/{}", gone["id"].as_str().unwrap());
    let (_, found) = app.get(&gone_place).await;
    let archive = json!({ "version": found["version"], "status": "archived" });
    let request = app.request(Method::PATCH, &gone_place).json(&archive);
    assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    let late = json!({ "readings": [reading(&gone["id"], "2026-10-31", "7")] });
    let (status, refused) = app.post(READINGS, &late).await;
    let said = &refused["error"]["fields"]["readings[0].client"];
    assert_eq!((status, said), (422, &json!("this client is archived")));
    let archived = json!({
        "version": 1, "code": "backup-gb", "name": "Backup", "unit": "GB", "is_archived": true,
    });
    let request = app.request(Method::PUT, &place).json(&archived);
    assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    let (status, refused) = app.post(READINGS, &json!({ "readings": [right] })).await;
    let said = &refused["error"]["fields"]["readings[0].meter"];
    assert_eq!((status, said), (422, &json!("this meter is archived")));
    let other = json!({ "version": 2, "code": "tapes", "name": "Backup", "unit": "GB" });
    let request = app.request(Method::PUT, &place).json(&other);
    assert_eq!(
        request.send().await.unwrap().status().as_u16(),
        422,
        "its code stays"
    );
}

async fn readings_come_in_any_order_and_once(app: TestApp) {
    let meter = backup(&app).await;
    let all = clients(&app).await;
    let (one, two) = (&all[0]["reference"], &all[1]["name"]);
    let kept = keep(
        &app,
        json!([
            reading(one, "2026-11-10", "120.5"),
            reading(one, "2026-11-01", "100"),
            reading(two, "2026-11-10", "7"),
            reading(two, "2026-11-10", "7.0"),
        ]),
    )
    .await;
    assert_eq!(
        [&kept["new"], &kept["same"], &kept["corrections"]],
        [&json!(3), &json!(1), &json!(0)],
        "{kept}"
    );
    let file = format!(
        "Customer;Meter;Date;Reading\n{};backup-gb;2026-11-10;120.5\n{};backup-gb;2026-11-11;300\n",
        one.as_str().unwrap(),
        one.as_str().unwrap(),
    );
    let (status, page) = upload(&app, &[("text", &file)]).await;
    assert!(status == 200 && page.contains("New, unusual"), "{page}");
    assert!(page.contains("2026-11-10 it was 120.5"), "{page}");
    let confirmed = [("text", file.as_str()), ("confirm", "yes")];
    let (status, _) = upload(&app, &confirmed).await;
    assert_eq!(status, 303);
    let (status, page) = upload(&app, &[("text", "a,b\nc,d")]).await;
    assert!(
        status == 200 && page.contains("Nothing was written"),
        "{page}"
    );

    let id = meter["id"].as_str().unwrap();
    let typed = [
        ("client", one.as_str().unwrap()),
        ("on", "2026-11-11"),
        ("value", "150"),
    ];
    assert_eq!(
        app.submit(&format!("/meters/{id}/readings"), &typed)
            .await
            .0,
        303
    );
    let typed = [("client", "nobody"), ("on", "2026-11-11"), ("value", "150")];
    let (status, page) = app.submit(&format!("/meters/{id}/readings"), &typed).await;
    assert!(
        status == 422 && page.contains("there is no client"),
        "{page}"
    );
    let (_, page) = app.page(&format!("/meters/{id}")).await;
    assert!(page.contains("Corrected") && page.contains("300"), "{page}");
    let (_, csv) = app.page(&format!("/meters/{id}/export.csv")).await;
    assert!(csv.contains("2026-11-11,150"), "{csv}");
    let (_, listed) = app.page("/meters").await;
    assert!(
        listed.contains("Workstations") && listed.contains("Backup"),
        "{listed}"
    );
    let (_, page) = app.page("/meters/workstations").await;
    assert!(page.contains("Last count of each client"), "{page}");
    let (_, csv) = app.page("/meters/export.csv").await;
    assert_eq!(csv.lines().count(), 4, "{csv}");
}

/// The form with a file, as a browser sends it.
async fn upload(app: &TestApp, fields: &[(&str, &str)]) -> (u16, String) {
    let mut body = String::new();
    for (name, value) in fields {
        body.push_str("--mark\r\ncontent-disposition: form-data; name=\"");
        body.push_str(name);
        body.push_str("\"\r\n\r\n");
        body.push_str(value);
        body.push_str("\r\n");
    }
    body.push_str("--mark--\r\n");
    let answer = app
        .request(Method::POST, "/meters/import")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "multipart/form-data; boundary=mark")
        .body(body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// A contract that bills what an own meter showed on the last day, afterwards.
fn metered(client: &Value) -> Value {
    json!({
        "reference": "BACKUP-1", "client": client, "name": "Backup", "status": "active",
        "starts_on": "2026-10-01", "cycle": "monthly", "timing": "arrears",
        "lines": [{
            "item": "BACKUP", "unit_price": "2.00", "timing": "arrears",
            "quantity": { "source": "meter", "meter": "backup-gb" },
        }],
    })
}

async fn only(app: &TestApp, contract: &Value, as_of: &str) -> Value {
    let scope = json!({ "contract": contract["id"], "as_of": as_of });
    let (status, made) = app.post("/api/v1/generated-invoices", &scope).await;
    assert_eq!(status, 201, "{made}");
    detail(
        app,
        made["ids"][0].as_str().unwrap_or_else(|| panic!("{made}")),
    )
    .await
}

fn amounts(draft: &Value) -> Vec<(&str, i64)> {
    let lines = draft["lines"].as_array().unwrap().iter();
    let mut amounts: Vec<(&str, i64)> = lines
        .map(|line| {
            let kind = line["charge_kind"].as_str().unwrap();
            (kind, line["net_minor"].as_i64().unwrap())
        })
        .collect();
    amounts.sort_unstable();
    amounts
}

async fn a_line_is_billed_by_an_own_meter_and_corrected_later(mut app: TestApp) {
    backup(&app).await;
    let ids = generate(&app).await;
    let client = clean(&app, &ids).await["client_id"].clone();
    let (_, sold) = app.get("/api/v1/catalog-items?limit=1").await;
    let item = json!({
        "code": "BACKUP", "name": "Backup", "unit_price": "2.00", "meter": "backup-gb",
        "tax_type": sold["items"][0]["tax_type"], "account_code": sold["items"][0]["account_code"],
    });
    let (status, item) = app.post("/api/v1/catalog-items", &item).await;
    assert_eq!(status, 201, "{item}");
    let (status, contract) = app.post("/api/v1/contracts", &metered(&client)).await;
    assert_eq!(status, 201, "{contract}");

    keep(&app, json!([reading(&client, "2026-10-20", "30")])).await;
    let scope = json!({ "contract": contract["id"], "as_of": "2026-11-22" });
    let (_, early) = app.post("/api/v1/generated-invoices/preview", &scope).await;
    let stops = early[0]["stops"].as_array().unwrap();
    assert_eq!(stops.len(), 1, "the count of the 20th is too old: {early}");
    keep(&app, json!([reading(&client, "2026-10-31", "40.5")])).await;
    let october = only(&app, &contract, "2026-11-22").await;
    assert_eq!(amounts(&october), [("usage", 8_100)], "{october}");
    assert_eq!(october["stops"], json!([]), "{october}");
    approve_and_post(&app, &october).await;

    // Four gigabytes more turn up, and November is settled in the middle of December.
    let corrected = keep(&app, json!([reading(&client, "2026-10-31", "44.5")])).await;
    assert_eq!(corrected["corrections"], 1, "{corrected}");
    app.control(Method::POST, "advance", &json!({ "days": 28 }))
        .await;
    app.sign_in_again().await;
    keep(&app, json!([reading(&client, "2026-11-30", "50")])).await;
    let november = only(&app, &contract, "2026-12-20").await;
    assert_eq!(
        amounts(&november),
        [("correction", 800), ("usage", 10_000)],
        "{november}"
    );

    app.run_jobs().await;
    let path = format!(
        "/api/v1/reconciliation/{}/{}",
        client.as_str().unwrap(),
        item["id"].as_str().unwrap()
    );
    let (status, behind) = app.get(&path).await;
    assert_eq!(
        (status, &behind["deployed"][0]["count"]),
        (200, &json!("50")),
        "{behind}"
    );
}
