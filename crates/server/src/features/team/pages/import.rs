//! Inviting many at once: a file, what each of its rows will do, and then all or nothing.

use askama::Template;
use axum::{
    extract::{Multipart, State, multipart::MultipartError},
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
    http::{Administer, May, Peer, Who},
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

/// What the form sends: a file or pasted text, and later its confirmation.
#[derive(Default)]
struct Sent {
    text: String,
    is_confirmed: bool,
    factor: String,
}

impl Sent {
    async fn read(mut form: Multipart) -> Result<Self, Fault> {
        let mut sent = Self::default();
        while let Some(field) = form.next_field().await.map_err(|error| unread(&error))? {
            let name = field.name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(|error| unread(&error))?;
            let not_text =
                |_| Fault::field("text", "this file is not text; save it as CSV (UTF-8)");
            let text = std::str::from_utf8(&bytes).map_err(not_text)?;
            match name.as_str() {
                // A browser sends an empty file where none was chosen.
                "file" | "text" if !text.trim().is_empty() => text.clone_into(&mut sent.text),
                "confirm" => sent.is_confirmed = true,
                "factor" => text.clone_into(&mut sent.factor),
                _ => {}
            }
        }
        Ok(sent)
    }
}

fn unread(error: &MultipartError) -> Fault {
    Fault::field(
        "text",
        format!("the form cannot be read: {}", error.body_text()),
    )
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
    form: Multipart,
) -> Result<Response, Fault> {
    let origin = origin(&app, peer, &headers, "web");
    let sent = match Sent::read(form).await {
        Ok(sent) => sent,
        Err(fault) => return Ok(refused(shell, "", None, &fault)),
    };
    if sent.is_confirmed {
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
    sent: Sent,
    origin: &Origin,
) -> Result<Response, Fault> {
    let asker = who.clone();
    match invite_all(app, who, sent.factor, &sent.text, origin).await {
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
