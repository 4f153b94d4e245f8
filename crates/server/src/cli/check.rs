//! `check`: is this installation sound, and do its connections work? Says what is wrong and what
//! to do; the exit code says whether anything is.

use anyhow::bail;

use super::open;
use crate::{
    app::App,
    config::Config,
    db::{self, Db, Engine, dialect},
    fault::Fault,
    features::{connections, mail},
    supabase::{self, Project, Refusal},
};

pub async fn run(config: Config) -> anyhow::Result<()> {
    let mut report = Report::default();
    report.say(
        "Settings",
        Ok(format!("data in {}", config.data.dir.display())),
    );
    match Db::connect(open::database_options(&config)).await {
        Ok(db) => database(&mut report, &db).await,
        Err(error) => {
            let error = anyhow::Error::from(error);
            report.say(
                "Database",
                Err(format!("{error:#}; see [database] in the settings")),
            );
        }
    }
    match open::app(config).await {
        Ok(app) => {
            report.say("Key", Ok("opens".to_owned()));
            mail(&mut report, &app).await;
            project(&mut report, &app).await;
            all_connections(&mut report, &app).await?;
        }
        Err(error) => report.say("Start", Err(format!("{error:#}"))),
    }
    if report.wrong > 0 {
        bail!("{} of the checks found something to mend", report.wrong);
    }
    Ok(())
}

#[derive(Default)]
struct Report {
    wrong: usize,
}

impl Report {
    fn say(&mut self, what: &str, outcome: Result<String, String>) {
        match outcome {
            Ok(how) => println!("ok     {what}: {how}"),
            Err(why) => {
                self.wrong += 1;
                println!("WRONG  {what}: {why}");
            }
        }
    }
}

async fn database(report: &mut Report, db: &Db) {
    let engine = match db.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    let outcome = match db::pending(db).await {
        Ok(waiting) if waiting.is_empty() => Ok(format!("{engine}, at this version")),
        Ok(waiting) => Err(format!(
            "run `billingone migrate` first (lacks {})",
            waiting.join(", ")
        )),
        Err(error) => Err(format!("{:#}", anyhow::Error::from(error))),
    };
    report.say("Database", outcome);
    if db.engine() == Engine::Postgres {
        let outcome = match dialect::bypasses_row_security(db).await {
            Ok(false) => Ok("row security holds for it".to_owned()),
            Ok(true) => Err(
                "it is a superuser or has BYPASSRLS; use a plain role that owns no \
                 table as database.url and the owner as database.owner_url"
                    .to_owned(),
            ),
            Err(error) => Err(format!("{:#}", anyhow::Error::from(error))),
        };
        report.say("Database role", outcome);
    }
}

async fn mail(report: &mut Report, app: &App) {
    let mail = &app.config.mail;
    let outcome = if mail.is_configured() {
        let answers = mail::test(mail).await;
        answers
            .map(|()| "the server takes letters".to_owned())
            .map_err(|error| format!("{error:#}; see [mail] in the settings"))
    } else {
        Ok("none is sent; links are handed over by people (see [mail] in the settings)".to_owned())
    };
    report.say("E-mail", outcome);
}

/// Whether the Supabase project can keep the accounts, where there is one.
async fn project(report: &mut Report, app: &App) {
    let Some(project) = Project::of(app) else {
        return;
    };
    let outcome = match judged(project).await {
        Ok(Ok(())) => Ok(format!("kept by {}", project.host())),
        Ok(Err(why)) => Err(why.to_owned()),
        Err(fault) => Err(format!("{fault}; see [auth.supabase] in the settings")),
    };
    report.say("Accounts", outcome);
}

async fn judged(project: Project<'_>) -> Result<Result<(), &'static str>, Fault> {
    let keys = supabase::count_keys(project).await?;
    if keys.map_err(Refusal::into_fault)? == 0 {
        return Ok(Err(
            "the project signs its tokens with a shared secret, which is not believed here; change \
             it to a signing key of the kind ES256 or RS256 in the project's settings, JWT keys",
        ));
    }
    let settings = project.settings().await?.map_err(Refusal::into_fault)?;
    if settings.lets_anybody_be_anybody() {
        return Ok(Err(
            "anybody may make an account at the project with an address that is not theirs; have \
             it confirm e-mail addresses, or let nobody sign up",
        ));
    }
    Ok(Ok(()))
}

async fn all_connections(report: &mut Report, app: &App) -> anyhow::Result<()> {
    let mut tx = app.db.read_global().await?;
    let organizations = connections::store::organizations(&mut tx).await?;
    drop(tx);
    for org in organizations {
        let mut tx = app.db.read(org).await?;
        let all = connections::list(&mut tx, org).await?;
        drop(tx);
        for connection in all.iter().filter(|one| one.state != "disconnected") {
            let outcome = match connections::test(app, org, connection).await {
                Ok(()) => Ok("answers".to_owned()),
                Err(fault) => Err(fault.to_string()),
            };
            report.say(&connection.name, outcome);
        }
    }
    Ok(())
}
