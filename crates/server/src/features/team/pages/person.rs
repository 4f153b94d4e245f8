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
    db::{At, PersonId, Tx},
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

impl Asks {
    /// The id of its factor's field, and why that is asked for.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Role => ("factor-role", "Giving a role asks who you are once more."),
            Self::Password => (
                "factor-password",
                "It opens an account, so it asks who you are once more.",
            ),
            Self::Remove => (
                "factor-remove",
                "It cannot be taken back, so it asks who you are once more.",
            ),
        }
    }
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
    let mut asked = Asked {
        app,
        tx,
        who: &who,
        refusal,
    };
    let ago = |at: At| Moment::ago(at.0, app.now().0, who.zone);
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
        joined: ago(member.joined_at),
        active: member.last_active_at.map(ago),
        role_fields: asked.role(&member.role).await?,
        password_fields: asked.factor(Asks::Password).await?,
        remove_fields: asked.factor(Asks::Remove).await?,
        remove_is_open: asked.is_open(Asks::Remove),
        password_is_open: asked.is_open(Asks::Password),
        problem: asked.problem(),
        connections,
        shell: shell.titled(member.called(), Nav::Team),
        email: member.email,
    }))
}

/// The fields of the forms, with what was wrong in them.
struct Asked<'a> {
    app: &'a App,
    tx: Tx,
    who: &'a Who,
    refusal: Option<&'a Refusal>,
}

impl Asked<'_> {
    fn wrong(&self, by: Asks, field: &str) -> Option<String> {
        let refusal = self.refusal.filter(|refusal| refusal.by == by)?;
        refusal.fault.fields().get(field).cloned()
    }

    /// The fresh factor, where the last was shown too long ago.
    async fn factor(&mut self, by: Asks) -> Result<Vec<Field>, Fault> {
        let (id, why) = by.words();
        let wrong = self.wrong(by, "factor");
        let field = sign_in::factor_field(self.app, &mut self.tx, self.who, why, wrong).await?;
        Ok(field.map(|field| field.id(id)).into_iter().collect())
    }

    async fn role(&mut self, now: &str) -> Result<Vec<Field>, Fault> {
        let typed = self.refusal.filter(|refusal| !refusal.role.is_empty());
        let chosen = typed.map_or(now, |refusal| refusal.role.as_str());
        let mut fields = vec![role_field(self.who, chosen, self.wrong(Asks::Role, "role"))];
        fields.extend(self.factor(Asks::Role).await?);
        Ok(fields)
    }

    /// A dialog is open again for a field that was wrong in it; what is no field's fault stands at
    /// the head of the page, which a dialog would cover.
    fn is_open(&self, by: Asks) -> bool {
        let refusal = self.refusal.filter(|refusal| refusal.by == by);
        refusal.is_some_and(|refusal| !refusal.fault.fields().is_empty())
    }

    fn problem(&self) -> Option<String> {
        let refusal = self.refusal?;
        let is_no_field_s = refusal.fault.fields().is_empty();
        is_no_field_s.then(|| refusal.fault.to_string())
    }
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
    if sign_in::forgotten::sends_letters(app) {
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
