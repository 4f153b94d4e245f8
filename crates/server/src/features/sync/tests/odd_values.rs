//! Values that cannot be kept exactly, names that try to break something, halves of records.

use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path, path_regex},
};

use super::whole::runs;
use crate::{
    db::{Engine, sql},
    testing::{TestApp, engine_alone, on_both_engines},
};

on_both_engines!(engine_alone => what_cannot_be_kept_is_listed_and_the_rest_is_kept);

async fn pax8_with(subscriptions: Value) -> MockServer {
    let server = MockServer::start().await;
    let list = |content: Value| {
        let count = content.as_array().unwrap().len();
        let page = json!({ "size": 200, "totalElements": count, "totalPages": 1, "number": 0 });
        ResponseTemplate::new(200).set_body_json(json!({ "content": content, "page": page }))
    };
    let token = json!({ "access_token": "t", "expires_in": 86400, "token_type": "Bearer" });
    Mock::given(method("POST"))
        .and(path("/v1/token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(token))
        .mount(&server)
        .await;
    let mount = async |at: &str, content: Value| {
        Mock::given(method("GET"))
            .and(path_regex(format!("^/v1/{at}$")))
            .respond_with(list(content))
            .mount(&server)
            .await;
    };
    let name = format!("<b>{}</b>", "n".repeat(300));
    let company = json!({ "id": "c1", "name": name, "website": "https://example.com" });
    mount("companies", json!([company])).await;
    mount("products", json!([{ "id": "p1", "name": "Mailbox" }])).await;
    mount("subscriptions", subscriptions).await;
    mount("subscriptions/.*/history", json!([])).await;
    mount("invoices", json!([])).await;
    mount("invoices/draftItems", json!([])).await;
    server
}

fn subscription(id: &str, price: &Value, quantity: &Value) -> Value {
    json!({ "id": id, "companyId": "c1", "productId": "p1", "quantity": quantity,
        "startDate": "2026-01-01T08:30:00Z", "createdDate": "2026-01-01", "status": "Active",
        "price": price, "partnerCost": 1.5, "currencyCode": "GBP", "productName": "Mailbox",
        "billingTerm": "Monthly" })
}

async fn what_cannot_be_kept_is_listed_and_the_rest_is_kept(engine: Engine) {
    let odd = json!([
        subscription("good", &json!(22.125), &json!(3)),
        subscription("nine", &json!(1.123_456_789), &json!(3)),
        subscription("less", &json!(22), &json!(-2)),
        { "id": "torn", "companyId": "c1" },
    ]);
    let server = pax8_with(odd).await;
    let app = TestApp::configured(engine, |config| {
        config.vendors.pax8.api_url = format!("{}/v1", server.uri());
    })
    .await;
    let body = json!({ "vendor": "pax8", "client_id": "id", "client_secret": "secret" });
    assert_eq!(app.post("/api/v1/connections", &body).await.0, 201);
    app.run_jobs().await;
    let run = runs(&app).await.remove(0);
    assert_eq!(run["state"], "done", "{run}");
    let id = run["id"].as_str().unwrap();
    let (_, detail) = app.get(&format!("/api/v1/sync-runs/{id}")).await;
    let broken = detail["broken"].as_array().unwrap();
    assert_eq!(broken.len(), 2, "{broken:?}");
    let why = |id: &str| {
        let one = broken.iter().find(|one| one["id"] == id).unwrap();
        one["why"].as_str().unwrap().to_owned()
    };
    assert!(
        why("nine").starts_with("price is 1.123456789"),
        "{}",
        why("nine")
    );
    assert!(why("torn").contains("missing field"), "{}", why("torn"));
    let (_, page) = app.page(&format!("/sync-runs/{id}")).await;
    assert!(
        page.contains("Could not be kept") && page.contains("1.123456789"),
        "{page}"
    );
    let mut tx = app.app.db.read(app.org).await.unwrap();
    let kept: Vec<(String, i64, i64)> = sql(
        "select external_id, quantity, unit_price from subscription \
         where org_id = $1 and removed_at is null order by external_id",
    )
    .bind(app.org)
    .all(&mut tx)
    .await
    .unwrap();
    let wanted = [
        ("good".to_owned(), 3_000_000, 22_125_000),
        ("less".to_owned(), -2_000_000, 22_000_000),
    ];
    assert_eq!(
        kept, wanted,
        "a negative quantity is kept as it is; what to do is billing's"
    );
    let names: Vec<String> = sql("select name from vendor_company where org_id = $1")
        .bind(app.org)
        .values(&mut tx)
        .await
        .unwrap();
    assert_eq!(names, [format!("<b>{}</b>", "n".repeat(300))]);
}
