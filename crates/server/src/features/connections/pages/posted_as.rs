//! How what is posted looks in the ledger.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

use super::{INTEGRATIONS, named};
use crate::{
    app::App,
    fault::Fault,
    features::{
        connections::{
            self,
            posted_as::{self, Offer, PostedAs, PostedAsInput},
        },
        home::Frame,
    },
    http::{Connect, May, done},
    ui::{Field, Flash, Nav, Shell, View},
};

#[derive(Template)]
#[template(path = "features/connections/templates/posted_as.html")]
struct PostedAsPage {
    shell: Shell,
    ledger: String,
    own_place: String,
    version: i64,
    fields: Vec<Field>,
    /// Why there is nothing to choose from.
    away: Option<String>,
    problem: Option<String>,
}

/// What was typed, by the field's name, and why it was refused.
type Refused = (BTreeMap<String, String>, Fault);

const DRAFT: &str = "stays_draft";

fn theme_field(offer: &Offer, chosen: &PostedAs) -> Field {
    let field = Field::select("theme", "Branding theme")
        .option("", "As the ledger does")
        .value(chosen.theme_id().unwrap_or_default())
        .hint("How the ledger's own PDF and online invoice look.");
    let themes = offer.themes.iter();
    themes.fold(field, |field, theme| field.option(&theme.id, &theme.name))
}

fn tracking_fields(offer: &Offer, chosen: &PostedAs) -> Vec<Field> {
    let categories = offer.tracking.iter();
    categories
        .map(|one| {
            let mut tracked = chosen.tracking.iter();
            let now = tracked.find(|tracked| tracked.category.id == one.category.id);
            let field = Field::select(&format!("tracking-{}", one.category.id), &one.category.name)
                .option("", "None")
                .value(now.map(|now| now.option.id.clone()).unwrap_or_default())
                .hint("Tracking of every line.");
            let options = one.options.iter();
            options.fold(field, |field, option| {
                field.option(&option.id, &option.name)
            })
        })
        .collect()
}

fn fields(offer: &Offer, chosen: &PostedAs, refused: Option<&Fault>) -> Vec<Field> {
    let wrong = refused.map(Fault::fields).unwrap_or_default();
    let mut fields = vec![
        Field::check(DRAFT, "Leave invoices as drafts in the ledger")
            .checked(chosen.stays_draft)
            .hint("Somebody has to approve them there before they are owed or can be sent."),
        theme_field(offer, chosen).error(wrong.get("theme").cloned()),
    ];
    let tracking = tracking_fields(offer, chosen);
    fields.extend(
        tracking
            .into_iter()
            .map(|field| field.error(wrong.get("tracking").cloned())),
    );
    fields
}

pub async fn show(
    frame: Frame,
    State(app): State<App>,
    _: May<Connect>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    page(&app, frame, &id, None).await
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    id: &str,
    refused: Option<Refused>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let connection = connections::one(&mut tx, who.org, named(id)?).await?;
    drop(tx);
    let chosen = connection.settings().posted_as;
    let (offer, away) = match posted_as::offered(app, who.org, &connection).await {
        Ok(offer) => (Some(offer), None),
        Err(Fault::Unavailable { message }) => (None, Some(message)),
        Err(other) => return Err(other),
    };
    let status = refused.as_ref().map(|(_, fault)| fault.status());
    let fault = refused.map(|(_, fault)| fault);
    let fields = offer.map(|offer| fields(&offer, &chosen, fault.as_ref()));
    let page = View(PostedAsPage {
        shell: shell.titled("Posting", Nav::Integrations),
        ledger: connection.vendor_name().to_owned(),
        own_place: place_of(id),
        version: chosen.version,
        fields: fields.unwrap_or_default(),
        away,
        problem: fault
            .filter(|fault| fault.fields().is_empty())
            .map(|fault| fault.to_string()),
    });
    Ok((status.unwrap_or(StatusCode::OK), page).into_response())
}

fn place_of(id: &str) -> String {
    format!("{INTEGRATIONS}/{id}/posting")
}

fn input(typed: &BTreeMap<String, String>) -> PostedAsInput {
    let filled = |(_, value): &(&String, &String)| !value.is_empty();
    let tracking = typed
        .iter()
        .filter(|(name, _)| name.starts_with("tracking-"));
    PostedAsInput {
        version: typed
            .get("version")
            .and_then(|text| text.parse().ok())
            .unwrap_or_default(),
        stays_draft: typed.contains_key(DRAFT),
        theme: typed.get("theme").filter(|id| !id.is_empty()).cloned(),
        tracking: tracking
            .filter(filled)
            .map(|(_, value)| value.clone())
            .collect(),
    }
}

pub async fn save(
    State(app): State<App>,
    who: May<Connect>,
    frame: Frame,
    Path(id): Path<String>,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Result<Response, Fault> {
    let saved = async {
        let connection_id = named(&id)?;
        let mut tx = app.db.read(who.org).await?;
        let connection = connections::one(&mut tx, who.org, connection_id).await?;
        drop(tx);
        let offer = posted_as::offered(&app, who.org, &connection).await?;
        let mut tx = app.db.write(who.org).await?;
        posted_as::change(&app, &mut tx, &who, connection_id, &offer, &input(&typed)).await?;
        Ok(tx.commit().await?)
    };
    match saved.await {
        Ok(()) => Ok(done(INTEGRATIONS, &Flash::done("Saved."))),
        Err(
            fault @ (Fault::Invalid { .. } | Fault::Conflict { .. } | Fault::Unavailable { .. }),
        ) => page(&app, frame, &id, Some((typed, fault))).await,
        Err(other) => Err(other),
    }
}
