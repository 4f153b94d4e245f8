//! Databases to measure on, with one organization in them.

use anyhow::{Context as _, Result};
use billingone::{
    app::App,
    clock::Clock,
    config::Config,
    db::{Db, DbOptions, OrgId, Value, migrate, sql},
    features::sign_in::{self, NewOrganization, Origin, Password},
    http::Role,
    seal::Sealer,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, raw_sql};

/// The product's role on PostgreSQL: it owns no table.
const ROLE: &str = "billingone_bench";
/// Runs before the one that counts: PostgreSQL plans a statement five times before it keeps the
/// plan, as the connections of a server have long done.
pub const WARM_UP: usize = 6;
const OWNER: &str = "owner@example.com";
const PASSWORD: &str = "a long enough password";

/// An organization and its product.
pub struct Place {
    pub app: App,
    pub org: OrgId,
}

/// `sqlite:PATH`, or the address of a database on a PostgreSQL on which we may do anything.
pub async fn make(url: &str) -> Result<Place> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{path}{end}"));
        }
    } else {
        make_postgres(url).await?;
    }
    let options = options(url)?;
    migrate(&options, 0).await?;
    let app = app(options, |_| {}).await?;
    let mut tx = app.db.write_global().await?;
    let new = NewOrganization {
        name: "Northwind IT".to_owned(),
        currency: "GBP".to_owned(),
        time_zone: "Europe/London".to_owned(),
    };
    let org = sign_in::create_organization(&app, &mut tx, &new).await?;
    let password = Some(Password::typed(PASSWORD.to_owned()));
    sign_in::add_person(&app, &mut tx, org, OWNER, "Olivia", Role::Owner, password).await?;
    tx.commit().await?;
    Ok(Place { app, org })
}

pub async fn open(url: &str) -> Result<Place> {
    opened(url, |_| {}).await
}

/// Without the limits that end a storm of guesses before it begins.
pub async fn open_to_guesses(url: &str) -> Result<Place> {
    let open = |config: &mut Config| {
        config.server.trusted_proxy = true;
        config.sign_in.attempts_per_quarter_hour = u32::MAX;
    };
    opened(url, open).await
}

async fn opened(url: &str, change: impl FnOnce(&mut Config)) -> Result<Place> {
    let app = app(options(url)?, change).await?;
    let mut tx = app.db.read_global().await?;
    let org = sign_in::organization_named(&mut tx, None).await?;
    drop(tx);
    Ok(Place { app, org })
}

async fn app(options: DbOptions, change: impl FnOnce(&mut Config)) -> Result<App> {
    let sealer = Sealer::from_base64("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")?;
    let db = Db::connect(options).await?;
    let mut config = Config::load(None, [])?;
    change(&mut config);
    App::new(db, Clock::system(), config, sealer)
}

fn options(url: &str) -> Result<DbOptions> {
    let mut options = DbOptions {
        url: url.to_owned(),
        owner_url: None,
        connections: 8,
    };
    if !url.starts_with("sqlite:") {
        let mut role: url::Url = url.parse()?;
        let _ = role.set_username(ROLE);
        options.owner_url = Some(std::mem::replace(&mut options.url, role.to_string()));
    }
    Ok(options)
}

async fn make_postgres(url: &str) -> Result<()> {
    let mut server: url::Url = url.parse()?;
    let name = server.path().trim_start_matches('/').to_owned();
    server.set_path("postgres");
    let mut connection = PgConnection::connect(server.as_str()).await?;
    let role = format!(
        "do $$ begin create role {ROLE} login nobypassrls; \
         exception when duplicate_object then null; end $$"
    );
    for statement in [
        role,
        format!("drop database if exists \"{name}\" with (force)"),
        format!("create database \"{name}\""),
    ] {
        raw_sql(AssertSqlSafe(statement))
            .execute(&mut connection)
            .await?;
    }
    Ok(connection.close().await?)
}

/// Of what was written; PostgreSQL does it by itself within a minute, SQLite needs none.
pub async fn take_statistics(url: &str) -> Result<()> {
    if url.starts_with("sqlite:") {
        return Ok(());
    }
    let mut owner = PgConnection::connect(url).await?;
    raw_sql("analyze").execute(&mut owner).await?;
    Ok(owner.close().await?)
}

impl Place {
    /// The owner's bearer token.
    pub async fn sign_in(&self) -> Result<String> {
        let origin = Origin {
            user_agent: "bench".to_owned(),
            address: "127.0.0.1".to_owned(),
            kind: "api",
        };
        let password = Password::typed(PASSWORD.to_owned());
        let session = sign_in::sign_in(&self.app, OWNER, password, &origin).await?;
        Ok(session.token)
    }

    /// One number of the organization's: the statement's `$1`.
    pub async fn number(&self, text: &'static str) -> Result<i64> {
        let mut tx = self.app.db.read(self.org).await?;
        Ok(sql(text).bind(self.org).value(&mut tx).await?)
    }

    /// Runs a statement about the organization, its `$1`.
    pub async fn run(&self, text: &'static str) -> Result<()> {
        let mut tx = self.app.db.write(self.org).await?;
        sql(text)
            .bind_all([Value::from(self.org)])
            .run(&mut tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

/// The most memory this process has held.
pub fn peak_bytes() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: u64 = line
        .and_then(|line| line.split_whitespace().next())
        .context("no VmHWM")?
        .parse()?;
    Ok(kibibytes * 1024)
}
