//! The commands over PostgreSQL, where more than one process may work.

use std::{path::Path, process::Stdio};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use super::{Installation, Listening, PASSWORD, first_line, holds, terminate};

/// An empty database; the addresses of a plain role and of the owner.
async fn postgres(name: &str) -> Option<(String, String)> {
    let Ok(admin) = std::env::var("BILLINGONE_TEST_POSTGRES") else {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must set BILLINGONE_TEST_POSTGRES"
        );
        println!("BILLINGONE_TEST_POSTGRES is not set: the PostgreSQL half did not run");
        return None;
    };
    let mut connection = PgConnection::connect(&admin).await.unwrap();
    let role = "do $$ begin create role billingone_app login nobypassrls; \
         exception when duplicate_object or unique_violation then null; end $$";
    connection.execute(role).await.unwrap();
    let make = AssertSqlSafe(format!("create database {name}"));
    connection.execute(sqlx::raw_sql(make)).await.unwrap();
    let mut owner: url::Url = admin.parse().unwrap();
    owner.set_path(name);
    let mut plain = owner.clone();
    plain.set_username("billingone_app").unwrap();
    Some((plain.to_string(), owner.to_string()))
}

#[tokio::test]
async fn postgres_needs_a_plain_role_and_has_workers() {
    let name = format!("cli{}", std::process::id());
    let Some((plain, owner)) = postgres(&name).await else {
        return;
    };
    let mut here = Installation::new();
    here.settings.push(("BILLINGONE_DATABASE_URL", plain));
    here.settings
        .push(("BILLINGONE_DATABASE_OWNER_URL", owner.clone()));
    here.init();
    holds(
        &here.done(&["check"]),
        "ok     Database role: row security holds for it",
    );
    holds(&here.refused(&["backup", "/nowhere/copy"]), "use pg_dump");
    let user = [
        "user",
        "add",
        "--email",
        "v@example.com",
        "--role",
        "viewer",
        "--password",
        PASSWORD,
    ];
    holds(&here.done(&user), "may sign in as viewer");
    let user = [
        "user",
        "set-password",
        "--email",
        "v@example.com",
        "--password",
        PASSWORD,
    ];
    holds(&here.done(&user), "sessions have ended");
    let server = Listening::start(&here);
    assert_eq!(server.get("/readyz").await.0, 200);
    server.stop();
    let mut worker = here
        .command(&["worker"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    holds(&first_line(&mut worker), "waits for jobs");
    terminate(&mut worker);
    let mut careless = Installation::new();
    careless.settings.push(("BILLINGONE_DATABASE_URL", owner));
    copy_key(&here.data(), &careless.data());
    holds(&careless.refused(&["check"]), "superuser or has BYPASSRLS");
    let mut nowhere = Installation::new();
    let url = "postgres://nobody@127.0.0.1:1/nothing".to_owned();
    nowhere.settings.push(("BILLINGONE_DATABASE_URL", url));
    holds(
        &nowhere.refused(&["check"]),
        "see [database] in the settings",
    );
}

fn copy_key(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    std::fs::copy(from.join("secret.key"), to.join("secret.key")).unwrap();
}
