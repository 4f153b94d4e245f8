//! `backup` while the product is busy, and `restore` of it.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    db::{Db, DbOptions, sql, sql_owned},
    house::{PATIENCE, binary, free_port},
};

async fn open(folder: &Path) -> Db {
    let url = format!("sqlite:{}", folder.join("billingone.db").display());
    let options = DbOptions {
        url,
        owner_url: None,
        connections: 1,
    };
    Db::connect(options).await.unwrap()
}

/// Every table with its number of rows and a sum over what is in them.
async fn content(db: &Db) -> Vec<(String, i64, String)> {
    let mut tx = db.read_global().await.unwrap();
    let tables: Vec<String> = sql(
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' \
             order by name",
    )
    .values(&mut tx)
    .await
    .unwrap();
    let mut content = Vec::new();
    for table in tables {
        let columns: Vec<String> =
            sql_owned(format!("select name from pragma_table_info('{table}')"))
                .values(&mut tx)
                .await
                .unwrap();
        let row = columns
            .iter()
            .map(|column| format!("quote(\"{column}\")"))
            .collect::<Vec<_>>()
            .join(" || ',' || ");
        let text = format!(
            "select count(*), coalesce(group_concat(line, x'0a'), '') from \
             (select {row} as line from \"{table}\" order by 1)"
        );
        let (rows, lines): (i64, String) = sql_owned(text).one(&mut tx).await.unwrap();
        content.push((table, rows, lines));
    }
    content
}

async fn rows_of(db: &Db, table: &str) -> i64 {
    let mut tx = db.read_global().await.unwrap();
    let text = format!("select count(*) from {table}");
    sql_owned(text).value(&mut tx).await.unwrap()
}

/// A demo that is reading its vendors.
fn busy_demo(folder: &Path) -> std::process::Child {
    binary()
        .arg("--data-dir")
        .arg(folder)
        .args(["demo", "--clients", "40"])
        .env(
            "BILLINGONE_SERVER_LISTEN",
            format!("127.0.0.1:{}", free_port()),
        )
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn must(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_or_not_a_backup_taken_while_busy_opens_with_the_same_content() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy, restored) = (
        folder.path().join("data"),
        folder.path().join("copy"),
        folder.path().join("restored"),
    );
    let mut demo = busy_demo(&data);
    let begun = Instant::now();
    let is_busy = async || {
        if !data.join("billingone.db").exists() {
            return false;
        }
        let db = open(&data).await;
        let is_busy =
            rows_of(&db, "sqlite_schema").await > 40 && rows_of(&db, "sync_cursor").await > 2;
        db.close().await;
        is_busy
    };
    while !is_busy().await {
        assert!(begun.elapsed() < PATIENCE, "the demo never begins to read");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    must(
        binary()
            .arg("--data-dir")
            .arg(&data)
            .arg("backup")
            .arg(&copy),
    );
    // It was busy before and after.
    let db = open(&data).await;
    assert_eq!(rows_of(&db, "generated_invoice").await, 0);
    db.close().await;
    demo.kill().unwrap();
    demo.wait().unwrap();

    must(
        binary()
            .arg("--data-dir")
            .arg(&restored)
            .arg("restore")
            .arg(&copy),
    );
    let (ours, theirs) = (open(&restored).await, open(&copy).await);
    let mut tx = ours.read_global().await.unwrap();
    let found: String = sql("select * from pragma_integrity_check")
        .value(&mut tx)
        .await
        .unwrap();
    assert_eq!(found, "ok");
    drop(tx);
    assert!(rows_of(&ours, "sync_cursor").await > 2);
    assert_eq!(content(&ours).await, content(&theirs).await);
    ours.close().await;

    // The copy goes on as if nothing had happened.
    let once = binary()
        .arg("--data-dir")
        .arg(&restored)
        .args(["demo", "--once"])
        .env(
            "BILLINGONE_SERVER_LISTEN",
            format!("127.0.0.1:{}", free_port()),
        )
        .output()
        .unwrap();
    assert!(once.status.success(), "{once:?}");
}
