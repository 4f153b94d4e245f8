//! The irreversible act, on a page of its own: how many, how much, which dates, and a fresh
//! factor where the last was shown too long ago.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::{LIST, place_of};
use crate::{
    app::App,
    db::GeneratedInvoiceId,
    fault::Fault,
    features::{
        generated_invoices::{DraftView, Filter, list, post},
        home::Frame,
        sign_in,
    },
    http::{May, Peer, Pick, Work, done},
    ui::{Field, Figure, Flash, Moment, Nav, Shell, View, address, format},
};

const WHY: &str = "Posting cannot be undone here, so it asks who you are.";

/// Posted at once; the rest waits for the next time.
const MOST: i64 = 500;

#[derive(Debug, Default, Deserialize)]
pub struct Picks {
    #[serde(default)]
    pick: Vec<Pick<GeneratedInvoiceId>>,
}

struct Row {
    href: String,
    client: String,
    reference: String,
    issued: Moment,
    due: Option<Moment>,
    total: Figure,
}

#[derive(Template)]
#[template(path = "features/generated_invoices/templates/post.html")]
pub struct PostPage {
    shell: Shell,
    picks: Vec<String>,
    rows: Vec<Row>,
    count: String,
    totals: Vec<Figure>,
    dates: String,
    /// Asked for where the last one is too old.
    factor: Option<Field>,
    button: String,
}

pub async fn show(
    frame: Frame,
    State(app): State<App>,
    _may: May<Work>,
    Query(picks): Query<Picks>,
) -> Result<View<PostPage>, Fault> {
    page(&app, frame, &picks.pick, None).await
}

/// The approved drafts, or those of them that were picked.
async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    picked: &[Pick<GeneratedInvoiceId>],
    wrong: Option<Fault>,
) -> Result<View<PostPage>, Fault> {
    let filter = Filter {
        status: Some("approved".to_owned()),
        limit: MOST,
        ..Filter::default()
    };
    let mut tx = app.db.read(who.org).await?;
    let mut drafts = list(&mut tx, who.org, &filter).await?;
    let wrong = wrong.map(|fault| fault.to_string());
    let factor = sign_in::factor_field(app, &mut tx, &who, WHY, wrong).await?;
    let factor = factor.map(Field::autofocus);
    drop(tx);
    drafts.retain(|draft| picked.is_empty() || picked.iter().any(|pick| pick.id == draft.id));
    let count = u64::try_from(drafts.len()).unwrap_or(0);
    let count = format::counted(count, "invoice", "invoices");
    Ok(View(PostPage {
        shell: shell.titled("Post", Nav::GeneratedInvoices),
        picks: drafts
            .iter()
            .map(|draft| {
                Pick {
                    id: draft.id,
                    version: draft.version,
                }
                .to_string()
            })
            .collect(),
        rows: drafts.iter().map(row).collect(),
        button: format!("Post {count}"),
        count,
        totals: totals(&drafts),
        dates: dates(&drafts),
        factor,
    }))
}

fn row(draft: &DraftView) -> Row {
    Row {
        href: place_of(draft.id),
        client: draft.client_name.clone(),
        reference: draft.reference.clone(),
        issued: Moment::date(draft.issued_on.0),
        due: draft.due_on.map(|day| Moment::date(day.0)),
        total: Figure::new(draft.total_minor, draft.currency.clone()),
    }
}

fn totals(drafts: &[DraftView]) -> Vec<Figure> {
    let mut totals: Vec<(String, i64)> = Vec::new();
    for draft in drafts {
        match totals
            .iter_mut()
            .find(|(currency, _)| *currency == draft.currency)
        {
            Some((_, total)) => *total = total.saturating_add(draft.total_minor),
            None => totals.push((draft.currency.clone(), draft.total_minor)),
        }
    }
    totals
        .into_iter()
        .map(|(currency, minor)| Figure::new(minor, currency))
        .collect()
}

fn dates(drafts: &[DraftView]) -> String {
    let days = || drafts.iter().map(|draft| draft.issued_on.0);
    match (days().min(), days().max()) {
        (Some(first), Some(last)) if first == last => format!("dated {}", format::date(first)),
        (Some(first), Some(last)) => {
            format!("dated {} to {}", format::date(first), format::date(last))
        }
        _ => String::new(),
    }
}

#[derive(Deserialize)]
pub struct PostForm {
    #[serde(default)]
    pick: Vec<Pick<GeneratedInvoiceId>>,
    #[serde(default)]
    factor: String,
}

pub async fn begin(
    frame: Frame,
    State(app): State<App>,
    may: May<Work>,
    peer: Peer,
    headers: HeaderMap,
    Form(form): Form<PostForm>,
) -> Result<Response, Fault> {
    let who = may.0;
    if form.pick.is_empty() {
        return Err(Fault::invalid(
            "nothing_picked",
            "approve a draft first; there is nothing to post",
        ));
    }
    let origin = sign_in::api::origin(&app, peer, &headers, "web");
    let who = match sign_in::with_fresh_factor(&app, who, form.factor, &origin).await {
        Ok(who) => who,
        Err(fault @ (Fault::Invalid { .. } | Fault::TooMany { .. })) => {
            return again(&app, frame, &form.pick, fault).await;
        }
        Err(fault) => return Err(fault),
    };
    let drafts: Vec<_> = form
        .pick
        .iter()
        .map(|pick| (pick.id, pick.version))
        .collect();
    let mut tx = app.db.write(who.org).await?;
    post::begin(&app, &who, &mut tx, &drafts).await?;
    tx.commit().await?;
    Ok(begun(&drafts))
}

async fn again(
    app: &App,
    frame: Frame,
    picked: &[Pick<GeneratedInvoiceId>],
    fault: Fault,
) -> Result<Response, Fault> {
    let status = match fault {
        Fault::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = page(app, frame, picked, Some(fault)).await?;
    Ok((status, page).into_response())
}

/// To the one that is on its way, or to all of them.
fn begun(drafts: &[(GeneratedInvoiceId, i64)]) -> Response {
    match drafts {
        [(one, _)] => done(&place_of(*one), &Flash::done("Posting.")),
        several => {
            let count = u64::try_from(several.len()).unwrap_or(0);
            let message = format!("Posting {}.", format::counted(count, "invoice", "invoices"));
            done(
                &address(LIST, &[("status", "ready")]),
                &Flash::done(message),
            )
        }
    }
}
