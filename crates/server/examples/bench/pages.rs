//! A page of the product with session and permission, or a bare one of the same length.

use std::{fmt::Write as _, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use axum::{Router, extract::State, response::Html, routing::get};
use billingone::routes;
use serde_json::{Value, json};
use sqlx::{SqlitePool, sqlite::SqlitePoolOptions};

use crate::{load::Request, place, said, storm::Storm};

#[derive(clap::Args)]
pub struct Asked {
    url: String,
    path: String,
    /// Serve a page of the same length from the same database instead, with nothing around it.
    #[arg(long)]
    bare: bool,
    /// Tell the time within which 99 of 100 requests were answered, one after another, and not
    /// the time that all took.
    #[arg(long)]
    p99: bool,
    /// Meanwhile so many guess passwords, one after another, without being told to wait.
    #[arg(long, default_value_t = 0)]
    guessers: usize,
    /// Milliseconds to add.
    #[arg(long, default_value_t = 0)]
    plus_ms: u64,
    #[arg(long, default_value_t = 2000)]
    requests: usize,
}

const CONNECTIONS: usize = 4;
const WARM_UP: usize = 100;

pub async fn measure(asked: &Asked) -> Result<Value> {
    let place = place::open_to_guesses(&asked.url).await?;
    let token = place.sign_in().await?;
    let service = routes::router(&place.app);
    let mut request = Request::new(listen(service).await?, &asked.path, &token);
    let once = request.clone();
    let bytes = tokio::task::spawn_blocking(move || once.length()).await??;
    if asked.bare {
        let page = Bare {
            pool: SqlitePoolOptions::new()
                .max_connections(8)
                .connect(&asked.url)
                .await?,
            bytes,
        };
        let service = Router::new()
            .route("/", get(bare))
            .with_state(Arc::new(page));
        request = Request::new(listen(service).await?, "/", &token);
    }
    let (count, guessers) = (asked.requests, asked.guessers);
    let connections = if asked.p99 { 1 } else { CONNECTIONS };
    let (guesses, (whole, mut each)) = tokio::task::spawn_blocking(move || {
        let storm = Storm::begin(request.address, guessers);
        request.repeat(WARM_UP, connections)?;
        let measured = request.repeat(count, connections)?;
        anyhow::Ok((storm.end()?, measured))
    })
    .await??;
    each.sort_unstable();
    let p99 = each
        .get(each.len() * 99 / 100)
        .copied()
        .context("no answer")?;
    let took = if asked.p99 { p99 } else { whole } + Duration::from_millis(asked.plus_ms);
    Ok(said(
        took,
        json!({
            "bytes": bytes,
            "p99_micros": u64::try_from(p99.as_micros())?,
            "guesses": guesses,
        }),
    ))
}

async fn listen(service: Router) -> Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let service = service.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(address)
}

struct Bare {
    pool: SqlitePool,
    bytes: usize,
}

/// The least a list can be: fifty rows of one statement, and text up to the length.
async fn bare(State(page): State<Arc<Bare>>) -> Html<String> {
    let rows: Vec<(String, String, String, i64)> = sqlx::query_as(
        "select number, contact_name, issued_on, total_minor from invoice \
         order by issued_on desc, id desc limit 50",
    )
    .fetch_all(&page.pool)
    .await
    .unwrap_or_default();
    let mut html = String::with_capacity(page.bytes);
    for (number, name, issued_on, total) in rows {
        let _ = write!(html, "<tr><td>{number}<td>{name}<td>{issued_on}<td>{total}");
    }
    let missing = page.bytes.saturating_sub(html.len());
    html.extend(std::iter::repeat_n(' ', missing));
    Html(html)
}
