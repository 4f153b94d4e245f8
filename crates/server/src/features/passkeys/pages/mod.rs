//! Your account, Passkeys: what signs you in, what was done with it, and a new one.

mod enter;
mod log;
pub mod well_known;

use askama::Template;
use axum::{
    Form, Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{Holder, PasskeyRow, Refused, store};
use crate::{
    app::App,
    db::{PasskeyChallengeId, PasskeyId, Tx},
    fault::Fault,
    features::{
        home::Frame,
        sign_in::{
            account_tabs::{AccountTab, account_tabs},
            api::origin,
        },
    },
    http::{May, Peer, Read, Routes, Who},
    supabase,
    ui::{Badge, Field, Flash, Moment, Nav, Shell, Tabs, Timeline, View, see_other},
};

const PAGE: &str = "/account/passkeys";

pub fn routes() -> Routes {
    Routes::new()
        .route("/sign-in/passkey", post(enter::submit))
        .route("/account/passkeys", get(show).post(add))
        .route("/account/passkeys/options", post(options))
        .route("/account/passkeys/{id}", post(rename))
        .route("/account/passkeys/{id}/remove", post(remove))
}

#[derive(Template)]
#[template(path = "features/passkeys/templates/passkeys.html")]
pub struct PasskeysPage {
    shell: Shell,
    tabs: Tabs,
    rows: Vec<Row>,
    log: Timeline,
    name: Field,
    /// Why the last act was refused, where no field is to blame.
    problem: Option<String>,
}

struct Row {
    id: PasskeyId,
    name: String,
    place: Badge,
    added: Moment,
    used: Option<Moment>,
    rename_anchor: String,
    rename_is_open: bool,
    new_name: Field,
    remove_anchor: String,
    remove_is_open: bool,
    /// Asked when this is the only way in.
    confirm: Option<Field>,
}

/// What was refused, and in which form it is told.
#[derive(Default)]
struct Refusal {
    problem: Option<String>,
    name: String,
    rename: Option<(PasskeyId, String, String)>,
    remove: Option<(PasskeyId, String)>,
}

fn holder(who: &Who) -> Holder {
    Holder {
        org: who.org,
        person: who.person,
        session: who.session,
    }
}

pub async fn show(
    State(app): State<App>,
    _: May<Read>,
    frame: Frame,
) -> Result<View<PasskeysPage>, Fault> {
    page(&app, frame, &Refusal::default()).await
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    refusal: &Refusal,
) -> Result<View<PasskeysPage>, Fault> {
    if supabase::keeps_accounts(app) {
        return Err(Fault::NotFound("this page"));
    }
    let mut tx = app.db.read_global().await?;
    let known = super::list(&mut tx, who.person).await?;
    let is_last = super::is_last_way_in(&mut tx, who.person).await?;
    let events = store::events(&mut tx, who.person, log::SHOWN).await?;
    drop(tx);
    let now = app.now().0;
    let rows = known
        .into_iter()
        .map(|passkey| row(passkey, &who, now, is_last, refusal))
        .collect();
    Ok(View(PasskeysPage {
        log: log::timeline(events, now, who.zone),
        shell: shell.titled("Passkeys", Nav::Account),
        tabs: account_tabs(app, AccountTab::Passkeys),
        rows,
        name: Field::text("name", "Name")
            .value(&refusal.name)
            .hint("How you will know it again, such as Work laptop. You may leave it empty."),
        problem: refusal.problem.clone(),
    }))
}

fn row(
    passkey: PasskeyRow,
    who: &Who,
    now: chrono::DateTime<chrono::Utc>,
    is_last: bool,
    refusal: &Refusal,
) -> Row {
    let id = passkey.id;
    let rename = refusal
        .rename
        .as_ref()
        .filter(|(refused, ..)| *refused == id);
    let remove = refusal
        .remove
        .as_ref()
        .filter(|(refused, _)| *refused == id);
    let (typed, wrong) = rename.map_or((passkey.name.clone(), None), |(_, typed, wrong)| {
        (typed.clone(), Some(wrong.clone()))
    });
    let confirm = Field::check("last", "Remove my only way in all the same")
        .id(format!("last-{id}"))
        .hint("You have no password. Without it only an Owner or Admin can let you in again.")
        .error(remove.map(|(_, wrong)| wrong.clone()));
    Row {
        place: if passkey.is_synced {
            Badge::neutral("Synced")
        } else {
            Badge::neutral("On one device")
        },
        added: Moment::ago(passkey.created_at.0, now, who.zone),
        used: passkey
            .last_used_at
            .map(|at| Moment::ago(at.0, now, who.zone)),
        rename_anchor: format!("rename-{id}"),
        rename_is_open: rename.is_some(),
        new_name: Field::text("name", "Name")
            .id(format!("name-{id}"))
            .value(typed)
            .error(wrong)
            .required(),
        remove_anchor: format!("remove-{id}"),
        remove_is_open: remove.is_some(),
        confirm: is_last.then_some(confirm),
        name: passkey.name,
        id,
    }
}

/// What the browser needs to make a passkey, for our own script.
pub async fn options(State(app): State<App>, who: May<Read>) -> Result<Json<Value>, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let offer = super::begin_registering(&app, &mut tx, holder(&who)).await?;
    tx.commit().await?;
    let offer = offer.map_err(|refused| Fault::invalid(refused.code(), refused.to_string()))?;
    Ok(Json(
        json!({ "challenge_id": offer.challenge.0, "options": offer.options }),
    ))
}

/// What our script put into a form.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Brought {
    challenge_id: String,
    credential: String,
    name: String,
    next: String,
}

impl Brought {
    fn read<T: DeserializeOwned>(&self) -> Result<(PasskeyChallengeId, T), Refused> {
        let id = uuid::Uuid::try_parse(&self.challenge_id).map_err(|_| Refused::NoChallenge)?;
        let brought = serde_json::from_str(&self.credential).map_err(|_| Refused::Unverified)?;
        Ok((PasskeyChallengeId(id), brought))
    }
}

pub async fn add(
    State(app): State<App>,
    who: May<Read>,
    frame: Frame,
    peer: Peer,
    headers: HeaderMap,
    Form(form): Form<Brought>,
) -> Result<Response, Fault> {
    let name = Some(form.name.trim()).filter(|name| !name.is_empty());
    let made = match form.read() {
        Ok((challenge, brought)) => {
            let origin = origin(&app, peer, &headers, "web");
            let mut tx = app.db.write(who.org).await?;
            let holder = holder(&who);
            let made =
                super::register(&app, &mut tx, holder, challenge, &brought, name, &origin).await;
            if made.is_ok() {
                tx.commit().await?;
            }
            made
        }
        Err(refused) => Ok(Err(refused)),
    };
    let problem = match made {
        Ok(Ok(made)) => {
            let said = format!("{} is added. It can sign you in from now on.", made.name);
            return Ok(see_other(PAGE, &Flash::done(said)));
        }
        Ok(Err(refused)) => refused.to_string(),
        Err(fault @ Fault::Invalid { .. }) => fault.to_string(),
        Err(fault) => return Err(fault),
    };
    let refusal = Refusal {
        problem: Some(problem),
        name: form.name,
        ..Refusal::default()
    };
    refused(&app, frame, &refusal).await
}

async fn refused(app: &App, frame: Frame, refusal: &Refusal) -> Result<Response, Fault> {
    let page = page(app, frame, refusal).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Keeps what was done to a passkey and says so, or shows its form again with what was wrong.
async fn settle(
    app: &App,
    frame: Frame,
    tx: Tx,
    done: Result<String, Fault>,
    refusal: impl FnOnce(String) -> Refusal,
) -> Result<Response, Fault> {
    match done {
        Ok(said) => {
            tx.commit().await?;
            Ok(see_other(PAGE, &Flash::done(said)))
        }
        Err(fault @ Fault::Invalid { .. }) => {
            drop(tx);
            refused(app, frame, &refusal(fault.to_string())).await
        }
        Err(fault) => Err(fault),
    }
}

fn passkey_id(text: &str) -> Result<PasskeyId, Fault> {
    text.parse().map_err(|_| Fault::NotFound("this passkey"))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Rename {
    name: String,
}

pub async fn rename(
    State(app): State<App>,
    who: May<Read>,
    frame: Frame,
    peer: Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(form): Form<Rename>,
) -> Result<Response, Fault> {
    let id = passkey_id(&id)?;
    let origin = origin(&app, peer, &headers, "web");
    let mut tx = app.db.write(who.org).await?;
    let renamed = super::rename(&app, &mut tx, holder(&who), id, &form.name, &origin).await;
    let said = renamed.map(|passkey| format!("It is called {} now.", passkey.name));
    settle(&app, frame, tx, said, |wrong| Refusal {
        rename: Some((id, form.name, wrong)),
        ..Refusal::default()
    })
    .await
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Remove {
    last: Option<String>,
}

pub async fn remove(
    State(app): State<App>,
    who: May<Read>,
    frame: Frame,
    peer: Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(form): Form<Remove>,
) -> Result<Response, Fault> {
    let id = passkey_id(&id)?;
    let origin = origin(&app, peer, &headers, "web");
    let is_warned = form.last.is_some();
    let mut tx = app.db.write(who.org).await?;
    let removed = super::remove(&app, &mut tx, holder(&who), id, is_warned, &origin).await;
    let said =
        removed.map(|passkey| format!("{} is removed and signs nobody in any more.", passkey.name));
    settle(&app, frame, tx, said, |wrong| Refusal {
        remove: Some((id, wrong)),
        ..Refusal::default()
    })
    .await
}
