//! Connections for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use vendors::Secret;

use super::{Connection, Offered, WebhookAddress, vendor_named};
use crate::{
    app::App,
    db::ConnectionId,
    fault::Fault,
    http::{After, Begun, Connect, IdempotencyKey, May, Page, Paging, Read, Who, Write, json_body},
};

mod posted_as;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(one, end))
        .routes(routes!(test))
        .routes(routes!(webhook))
        .routes(routes!(begin_consent))
        .routes(routes!(choose_tenant))
        .merge(posted_as::routes())
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct ConnectionsQuery {
    /// pax8 | xero | ninjaone
    vendor: Option<String>,
    /// connected | needs_attention | disconnected
    state: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Connections by when they were made, disconnected ones included.
#[utoipa::path(get, path = "/connections", tag = "connections",
    params(ConnectionsQuery, Paging), responses((status = 200, body = Page<Connection>)))]
async fn list(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<ConnectionsQuery>,
) -> Result<Json<Page<Connection>>, Fault> {
    let window = query.paging.window("connected")?;
    let mut tx = app.db.read(who.org).await?;
    // An organization has a handful of them; the page is cut here.
    let place = |row: &Connection| (row.connected_at.micros(), row.id.0);
    let after = window.after.as_ref();
    let seen = after.and_then(|after| Some((after.int()?, after.id)));
    let wanted = |asked: &Option<String>, is: &str| asked.as_deref().is_none_or(|word| word == is);
    let rows = super::list(&mut tx, who.org).await?;
    let rows = rows.into_iter().filter(|row| {
        wanted(&query.vendor, &row.vendor)
            && wanted(&query.state, &row.state)
            && seen.is_none_or(|seen| place(row) > seen)
    });
    Ok(Json(window.page(rows.collect(), |row| {
        After::of_int(row.connected_at.micros(), row.id.0)
    })))
}

/// One connection.
#[utoipa::path(get, path = "/connections/{id}", tag = "connections",
    params(("id" = String, Path)),
    responses((status = 200, body = Connection), (status = 404, description = "unknown")))]
async fn one(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<Connection>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(super::one(&mut tx, who.org, named(&id)?).await?))
}

fn named(id: &str) -> Result<ConnectionId, Fault> {
    id.parse().map_err(|_| Fault::NotFound("this connection"))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewConnection {
    /// `pax8` or `ninjaone`; Xero is connected through `/connections/xero/consent`.
    vendor: String,
    client_id: String,
    #[schema(value_type = String)]
    client_secret: Secret,
}

impl NewConnection {
    fn offered(self) -> Result<Offered, Fault> {
        let vendor = vendor_named(&self.vendor)
            .ok_or_else(|| Fault::field("vendor", "choose pax8 or ninjaone"))?;
        let offered = Offered {
            vendor,
            client_id: self.client_id,
            client_secret: self.client_secret,
        };
        offered.checked()
    }
}

/// Connect a vendor with credentials. They are tried out first; the first sync begins at once.
/// A vendor that was connected before keeps its links and history.
#[utoipa::path(post, path = "/connections", tag = "connections", request_body = NewConnection,
    responses((status = 201, body = Connection),
        (status = 422, description = "wrong fields, or the vendor refuses the credentials"),
        (status = 503, description = "the vendor does not answer")))]
async fn create(
    State(app): State<App>,
    who: May<Connect>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let offered = json_body::<NewConnection>(&body)?.offered()?;
    if let Begun::Replayed(response) = Write::begin(&app, &who, &key, &body).await? {
        return Ok(response);
    }
    // The vendor is asked while no transaction is open.
    super::try_out(&app, &offered).await?;
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let id = super::connect(&app, &who, &mut write.tx, &offered).await?;
    let connection = super::one(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::CREATED, &connection).await
}

/// Ask the vendor whether the connection works, and record the answer.
#[utoipa::path(post, path = "/connections/{id}/test", tag = "connections",
    params(("id" = String, Path)),
    responses((status = 200, body = Connection), (status = 404, description = "unknown"),
        (status = 409, description = "not connected"),
        (status = 422, description = "the vendor refuses us"),
        (status = 503, description = "the vendor does not answer")))]
async fn test(
    State(app): State<App>,
    who: May<Connect>,
    Path(id): Path<String>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let id = named(&id)?;
    let connection = match unless_done(&app, &who, &key, &body, id).await? {
        Asked::Now(connection) => connection,
        Asked::Before(response) => return Ok(response),
    };
    super::test(&app, who.org, &connection).await?;
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let connection = super::one(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::OK, &connection).await
}

enum Asked {
    Now(Connection),
    Before(Response),
}

/// The connection that a vendor is to be asked about, unless it was under this key. Nothing stays
/// open meanwhile.
async fn unless_done(
    app: &App,
    who: &Who,
    key: &IdempotencyKey,
    body: &Bytes,
    id: ConnectionId,
) -> Result<Asked, Fault> {
    match Write::begin(app, who, key, body).await? {
        Begun::Replayed(response) => Ok(Asked::Before(response)),
        Begun::New(mut write) => {
            let connection = super::one(&mut write.tx, who.org, id).await?;
            Ok(Asked::Now(connection))
        }
    }
}

/// Disconnect. Secrets are destroyed; what was read and decided stays.
#[utoipa::path(delete, path = "/connections/{id}", tag = "connections",
    params(("id" = String, Path)),
    responses((status = 200, body = Connection), (status = 404, description = "unknown"),
        (status = 409, description = "changed in the meantime")))]
async fn end(
    State(app): State<App>,
    who: May<Connect>,
    Path(id): Path<String>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let id = named(&id)?;
    let connection = match unless_done(&app, &who, &key, &body, id).await? {
        Asked::Now(connection) => connection,
        Asked::Before(response) => return Ok(response),
    };
    super::take_leave(&app, who.org, &connection).await?;
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let connection = super::one(&mut write.tx, who.org, id).await?;
    super::disconnect(&app, &who, &mut write.tx, &connection).await?;
    let connection = super::one(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::OK, &connection).await
}

/// Where the vendor's webhooks for this connection are to be sent, and what they must carry.
#[utoipa::path(get, path = "/connections/{id}/webhook", tag = "connections",
    params(("id" = String, Path)),
    responses((status = 200, body = WebhookAddress),
        (status = 404, description = "unknown, or this vendor sends none")))]
async fn webhook(
    State(app): State<App>,
    who: May<Connect>,
    Path(id): Path<String>,
) -> Result<Json<WebhookAddress>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let connection = super::one(&mut tx, who.org, named(&id)?).await?;
    let address = super::webhook_address(&app, &mut tx, who.org, &connection).await?;
    address
        .map(Json)
        .ok_or(Fault::NotFound("this webhook address"))
}

#[derive(Serialize, ToSchema)]
struct ConsentPage {
    /// Open it in the browser of the person who is signed in here.
    consent_url: String,
}

/// Begin connecting Xero: where to send the person for their consent.
#[utoipa::path(post, path = "/connections/xero/consent", tag = "connections",
    responses((status = 201, body = ConsentPage),
        (status = 409, description = "no app at Xero is configured")))]
async fn begin_consent(
    State(app): State<App>,
    who: May<Connect>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let url = super::begin_consent(&app, &who, &mut write.tx).await?;
    let page = ConsentPage {
        consent_url: url.into(),
    };
    write.finish(&app, StatusCode::CREATED, &page).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Chosen {
    tenant_id: String,
}

/// Choose whose books these are, where a consent covers several organisations.
#[utoipa::path(post, path = "/connections/{id}/tenant", tag = "connections",
    request_body = Chosen, params(("id" = String, Path)),
    responses((status = 200, body = Connection), (status = 404, description = "unknown"),
        (status = 422, description = "not one of those offered")))]
async fn choose_tenant(
    State(app): State<App>,
    who: May<Connect>,
    Path(id): Path<String>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let (id, chosen) = (named(&id)?, json_body::<Chosen>(&body)?);
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    super::choose_tenant(&app, &who, &mut write.tx, id, &chosen.tenant_id).await?;
    let connection = super::one(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::OK, &connection).await
}
