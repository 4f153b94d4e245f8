//! One member: their role, a new password, and removing them.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{TEAM, badge, list::LinkPage, role_field};
use crate::{
    app::App,
    db::PersonId,
    fault::Fault,
    features::{
        home::Frame,
        sign_in::{self, Origin, api::origin},
        team::{self, Removed},
    },
    http::{Administer, May, Peer, Who},
    ui::{Badge, Field, Flash, Moment, Nav, Shell, View, see_other},
};

#[derive(Template)]
#[template(path = "features/team/templates/person.html")]
pub struct PersonPage {
    shell: Shell,
    action: String,
    called: String,
    email: String,
    is_you: bool,
    role: Badge,
    factor: Badge,
    joined: Moment,
    active: Option<Moment>,
    role_fields: Vec<Field>,
    /// What stands by their consent, and stays.
    connections: Vec<String>,
    password_fields: Vec<Field>,
    remove_fields: Vec<Field>,
    remove_is_open: bool,
    password_is_open: bool,
    problem: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    Role,
    Password,
    Remove,
}

struct Refusal {
    by: Asks,
    fault: Fault,
    role: String,
}

fn person_id(text: &str) -> Result<PersonId, Fault> {
    text.parse().map_err(|_| Fault::NotFound("this person"))
}

pub async fn show(
    State(app): State<App>,
    _: May<Administer>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<View<PersonPage>, Fault> {
    page(&app, frame, person_id(&id)?, None).await
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    id: PersonId,
    refusal: Option<&Refusal>,
) -> Result<View<PersonPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let member = team::member(&mut tx, &who, id).await?;
    let connections = team::connections_of(&mut tx, who.org, id).await?;
    let refused = |by: Asks, field: &str| {
        let refusal = refusal.filter(|refusal| refusal.by == by)?;
        refusal.fault.fields().get(field).cloned()
    };
    let mut factors = Vec::new();
    for (by, why) in [
        (Asks::Role, "Giving a role asks who you are once more."),
        (
            Asks::Password,
            "It opens an account, so it asks who you are once more.",
        ),
        (
            Asks::Remove,
            "It cannot be taken back, so it asks who you are once more.",
        ),
    ] {
        let wrong = refused(by, "factor");
        let field = sign_in::factor_field(app, &mut tx, &who, why, wrong).await?;
        let name = format!("factor-{by:?}").to_lowercase();
        factors.push(field.map(|field| field.id(name)));
    }
    drop(tx);
    let typed = refusal.filter(|refusal| !refusal.role.is_empty());
    let chosen = typed.map_or(member.role.as_str(), |refusal| refusal.role.as_str());
    let mut factors = factors.into_iter();
    let mut next = || factors.next().flatten();
    let mut role_fields = vec![role_field(&who, chosen, refused(Asks::Role, "role"))];
    role_fields.extend(next());
    let is_open = |by: Asks| refusal.is_some_and(|refusal| refusal.by == by);
    let problem = refusal.filter(|refusal| refusal.fault.fields().is_empty());
    let now = app.now().0;
    Ok(View(PersonPage {
        action: format!("{TEAM}/people/{id}"),
        called: member.called().to_owned(),
        is_you: member.person == who.person,
        role: badge(&member.role),
        factor: if member.has_second_factor {
            Badge::good("Second factor on")
        } else {
            Badge::risk("No second factor")
        },
        joined: Moment::ago(member.joined_at.0, now, who.zone),
        active: member
            .last_active_at
            .map(|at| Moment::ago(at.0, now, who.zone)),
        role_fields,
        password_fields: next().into_iter().collect(),
        remove_fields: next().into_iter().collect(),
        remove_is_open: is_open(Asks::Remove),
        password_is_open: is_open(Asks::Password),
        problem: problem.map(|refusal| refusal.fault.to_string()),
        connections,
        shell: shell.titled(member.called(), Nav::Team),
        email: member.email,
    }))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    role: String,
    factor: String,
}

/// The page with what was refused, or the fault where no form is to blame.
async fn refused(
    app: &App,
    frame: Frame,
    id: PersonId,
    refusal: Refusal,
) -> Result<Response, Fault> {
    let is_told = matches!(
        refusal.fault,
        Fault::Invalid { .. }
            | Fault::Conflict { .. }
            | Fault::Forbidden(_)
            | Fault::TooMany { .. }
    );
    if !is_told {
        return Err(refusal.fault);
    }
    let status = refusal.fault.status();
    let page = page(app, frame, id, Some(&refusal)).await?;
    Ok((status, page).into_response())
}

pub async fn change_role(
    State(app): State<App>,
    who: May<Administer>,
    frame: Frame,
    peer: Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let (id, origin) = (person_id(&id)?, origin(&app, peer, &headers, "web"));
    let changed = async {
        let role = typed.role.parse()?;
        let who = sign_in::with_fresh_factor(&app, who.0, typed.factor, &origin).await?;
        let mut tx = app.db.write(who.org).await?;
        let member = team::change_role(&app, &who, &mut tx, id, role).await?;
        tx.commit().await?;
        Ok(member)
    };
    match changed.await {
        Ok(member) => {
            let said = format!("{} is {} now.", member.called(), member.role);
            Ok(see_other(TEAM, &Flash::done(said)))
        }
        Err(fault) => {
            let refusal = Refusal {
                by: Asks::Role,
                fault,
                role: typed.role,
            };
            refused(&app, frame, id, refusal).await
        }
    }
}

/// A link to set a new password: sent to them, or shown where no e-mail is sent.
pub async fn password(
    State(app): State<App>,
    who: May<Administer>,
    frame: Frame,
    peer: Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let (id, origin) = (person_id(&id)?, origin(&app, peer, &headers, "web"));
    match help(&app, who.0, id, typed.factor, &origin).await {
        Ok((email, Some(link))) => {
            let what = "It lets whoever opens it set their password, once and for an hour.";
            let back = format!("{TEAM}/people/{id}");
            Ok(LinkPage::answer(frame.shell, back, &email, what, link))
        }
        Ok((email, None)) => {
            let said = format!("A letter with a link is on its way to {email}.");
            Ok(see_other(
                &format!("{TEAM}/people/{id}"),
                &Flash::done(said),
            ))
        }
        Err(fault) => {
            let refusal = Refusal {
                by: Asks::Password,
                fault,
                role: String::new(),
            };
            refused(&app, frame, id, refusal).await
        }
    }
}

async fn help(
    app: &App,
    who: Who,
    id: PersonId,
    factor: String,
    origin: &Origin,
) -> Result<(String, Option<String>), Fault> {
    let who = sign_in::with_fresh_factor(app, who, factor, origin).await?;
    let mut tx = app.db.write(who.org).await?;
    let member = team::member(&mut tx, &who, id).await?;
    if app.config.mail.is_configured() {
        drop(tx);
        sign_in::forgotten::ask(app, &member.email, None, origin).await?;
        return Ok((member.email, None));
    }
    let link = team::recovery_link(app, &who, &mut tx, id).await?;
    tx.commit().await?;
    Ok((member.email, Some(link)))
}

pub async fn remove(
    State(app): State<App>,
    who: May<Administer>,
    frame: Frame,
    peer: Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let (id, origin) = (person_id(&id)?, origin(&app, peer, &headers, "web"));
    let removed = async {
        let who = sign_in::with_fresh_factor(&app, who.0, typed.factor, &origin).await?;
        let mut tx = app.db.write(who.org).await?;
        let removed = team::remove(&app, &who, &mut tx, id).await?;
        tx.commit().await?;
        Ok(removed)
    };
    match removed.await {
        Ok(removed) => Ok(see_other(TEAM, &Flash::done(said(&removed)))),
        Err(fault) => {
            let refusal = Refusal {
                by: Asks::Remove,
                fault,
                role: String::new(),
            };
            refused(&app, frame, id, refusal).await
        }
    }
}

fn said(removed: &Removed) -> String {
    let mut said = vec![format!(
        "{} is removed and signed out.",
        removed.member.called()
    )];
    if removed.invitations > 0 {
        said.push("Invitations they had sent are taken back.".to_owned());
    }
    if !removed.connections.is_empty() {
        let names = removed.connections.join(", ");
        said.push(format!(
            "{names} still runs with the consent they gave: connect it again."
        ));
    }
    said.join(" ")
}
