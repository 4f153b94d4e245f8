//! An organization is exported and deleted.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::{
    db::{Engine, OrgId, sql, sql_owned},
    features::{
        organizations::store::whole::{TABLES, WITHHELD_COLUMNS, WITHHELD_TABLES},
        sign_in,
    },
    http::Role,
    testing::{OWNER, PASSWORD, TestApp, on_both_engines},
};

on_both_engines!(in_use =>
    everything_but_secrets_is_exported,
    deleting_leaves_nothing_and_touches_nobody_else,
    only_an_owner_with_a_fresh_factor_deletes,
);

const DELETE: &str = "/settings/organization/delete";
const EXPORT: &str = "/settings/organization/export";

/// An organization that has something in nearly every table.
async fn in_use(engine: Engine) -> TestApp {
    let mut options = sandbox::Options::new("");
    options.size.clients = 6;
    options.size.months = 4;
    let app = TestApp::with_sandbox(engine, options).await;
    app.sync_vendors().await;
    app.load_setup().await;
    app.post("/api/v1/reconcile", &json!({})).await;
    app.run_jobs().await;
    let as_of = json!({ "as_of": "2026-12-01" });
    app.post("/api/v1/generated-invoices", &as_of).await;
    app
}

/// Every table with rows of organizations, and its columns that hold bytes.
async fn schema(app: &TestApp) -> BTreeMap<String, BTreeSet<String>> {
    let mut tx = app.app.db.read_global().await.unwrap();
    let columns: Vec<(String, String, String)> = match tx.engine() {
        Engine::Sqlite => sql("select m.name, c.name, lower(c.type) \
             from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table'"),
        Engine::Postgres => sql(
            "select table_name::text, column_name::text, data_type::text \
             from information_schema.columns where table_schema = 'public'",
        ),
    }
    .all(&mut tx)
    .await
    .unwrap();
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (table, column, kind) in &columns {
        let found = tables.entry(table.clone()).or_default();
        if column == "org_id" || kind == "bytea" {
            found.insert(column.clone());
        }
    }
    tables.retain(|_, columns| columns.contains("org_id"));
    tables
}

async fn counts(app: &TestApp, org: OrgId) -> BTreeMap<&'static str, i64> {
    let mut tx = app.app.db.read(org).await.unwrap();
    let mut counts = BTreeMap::new();
    for table in TABLES {
        let count = sql_owned(format!("select count(*) from {table} where org_id = $1"));
        counts.insert(table, count.bind(org).value(&mut tx).await.unwrap());
    }
    counts
}

async fn everything_but_secrets_is_exported(app: TestApp) {
    let tables = schema(&app).await;
    let known: BTreeSet<&str> = TABLES.into_iter().collect();
    let found: BTreeSet<&str> = tables.keys().map(String::as_str).collect();
    assert_eq!(found, known, "say of a new table whether it is exported");
    for (table, bytes) in &tables {
        let is_withheld = |column: &String| WITHHELD_COLUMNS.contains(&column.as_str());
        let all_are = bytes.iter().all(is_withheld) || WITHHELD_TABLES.contains(&table.as_str());
        assert!(all_are, "{table} exports bytes: {bytes:?}");
    }

    let request = app.request(Method::POST, EXPORT).form(&[("factor", "")]);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let name = answer.headers()[header::CONTENT_DISPOSITION]
        .to_str()
        .unwrap();
    assert!(
        name.contains("billingone-2026-") && name.ends_with(".jsonl\""),
        "{name}"
    );
    let text = answer.text().await.unwrap();
    for secret in ["sealed", "password", "token_hash", "argon2"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let mut lines: BTreeMap<String, i64> = BTreeMap::new();
    let mut end = Value::Null;
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        match line["table"].as_str() {
            Some(table) => *lines.entry(table.to_owned()).or_default() += 1,
            None => end = line["end"].clone(),
        }
    }
    assert_eq!(end, json!(lines.values().sum::<i64>()));
    assert_eq!(lines["organization"], 1);
    assert_eq!(lines["person"], 1);
    for (table, count) in counts(&app, app.org).await {
        let told = lines.get(table).copied().unwrap_or_default();
        let due = if WITHHELD_TABLES.contains(&table) {
            0
        } else {
            count
        };
        assert_eq!(told, due, "{table}");
    }
    let mut tx = app.app.db.read(app.org).await.unwrap();
    let client: (String, String) =
        sql("select reference, name from client where org_id = $1 order by reference limit 1")
            .bind(app.org)
            .one(&mut tx)
            .await
            .unwrap();
    assert!(
        text.contains(&client.0) && text.contains(&client.1),
        "{client:?}"
    );
}

async fn deleting_leaves_nothing_and_touches_nobody_else(app: TestApp) {
    let other = app.another_organization().await;
    let mut tx = app.app.db.write_global().await.unwrap();
    sign_in::add_person(&app.app, &mut tx, other, OWNER, "", Role::Viewer, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let member = app.add_person("member@example.com", Role::Admin).await;
    let theirs = counts(&app, other).await;
    let wrong = [("confirm", "Northwind"), ("factor", "")];
    let (status, page) = app.submit(DELETE, &wrong).await;
    assert_eq!(status, 422);
    assert!(page.contains("this is not its name"), "{page}");
    assert!(counts(&app, app.org).await["client"] > 0);

    let (status, page) = app.submit(DELETE, &[("confirm", "Northwind IT")]).await;
    assert_eq!(status, 303, "{page}");
    let left = counts(&app, app.org).await;
    assert!(left.values().all(|count| *count == 0), "{left:?}");
    let mut now = counts(&app, other).await;
    // The session of the owner, who was taken there.
    *now.get_mut("session").unwrap() -= 1;
    assert_eq!(now, theirs);
    let (_, session) = app.get("/api/v1/session").await;
    assert_eq!(session["organization"], "Southwind IT");
    let request = app.anonymous(Method::GET, "/api/v1/session");
    let refused = request.bearer_auth(member).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    assert_eq!(app.run_jobs().await, 0);
}

async fn only_an_owner_with_a_fresh_factor_deletes(app: TestApp) {
    let admin = app.add_person("admin@example.com", Role::Admin).await;
    for (method, path) in [
        (Method::GET, DELETE),
        (Method::POST, DELETE),
        (Method::POST, EXPORT),
    ] {
        let request = app.anonymous(method, path).bearer_auth(&admin);
        let answer = request
            .form(&[("confirm", "Northwind IT")])
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 403, "{path}");
    }
    let mut tx = app.app.db.write_global().await.unwrap();
    sql("update session set factor_at = factor_at - 3600000000")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for path in [DELETE, EXPORT] {
        let (status, page) = app.submit(path, &[("confirm", "Northwind IT")]).await;
        assert_eq!(status, 422, "{path}");
        assert!(page.contains("enter your password to go on"), "{page}");
        assert!(
            path != DELETE || page.contains("value=\"Northwind IT\""),
            "{page}"
        );
    }
    let fields = [("confirm", "Northwind IT"), ("factor", PASSWORD)];
    let request = app.request(Method::POST, DELETE).form(&fields);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()[header::LOCATION], "/sign-in");
    assert_eq!(app.get("/api/v1/session").await.0, 401);
    // There is nothing to come back to.
    let credentials = json!({ "email": OWNER, "password": PASSWORD });
    assert_eq!(app.post("/api/v1/session", &credentials).await.0, 422);
}
