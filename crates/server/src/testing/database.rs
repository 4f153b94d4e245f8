//! One empty database per test. PostgreSQL comes from `BILLINGONE_TEST_POSTGRES`, a superuser's
//! address; the product itself gets a role that owns no table and cannot bypass row security.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, raw_sql};

use crate::db::{DbOptions, Engine};

const VARIABLE: &str = "BILLINGONE_TEST_POSTGRES";
const ROLE: &str = "billingone_app";

pub struct TestDatabase {
    pub options: DbOptions,
    _folder: Option<tempfile::TempDir>,
}

/// True when PostgreSQL stories cannot run here. Never in CI, where that is a failure.
pub fn postgres_is_missing() -> bool {
    let missing = std::env::var_os(VARIABLE).is_none();
    assert!(
        !missing || std::env::var_os("CI").is_none(),
        "CI must set {VARIABLE}"
    );
    if missing {
        println!(
            "{VARIABLE} is not set: the PostgreSQL half did not run (cargo xtask test sets it)"
        );
    }
    missing
}

impl TestDatabase {
    pub async fn create(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite:{}", folder.path().join("test.db").display());
                let options = DbOptions {
                    url,
                    owner_url: None,
                    connections: 4,
                };
                Self {
                    options,
                    _folder: Some(folder),
                }
            }
            Engine::Postgres => Self {
                options: create_postgres().await,
                _folder: None,
            },
        }
    }
}

async fn create_postgres() -> DbOptions {
    let admin = std::env::var(VARIABLE).unwrap();
    let name = unused_name();
    let mut connection = PgConnection::connect(&admin).await.unwrap();
    // Another test may create the role at the same moment.
    let role = format!(
        "do $$ begin create role {ROLE} login nobypassrls; \
         exception when duplicate_object or unique_violation then null; end $$"
    );
    raw_sql(AssertSqlSafe(role))
        .execute(&mut connection)
        .await
        .unwrap();
    raw_sql(AssertSqlSafe(format!("create database {name}")))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let mut owner: url::Url = admin.parse().unwrap();
    owner.set_path(&name);
    let mut app = owner.clone();
    app.set_username(ROLE).unwrap();
    DbOptions {
        url: app.to_string(),
        owner_url: Some(owner.to_string()),
        connections: 6,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a name that no other test process draws"
)]
fn unused_name() -> String {
    format!("t{}", uuid::Uuid::now_v7().simple())
}
