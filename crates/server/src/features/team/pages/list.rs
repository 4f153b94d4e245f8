//! The team: who belongs, who is invited, and inviting one more.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{TEAM, badge, role_field};
use crate::{
    app::App,
    db::{At, EmailLinkId},
    fault::Fault,
    features::{
        home::Frame,
        sign_in::{self, api::origin, pages::forgotten::secretly, wall},
        team::{self, Invited, Member, NewInvitation},
    },
    http::{Administer, May, Peer, Who},
    ui::{Badge, Field, Flash, Moment, Nav, Shell, View, see_other},
};

#[derive(Template)]
#[template(path = "features/team/templates/team.html")]
pub struct TeamPage {
    shell: Shell,
    members: Vec<MemberRow>,
    invited: Vec<InvitedRow>,
    sends_mail: bool,
    fields: Vec<Field>,
    invite_is_open: bool,
    /// Why the invitation was refused, where no field is to blame.
    problem: Option<String>,
}

struct MemberRow {
    href: String,
    called: String,
    email: String,
    is_you: bool,
    role: Badge,
    factor: Badge,
    active: Option<Moment>,
}

struct InvitedRow {
    email: String,
    role: Badge,
    by: String,
    invited: Moment,
    letter: &'static str,
    link: String,
    send: String,
    withdraw: String,
}

/// What was refused, and what had been typed.
#[derive(Default)]
struct Refusal {
    fault: Option<Fault>,
    email: String,
    role: String,
}

impl Refusal {
    fn at(&self, field: &str) -> Option<String> {
        self.fault.as_ref()?.fields().get(field).cloned()
    }
}

pub async fn show(
    State(app): State<App>,
    _: May<Administer>,
    frame: Frame,
) -> Result<View<TeamPage>, Fault> {
    page(&app, frame, &Refusal::default()).await
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    refusal: &Refusal,
) -> Result<View<TeamPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let team = team::team(&mut tx, &who).await?;
    let mut fields = vec![
        Field::email("email", "Email")
            .value(&refusal.email)
            .autocomplete("off")
            .error(refusal.at("email"))
            .required(),
        role_field(&who, &refusal.role, refusal.at("role")),
    ];
    let why = "Giving somebody a role asks who you are once more.";
    let wrong = refusal.at("factor");
    fields.extend(sign_in::factor_field(app, &mut tx, &who, why, wrong).await?);
    drop(tx);
    let has_fields = ["email", "role", "factor"]
        .iter()
        .any(|field| refusal.at(field).is_some());
    let problem = refusal.fault.as_ref().filter(|_| !has_fields);
    Ok(View(TeamPage {
        members: team
            .members
            .into_iter()
            .map(|member| member_row(app, &who, member))
            .collect(),
        invited: team
            .invited
            .into_iter()
            .map(|invited| invited_row(app, &who, invited))
            .collect(),
        sends_mail: app.config.mail.is_configured(),
        fields,
        invite_is_open: refusal.fault.is_some(),
        problem: problem.map(Fault::to_string),
        shell: shell.titled("Team", Nav::Team),
    }))
}

fn ago(at: At, now: At, who: &Who) -> Moment {
    Moment::ago(at.0, now.0, who.zone)
}

fn member_row(app: &App, who: &Who, member: Member) -> MemberRow {
    MemberRow {
        href: format!("{TEAM}/people/{}", member.person),
        called: member.called().to_owned(),
        is_you: member.person == who.person,
        role: badge(&member.role),
        factor: if member.has_second_factor {
            Badge::good("On")
        } else {
            Badge::risk("Off")
        },
        active: member.last_active_at.map(|at| ago(at, app.now(), who)),
        email: member.email,
    }
}

fn invited_row(app: &App, who: &Who, invited: Invited) -> InvitedRow {
    let letter = match (app.config.mail.is_configured(), invited.sent_at) {
        _ if invited.expires_at <= wall(app) => "Too old now",
        (_, Some(_)) => "Sent",
        (true, None) => "On its way",
        (false, None) => "Hand over the link",
    };
    let to = |what: &str| format!("{TEAM}/invitations/{}/{what}", invited.id);
    InvitedRow {
        link: to("link"),
        send: to("send"),
        withdraw: to("withdraw"),
        role: badge(&invited.role),
        by: invited.invited_by.unwrap_or_default(),
        invited: ago(invited.invited_at, app.now(), who),
        email: invited.email,
        letter,
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    email: String,
    role: String,
    factor: String,
}

pub async fn invite(
    State(app): State<App>,
    who: May<Administer>,
    frame: Frame,
    peer: Peer,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let origin = origin(&app, peer, &headers, "web");
    let new = NewInvitation {
        email: typed.email,
        role: typed.role,
        ..NewInvitation::default()
    };
    let invited = async {
        let who = sign_in::with_fresh_factor(&app, who.0, typed.factor, &origin).await?;
        let mut tx = app.db.write(who.org).await?;
        let invited = team::invite(&app, &who, &mut tx, &new).await?;
        tx.commit().await?;
        Ok(invited)
    };
    match invited.await {
        Ok(invited) => Ok(see_other(TEAM, &Flash::done(said(&app, &invited)))),
        Err(
            fault @ (Fault::Invalid { .. }
            | Fault::Conflict { .. }
            | Fault::TooMany { .. }
            | Fault::Forbidden(_)),
        ) => {
            let status = fault.status();
            let refusal = Refusal {
                fault: Some(fault),
                email: new.email,
                role: new.role,
            };
            let page = page(&app, frame, &refusal).await?;
            Ok((status, page).into_response())
        }
        Err(fault) => Err(fault),
    }
}

fn said(app: &App, invited: &Invited) -> String {
    let email = &invited.email;
    if app.config.mail.is_configured() {
        format!("{email} is invited. A letter is on its way.")
    } else {
        format!("{email} is invited. No e-mail is sent here: hand them the link.")
    }
}

fn id(text: &str) -> Result<EmailLinkId, Fault> {
    text.parse().map_err(|_| Fault::NotFound("this invitation"))
}

pub async fn withdraw(
    State(app): State<App>,
    who: May<Administer>,
    Path(text): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let taken = team::withdraw(&app, &who, &mut tx, id(&text)?).await?;
    tx.commit().await?;
    let said = format!("The invitation of {} is taken back.", taken.email);
    Ok(see_other(TEAM, &Flash::done(said)))
}

/// A new link in place of the one there was.
pub async fn send_again(
    State(app): State<App>,
    who: May<Administer>,
    Path(text): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let invited = team::send_again(&app, &who, &mut tx, id(&text)?).await?;
    tx.commit().await?;
    Ok(see_other(TEAM, &Flash::done(said(&app, &invited))))
}

#[derive(Template)]
#[template(path = "features/team/templates/link.html")]
pub struct LinkPage {
    shell: Shell,
    back: String,
    title: String,
    what: &'static str,
    link: String,
}

impl LinkPage {
    /// The page with a link to hand to whose address this is.
    pub fn answer(
        shell: Shell,
        back: String,
        email: &str,
        what: &'static str,
        link: String,
    ) -> Response {
        secretly(View(Self {
            shell: shell.titled("Link", Nav::Team),
            back,
            title: format!("Link for {email}"),
            what,
            link,
        }))
    }
}

pub async fn show_link(
    State(app): State<App>,
    who: May<Administer>,
    Frame { shell, .. }: Frame,
    Path(text): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let (invited, link) = team::address_of(&app, &who, &mut tx, id(&text)?).await?;
    tx.commit().await?;
    let what = "It lets whoever opens it join as them, once and for seven days.";
    Ok(LinkPage::answer(
        shell,
        TEAM.to_owned(),
        &invited.email,
        what,
        link,
    ))
}
