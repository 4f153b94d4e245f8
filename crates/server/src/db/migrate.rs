//! Numbered migrations, the same names in both engines, applied once and never changed.

use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;

use super::{Db, DbError, DbOptions, Engine, Tx, connect::engine_of, sql};

#[derive(Debug, Clone, Copy)]
pub struct Migration {
    pub number: i64,
    pub name: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal;)*) => {
        /// Every migration, in order.
        pub fn migrations() -> &'static [Migration] {
            &[$(Migration {
                number: $number,
                name: $name,
                sqlite: include_str!(concat!("../../../../migrations/sqlite/", $name, ".sql")),
                postgres: include_str!(concat!("../../../../migrations/postgres/", $name, ".sql")),
            }),*]
        }
    };
}

migrations! {
    1 "0001_foundation";
    2 "0002_vendor_facts";
    3 "0003_contracts";
    4 "0004_findings";
    5 "0005_generated_invoices";
    6 "0006_home";
    7 "0007_terms_and_missing_counts";
    8 "0008_sign_in";
    9 "0009_passkeys";
    10 "0010_account";
    11 "0011_rules_and_profiles";
    12 "0012_people";
    13 "0013_supabase_project";
    14 "0014_templates_and_uplifts";
    15 "0015_credit_notes";
    16 "0016_deliveries";
    17 "0017_approval_rules";
    18 "0018_vendor_bills";
    19 "0019_draft_runs";
    20 "0020_numbering";
    21 "0021_meters";
    22 "0022_repeating_invoices";
    23 "0023_month_ends";
}

/// Brings the database to this program's version; the names of what was applied.
///
/// # Errors
/// [`DbError::Version`] when the database is newer than this program, or when a migration that
/// was applied reads differently now.
pub async fn migrate(options: &DbOptions, now_micros: i64) -> Result<Vec<&'static str>, DbError> {
    let owner = DbOptions {
        url: options
            .owner_url
            .clone()
            .unwrap_or_else(|| options.url.clone()),
        owner_url: None,
        connections: 2,
    };
    let db = Db::connect(owner).await?;
    let mut tx = db.write_global().await?;
    let applied = apply_pending(&mut tx, now_micros).await?;
    if let Some(role) = app_role(options) {
        grant(&mut tx, &role).await?;
    }
    tx.commit().await?;
    db.close().await;
    Ok(applied)
}

/// The names of migrations that the database lacks.
pub async fn pending(db: &Db) -> Result<Vec<&'static str>, DbError> {
    let mut tx = db.read_global().await?;
    let done = done(&mut tx).await.unwrap_or_default();
    Ok(migrations()
        .iter()
        .filter(|m| !done.contains(&m.name.to_owned()))
        .map(|m| m.name)
        .collect())
}

async fn done(tx: &mut Tx) -> Result<Vec<String>, DbError> {
    sql("select name from schema_migration order by number")
        .values(tx)
        .await
}

async fn apply_pending(tx: &mut Tx, now_micros: i64) -> Result<Vec<&'static str>, DbError> {
    execute_script(
        tx,
        "create table if not exists schema_migration \
         (number bigint primary key, name text not null, checksum text not null, applied_at bigint not null)",
    )
    .await?;
    let known = migrations().iter().map(|m| m.number).max().unwrap_or(0);
    let found: Vec<(i64, String)> =
        sql("select number, checksum from schema_migration order by number")
            .all(tx)
            .await?;
    if let Some(newer) = found.iter().find(|(number, _)| *number > known) {
        let advice = "start the newer version of BillingOne, or restore a backup";
        return Err(DbError::Version {
            found: newer.0,
            known,
            advice,
        });
    }
    let mut applied = Vec::new();
    for migration in migrations() {
        let text = text_for(tx.engine(), migration);
        let checksum = hex::encode(Sha256::digest(text));
        match found.iter().find(|(number, _)| *number == migration.number) {
            Some((_, then)) if *then == checksum => {}
            Some(_) => {
                let advice = "an applied migration was edited; restore its text";
                return Err(DbError::Version {
                    found: migration.number,
                    known,
                    advice,
                });
            }
            None => {
                execute_script(tx, text).await?;
                record(tx, migration, &checksum, now_micros).await?;
                applied.push(migration.name);
            }
        }
    }
    Ok(applied)
}

async fn record(
    tx: &mut Tx,
    migration: &Migration,
    checksum: &str,
    now_micros: i64,
) -> Result<(), DbError> {
    sql(
        "insert into schema_migration (number, name, checksum, applied_at) values ($1, $2, $3, $4)",
    )
    .bind(migration.number)
    .bind(migration.name)
    .bind(checksum)
    .bind(now_micros)
    .run(tx)
    .await?;
    Ok(())
}

fn text_for(engine: Engine, migration: &Migration) -> &'static str {
    match engine {
        Engine::Sqlite => migration.sqlite,
        Engine::Postgres => migration.postgres,
    }
}

async fn execute_script(tx: &mut Tx, text: &'static str) -> Result<(), DbError> {
    match tx {
        Tx::Sqlite(tx) => sqlx::raw_sql(text)
            .execute(&mut **tx)
            .await?
            .rows_affected(),
        Tx::Postgres(tx) => sqlx::raw_sql(text)
            .execute(&mut **tx)
            .await?
            .rows_affected(),
    };
    Ok(())
}

/// The role of `url`, where it is not the one that owns the tables.
fn app_role(options: &DbOptions) -> Option<String> {
    let owner = options.owner_url.as_ref()?;
    if engine_of(&options.url) == Engine::Sqlite {
        return None;
    }
    let role_of = |url: &str| Some(url::Url::parse(url).ok()?.username().to_owned());
    let role = role_of(&options.url)?;
    (Some(&role) != role_of(owner).as_ref() && !role.is_empty()).then_some(role)
}

async fn grant(tx: &mut Tx, role: &str) -> Result<(), DbError> {
    let Tx::Postgres(tx) = tx else { return Ok(()) };
    let role = role.replace('"', "\"\"");
    let text = format!(
        "grant usage on schema public to \"{role}\"; \
         grant select, insert, update, delete on all tables in schema public to \"{role}\"; \
         revoke insert, update, delete on schema_migration from \"{role}\""
    );
    sqlx::raw_sql(AssertSqlSafe(text))
        .execute(&mut **tx)
        .await?;
    Ok(())
}
