//! Passkeys: keys of a person's own devices that sign them in without a password. Registered by a
//! signed-in person, used at the sign-in page and by clients of the wire alike.

mod enter;
mod offer;
pub mod pages;
mod register;
mod store;
#[cfg(test)]
pub(crate) mod tests;
mod verify;

pub use enter::{Entered, begin_entering, enter};
pub use register::{begin_registering, register};
pub use store::PasskeyRow;
pub use verify::{Assertion, Registration};

use serde_json::{Value, json};

use crate::{
    app::App,
    db::{At, OrgId, PasskeyChallengeId, PasskeyId, PersonId, SessionId, Tx},
    fault::Fault,
    features::{
        audit::{self, Act},
        sign_in::Origin,
    },
};

/// Supabase Auth's limits.
const MOST: usize = 10;
const LONGEST_NAME: usize = 120;

/// Who acts upon their own passkeys, in which organization's session.
#[derive(Debug, Clone, Copy)]
pub struct Holder {
    pub org: OrgId,
    pub person: PersonId,
    pub session: SessionId,
}

/// What a browser is asked to do with a passkey, and until when it may answer.
#[derive(Debug)]
pub struct Offer {
    pub challenge: PasskeyChallengeId,
    /// As `navigator.credentials` takes it, in JSON.
    pub options: Value,
    pub expires_at: At,
}

/// Why a passkey is not believed or not taken. The caller commits all the same: the challenge is
/// used up, and a counter that went back is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("this attempt was answered before or is not yours; try again")]
    NoChallenge,
    #[error("this attempt took longer than five minutes; try again")]
    Late,
    #[error("the passkey could not be verified; try again")]
    Unverified,
    #[error("nobody here has this passkey any more; sign in another way")]
    Unknown,
    #[error("this passkey is registered already")]
    Exists,
    #[error("accounts are kept by a Supabase project, whose passwords are asked for")]
    KeptElsewhere,
    #[error("ten passkeys are the most one person can have; remove one first")]
    TooMany,
}

impl Refused {
    /// Supabase Auth's word for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoChallenge => "webauthn_challenge_not_found",
            Self::Late => "webauthn_challenge_expired",
            Self::Unverified => "webauthn_verification_failed",
            Self::Unknown => "webauthn_credential_not_found",
            Self::Exists => "webauthn_credential_exists",
            Self::KeptElsewhere => "passkey_disabled",
            Self::TooMany => "too_many_passkeys",
        }
    }
}

impl From<verify::Flaw> for Refused {
    fn from(flaw: verify::Flaw) -> Self {
        tracing::info!(%flaw, "a passkey was refused");
        Self::Unverified
    }
}

/// A person's passkeys, the oldest first.
pub async fn list(tx: &mut Tx, person: PersonId) -> Result<Vec<PasskeyRow>, Fault> {
    Ok(store::of(tx, person).await?)
}

/// A passkey of the person.
///
/// # Errors
/// [`Fault::NotFound`] when it is nobody's or another's.
pub async fn passkey(tx: &mut Tx, person: PersonId, id: PasskeyId) -> Result<PasskeyRow, Fault> {
    let all = store::of(tx, person).await?;
    let found = all.into_iter().find(|passkey| passkey.id == id);
    found.ok_or(Fault::NotFound("this passkey"))
}

fn checked_name(name: &str) -> Result<&str, Fault> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Fault::field(
            "name",
            "give the passkey a name of at most 120 characters",
        ));
    }
    Ok(name)
}

pub async fn rename(
    app: &App,
    tx: &mut Tx,
    holder: Holder,
    id: PasskeyId,
    name: &str,
    origin: &Origin,
) -> Result<PasskeyRow, Fault> {
    let known = passkey(tx, holder.person, id).await?;
    let name = checked_name(name)?;
    store::rename(tx, holder.person, id, name).await?;
    note(app, tx, holder.person, id, name, "renamed", origin).await?;
    let detail = json!({ "before": known.name, "after": name });
    record(app, tx, holder, "passkey.renamed", id, &detail).await?;
    Ok(PasskeyRow {
        name: name.to_owned(),
        ..known
    })
}

/// Whether the person could not sign in any more without this passkey.
pub async fn is_last_way_in(tx: &mut Tx, person: PersonId) -> Result<bool, Fault> {
    let holder = store::holder(tx, person).await?.ok_or(Fault::SignedOut)?;
    Ok(!holder.has_password && store::of(tx, person).await?.len() <= 1)
}

/// Takes a passkey away. The last way in goes only when the person was told so.
pub async fn remove(
    app: &App,
    tx: &mut Tx,
    holder: Holder,
    id: PasskeyId,
    is_warned: bool,
    origin: &Origin,
) -> Result<PasskeyRow, Fault> {
    let known = passkey(tx, holder.person, id).await?;
    if !is_warned && is_last_way_in(tx, holder.person).await? {
        return Err(Fault::field(
            "last",
            "this is your only way in; tick that you want to remove it all the same, \
             or set a password first",
        ));
    }
    store::delete(tx, holder.person, id).await?;
    note(app, tx, holder.person, id, &known.name, "removed", origin).await?;
    let detail = json!({ "name": known.name });
    record(app, tx, holder, "passkey.removed", id, &detail).await?;
    Ok(known)
}

/// Adds to what the person reads under their passkeys.
async fn note(
    app: &App,
    tx: &mut Tx,
    person: PersonId,
    id: PasskeyId,
    name: &str,
    kind: &str,
    origin: &Origin,
) -> Result<(), Fault> {
    let event = store::EventRow {
        name: name.to_owned(),
        kind: kind.to_owned(),
        at: app.now(),
        user_agent: origin.user_agent.clone(),
        address: origin.address.clone(),
    };
    Ok(store::insert_event(tx, app.new_id(), person, id, &event).await?)
}

async fn record(
    app: &App,
    tx: &mut Tx,
    holder: Holder,
    action: &str,
    id: PasskeyId,
    detail: &Value,
) -> Result<(), Fault> {
    let act = Act {
        org: holder.org,
        person: Some(holder.person),
        action,
        subject_kind: "passkey",
        subject: Some(id.0),
    };
    audit::record(app, tx, act, detail).await
}
