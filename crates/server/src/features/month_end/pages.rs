//! The end of a month for people.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{CloseInput, Item, Month, MonthEnd, ReopenInput, Sum, api::archive, pack, pack::Pack};
use crate::{
    app::App,
    db::EvidencePackId,
    fault::Fault,
    features::home::Frame,
    http::{May, Routes, Who, Work, done, tokens::keys},
    ui::{Badge, Field, Figure, Flash, Moment, Nav, Shell, View, format},
};

const LIST: &str = "/month-end";

pub fn routes() -> Routes {
    Routes::new()
        .route("/month-end", get(list))
        .route("/month-end/{month}", get(show))
        .route("/month-end/{month}/close", post(close))
        .route("/month-end/{month}/reopen", post(reopen))
        .route("/month-end/{month}/pack", post(make_pack))
        .route("/evidence-packs/{id}", get(download))
}

fn place_of(month: Month) -> String {
    format!("{LIST}/{month}")
}

fn state(word: &str) -> Badge {
    match word {
        "closed" => Badge::good("Closed"),
        "reopened" => Badge::risk("Opened again"),
        "running" => Badge::neutral("Running"),
        _ => Badge::info("Open"),
    }
}

struct Row {
    href: String,
    name: String,
    state: Badge,
}

#[derive(Template)]
#[template(path = "features/month_end/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    rows: Vec<Row>,
}

pub async fn list(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    _: May<Work>,
) -> Result<View<ListPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let months = super::recent(&app, &who, &mut tx).await?;
    drop(tx);
    let rows = months.iter().map(|(month, word)| Row {
        href: place_of(*month),
        name: format::month(month.first()),
        state: state(word),
    });
    Ok(View(ListPage {
        rows: rows.collect(),
        shell: shell.titled("Month end", Nav::MonthEnd),
    }))
}

struct OpenItem {
    href: String,
    title: String,
    count: String,
    sums: Vec<Figure>,
    per: String,
    /// The box that says that it is known.
    acknowledge: Field,
}

struct PackRow {
    /// Where it is had, once it is ready.
    href: Option<String>,
    state: Badge,
    asked: Moment,
    by: String,
    about: String,
}

#[derive(Template)]
#[template(path = "features/month_end/templates/month.html")]
pub struct MonthPage {
    shell: Shell,
    name: String,
    state: Badge,
    own_place: String,
    version: i64,
    items: Vec<OpenItem>,
    invoiced: Vec<Figure>,
    credited: Vec<Figure>,
    mrr: Vec<Figure>,
    closed: Option<ClosedPart>,
    /// None while it cannot be closed.
    note: Option<Field>,
    /// None while it cannot be opened again.
    reason: Option<Field>,
    problem: Option<String>,
    packs: Vec<PackRow>,
    is_packing: bool,
    /// By what keys that have signed here are told, the one in use first.
    keys: Vec<String>,
}

struct ClosedPart {
    by: String,
    at: Moment,
    note: String,
    acknowledged: Vec<String>,
    reason: Option<String>,
}

pub async fn show(
    frame: Frame,
    State(app): State<App>,
    _: May<Work>,
    Path(month): Path<String>,
) -> Result<Response, Fault> {
    page(&app, frame, Month::read(&month)?, None).await
}

fn figures(sums: &[Sum]) -> Vec<Figure> {
    let sums = sums.iter();
    sums.map(|sum| Figure::new(sum.minor, sum.currency.clone()))
        .collect()
}

fn item(item: &Item, fault: Option<&Fault>) -> OpenItem {
    let wrong = fault.map(Fault::fields).unwrap_or_default();
    let key = format!("acknowledged.{}", item.key);
    OpenItem {
        href: item.href.clone(),
        title: item.title.clone(),
        count: format::count(u64::try_from(item.count).unwrap_or(0)),
        sums: figures(&item.sums),
        per: item.per.clone(),
        acknowledge: Field::check(
            "acknowledged",
            &format!("I know: {}", item.title.to_lowercase()),
        )
        .id(format!("ack-{}", item.key))
        .value(&item.key)
        .error(wrong.get(&key).map(|_| "say that you know".to_owned())),
    }
}

fn pack_row(pack: &Pack, who: &Who) -> PackRow {
    let is_ready = pack.state == "ready";
    let size = pack.size.unwrap_or(0) / 1024;
    PackRow {
        href: is_ready.then(|| format!("/evidence-packs/{}", pack.id)),
        state: match pack.state.as_str() {
            "ready" => Badge::good("Ready"),
            "failed" => Badge::late("Failed"),
            _ => Badge::info("Being made"),
        },
        asked: Moment::instant(pack.requested_at.0, who.zone),
        by: pack
            .requested_by_name
            .clone()
            .unwrap_or_else(|| "Somebody who has left".to_owned()),
        about: match (&pack.problem, pack.files) {
            (Some(problem), _) => problem.clone(),
            (None, Some(files)) => format!("{files} files, {size} KB"),
            (None, None) => "It is ready in a minute.".to_owned(),
        },
    }
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    month: Month,
    refused: Option<Fault>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let found = super::month(app, &who, &mut tx, month).await?;
    drop(tx);
    let mut tx = app.db.read_global().await?;
    let keys = keys::public_halves(&mut tx).await?;
    drop(tx);
    let status = refused.as_ref().map_or(StatusCode::OK, Fault::status);
    let may_close = matches!(found.state.as_str(), "open" | "reopened");
    let wrong = refused.as_ref().map(Fault::fields).unwrap_or_default();
    let error = |field: &str| wrong.get(field).cloned();
    let name = format::month(month.first());
    let page = MonthPage {
        shell: shell.titled(&name, Nav::MonthEnd),
        name,
        state: state(&found.state),
        own_place: place_of(month),
        version: found.version,
        items: found
            .open
            .iter()
            .map(|one| item(one, refused.as_ref()))
            .collect(),
        invoiced: figures(&found.invoiced),
        credited: figures(&found.credited),
        mrr: figures(&found.mrr),
        note: may_close.then(|| {
            Field::text("note", "Note")
                .error(error("note"))
                .hint("For whoever looks later; it may be empty.")
        }),
        reason: (found.state == "closed").then(|| {
            Field::text("reason", "Why it is opened again")
                .error(error("reason"))
                .required()
        }),
        closed: closed(&found, &who),
        problem: refused.map(|fault| fault.to_string()),
        is_packing: found.packs.iter().any(|pack| pack.state == "queued"),
        packs: found
            .packs
            .iter()
            .map(|pack| pack_row(pack, &who))
            .collect(),
        keys: keys.iter().map(|key| pack::fingerprint(key)).collect(),
    };
    Ok((status, View(page)).into_response())
}

fn closed(found: &MonthEnd, who: &Who) -> Option<ClosedPart> {
    let closed = found.closed.as_ref()?;
    Some(ClosedPart {
        by: closed
            .by_name
            .clone()
            .unwrap_or_else(|| "Somebody who has left".to_owned()),
        at: Moment::instant(closed.at.0, who.zone),
        note: closed.note.clone(),
        acknowledged: closed.acknowledged.clone(),
        reason: closed.reason.clone(),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    version: i64,
    note: String,
    reason: String,
    acknowledged: Vec<String>,
}

pub async fn close(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Path(month): Path<String>,
    axum_extra::extract::Form(typed): axum_extra::extract::Form<Typed>,
) -> Result<Response, Fault> {
    let month = Month::read(&month)?;
    let input = CloseInput {
        version: typed.version,
        note: typed.note,
        acknowledged: typed.acknowledged,
    };
    let mut tx = app.db.write(who.org).await?;
    let closed = super::close(&app, &who, &mut tx, month, &input).await;
    settle(&app, frame, month, tx, closed, "The month is closed.").await
}

pub async fn reopen(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Path(month): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let month = Month::read(&month)?;
    let input = ReopenInput {
        version: typed.version,
        reason: typed.reason,
    };
    let mut tx = app.db.write(who.org).await?;
    let opened = super::reopen(&app, &who, &mut tx, month, &input).await;
    settle(&app, frame, month, tx, opened, "The month is open again.").await
}

async fn settle(
    app: &App,
    frame: Frame,
    month: Month,
    tx: crate::db::Tx,
    acted: Result<(), Fault>,
    said: &str,
) -> Result<Response, Fault> {
    match acted {
        Ok(()) => {
            tx.commit().await?;
            Ok(done(&place_of(month), &Flash::done(said)))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            drop(tx);
            page(app, frame, month, Some(fault)).await
        }
        Err(other) => Err(other),
    }
}

pub async fn make_pack(
    State(app): State<App>,
    who: May<Work>,
    Path(month): Path<String>,
) -> Result<Response, Fault> {
    let month = Month::read(&month)?;
    let mut tx = app.db.write(who.org).await?;
    super::ask_for_pack(&app, &who, &mut tx, month).await?;
    tx.commit().await?;
    Ok(done(
        &place_of(month),
        &Flash::done("The pack is being made."),
    ))
}

pub async fn download(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id: EvidencePackId = id
        .parse()
        .map_err(|_| Fault::NotFound("this evidence pack"))?;
    let mut tx = app.db.read(who.org).await?;
    let (name, bytes) = pack::content(&mut tx, who.org, id).await?;
    Ok(archive(&name, bytes))
}
