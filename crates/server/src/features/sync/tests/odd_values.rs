//! Values that cannot be kept exactly, names that try to break something, halves of records.

use reqwest::Method;
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

on_both_engines!(engine_alone =>
    what_cannot_be_kept_is_listed_and_the_rest_is_kept,
    a_client_that_a_vendor_deleted_keeps_its_history,
);

async fn pax8_with(companies: Value, subscriptions: Value) -> MockServer {
    let server = MockServer::start().await;
    answer_with(&server, companies, subscriptions).await;
    server
}

/// What Pax8 holds from now on.
async fn answer_with(server: &MockServer, companies: Value, subscriptions: Value) {
    server.reset().await;
    let list = |content: Value| {
        let count = content.as_array().unwrap().len();
        let page = json!({ "size": 200, "totalElements": count, "totalPages": 1, "number": 0 });
        ResponseTemplate::new(200).set_body_json(json!({ "content": content, "page": page }))
    };
    let token = json!({ "access_token": "t", "expires_in": 86400, "token_type": "Bearer" });
    Mock::given(method("POST"))
        .and(path("/v1/token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(token))
        .mount(server)
        .await;
    let mount = async |at: &str, content: Value| {
        Mock::given(method("GET"))
            .and(path_regex(format!("^/v1/{at}$")))
            .respond_with(list(content))
            .mount(server)
            .await;
    };
    mount("companies", companies).await;
    mount("products", json!([{ "id": "p1", "name": "Mailbox" }])).await;
    mount("subscriptions", subscriptions).await;
    mount("subscriptions/.*/history", json!([])).await;
    mount("invoices", json!([])).await;
    mount("invoices/draftItems", json!([])).await;
}

fn company(id: &str, name: &str) -> Value {
    json!({ "id": id, "name": name, "website": format!("https://{id}.example.com") })
}

/// 300 characters, and markup around them.
fn long_name() -> String {
    format!("<b>{}</b>", "n".repeat(300))
}

async fn connected(engine: Engine, server: &MockServer) -> TestApp {
    let app = TestApp::configured(engine, |config| {
        config.vendors.pax8.api_url = format!("{}/v1", server.uri());
    })
    .await;
    let body = json!({ "vendor": "pax8", "client_id": "id", "client_secret": "secret" });
    assert_eq!(app.post("/api/v1/connections", &body).await.0, 201);
    app.run_jobs().await;
    app
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
    let server = pax8_with(json!([company("c1", &long_name())]), odd).await;
    let app = connected(engine, &server).await;
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
    assert_eq!(names, [long_name()]);
    drop(tx);
    // It is text wherever it is shown, as a suggestion and as a client's own name.
    let client = json!({ "reference": "C1", "name": long_name().replace("nnn", "n") });
    let (status, made) = app.post("/api/v1/clients", &client).await;
    assert_eq!(status, 201, "{made}");
    let detail = format!("/clients/{}", made["id"].as_str().unwrap());
    for path in ["/client-mappings", "/clients", &detail, "/subscriptions"] {
        let (status, page) = app.page(path).await;
        assert_eq!(status, 200, "{path}: {page}");
        assert!(
            page.contains("nnnnnnnnnn") || path == "/subscriptions",
            "{path}: {page}"
        );
        assert!(!page.contains("<b>n"), "{path} lets markup through: {page}");
    }
}

async fn a_client_that_a_vendor_deleted_keeps_its_history(engine: Engine) {
    let companies = ["c1", "c2", "c3"].map(|id| company(id, &format!("Firm {id}")));
    let held = |id: &str, of: &str| {
        let mut held = subscription(id, &json!(22), &json!(3));
        held["companyId"] = json!(of);
        held
    };
    let subscriptions = [held("s1", "c1"), held("s2", "c2"), held("s3", "c3")];
    let server = pax8_with(json!(companies), json!(subscriptions)).await;
    let app = connected(engine, &server).await;
    let client = json!({ "reference": "C1", "name": "Firm c1" });
    let (_, made) = app.post("/api/v1/clients", &client).await;
    let link = json!({ "connection": "pax8", "external_id": "c1", "client": "C1" });
    let request = app.request(Method::PUT, "/api/v1/client-links").json(&link);
    assert!(request.send().await.unwrap().status().is_success());

    answer_with(&server, json!(companies[1..]), json!(subscriptions[1..])).await;
    app.post("/api/v1/sync", &json!({ "mode": "full" })).await;
    app.run_jobs().await;
    let run = runs(&app).await.remove(0);
    assert_eq!(
        (&run["state"], &run["removed"]),
        (&json!("done"), &json!(2)),
        "{run}"
    );
    let (_, links) = app.get("/api/v1/client-links?client=C1").await;
    let gone = &links["items"][0];
    assert_eq!(
        (&gone["state"], &gone["is_gone"]),
        (&json!("mapped"), &json!(true))
    );
    let id = made["id"].as_str().unwrap();
    let (status, page) = app.page(&format!("/clients/{id}")).await;
    assert!(status == 200 && page.contains("Firm c1"), "{page}");

    // Archiving it here takes nothing away either; and it comes back whole.
    let archive = json!({ "version": made["version"], "status": "archived" });
    let request = app.request(Method::PATCH, &format!("/api/v1/clients/{id}"));
    assert_eq!(request.json(&archive).send().await.unwrap().status(), 200);
    assert_eq!(app.page(&format!("/clients/{id}")).await.0, 200);
    answer_with(&server, json!(companies), json!(subscriptions)).await;
    app.post("/api/v1/sync", &json!({ "mode": "full" })).await;
    app.run_jobs().await;
    let (_, links) = app.get("/api/v1/client-links?client=C1").await;
    assert_eq!(links["items"][0]["is_gone"], false);
    let mut tx = app.app.db.read(app.org).await.unwrap();
    let standing: i64 = sql("select count(*) from subscription \
         where org_id = $1 and removed_at is null")
    .bind(app.org)
    .value(&mut tx)
    .await
    .unwrap();
    assert_eq!(standing, 3);
}
