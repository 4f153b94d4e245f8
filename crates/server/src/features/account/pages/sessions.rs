//! Where one is signed in, and ending that.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};

use super::SESSIONS;
use crate::{
    app::App,
    db::SessionId,
    fault::Fault,
    features::{
        account::{SessionRow, sessions},
        home::Frame,
        sign_in::{
            account_tabs::{AccountTab, account_tabs},
            api::origin,
            device,
        },
    },
    http::{May, Peer, Read, Who},
    ui::{Badge, Flash, Moment, Nav, Shell, Tabs, View, see_other},
};

#[derive(Template)]
#[template(path = "features/account/templates/sessions.html")]
pub struct SessionsPage {
    shell: Shell,
    tabs: Tabs,
    rows: Vec<Row>,
    has_others: bool,
    /// What was begun on devices that had not been used before.
    unseen: Vec<String>,
}

struct Row {
    device: String,
    kind: Option<Badge>,
    organization: String,
    address: String,
    place: Option<String>,
    began: Moment,
    active: Moment,
    /// Where it is ended; this one is ended by signing out.
    end: Option<String>,
}

pub async fn show(
    State(app): State<App>,
    _: May<Read>,
    Frame { who, shell }: Frame,
) -> Result<View<SessionsPage>, Fault> {
    let mut tx = app.db.read_global().await?;
    let mut known = sessions::list(&app, &mut tx, &who).await?;
    let unseen = sessions::unseen(&mut tx, &who).await?;
    drop(tx);
    known.sort_by_key(|session| session.id != who.session);
    Ok(View(SessionsPage {
        shell: shell.titled("Sessions", Nav::Account),
        tabs: account_tabs(&app, AccountTab::Sessions),
        has_others: known.len() > 1,
        unseen: unseen
            .iter()
            .map(|session| {
                let address = app.places.beside(&session.address);
                format!("{} from {address}", device(&session.user_agent))
            })
            .collect(),
        rows: known
            .into_iter()
            .map(|session| row(&app, &who, session))
            .collect(),
    }))
}

fn row(app: &App, who: &Who, session: SessionRow) -> Row {
    let is_this = session.id == who.session;
    let now = app.now().0;
    Row {
        device: device(&session.user_agent),
        kind: match session.kind.as_str() {
            "api" => Some(Badge::neutral("API")),
            "auth" => Some(Badge::neutral("App")),
            _ => None,
        },
        organization: session.organization,
        place: app.places.of(&session.address),
        address: session.address,
        began: Moment::ago(session.lifetime.created_at.0, now, who.zone),
        active: Moment::ago(session.lifetime.last_active_at.0, now, who.zone),
        end: (!is_this).then(|| format!("{SESSIONS}/{}/end", session.id)),
    }
}

pub async fn end(
    State(app): State<App>,
    who: May<Read>,
    peer: Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id: SessionId = id.parse().map_err(|_| Fault::NotFound("this session"))?;
    let origin = origin(&app, peer, &headers, "web");
    sessions::end(&app, &who, id, &origin).await?;
    Ok(see_other(SESSIONS, &Flash::done("That session has ended.")))
}

pub async fn end_others(
    State(app): State<App>,
    who: May<Read>,
    peer: Peer,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let origin = origin(&app, peer, &headers, "web");
    sessions::end_others(&app, &who, &origin).await?;
    let said = "Everywhere else you are signed out.";
    Ok(see_other(SESSIONS, &Flash::done(said)))
}

/// Takes the notice of new devices away.
pub async fn see(State(app): State<App>, who: May<Read>) -> Result<Response, Fault> {
    sessions::see(&app, &who).await?;
    Ok(see_other(
        SESSIONS,
        &Flash::done("Good. Nothing more is said of it."),
    ))
}
