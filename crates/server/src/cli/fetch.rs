//! `sync`: reads the vendors now and waits until it is done.

use std::time::Duration;

use anyhow::bail;

use super::open;
use crate::{
    app::App,
    config::Config,
    db::{Engine, OrgId, replay},
    fault::Fault,
    features::{
        connections,
        sync::{self, Mode, Wish},
    },
    jobs, queue,
};

#[derive(clap::Args)]
pub struct Fetch {
    /// Read everything anew, not only what changed.
    #[arg(long)]
    full: bool,
}

const LOOK_AGAIN: Duration = Duration::from_millis(500);

pub async fn run(config: Config, fetch: Fetch) -> anyhow::Result<()> {
    let app = open::app(config).await?;
    let mut tx = app.db.read_global().await?;
    let organizations = connections::store::organizations(&mut tx).await?;
    drop(tx);
    for org in &organizations {
        replay(|| ask(&app, *org, fetch.full)).await?;
    }
    // On SQLite this process may do the work itself; elsewhere the workers do.
    if app.db.engine() == Engine::Sqlite {
        queue::run_due(&app, jobs::KINDS).await?;
    }
    let mut failed = 0;
    for org in organizations {
        failed += wait(&app, org).await?;
    }
    if failed > 0 {
        bail!("{failed} of the syncs failed; Settings, Integrations says what to do");
    }
    Ok(())
}

async fn ask(app: &App, org: OrgId, full: bool) -> Result<(), Fault> {
    let mut tx = app.db.write(org).await?;
    let mode = if full { Mode::Full } else { Mode::Delta };
    for (connection, _) in connections::store::syncable(&mut tx, org).await? {
        sync::request(app, &mut tx, org, connection, &Wish::scheduled(mode)).await?;
    }
    Ok(tx.commit().await?)
}

/// Waits for an organization's syncs and tells how each ended; how many failed.
async fn wait(app: &App, org: OrgId) -> anyhow::Result<usize> {
    loop {
        let mut tx = app.db.read(org).await?;
        let runs = sync::latest(&mut tx, org).await?;
        drop(tx);
        if !runs.iter().all(sync::SyncRun::is_over) {
            tokio::time::sleep(LOOK_AGAIN).await;
            continue;
        }
        for run in &runs {
            let problem = run.problem.as_deref().unwrap_or_default();
            println!(
                "{}: {} ({} read, {} added, {} changed, {} gone) {problem}",
                run.name, run.state, run.records_read, run.added, run.changed, run.removed
            );
        }
        return Ok(runs.iter().filter(|run| run.state == "failed").count());
    }
}
