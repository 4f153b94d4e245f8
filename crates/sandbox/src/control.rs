//! `/_control`: simulated time, what the MSP agreed, the answer sheet, faults, credentials.
//!
//! No vendor has any of this. It answers only to its token and only to this machine.

mod books;
mod repeating;

use std::sync::{Arc, PoisonError, RwLock};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::clock::{self, SimClock};
use crate::faults::{Fault, Faults, Vendor};
use crate::journal::{Deed, Journal};
use crate::net::Peer;
use crate::pax8::{self, Pax8};
use crate::world::{Happening, World};
use crate::xero::{NumberUse, Xero};

pub use repeating::{Repeat, RepeatLine};

/// How a client of each vendor signs in.
#[derive(Clone, Debug, Serialize)]
pub struct Credentials {
    pub pax8_client_id: String,
    pub pax8_client_secret: String,
    pub xero_client_id: String,
    pub xero_client_secret: String,
    pub xero_webhook_key: String,
    pub xero_tenant_id: String,
    pub ninjaone_client_id: String,
    pub ninjaone_client_secret: String,
}

/// A handle on everything `/_control` does; tests in Rust use it without HTTP.
#[derive(Clone, Debug)]
pub struct Control {
    pub(crate) token: Arc<str>,
    pub(crate) clock: SimClock,
    pub(crate) faults: Faults,
    pub(crate) world: Arc<RwLock<World>>,
    pub(crate) xero: Xero,
    pub(crate) pax8: Pax8,
    pub(crate) credentials: Arc<Credentials>,
    pub(crate) journal: Option<Journal>,
    /// One step of time at a time.
    pub(crate) step: Arc<tokio::sync::Mutex<()>>,
}

impl Control {
    pub fn clock(&self) -> &SimClock {
        &self.clock
    }

    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// What the MSP has agreed: the body of `GET /_control/setup`.
    pub fn setup(&self) -> Value {
        let world = self.world.read().unwrap_or_else(PoisonError::into_inner);
        let ledger = self
            .xero
            .tenants()
            .first()
            .and_then(|tenant| self.xero.ledger(*tenant));
        ledger.map_or(Value::Null, |ledger| world.setup(&ledger))
    }

    /// Every difference there is now, and nothing else.
    pub fn answers(&self) -> Vec<crate::world::Answer> {
        let world = self.world.read().unwrap_or_else(PoisonError::into_inner);
        world.answers(self.clock.now())
    }

    /// Lets time pass, day by day, and tells the webhooks what happened.
    pub async fn advance(&self, by: TimeDelta) -> anyhow::Result<DateTime<Utc>> {
        let _one_at_a_time = self.step.lock().await;
        let events = self
            .changing(async |now| Ok((self.live(now)?, Deed::Passed)), by)
            .await?;
        if !events.is_empty() {
            let client = crate::client()?;
            for event in &events {
                self.pax8.announce(&client, event).await;
            }
        }
        self.xero.deliver_webhooks().await;
        Ok(self.clock.now())
    }

    /// Registers a webhook with Pax8 for every topic it has; its id.
    pub async fn register_with_pax8(
        &self,
        url: String,
        authorization: Option<String>,
    ) -> anyhow::Result<Uuid> {
        let register = async |_| {
            let id = self
                .pax8
                .subscribe_to_all(url.clone(), authorization.clone());
            Ok((id, Deed::Pax8Webhook { url, authorization }))
        };
        self.changing(register, TimeDelta::zero()).await
    }

    /// Registers a webhook in Xero's portal; refused unless the address answers the intent to receive
    /// rightly.
    pub async fn register_with_xero(&self, url: &str) -> anyhow::Result<()> {
        let client = crate::client()?;
        let register = async |_| {
            self.xero.register_webhook(client, url).await?;
            Ok((
                (),
                Deed::XeroWebhook {
                    url: url.to_owned(),
                },
            ))
        };
        self.changing(register, TimeDelta::zero()).await
    }

    /// Takes the consent away inside Xero; false if there was none.
    pub async fn disconnect_xero(&self) -> anyhow::Result<bool> {
        let disconnect = async |_| Ok((self.xero_user_disconnects(), Deed::XeroDisconnected));
        self.changing(disconnect, TimeDelta::zero()).await
    }

    pub(crate) fn xero_user_disconnects(&self) -> bool {
        self.xero
            .tenants()
            .first()
            .is_some_and(|tenant| self.xero.disconnect(*tenant))
    }

    /// Closes the ledger's books through a day, as its accountant may, or opens them.
    pub fn lock_ledger(&self, through: Option<chrono::NaiveDate>) {
        let tenant = self.xero.tenants().first().copied();
        if let Some(mut ledger) = tenant.and_then(|tenant| self.xero.ledger(tenant)) {
            ledger.organisation.period_lock_date = through;
        }
    }

    /// Lets `by` pass, then changes something at one instant, and keeps it in the journal, if there
    /// is one, before anybody hears of it.
    async fn changing<T>(
        &self,
        change: impl AsyncFnOnce(DateTime<Utc>) -> anyhow::Result<(T, Deed)>,
        by: TimeDelta,
    ) -> anyhow::Result<T> {
        let mut pen = match &self.journal {
            Some(journal) => Some(journal.pen().await),
            None => None,
        };
        self.clock.advance(by);
        let now = self.clock.now();
        let (outcome, deed) = clock::at(now, change(now)).await?;
        if let Some(pen) = &mut pen {
            pen.note(now, deed)?;
        }
        Ok(outcome)
    }

    /// What the days up to `now` bring, and what Pax8 tells of it.
    pub(crate) fn live(&self, now: DateTime<Utc>) -> anyhow::Result<Vec<pax8::Event>> {
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        let Some(tenant) = self.xero.tenants().first().copied() else {
            return Ok(Vec::new());
        };
        let Some(mut ledger) = self.xero.ledger(tenant) else {
            return Ok(Vec::new());
        };
        let happenings = world.pass(&mut ledger, now)?;
        self.xero.announce(tenant, &mut ledger);
        Ok(happenings
            .iter()
            .filter_map(|happening| event_of(&world, *happening))
            .collect())
    }
}

/// What Pax8 tells of a happening.
fn event_of(world: &World, happening: Happening) -> Option<pax8::Event> {
    match happening {
        Happening::SubscriptionChanged { id, on } => {
            let held = world.subscription(id)?;
            let mut data = pax8::subscription_json(held, on);
            if let Some(fields) = data.as_object_mut() {
                let kind = if held.1.status == "Cancelled" {
                    "Cancel"
                } else {
                    "Change"
                };
                fields.insert("type".to_owned(), json!(kind));
            }
            Some(pax8::Event {
                topic: "SUBSCRIPTION",
                action: "UPDATED",
                data,
            })
        }
        Happening::BillReady { id, on } => Some(pax8::Event {
            topic: "INVOICE",
            action: "CREATED",
            data: json!({ "id": id, "invoiceDate": on, "status": "Unpaid" }),
        }),
    }
}

pub(crate) fn router(control: &Control) -> Router {
    Router::new()
        .route("/clock", get(read_clock))
        .route("/advance", post(advance))
        .route("/setup", get(setup))
        .route("/answers", get(answers))
        .route(
            "/faults",
            get(list_faults).post(add_faults).delete(clear_faults),
        )
        .route("/credentials", get(credentials))
        .route("/webhooks", post(webhooks))
        .route("/disconnect", post(disconnect))
        .route("/ledger", get(ledger))
        .route("/repeating", post(repeating::add))
        .route("/repeating/end", post(repeating::end))
        .layer(axum::middleware::from_fn_with_state(control.clone(), guard))
        .with_state(control.clone())
}

/// The token, and a peer on this machine.
async fn guard(State(control): State<Control>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<Peer>>();
    if !peer.is_some_and(|peer| peer.0.addr.ip().is_loopback()) {
        return refused(
            StatusCode::FORBIDDEN,
            "Only this machine may call /_control",
        );
    }
    let token = pax8::bearer(request.headers()).unwrap_or_default();
    if !bool::from(token.as_bytes().ct_eq(control.token.as_bytes())) {
        return refused(
            StatusCode::UNAUTHORIZED,
            "The control token is missing or wrong",
        );
    }
    next.run(request).await
}

fn refused(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}

fn now_json(now: DateTime<Utc>) -> Json<Value> {
    Json(json!({ "now": now.to_rfc3339_opts(SecondsFormat::Micros, true) }))
}

async fn read_clock(State(control): State<Control>) -> Json<Value> {
    now_json(control.clock.now())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    #[serde(default)]
    days: u32,
    #[serde(default)]
    seconds: u32,
}

/// Ten years at once are enough for anybody.
const LONGEST_DAYS: u32 = 3_660;

async fn advance(State(control): State<Control>, body: Bytes) -> Response {
    let step = match serde_json::from_slice::<Step>(&body) {
        Ok(step) if step.days <= LONGEST_DAYS => step,
        Ok(_) => return refused(StatusCode::BAD_REQUEST, "At most 3660 days in one step"),
        Err(error) => return refused(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let by = TimeDelta::days(i64::from(step.days)) + TimeDelta::seconds(i64::from(step.seconds));
    match control.advance(by).await {
        Ok(now) => now_json(now).into_response(),
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> Response {
    refused(StatusCode::INTERNAL_SERVER_ERROR, &format!("{error:#}"))
}

async fn setup(State(control): State<Control>) -> Json<Value> {
    Json(control.setup())
}

async fn answers(State(control): State<Control>) -> Response {
    Json(control.answers()).into_response()
}

async fn list_faults(State(control): State<Control>) -> Response {
    Json(control.faults.waiting()).into_response()
}

/// One fault, or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Fault>),
    One(Fault),
}

async fn add_faults(State(control): State<Control>, body: Bytes) -> Response {
    match serde_json::from_slice::<OneOrMany>(&body) {
        Ok(OneOrMany::One(fault)) => control.faults.push(fault),
        Ok(OneOrMany::Many(faults)) => {
            for fault in faults {
                control.faults.push(fault);
            }
        }
        Err(error) => return refused(StatusCode::BAD_REQUEST, &error.to_string()),
    }
    Json(control.faults.waiting()).into_response()
}

async fn clear_faults(State(control): State<Control>) -> StatusCode {
    control.faults.clear();
    StatusCode::NO_CONTENT
}

async fn credentials(State(control): State<Control>) -> Response {
    Json(control.credentials.as_ref()).into_response()
}

async fn ledger(State(control): State<Control>) -> Response {
    let uses: Vec<NumberUse> = control.ledger();
    Json(uses).into_response()
}

/// Where a vendor's webhooks should go, as somebody would set in its portal.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registration {
    vendor: Vendor,
    url: String,
    /// Pax8 sends this back in the Authorization header.
    authorization: Option<String>,
}

async fn webhooks(State(control): State<Control>, body: Bytes) -> Response {
    let wanted = match serde_json::from_slice::<Registration>(&body) {
        Ok(wanted) => wanted,
        Err(error) => return refused(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    match wanted.vendor {
        Vendor::Pax8 => {
            let registered = control.register_with_pax8(wanted.url, wanted.authorization);
            match registered.await {
                Ok(id) => Json(json!({ "id": id })).into_response(),
                Err(error) => failed(&error),
            }
        }
        Vendor::Xero => match control.register_with_xero(&wanted.url).await {
            Ok(()) => Json(json!({ "intent_to_receive": "ok" })).into_response(),
            Err(error) => refused(StatusCode::BAD_REQUEST, &format!("{error:#}")),
        },
        Vendor::Ninjaone => refused(StatusCode::BAD_REQUEST, "NinjaOne sends no webhooks here"),
    }
}

/// Takes the consent away, as the user may inside Xero without asking the application.
async fn disconnect(State(control): State<Control>) -> Response {
    match control.disconnect_xero().await {
        Ok(was_connected) => Json(json!({ "was_connected": was_connected })).into_response(),
        Err(error) => failed(&error),
    }
}
