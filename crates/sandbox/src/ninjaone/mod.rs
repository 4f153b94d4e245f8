//! NinjaOne over the world: organizations and devices, paged by the last identifier seen.

mod session;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde_json::{Number, Value, json};

use crate::clock::SimClock;
use crate::faults::Asked;
use crate::pax8::Credentials;
use crate::world::World;
use crate::world::dice::uuid;
use crate::world::model::{Device, Organization};

const LARGEST_PAGE: usize = 1_000;

#[derive(Clone, Debug)]
pub(crate) struct Ninja(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    world: Arc<RwLock<World>>,
    clock: SimClock,
    credentials: Credentials,
    /// Token and when it stops.
    tokens: Mutex<HashMap<String, DateTime<Utc>>>,
}

impl Ninja {
    pub(crate) fn new(
        world: Arc<RwLock<World>>,
        clock: SimClock,
        credentials: Credentials,
    ) -> Self {
        Self(Arc::new(Shared {
            world,
            clock,
            credentials,
            tokens: Mutex::default(),
        }))
    }

    fn read<T>(&self, read: impl FnOnce(&World) -> T) -> T {
        read(&self.0.world.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, HashMap<String, DateTime<Utc>>> {
        self.0.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything NinjaOne serves, to be mounted at `/ninja`.
pub(crate) fn router(ninja: &Ninja) -> Router {
    let api = Router::new()
        .route("/organizations", get(organizations))
        .route("/organizations-detailed", get(organizations_detailed))
        .route("/organization/{id}", get(organization))
        .route("/organization/{id}/devices", get(devices_of))
        .route("/locations", get(locations))
        .route("/devices", get(devices))
        .route("/devices-detailed", get(devices))
        .route("/device/{id}", get(device))
        .layer(axum::middleware::from_fn_with_state(
            ninja.clone(),
            session::guard,
        ));
    Router::new()
        .route("/ws/oauth/token", post(session::token))
        .nest("/v2", api)
        .with_state(ninja.clone())
}

fn refused(status: StatusCode, code: &str, message: &str) -> Response {
    (
        status,
        Json(json!({ "resultCode": code, "errorMessage": message })),
    )
        .into_response()
}

/// Page by the last identifier seen.
struct Cursor {
    after: i32,
    size: usize,
    /// Of the device filter, only `org = N`.
    organization: Option<i32>,
    asked: Asked,
}

impl Cursor {
    fn of(request: &Request, default_size: usize) -> Result<Self, Box<Response>> {
        let query = request.uri().query().unwrap_or_default();
        let mut cursor = Self {
            after: 0,
            size: default_size,
            organization: None,
            asked: request
                .extensions()
                .get::<Asked>()
                .copied()
                .unwrap_or_default(),
        };
        let bad = |name: &str| {
            Box::new(refused(
                StatusCode::BAD_REQUEST,
                "BAD_REQUEST",
                &format!("{name} is wrong"),
            ))
        };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "after" => cursor.after = value.parse().map_err(|_| bad("after"))?,
                "pageSize" => cursor.size = value.parse().map_err(|_| bad("pageSize"))?,
                "df" => {
                    let id = value
                        .split_once('=')
                        .filter(|(field, _)| field.trim() == "org");
                    let id = id.and_then(|(_, id)| id.trim().parse().ok());
                    cursor.organization = Some(id.ok_or_else(|| bad("df"))?);
                }
                _ => {}
            }
        }
        if cursor.size == 0 || cursor.size > LARGEST_PAGE {
            return Err(bad("pageSize"));
        }
        Ok(cursor)
    }

    /// `rows` sorted by id, none of them at or before the cursor.
    fn page<T>(&self, rows: &[T], write: impl Fn(&T) -> Value, id: impl Fn(&T) -> i32) -> Response {
        let start = rows.partition_point(|row| id(row) <= self.after);
        let asked = Asked {
            // Nothing stands before the first page that could have vanished.
            shifted_page: self.asked.shifted_page && start > 0,
            ..self.asked
        };
        let mut page = Vec::new();
        for range in asked.rows(start, asked.size(self.size), rows.len()) {
            page.extend(rows.get(range).unwrap_or_default().iter().map(&write));
        }
        if let (true, Some(first)) = (self.asked.unknown_enum, page.first_mut())
            && let Some(fields) = first.as_object_mut()
            && fields.contains_key("nodeClass")
        {
            fields.insert("nodeClass".to_owned(), json!("QUANTUM_TOASTER"));
        }
        Json(page).into_response()
    }
}

fn all_organizations(world: &World) -> Vec<&Organization> {
    let mut found: Vec<&Organization> = world
        .clients
        .iter()
        .filter_map(|client| client.organization.as_ref())
        .collect();
    found.sort_unstable_by_key(|organization| organization.id);
    found
}

fn all_devices(world: &World, of: Option<i32>) -> Vec<(i32, &Device)> {
    let mut found: Vec<(i32, &Device)> = all_organizations(world)
        .into_iter()
        .filter(|organization| of.is_none_or(|of| organization.id == of))
        .flat_map(|organization| {
            organization
                .devices
                .iter()
                .map(move |device| (organization.id, device))
        })
        .collect();
    found.sort_unstable_by_key(|(_, device)| device.id);
    found
}

async fn organizations(State(ninja): State<Ninja>, request: Request) -> Response {
    let cursor = match Cursor::of(&request, 100) {
        Ok(cursor) => cursor,
        Err(refusal) => return *refusal,
    };
    ninja.read(|world| {
        cursor.page(
            &all_organizations(world),
            |organization| organization_json(organization),
            |organization| organization.id,
        )
    })
}

async fn organizations_detailed(State(ninja): State<Ninja>, request: Request) -> Response {
    let cursor = match Cursor::of(&request, 100) {
        Ok(cursor) => cursor,
        Err(refusal) => return *refusal,
    };
    ninja.read(|world| {
        cursor.page(
            &all_organizations(world),
            |organization| detailed_json(organization),
            |organization| organization.id,
        )
    })
}

async fn organization(State(ninja): State<Ninja>, Path(id): Path<i32>) -> Response {
    ninja.read(|world| {
        let found = all_organizations(world)
            .into_iter()
            .find(|known| known.id == id);
        found.map_or_else(not_found, |known| {
            Json(detailed_json(known)).into_response()
        })
    })
}

fn not_found() -> Response {
    refused(StatusCode::NOT_FOUND, "NOT_FOUND", "Not found")
}

fn organization_json(organization: &Organization) -> Value {
    json!({
        "id": organization.id,
        "name": organization.name,
        "nodeApprovalMode": "AUTOMATIC",
    })
}

fn detailed_json(organization: &Organization) -> Value {
    let mut body = organization_json(organization);
    if let Some(fields) = body.as_object_mut() {
        let place = json!([{ "id": organization.id, "name": "Main office" }]);
        fields.insert("locations".to_owned(), place);
        fields.insert("policies".to_owned(), json!([]));
    }
    body
}

async fn locations(State(ninja): State<Ninja>, request: Request) -> Response {
    let cursor = match Cursor::of(&request, 100) {
        Ok(cursor) => cursor,
        Err(refusal) => return *refusal,
    };
    ninja.read(|world| {
        let rows: Vec<i32> = all_organizations(world)
            .iter()
            .map(|known| known.id)
            .collect();
        let write = |id: &i32| json!({ "id": id, "name": "Main office", "organizationId": id });
        cursor.page(&rows, write, |id| *id)
    })
}

async fn devices(State(ninja): State<Ninja>, request: Request) -> Response {
    let cursor = match Cursor::of(&request, 100) {
        Ok(cursor) => cursor,
        Err(refusal) => return *refusal,
    };
    page_of_devices(&ninja, &cursor)
}

async fn devices_of(State(ninja): State<Ninja>, Path(id): Path<i32>, request: Request) -> Response {
    let mut cursor = match Cursor::of(&request, 100) {
        Ok(cursor) => cursor,
        Err(refusal) => return *refusal,
    };
    if ninja.read(|world| all_organizations(world).iter().all(|known| known.id != id)) {
        return not_found();
    }
    cursor.organization = Some(id);
    page_of_devices(&ninja, &cursor)
}

fn page_of_devices(ninja: &Ninja, cursor: &Cursor) -> Response {
    let now = ninja.0.clock.now();
    ninja.read(|world| {
        cursor.page(
            &all_devices(world, cursor.organization),
            |(organization, device)| device_json(world.seed, *organization, device, now),
            |(_, device)| device.id,
        )
    })
}

async fn device(State(ninja): State<Ninja>, Path(id): Path<i32>) -> Response {
    let now = ninja.0.clock.now();
    ninja.read(|world| {
        let found = all_devices(world, None)
            .into_iter()
            .find(|(_, device)| device.id == id);
        found.map_or_else(not_found, |(organization, device)| {
            Json(device_json(world.seed, organization, device, now)).into_response()
        })
    })
}

/// Seconds since 1970 with a fraction, as NinjaOne writes instants.
fn epoch(instant: DateTime<Utc>) -> Value {
    let text = format!(
        "{}.{:06}",
        instant.timestamp(),
        instant.timestamp_subsec_micros()
    );
    Value::Number(Number::from_string_unchecked(text))
}

fn device_json(seed: u64, organization: i32, device: &Device, now: DateTime<Utc>) -> Value {
    let short = device.class.split('_').next_back().unwrap_or("NODE");
    let name = format!(
        "{}-{:05}",
        short.chars().take(3).collect::<String>(),
        device.id
    );
    let contact = device.last_contact(now);
    json!({
        "id": device.id,
        "uid": uuid(seed, "device", u64::from(device.id.unsigned_abs())),
        "organizationId": organization,
        "locationId": organization,
        "nodeClass": device.class,
        "nodeRoleId": 1,
        "approvalStatus": "APPROVED",
        "offline": now - contact > TimeDelta::hours(1),
        "displayName": name,
        "systemName": name,
        "dnsName": format!("{}.local", name.to_lowercase()),
        "created": epoch(device.created.and_time(NaiveTime::MIN).and_utc()),
        "lastContact": epoch(contact),
        "lastUpdate": epoch(contact),
    })
}
