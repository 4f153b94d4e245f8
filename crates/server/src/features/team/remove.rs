//! Removing a person, in one transaction.

use serde_json::json;

use super::{Member, check_not_last_owner, check_rank, member, record, store};
use crate::{
    app::App,
    db::{OrgId, PersonId, Tx},
    fault::Fault,
    features::{approvals, sign_in::wall},
    http::Who,
};

/// What ended with them, and what still stands by their consent.
#[derive(Debug)]
pub struct Removed {
    pub member: Member,
    /// Invitations they had sent, taken back.
    pub invitations: u64,
    /// Connections that go on with the consent they gave.
    pub connections: Vec<String>,
}

/// Takes a person's place away: every session and token of theirs here ends, changes that their
/// devices still hold are refused, invitations they sent are taken back, and what they approved
/// with another still to come wants somebody else.
///
/// # Errors
/// 403 where only an Owner may, 409 for the last Owner.
pub async fn remove(app: &App, who: &Who, tx: &mut Tx, person: PersonId) -> Result<Removed, Fault> {
    let about = member(tx, who, person).await?;
    check_rank(who, about.role()?)?;
    check_not_last_owner(tx, who, &about).await?;
    let connections = connections_of(tx, who.org, person).await?;
    let invitations = store::withdraw_sent_by(tx, who.org, person, wall(app)).await?;
    approvals::forget(tx, who.org, person).await?;
    store::remove_member(tx, who.org, person, app.now()).await?;
    let detail = json!({
        "email": about.email, "role": about.role, "connections": connections,
        "invitations_withdrawn": invitations,
    });
    record(app, who, tx, "member.removed", person, &detail).await?;
    Ok(Removed {
        member: about,
        invitations,
        connections,
    })
}

/// Connections that stand by this person's consent.
pub async fn connections_of(
    tx: &mut Tx,
    org: OrgId,
    person: PersonId,
) -> Result<Vec<String>, Fault> {
    let consents = store::consents(tx, org).await?;
    let theirs = consents
        .into_iter()
        .filter(|one| one.connected_by == person);
    Ok(theirs.map(|one| one.name).collect())
}
