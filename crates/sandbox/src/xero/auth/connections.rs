//! `/connections`: the organisations this user connected to the application.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{Connection, Denied};
use crate::faults::Asked;
use crate::xero::gate;
use crate::xero::query::Params;
use crate::xero::state::Xero;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionOut {
    id: Uuid,
    auth_event_id: Uuid,
    tenant_id: Uuid,
    tenant_type: &'static str,
    tenant_name: String,
    created_date_utc: String,
    updated_date_utc: String,
}

impl ConnectionOut {
    fn new(xero: &Xero, connection: &Connection) -> Self {
        let name = xero
            .ledger(connection.tenant)
            .map(|ledger| ledger.organisation.name.clone());
        Self {
            id: connection.id,
            auth_event_id: connection.event,
            tenant_id: connection.tenant,
            tenant_type: "ORGANISATION",
            tenant_name: name.unwrap_or_default(),
            created_date_utc: seven_digits(connection.created),
            updated_date_utc: seven_digits(connection.updated),
        }
    }
}

/// `2019-12-07T18:46:19.5165400`: seven digits of a second and no zone.
fn seven_digits(at: DateTime<Utc>) -> String {
    format!(
        "{}{:07}",
        at.format("%Y-%m-%dT%H:%M:%S."),
        at.timestamp_subsec_nanos() / 100
    )
}

/// `GET /connections[?authEventId=]`
pub async fn list(
    State(xero): State<Xero>,
    asked: Asked,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    if let Err(denied) = admit(&xero, asked, &headers) {
        return gate::denied(&xero, denied);
    }
    let params = Params::parse(query.as_deref().unwrap_or_default());
    let event = params.text("authEventId").map(Uuid::try_parse);
    let connections = xero.auth().connections().to_vec();
    let wanted = connections
        .iter()
        .filter(|c| event.as_ref().is_none_or(|e| *e == Ok(c.event)));
    let found: Vec<_> = wanted
        .map(|connection| ConnectionOut::new(&xero, connection))
        .collect();
    axum::Json(found).into_response()
}

/// `DELETE /connections/{id}`
pub async fn remove(
    State(xero): State<Xero>,
    asked: Asked,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    if let Err(denied) = admit(&xero, asked, &headers) {
        return gate::denied(&xero, denied);
    }
    let removed = Uuid::try_parse(&id).is_ok_and(|id| xero.auth().disconnect(id));
    if removed {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_FOUND
    }
    .into_response()
}

fn admit(xero: &Xero, asked: Asked, headers: &HeaderMap) -> Result<(), Denied> {
    let now = xero.clock().now();
    let bearer = gate::bearer(headers).unwrap_or_default();
    gate::with_fault(xero.auth().check(bearer, now), asked, now)
}
