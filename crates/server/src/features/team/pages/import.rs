//! Inviting many at once: a file, what each of its rows will do, and then all or nothing.

use askama::Template;
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};

use super::{TEAM, badge};
use crate::{
    app::App,
    fault::Fault,
    features::{
        home::Frame,
        sign_in::{self, Origin, api::origin},
        team::{
            self,
            import::{self, Outcome, Preview},
        },
    },
    http::{Administer, May, Peer, Sent, Upload, Who},
    ui::{Badge, Field, Flash, Nav, Shell, View, format, see_other},
};

#[derive(Template)]
#[template(path = "features/team/templates/import.html")]
pub struct ImportPage {
    shell: Shell,
    text: Field,
    /// What the rows will do, once a file was read.
    preview: Option<Shown>,
    problem: Option<String>,
}

struct Shown {
    rows: Vec<ShownRow>,
    has_header: bool,
    invites: String,
    is_fine: bool,
    /// Asked again where the last factor was shown too long ago.
    factor: Option<Field>,
    /// The file, to be sent once more with the confirmation.
    text: String,
}

struct ShownRow {
    line: u64,
    email: String,
    name: String,
    role: Badge,
    outcome: Badge,
    wrong: Vec<String>,
}

pub async fn show(_: May<Administer>, Frame { shell, .. }: Frame) -> View<ImportPage> {
    page(shell, "", None, None)
}

fn page(
    shell: Shell,
    typed: &str,
    preview: Option<Shown>,
    refused: Option<&Fault>,
) -> View<ImportPage> {
    let wrong = refused.and_then(|fault| fault.fields().get("text").cloned());
    let problem = refused.filter(|fault| fault.fields().is_empty());
    View(ImportPage {
        text: Field::textarea("text", "Or paste rows")
            .value(typed)
            .hint("Email, role, name. Without a role somebody becomes Viewer.")
            .error(wrong),
        problem: problem.map(Fault::to_string),
        preview,
        shell: shell.titled("Invite many", Nav::Team),
    })
}

pub async fn take(
    State(app): State<App>,
    who: May<Administer>,
    Frame { shell, .. }: Frame,
    peer: Peer,
    headers: HeaderMap,
    Sent(sent): Sent,
) -> Result<Response, Fault> {
    let origin = origin(&app, peer, &headers, "web");
    let sent = match sent {
        Ok(sent) => sent,
        Err(fault) => return Ok(refused(shell, "", None, &fault)),
    };
    if !sent.field("confirm").is_empty() {
        return confirm(&app, who.0, shell, sent, &origin).await;
    }
    match previewed(&app, &who, &sent.text, None).await {
        Ok(shown) => Ok(page(shell, &sent.text, Some(shown), None).into_response()),
        Err(fault) => Ok(refused(shell, &sent.text, None, &fault)),
    }
}

fn refused(shell: Shell, typed: &str, shown: Option<Shown>, fault: &Fault) -> Response {
    let status = fault.status();
    (status, page(shell, typed, shown, Some(fault))).into_response()
}

async fn confirm(
    app: &App,
    who: Who,
    shell: Shell,
    sent: Upload,
    origin: &Origin,
) -> Result<Response, Fault> {
    let asker = who.clone();
    let factor = sent.field("factor").to_owned();
    match invite_all(app, who, factor, &sent.text, origin).await {
        Ok(invited) => {
            let said = format!(
                "{} invited.",
                format::counted(invited, "person is", "people are")
            );
            Ok(see_other(TEAM, &Flash::done(said)))
        }
        Err(
            fault @ (Fault::Invalid { .. }
            | Fault::Conflict { .. }
            | Fault::TooMany { .. }
            | Fault::Forbidden(_)),
        ) => {
            let wrong = fault.fields().get("factor").cloned();
            let shown = previewed(app, &asker, &sent.text, wrong).await?;
            Ok(refused(shell, &sent.text, Some(shown), &fault))
        }
        Err(fault) => Err(fault),
    }
}

/// All of a file, or none of it.
async fn invite_all(
    app: &App,
    who: Who,
    factor: String,
    text: &str,
    origin: &Origin,
) -> Result<u64, Fault> {
    let who = sign_in::with_fresh_factor(app, who, factor, origin).await?;
    let mut tx = app.db.write(who.org).await?;
    let preview = import::preview(&who, &mut tx, text).await?;
    if !preview.is_fine() {
        return Err(Fault::invalid(
            "wrong_rows",
            "nobody was invited: correct the rows marked below first",
        ));
    }
    let mut invited = 0;
    for new in preview.invitations() {
        team::invite(app, &who, &mut tx, new).await?;
        invited += 1;
    }
    tx.commit().await?;
    Ok(invited)
}

async fn previewed(
    app: &App,
    who: &Who,
    text: &str,
    wrong: Option<String>,
) -> Result<Shown, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let preview = import::preview(who, &mut tx, text).await?;
    let why = "Giving roles asks who you are once more.";
    let factor = sign_in::factor_field(app, &mut tx, who, why, wrong).await?;
    Ok(shown(preview, text.to_owned(), factor))
}

fn shown(preview: Preview, text: String, factor: Option<Field>) -> Shown {
    let invites = preview.invitations().count() as u64;
    Shown {
        invites: format::counted(invites, "person", "people"),
        is_fine: preview.is_fine() && invites > 0,
        has_header: preview.has_header,
        rows: preview
            .rows
            .into_iter()
            .map(|row| {
                let (outcome, wrong) = words(row.outcome);
                ShownRow {
                    line: row.line,
                    role: badge(&row.new.role),
                    email: row.new.email,
                    name: row.new.name,
                    outcome,
                    wrong,
                }
            })
            .collect(),
        factor,
        text,
    }
}

fn words(outcome: Outcome) -> (Badge, Vec<String>) {
    match outcome {
        Outcome::Invite => (Badge::good("Invite"), Vec::new()),
        Outcome::InviteAgain => (Badge::info("New link"), Vec::new()),
        Outcome::Skip => (Badge::neutral("Belongs already"), Vec::new()),
        Outcome::Wrong(cells) => {
            let cells = cells.into_iter();
            let told = cells.map(|(column, why)| format!("{column}: {why}"));
            (Badge::late("Wrong"), told.collect())
        }
    }
}
