//! What happened to a person's account, as they read it themselves.

use chrono::TimeDelta;

use super::{Origin, store::history as store};
use crate::{
    app::App,
    db::{AccountEventId, At, PersonId, Tx},
    fault::Fault,
};

pub use super::store::history::EventRow;

/// What is older is forgotten with the next thing that happens.
const KEPT: TimeDelta = TimeDelta::days(180);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// `detail`: by which way.
    SignedIn,
    WrongPassword,
    WrongCode,
    RecoveryCodeUsed,
    PasswordChanged,
    /// By a link that was sent.
    PasswordReset,
    /// `detail`: its name.
    FactorAdded,
    FactorRemoved,
    RecoveryCodesMade,
    SessionEnded,
    OthersEnded,
}

impl Happened {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::WrongPassword => "wrong_password",
            Self::WrongCode => "wrong_code",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::FactorAdded => "factor_added",
            Self::FactorRemoved => "factor_removed",
            Self::RecoveryCodesMade => "recovery_codes_made",
            Self::SessionEnded => "session_ended",
            Self::OthersEnded => "others_ended",
        }
    }
}

/// Adds to the history of a person; of nobody's nothing is written, and takes as long.
pub async fn note(
    app: &App,
    tx: &mut Tx,
    person: PersonId,
    happened: Happened,
    detail: &str,
    origin: &Origin,
) -> Result<AccountEventId, Fault> {
    let now = app.now();
    store::forget(tx, person, now - KEPT).await?;
    let id = app.new_id();
    let event = EventRow {
        id,
        kind: happened.as_str().to_owned(),
        detail: detail.to_owned(),
        at: now,
        user_agent: origin.user_agent.clone(),
        address: origin.address.clone(),
    };
    store::insert(tx, person, &event).await?;
    Ok(id)
}

/// A person's history, newest first.
pub async fn list(
    tx: &mut Tx,
    person: PersonId,
    after: Option<(At, AccountEventId)>,
    limit: i64,
) -> Result<Vec<EventRow>, Fault> {
    Ok(store::list(tx, person, after, limit).await?)
}
