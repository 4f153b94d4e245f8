//! Inviting people, and taking that back.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{Invited, check_rank, record, store};
use crate::{
    app::App,
    db::{EmailLinkId, OrgId, Tx},
    fault::Fault,
    features::{
        mail::{self, Letter},
        sign_in::{
            self,
            links::{self, LinkKind, LinkRow, NewLink, Place},
            rate::spend,
            wall,
        },
    },
    http::Who,
    queue::{self, Attempt, Job, JobError},
};

/// Letters that an organization sends strangers in a day.
const A_DAY: i64 = 500;

#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewInvitation {
    pub email: String,
    /// owner | admin | finance | engineer | viewer
    pub role: String,
    /// May be left empty; they tell it when they join.
    pub name: String,
    /// Where an app wants them to go on; nothing for our own page.
    #[serde(skip)]
    pub redirect_to: Option<String>,
}

/// Invites somebody. Who was invited already is sent a new link, and the old one ends.
///
/// # Errors
/// 422 for wrong fields, 403 where only an Owner may, 409 for who belongs here already.
pub async fn invite(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    new: &NewInvitation,
) -> Result<Invited, Fault> {
    let role = new.role.parse()?;
    check_rank(who, role)?;
    let key = format!("invitations of {}", who.org);
    spend(app, tx, &key, A_DAY, TimeDelta::days(1)).await?;
    let person = sign_in::invited_person(app, tx, &new.email, &new.name).await?;
    if store::member(tx, who.org, person).await?.is_some() {
        return Err(Fault::conflict(
            "already_member",
            format!("{} belongs to this organization already", new.email.trim()),
        ));
    }
    store::withdraw(tx, who.org, person, wall(app)).await?;
    let id: EmailLinkId = app.new_id();
    let link = NewLink {
        id,
        kind: LinkKind::Invitation,
        person,
        place: Some(Place {
            org: who.org,
            role,
            by: who.person,
        }),
        redirect_to: new
            .redirect_to
            .clone()
            .filter(|onward| links::may_lead_to(app, onward)),
    };
    links::make(app, tx, &link).await?;
    if app.config.mail.is_configured() {
        let job = SendInvitation { org: who.org, id };
        queue::enqueue(app, tx, &job).await?;
    }
    let made = store::invitation(tx, who.org, id).await?;
    let made = made.ok_or(Fault::NotFound("this invitation"))?;
    let detail = json!({ "email": made.email, "role": made.role });
    record(app, who, tx, "invitation.made", person, &detail).await?;
    Ok(made)
}

/// Invites once more whom an invitation was for, as it was: a new link, and the old one ends.
pub async fn send_again(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: EmailLinkId,
) -> Result<Invited, Fault> {
    let (before, link) = open(tx, who, id).await?;
    let new = NewInvitation {
        email: before.email,
        role: before.role,
        name: link.name,
        redirect_to: link.redirect_to,
    };
    invite(app, who, tx, &new).await
}

/// Takes an invitation back.
pub async fn withdraw(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: EmailLinkId,
) -> Result<Invited, Fault> {
    let (invited, link) = open(tx, who, id).await?;
    let (_, role) = link.place()?;
    check_rank(who, role)?;
    store::withdraw(tx, who.org, link.person_id, wall(app)).await?;
    let detail = json!({ "email": invited.email, "role": invited.role });
    let person = link.person_id;
    record(app, who, tx, "invitation.withdrawn", person, &detail).await?;
    store::forget_invited(tx, person).await?;
    Ok(invited)
}

/// The link of an invitation, for who looks after the team to hand over.
pub async fn address_of(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: EmailLinkId,
) -> Result<(Invited, String), Fault> {
    let (invited, link) = open(tx, who, id).await?;
    let (_, role) = link.place()?;
    check_rank(who, role)?;
    let detail = json!({ "email": invited.email });
    let person = link.person_id;
    record(app, who, tx, "invitation.link_shown", person, &detail).await?;
    Ok((invited, links::address(app, &link)?))
}

/// An invitation of this organization that nobody has used or taken back.
///
/// # Errors
/// 404 for another's, 409 for one that is over.
async fn open(tx: &mut Tx, who: &Who, id: EmailLinkId) -> Result<(Invited, LinkRow), Fault> {
    let link = links::row(tx, id).await?;
    let link = link.filter(|link| link.org_id == Some(who.org));
    let link = link.ok_or(Fault::NotFound("this invitation"))?;
    let invited = store::invitation(tx, who.org, id).await?.ok_or_else(|| {
        Fault::conflict(
            "invitation_over",
            "this invitation is over: it was accepted or taken back",
        )
    })?;
    Ok((invited, link))
}

/// Sends the letter of an invitation.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendInvitation {
    org: OrgId,
    id: EmailLinkId,
}

impl Job for SendInvitation {
    const KIND: &'static str = "send_invitation";

    fn org(&self) -> Option<OrgId> {
        Some(self.org)
    }

    fn dedup_key(&self) -> Option<String> {
        Some(self.id.to_string())
    }

    async fn run(self, app: &App, _: &Attempt) -> Result<(), JobError> {
        let mut tx = app.db.read(self.org).await?;
        let invited = store::invitation(&mut tx, self.org, self.id).await?;
        let link = links::row(&mut tx, self.id).await?;
        let organization = store::organization_name(&mut tx, self.org).await?;
        drop(tx);
        // It was taken back or used before the letter left.
        let (Some(invited), Some(link)) = (invited, link) else {
            return Ok(());
        };
        if link.sent_at.is_some() {
            return Ok(());
        }
        let letter = letter(app, &invited, &link, &organization)?;
        mail::send(app, link.id.0, &letter).await?;
        let mut tx = app.db.write_global().await?;
        links::set_sent(app, &mut tx, link.id).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn letter(
    app: &App,
    invited: &Invited,
    link: &LinkRow,
    organization: &str,
) -> Result<Letter, Fault> {
    let by = invited.invited_by.as_deref().unwrap_or("Somebody");
    Ok(Letter {
        to: invited.email.clone(),
        subject: format!("Join {organization} on BillingOne"),
        paragraphs: vec![format!(
            "{by} invites you to {organization} as {}.",
            invited.role
        )],
        action: "Accept the invitation".to_owned(),
        link: links::address(app, link)?,
        footer: "The link is good once and for seven days. If you do not know who invites you, do \
                 nothing."
            .to_owned(),
    })
}

#[cfg(test)]
mod payloads {
    use super::SendInvitation;

    /// Payloads lie in databases: they may gain optional fields, never lose or rename one.
    #[test]
    fn a_stored_payload_stays_readable() {
        let golden = r#"{"org":"org_00000000000000000000000000000001","id":"lnk_00000000000000000000000000000002"}"#;
        let job: SendInvitation = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&job).unwrap(), golden);
    }
}
