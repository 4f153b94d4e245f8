//! Both engines keep the same schema, and PostgreSQL keeps tenants apart by itself.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::testing::{TestApp, TestDatabase, on_both_engines, postgres_is_missing};

on_both_engines!(TestApp::start =>
    a_dropped_transaction_leaves_nothing,
    a_bulk_write_changes_only_what_differs,
    the_product_s_own_role_is_bound_by_row_security,
);

async fn the_product_s_own_role_is_bound_by_row_security(app: TestApp) {
    assert!(!dialect::bypasses_row_security(&app.app.db).await.unwrap());
}

mod again {
    use super::*;

    on_both_engines!(TestDatabase::create => migrating_again_changes_nothing);

    async fn migrating_again_changes_nothing(database: TestDatabase) {
        let first = migrate(&database.options, 0).await.unwrap();
        assert_eq!(first.len(), migrations().len());
        let second = migrate(&database.options, 0).await.unwrap();
        assert_eq!(second, Vec::<&str>::new());
    }
}

async fn a_dropped_transaction_leaves_nothing(app: TestApp) {
    let mut tx = app.app.db.write_global().await.unwrap();
    sql("insert into schedule (name, last_run_at) values ($1, 1)")
        .bind("x")
        .run(&mut tx)
        .await
        .unwrap();
    drop(tx);
    let mut tx = app.app.db.read_global().await.unwrap();
    let names: Vec<String> = sql("select name from schedule")
        .values(&mut tx)
        .await
        .unwrap();
    assert_eq!(names, Vec::<String>::new());
}

async fn a_bulk_write_changes_only_what_differs(app: TestApp) {
    const SHAPE: Upsert = Upsert {
        table: "schedule",
        columns: &[("name", Kind::Text), ("last_run_at", Kind::Int)],
        key: &["name"],
        update: &["last_run_at"],
        unless_equal: Some("last_run_at"),
    };
    let rows = |shift: i64| {
        (0..150)
            .map(|i| {
                vec![
                    format!("s{i}").into(),
                    (i + if i < 3 { shift } else { 0 }).into(),
                ]
            })
            .collect()
    };
    let mut tx = app.app.db.write_global().await.unwrap();
    assert_eq!(upsert(&mut tx, &SHAPE, rows(0)).await.unwrap(), 150);
    assert_eq!(upsert(&mut tx, &SHAPE, rows(0)).await.unwrap(), 0);
    assert_eq!(upsert(&mut tx, &SHAPE, rows(7)).await.unwrap(), 3);
}

/// Table → column → (type class, may be null).
type Schema = BTreeMap<String, BTreeMap<String, (&'static str, bool)>>;

#[tokio::test]
async fn both_engines_have_the_same_columns() {
    if postgres_is_missing() {
        return;
    }
    let sqlite = schema_of(Engine::Sqlite).await;
    let postgres = schema_of(Engine::Postgres).await;
    assert!(sqlite.len() > 40);
    for (table, columns) in &sqlite {
        assert_eq!(Some(columns), postgres.get(table), "{table}");
    }
    assert_eq!(sqlite.len(), postgres.len());
}

async fn schema_of(engine: Engine) -> Schema {
    let database = TestDatabase::create(engine).await;
    migrate(&database.options, 0).await.unwrap();
    let db = Db::connect(database.options.clone()).await.unwrap();
    let mut tx = db.read_global().await.unwrap();
    let rows: Vec<(String, String, String, i64)> = match engine {
        Engine::Sqlite => sql("select m.name, c.name, lower(c.type), \
             case when c.\"notnull\" = 1 or c.pk > 0 then 0 else 1 end \
             from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table'")
        .all(&mut tx)
        .await
        .unwrap(),
        Engine::Postgres => sql(
            "select table_name::text, column_name::text, data_type::text, \
             cast(case when is_nullable = 'YES' then 1 else 0 end as bigint) \
             from information_schema.columns where table_schema = 'public'",
        )
        .all(&mut tx)
        .await
        .unwrap(),
    };
    let mut schema = Schema::new();
    for (table, column, kind, nullable) in rows {
        let class = match kind.as_str() {
            "integer" | "bigint" | "boolean" => "whole",
            "blob" | "bytea" | "uuid" => "bytes",
            "text" => "text",
            other => panic!("{table}.{column} has the type {other}"),
        };
        schema
            .entry(table)
            .or_default()
            .insert(column, (class, nullable == 1));
    }
    schema
}

#[tokio::test]
async fn every_tenant_table_is_behind_row_security_and_unset_sees_nothing() {
    if postgres_is_missing() {
        return;
    }
    let app = TestApp::start(Engine::Postgres).await;
    let listed: BTreeSet<&str> = include_str!("../../../../migrations/tenantless.txt")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .collect();
    let mut tx = app.app.db.write(app.org).await.unwrap();
    let tables: Vec<(String, bool)> = sql(
        "select relname::text, relrowsecurity and relforcerowsecurity \
         from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
    )
    .all(&mut tx)
    .await
    .unwrap();
    for (table, secured) in tables {
        assert_eq!(secured, !listed.contains(table.as_str()), "{table}");
    }
    sql("insert into number_series (org_id, name, prefix, next) values ($1, 'x', 'X', 1)")
        .bind(app.org)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = app.app.db.read_global().await.unwrap();
    let seen: i64 = sql("select count(*) from number_series")
        .value(&mut tx)
        .await
        .unwrap();
    assert_eq!(seen, 0, "outside a tenant's transaction nothing is seen");
    drop(tx);
    let mut tx = app
        .app
        .db
        .write(OrgId(uuid::Uuid::from_u128(1)))
        .await
        .unwrap();
    let foreign =
        sql("insert into number_series (org_id, name, prefix, next) values ($1, 'y', 'Y', 1)")
            .bind(app.org)
            .run(&mut tx)
            .await;
    assert!(foreign.is_err(), "nobody writes into another organization");
}
