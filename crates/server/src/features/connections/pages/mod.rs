//! Settings, Integrations: a card per vendor with its state, its actions and what to do when
//! something is wrong.

mod consent;
mod posted_as;

pub use consent::{choose_tenant, xero_callback};
pub use posted_as::{save as save_posted_as, show as show_posted_as};

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{StatusCode, header::SET_COOKIE},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use vendors::{Secret, Vendor};

use super::{CONNECTED, Connection, DISCONNECTED, Offered, Tenant, WebhookAddress, vendor_named};
use crate::{
    app::App,
    db::{ConnectionId, Tx},
    fault::Fault,
    features::{
        home::Frame,
        sync::{self, pages::ProgressPart},
    },
    http::{Connect, May, Permission, Read, Work},
    ui::{Badge, Field, Flash, Moment, Nav, Notice, Shell, Tone, View},
};

pub const INTEGRATIONS: &str = "/settings/integrations";

#[derive(Template)]
#[template(path = "features/connections/templates/integrations.html")]
pub struct IntegrationsPage {
    shell: Shell,
    cards: Vec<Card>,
    progress: ProgressPart,
    may_connect: bool,
    may_work: bool,
}

/// One vendor.
struct Card {
    vendor: &'static str,
    title: &'static str,
    about: &'static str,
    state: Badge,
    problem: Option<Notice>,
    /// None while it is not connected.
    connection: Option<Connected>,
    /// Xero's organisations to choose from.
    tenants: Vec<Tenant>,
    /// The questions of the form that connects; none for Xero, which has a page of its own.
    fields: Vec<Field>,
    button: &'static str,
}

struct Connected {
    id: ConnectionId,
    name: String,
    version: i64,
    since: Moment,
    synced: Option<Moment>,
    webhook: Option<WebhookAddress>,
    /// Whether the vendor can say what changed.
    tells_changes: bool,
    /// What its sync is called.
    verb: &'static str,
}

/// What was wrong with what a person entered.
#[derive(Default)]
struct Refusal {
    vendor: Option<Vendor>,
    client_id: String,
    message: String,
    fields: std::collections::BTreeMap<String, String>,
}

const VENDORS: [Vendor; 3] = [Vendor::Pax8, Vendor::Xero, Vendor::NinjaOne];

fn about(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Pax8 => {
            "The distributor: companies, subscriptions, bills and what the next will say."
        }
        Vendor::Xero => "The ledger: contacts, invoices, payments and credit notes.",
        Vendor::NinjaOne => "The monitoring tool: organizations and how many devices each has.",
    }
}

pub async fn show(
    State(app): State<App>,
    _: May<Read>,
    Frame { who, shell }: Frame,
) -> Result<View<IntegrationsPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    page(&app, &mut tx, Frame { who, shell }, &Refusal::default()).await
}

async fn page(
    app: &App,
    tx: &mut Tx,
    Frame { who, shell }: Frame,
    refusal: &Refusal,
) -> Result<View<IntegrationsPage>, Fault> {
    let rows = super::list(tx, who.org).await?;
    let may_connect = who.may(Permission::Connect);
    let now = app.now().0;
    let mut cards = Vec::with_capacity(VENDORS.len());
    for vendor in VENDORS {
        // The newest of a vendor's connections stands for it; older ones are history.
        let row = rows.iter().rev().find(|row| row.vendor == vendor.code());
        let live = row.filter(|row| row.state != DISCONNECTED);
        let webhook = match live {
            Some(row) if may_connect => super::webhook_address(app, tx, who.org, row).await?,
            _ => None,
        };
        let connection = live.map(|row| Connected {
            id: row.id,
            name: row.name.clone(),
            version: row.version,
            since: Moment::date(row.connected_at.0.with_timezone(&who.zone).date_naive()),
            synced: row
                .last_synced_at
                .map(|at| Moment::ago(at.0, now, who.zone)),
            webhook,
            tells_changes: vendor == Vendor::Xero,
            verb: if vendor == Vendor::NinjaOne {
                "Take snapshot"
            } else {
                "Sync now"
            },
        });
        cards.push(Card {
            vendor: vendor.code(),
            title: vendor.name(),
            about: about(vendor),
            state: state(row),
            problem: live.and_then(problem),
            connection,
            tenants: live.map(|row| row.settings().tenants).unwrap_or_default(),
            fields: fields(vendor, refusal),
            button: match (vendor, row) {
                (Vendor::Xero, None) => "Connect through Xero",
                (Vendor::Xero, Some(_)) => "Connect again through Xero",
                (_, None) => "Connect",
                (_, Some(_)) => "Connect again",
            },
        });
    }
    Ok(View(IntegrationsPage {
        shell: shell.titled("Integrations", Nav::Integrations),
        cards,
        progress: ProgressPart::of(tx, who.org).await?,
        may_connect,
        may_work: who.may(Permission::Work),
    }))
}

fn state(row: Option<&Connection>) -> Badge {
    match row.map(|row| row.state.as_str()) {
        Some(CONNECTED) => Badge::good("Connected"),
        Some(DISCONNECTED) => Badge::neutral("Disconnected"),
        Some(_) => Badge::late("Needs attention"),
        None => Badge::neutral("Not connected"),
    }
}

fn problem(row: &Connection) -> Option<Notice> {
    let text = row.problem.clone()?;
    Some(Notice::new(Tone::Late, "Needs attention", text))
}

fn fields(vendor: Vendor, refusal: &Refusal) -> Vec<Field> {
    if vendor == Vendor::Xero {
        return Vec::new();
    }
    let is_refused = refusal.vendor == Some(vendor);
    let wrong = |name: &str| {
        let own = refusal.fields.get(name).cloned();
        let whole =
            (name == "client_secret" && refusal.fields.is_empty()).then(|| refusal.message.clone());
        own.or(whole).filter(|_| is_refused)
    };
    let (where_, id) = match vendor {
        Vendor::Pax8 => ("In Pax8 under Integrations, API credentials.", "Client ID"),
        _ => (
            "In NinjaOne under Administration, Apps, API: a client app with “monitoring”.",
            "Client ID",
        ),
    };
    let typed = if is_refused {
        refusal.client_id.clone()
    } else {
        String::new()
    };
    vec![
        Field::text("client_id", id)
            .id(format!("{}-client-id", vendor.code()))
            .hint(where_)
            .value(typed)
            .required()
            .error(wrong("client_id")),
        Field::password("client_secret", "Client secret")
            .id(format!("{}-client-secret", vendor.code()))
            .required()
            .error(wrong("client_secret")),
    ]
}

#[derive(Deserialize)]
pub struct CredentialsForm {
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
}

/// Connects a vendor with credentials, or sends the person to Xero's page.
pub async fn connect(
    State(app): State<App>,
    who: May<Connect>,
    frame: Frame,
    Path(vendor): Path<String>,
    Form(form): Form<CredentialsForm>,
) -> Result<Response, Fault> {
    let vendor = vendor_named(&vendor).ok_or(Fault::NotFound("this vendor"))?;
    if vendor == Vendor::Xero {
        return consent::begin(&app, &who, frame).await;
    }
    let client_id = form.client_id.clone();
    let offered = Offered {
        vendor,
        client_id: form.client_id,
        client_secret: Secret::new(form.client_secret),
    };
    match connected(&app, &who, offered).await {
        Ok(()) => {
            let done = format!("{vendor} is connected. Its first sync has begun.");
            Ok(redirect(INTEGRATIONS, &Flash::done(done)))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Unavailable { .. })) => {
            let refusal = Refusal {
                vendor: Some(vendor),
                client_id,
                message: fault.to_string(),
                fields: fault.fields(),
            };
            let mut tx = app.db.read(who.org).await?;
            let page = page(&app, &mut tx, frame, &refusal).await?;
            Ok((fault.status(), page).into_response())
        }
        Err(fault) => Err(fault),
    }
}

async fn connected(app: &App, who: &May<Connect>, offered: Offered) -> Result<(), Fault> {
    let offered = offered.checked()?;
    super::try_out(app, &offered).await?;
    let mut tx = app.db.write(who.org).await?;
    super::connect(app, who, &mut tx, &offered).await?;
    Ok(tx.commit().await?)
}

fn named(id: &str) -> Result<ConnectionId, Fault> {
    id.parse().map_err(|_| Fault::NotFound("this connection"))
}

pub async fn test(
    State(app): State<App>,
    who: May<Connect>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let connection = super::one(&mut tx, who.org, named(&id)?).await?;
    drop(tx);
    let flash = match super::test(&app, who.org, &connection).await {
        Ok(()) => Flash::done(format!(
            "{} answers and lets us in.",
            connection.vendor_name()
        )),
        Err(Fault::Internal(error)) => return Err(Fault::Internal(error)),
        Err(fault) => Flash::problem(fault.to_string()),
    };
    Ok(redirect(INTEGRATIONS, &flash))
}

pub async fn sync_one(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    Form(wanted): Form<sync::pages::Wanted>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let connection = super::one(&mut tx, who.org, named(&id)?).await?;
    sync::request_one(&app, &who, &mut tx, connection.id, wanted.mode()).await?;
    tx.commit().await?;
    let done = Flash::done(format!("Syncing {}.", connection.vendor_name()));
    Ok(redirect(INTEGRATIONS, &done))
}

#[derive(Deserialize)]
pub struct Version {
    version: i64,
}

pub async fn disconnect(
    State(app): State<App>,
    who: May<Connect>,
    Path(id): Path<String>,
    Form(form): Form<Version>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let connection = super::one(&mut tx, who.org, named(&id)?).await?;
    drop(tx);
    if connection.version != form.version {
        return Err(crate::db::DbError::Stale.into());
    }
    super::take_leave(&app, who.org, &connection).await?;
    let mut tx = app.db.write(who.org).await?;
    // Saying good-bye may have renewed tokens or states; the person's decision stands.
    let connection = super::one(&mut tx, who.org, connection.id).await?;
    super::disconnect(&app, &who, &mut tx, &connection).await?;
    tx.commit().await?;
    let vendor = connection.vendor_name();
    let done = format!("{vendor} is disconnected. What was read from it stays.");
    Ok(redirect(INTEGRATIONS, &Flash::done(done)))
}

/// To a page of ours, with a message on it.
pub fn redirect(to: &str, flash: &Flash) -> Response {
    let mut response = Redirect::to(to).into_response();
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Some(cookie) = flash.cookie() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
