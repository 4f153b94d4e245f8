//! Pax8's partner API over the world: companies, products, subscriptions with their history, bills
//! with their items, draft items, usage, and the webhooks API beside it.
//!
//! It reads the world and changes nothing in it: orders and edits are the distributor's portal's
//! business here. What a request gets wrong is refused in Pax8's own envelope, not guessed at.

mod bills;
mod holdings;
mod page;
mod session;
mod usage;
mod webhooks;

use std::sync::{Arc, RwLock};

use axum::Json;
use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use rust_decimal::Decimal;
use serde_json::{Number, Value, json};

use crate::clock::SimClock;
use crate::world::World;

pub(crate) use holdings::subscription_json;
pub(crate) use session::{Credentials, bearer};
pub(crate) use webhooks::delivery::Event;

/// What every handler reads.
#[derive(Clone, Debug)]
pub(crate) struct Pax8(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    world: Arc<RwLock<World>>,
    clock: SimClock,
    session: session::Session,
    webhooks: webhooks::Registry,
}

impl Pax8 {
    pub(crate) fn new(
        world: Arc<RwLock<World>>,
        clock: SimClock,
        credentials: Credentials,
        per_minute: Option<u32>,
    ) -> Self {
        let seed = world.read().map_or(0, |world| world.seed);
        let session = session::Session::new(credentials, seed, per_minute);
        Self(Arc::new(Shared {
            world,
            clock,
            session,
            webhooks: webhooks::Registry::new(seed),
        }))
    }

    fn webhooks(&self) -> &webhooks::Registry {
        &self.0.webhooks
    }

    fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    /// Reads the world; the guard must not cross an await.
    fn read<T>(&self, read: impl FnOnce(&World) -> T) -> T {
        let world = self
            .0
            .world
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        read(&world)
    }
}

/// Everything Pax8 serves, to be mounted at `/pax8`.
pub(crate) fn router(pax8: &Pax8) -> Router {
    let guard = axum::middleware::from_fn_with_state(pax8.clone(), session::guard);
    let partner = Router::new()
        .route("/companies", get(holdings::companies))
        .route("/companies/{id}", get(holdings::company))
        .route("/companies/{id}/contacts", get(holdings::contacts))
        .route("/products", get(holdings::products))
        .route("/products/{id}", get(holdings::product))
        .route("/products/{id}/pricing", get(holdings::pricing))
        .route("/subscriptions", get(holdings::subscriptions))
        .route("/subscriptions/{id}", get(holdings::subscription))
        .route("/subscriptions/{id}/history", get(holdings::history))
        .route("/subscriptions/{id}/usage-summaries", get(usage::summaries))
        .route("/usage-summaries/{id}", get(usage::summary))
        .route("/usage-summaries/{id}/usage-lines", get(usage::lines))
        .route("/invoices", get(bills::invoices))
        .route("/invoices/draftItems", get(bills::draft_items))
        .route("/invoices/{id}", get(bills::invoice))
        .route("/invoices/{id}/items", get(bills::items))
        .fallback(no_such_path)
        .layer(guard.clone());
    let hooks = webhooks::router().fallback(no_such_path).layer(guard);
    Router::new()
        .route("/v1/token", post(session::token))
        .nest("/v1", partner)
        .nest("/api/v2", hooks)
        .with_state(pax8.clone())
}

async fn no_such_path(uri: Uri) -> Response {
    Refusal::not_found("Resource", uri.path()).into_response()
}

/// Pax8's error envelope.
pub(crate) fn error_response(status: u16, kind: &str, message: &str) -> Response {
    let body = json!({ "type": kind, "message": message, "status": status, "details": [] });
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(body)).into_response()
}

/// Why a request is refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: u16,
    kind: &'static str,
    message: String,
}

impl Refusal {
    fn not_found(what: &str, id: &str) -> Self {
        Self {
            status: 404,
            kind: "NOT_FOUND",
            message: format!("{what} Not Found: {id}"),
        }
    }

    fn bad_request(message: impl Into<String>) -> Self {
        Self {
            status: 400,
            kind: "BAD_REQUEST",
            message: message.into(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        error_response(self.status, self.kind, &self.message)
    }
}

type Answered = Result<Json<Value>, Refusal>;

/// A JSON number with the decimal's own digits.
fn number(value: Decimal) -> Value {
    Value::Number(Number::from_string_unchecked(value.normalize().to_string()))
}

/// Start of a day, as an instant.
fn instant(day: NaiveDate) -> String {
    at(day.and_time(NaiveTime::MIN).and_utc())
}

fn at(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Millis, true)
}
