//! Who belongs to an organization, as what, and who is invited.
//!
//! Owner and Admin look after the team; only an Owner makes or unmakes an Owner, so nobody raises
//! themselves, and one Owner always stays. Membership is read with every request, so whatever is
//! decided here acts at the next one, on pages, tokens and streams alike.

pub mod api;
mod import;
mod invite;
mod join;
pub mod pages;
mod remove;
mod store;
#[cfg(test)]
pub(crate) mod tests;

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

pub use invite::{NewInvitation, SendInvitation, address_of, invite, send_again, withdraw};
pub use join::{Invitation, accept, accept_by_letter, invitation, join};
pub use remove::{Removed, connections_of, remove};

use crate::{
    app::App,
    db::{At, EmailLinkId, PersonId, Tx},
    fault::Fault,
    features::{
        approvals,
        audit::{self, Act},
        sign_in::{forgotten, wall},
    },
    http::{Permission, Role, Who},
};

/// Somebody with a place in the organization.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct Member {
    pub person: PersonId,
    pub email: String,
    /// Empty where they have not told it.
    pub name: String,
    /// owner | admin | finance | engineer | viewer
    pub role: String,
    /// Whether a code of an authenticator app is asked of them.
    pub has_second_factor: bool,
    pub joined_at: At,
    /// In any organization of theirs; null for who never signed in.
    pub last_active_at: Option<At>,
}

impl Member {
    pub fn role(&self) -> Result<Role, Fault> {
        self.role.parse()
    }

    /// By which others know them.
    pub fn called(&self) -> &str {
        if self.name.is_empty() {
            &self.email
        } else {
            &self.name
        }
    }
}

/// Somebody who was asked to join and has not yet.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct Invited {
    pub id: EmailLinkId,
    pub email: String,
    pub role: String,
    /// Who invited them; null when that person is gone.
    pub invited_by: Option<String>,
    pub invited_at: At,
    /// The link is good until then.
    pub expires_at: At,
    /// When the letter left; null before, and where no e-mail is sent.
    pub sent_at: Option<At>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Team {
    pub members: Vec<Member>,
    pub invited: Vec<Invited>,
}

pub async fn team(tx: &mut Tx, who: &Who) -> Result<Team, Fault> {
    Ok(Team {
        members: store::members(tx, who.org).await?,
        invited: store::invited(tx, who.org).await?,
    })
}

async fn member(tx: &mut Tx, who: &Who, person: PersonId) -> Result<Member, Fault> {
    let found = store::member(tx, who.org, person).await?;
    found.ok_or(Fault::NotFound("this person"))
}

/// Whether this person may decide about somebody who is, or is to be, `role`.
fn check_rank(who: &Who, role: Role) -> Result<(), Fault> {
    if role == Role::Owner && !who.may(Permission::Own) {
        return Err(Fault::Forbidden("only an Owner makes or unmakes an Owner"));
    }
    Ok(())
}

/// That somebody who is an Owner is not the only one.
async fn check_not_last_owner(tx: &mut Tx, who: &Who, about: &Member) -> Result<(), Fault> {
    if about.role()? == Role::Owner && store::owners(tx, who.org).await? < 2 {
        return Err(Fault::conflict(
            "last_owner",
            "an organization always has an Owner; make somebody else one first",
        ));
    }
    Ok(())
}

/// Gives a member another role.
///
/// # Errors
/// 403 where only an Owner may, 409 for the last Owner.
pub async fn change_role(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    person: PersonId,
    role: Role,
) -> Result<Member, Fault> {
    let before = member(tx, who, person).await?;
    check_rank(who, before.role()?)?;
    check_rank(who, role)?;
    if before.role()? == role {
        return Ok(before);
    }
    check_not_last_owner(tx, who, &before).await?;
    store::set_role(tx, who.org, person, role).await?;
    if !role.may(Permission::Work) {
        approvals::forget(tx, who.org, person).await?;
    }
    if !role.may(Permission::Administer) {
        // What they may no longer give, they have not given.
        store::withdraw_sent_by(tx, who.org, person, wall(app)).await?;
    }
    let detail = json!({ "email": before.email, "before": before.role, "after": role });
    record(app, who, tx, "member.role_changed", person, &detail).await?;
    member(tx, who, person).await
}

/// A link by which a member sets a new password, for who looks after the team to hand over.
///
/// # Errors
/// 403 where it would open more than this organization, or somebody above.
pub async fn recovery_link(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    person: PersonId,
) -> Result<String, Fault> {
    let about = member(tx, who, person).await?;
    check_rank(who, about.role()?)?;
    if store::is_elsewhere(tx, who.org, person).await? {
        return Err(Fault::Forbidden(
            "they belong to another organization as well, which their password opens too; they ask \
             for a letter themselves, or whoever runs the server sets a password",
        ));
    }
    let link = forgotten::link_by_hand(app, tx, person).await?;
    let detail = json!({ "email": about.email });
    record(app, who, tx, "member.recovery_link_made", person, &detail).await?;
    Ok(link)
}

async fn record(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    action: &str,
    person: PersonId,
    detail: &serde_json::Value,
) -> Result<(), Fault> {
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action,
        subject_kind: "person",
        subject: Some(person.0),
    };
    audit::record(app, tx, act, detail).await
}
