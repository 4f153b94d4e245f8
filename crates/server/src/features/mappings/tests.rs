//! What a sync may link by itself.

use serde_json::json;

use crate::{
    db::{Engine, sql},
    testing::{TestApp, on_both_engines},
};

on_both_engines!(small_world => an_id_that_two_records_share_links_neither);

async fn small_world(engine: Engine) -> TestApp {
    let mut options = sandbox::Options::new("");
    options.size.clients = 40;
    options.size.months = 1;
    let app = TestApp::with_sandbox(engine, options).await;
    app.sync_vendors().await;
    app
}

async fn an_id_that_two_records_share_links_neither(app: TestApp) {
    let mut tx = app.app.db.write(app.org).await.unwrap();
    for (own_ref, from, count) in [("TWICE", 0, 2), ("ONCE", 2, 1)] {
        sql(
            "update vendor_company set own_ref = $2 where org_id = $1 and external_id in \
             (select c.external_id from vendor_company c \
              join connection on connection.id = c.connection_id and connection.vendor = 'pax8' \
              where c.org_id = $1 order by c.external_id limit $4 offset $3)",
        )
        .bind(app.org)
        .bind(own_ref)
        .bind(from)
        .bind(count)
        .run(&mut tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    for reference in ["TWICE", "ONCE"] {
        let client = json!({ "reference": reference, "name": format!("Known as {reference}") });
        assert_eq!(app.post("/api/v1/clients", &client).await.0, 201);
    }
    let mut tx = app.app.db.write(app.org).await.unwrap();
    super::propose(&app.app, &mut tx, app.org).await.unwrap();
    tx.commit().await.unwrap();
    let mapped = async |client: &str| {
        let path = format!("/api/v1/client-links?state=mapped&client={client}");
        let (status, page) = app.get(&path).await;
        assert_eq!(status, 200, "{page}");
        page["items"].as_array().unwrap().len()
    };
    assert_eq!(mapped("ONCE").await, 1);
    assert_eq!(mapped("TWICE").await, 0, "a person must say which it is");
}
