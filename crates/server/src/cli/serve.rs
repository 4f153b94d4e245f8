//! `serve` and `worker`: run until asked to stop, then finish what was begun.

use std::{fs::File, net::SocketAddr};

use anyhow::{Context as _, bail};
use tokio::{net::TcpListener, signal::unix::SignalKind};

use super::open;
use crate::{
    app::App,
    config::Config,
    db::{At, Engine},
    jobs,
    queue::{self, Worker},
    routes,
};

pub async fn serve(config: Config) -> anyhow::Result<()> {
    let app = open::app(config).await?;
    let listener = TcpListener::bind(&app.config.server.listen)
        .await
        .with_context(|| format!("listening on {}", app.config.server.listen))?;
    let asked = asked_to_stop();
    println!("BillingOne listens on http://{}", listener.local_addr()?);
    serve_on(app, listener, asked).await
}

/// Serves until asked to stop or `app.stopping`; on SQLite with the worker inside.
pub async fn serve_on(
    app: App,
    listener: TcpListener,
    asked: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let _alone = alone(&app)?;
    let worker = match app.db.engine() {
        Engine::Sqlite => Some(start_worker(&app).await?),
        Engine::Postgres => None,
    };
    let service = routes::router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let stopping = app.stopping.clone();
    axum::serve(listener, service)
        .with_graceful_shutdown(async move {
            tokio::select! {
                () = asked => stopping.cancel(),
                () = stopping.cancelled() => {}
            }
        })
        .await?;
    if let Some(worker) = worker {
        worker.finish().await;
    }
    app.db.close().await;
    Ok(())
}

pub async fn worker(config: Config) -> anyhow::Result<()> {
    let app = open::app(config).await?;
    if app.db.engine() == Engine::Sqlite {
        bail!("on SQLite `billingone serve` runs the jobs; a second process would only wait");
    }
    let worker = start_worker(&app).await?;
    let asked = asked_to_stop();
    println!("BillingOne's worker waits for jobs.");
    asked.await;
    worker.finish().await;
    app.db.close().await;
    Ok(())
}

/// Holds a SQLite database for this process: a second one would take its running jobs for those of
/// a process that is gone. A crash lets go of it.
fn alone(app: &App) -> anyhow::Result<Option<File>> {
    let Some(database) = app.db.sqlite_file() else {
        return Ok(None);
    };
    let path = database.with_extension("lock");
    let file = File::create(&path).with_context(|| format!("making {}", path.display()))?;
    if file.try_lock().is_err() {
        bail!(
            "{} is served by another process already",
            database.display()
        );
    }
    Ok(Some(file))
}

async fn start_worker(app: &App) -> anyhow::Result<Worker> {
    // Alone on SQLite: whatever was running belonged to a process that is gone.
    let alone = app.db.engine() == Engine::Sqlite;
    let mut tx = app.db.write_global().await?;
    queue::requeue_orphans(&mut tx, At(app.clock.wall_now()), alone).await?;
    tx.commit().await?;
    Ok(Worker::start(app, jobs::KINDS, jobs::SCHEDULES))
}

/// Waits for SIGTERM or Ctrl-C. The ear is open from the call on, not only once this is awaited.
pub fn asked_to_stop() -> impl Future<Output = ()> + Send {
    let terminate = tokio::signal::unix::signal(SignalKind::terminate());
    let terminated = async {
        match terminate {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be heard");
                std::future::pending::<()>().await;
            }
        }
    };
    async {
        tokio::select! {
            () = terminated => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("asked to stop; finishing what was begun");
    }
}
