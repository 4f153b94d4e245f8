//! Approving together what has nothing unusual: which drafts, why each is usual, and one
//! confirmation. The rest is listed with the reason why it is looked at alone.

use askama::Template;
use axum::{extract::State, response::Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::{LIST, place_of};
use crate::{
    app::App,
    db::GeneratedInvoiceId,
    fault::Fault,
    features::{
        generated_invoices::usual::{LookedAt, approve_usual, looked},
        home::Frame,
    },
    http::{May, Pick, Work, done},
    ui::{Figure, Flash, Nav, Shell, View, address, format},
};

struct Row {
    href: String,
    pick: String,
    client: String,
    because: String,
    total: Figure,
}

impl Row {
    fn of(one: &LookedAt) -> Self {
        let draft = &one.draft;
        Self {
            href: place_of(draft.id),
            pick: Pick {
                id: draft.id,
                version: draft.version,
            }
            .to_string(),
            client: draft.client_name.clone(),
            because: format!("{}. {}", draft.reference, one.because.join(" ")),
            total: Figure::new(draft.total_minor, draft.currency.clone()),
        }
    }
}

#[derive(Template)]
#[template(path = "features/generated_invoices/templates/approve.html")]
pub struct ApprovePage {
    shell: Shell,
    usual: Vec<Row>,
    unusual: Vec<Row>,
    button: String,
}

pub async fn show(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    _may: May<Work>,
) -> Result<View<ApprovePage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let found = looked(&app, &mut tx, &who).await?;
    drop(tx);
    let count = u64::try_from(found.usual.len()).unwrap_or(0);
    Ok(View(ApprovePage {
        usual: found.usual.iter().map(Row::of).collect(),
        unusual: found.unusual.iter().map(Row::of).collect(),
        button: format!("Approve {}", format::counted(count, "draft", "drafts")),
        shell: shell.titled("Approve together", Nav::GeneratedInvoices),
    }))
}

#[derive(Debug, Default, Deserialize)]
pub struct Picks {
    #[serde(default)]
    pick: Vec<Pick<GeneratedInvoiceId>>,
}

pub async fn approve(
    State(app): State<App>,
    who: May<Work>,
    Form(picks): Form<Picks>,
) -> Result<Response, Fault> {
    let drafts: Vec<_> = picks
        .pick
        .iter()
        .map(|pick| (pick.id, pick.version))
        .collect();
    if drafts.is_empty() {
        return Err(Fault::invalid(
            "nothing_picked",
            "no draft is without anything unusual now; look at them one by one",
        ));
    }
    let mut tx = app.db.write(who.org).await?;
    approve_usual(&app, &who, &mut tx, &drafts).await?;
    tx.commit().await?;
    let count = u64::try_from(drafts.len()).unwrap_or(0);
    let said = format!(
        "Approved {}. They wait under Ready to post.",
        format::counted(count, "draft", "drafts")
    );
    Ok(done(
        &address(LIST, &[("status", "ready")]),
        &Flash::done(said),
    ))
}
