//! Where a Supabase project keeps the accounts: passwords and codes are shown to it, and what it
//! says of a person is taken over. Places, roles and sessions stay ours.

mod apps;
mod end;
mod factors;
mod passwords;
mod sessions;
#[cfg(test)]
pub(crate) mod tests;
mod tokens;

pub use apps::{Brought, brought_by};
pub use end::{EndAtProject, end_at_project, end_ended};
pub use factors::{confirm, enroll, show_code, unenroll};
pub use passwords::{OVER, ask_for_letter, reset, set_password, show_password};
pub use sessions::{Checks, settle};
pub use tokens::attach;

use super::{
    NewSession, Origin, begin_session_by, normal_email,
    rate::{Guess, Try},
    sessions::WRONG,
    store::{self, project as project_store},
};
use crate::{
    app::App,
    db::{PersonId, Tx},
    fault::Fault,
    supabase::{self, Account, Entered, Project, Refusal},
};

/// Signs a person in by the password that the project knows.
pub async fn sign_in(
    app: &App,
    project: Project<'_>,
    email: &str,
    password: &str,
    origin: &Origin,
) -> Result<NewSession, Fault> {
    let recognised = recognise(app, project, email, password, origin).await?;
    let mut tx = app.db.write_global().await?;
    let person = person_of(app, &mut tx, recognised.account()).await?;
    let org = match person {
        Some(person) => store::first_organization(&mut tx, person).await?,
        None => None,
    };
    let (Some(person), Some(org)) = (person, org) else {
        drop(tx);
        forget(project, &recognised).await;
        return Err(Fault::invalid(
            "no_place",
            "this account has no place in an organization here; ask an Owner or Admin for an \
             invitation",
        ));
    };
    let new = begin_session_by(app, &mut tx, person, org, origin, "password").await?;
    attach(app, &mut tx, new.session, person, &recognised).await?;
    tx.commit().await?;
    Ok(new)
}

/// A session of the project that a password opened.
pub struct Recognised {
    entered: Entered,
    /// The project's name of it.
    theirs: String,
}

impl Recognised {
    pub fn account(&self) -> &Account {
        &self.entered.user
    }
}

/// The session of the project that a password opens. What is wrong is counted as everywhere.
pub async fn recognise(
    app: &App,
    project: Project<'_>,
    email: &str,
    password: &str,
    origin: &Origin,
) -> Result<Recognised, Fault> {
    let wrong = || Fault::invalid("invalid_credentials", WRONG);
    let email = normal_email(email).map_err(|_| wrong())?;
    let mut tx = app.db.read_global().await?;
    let person = store::person_by_email(&mut tx, &email).await?;
    drop(tx);
    let guess = Guess::Password {
        email: &email,
        person: person.map(|person| person.id),
    };
    let trying = Try::begin(app, guess, origin).await?;
    let entered = match project.sign_in(&email, password).await? {
        Ok(entered) => entered,
        Err(refusal) if refusal.code == "invalid_credentials" => return Err(wrong()),
        Err(refusal) => return Err(refusal.into_fault()),
    };
    let mut tx = app.db.write_global().await?;
    trying.was_right(&mut tx).await?;
    tx.commit().await?;
    let theirs = session_of(app, &entered).await?;
    Ok(Recognised { entered, theirs })
}

/// The project's name of the session that it has just begun.
async fn session_of(app: &App, entered: &Entered) -> Result<String, Fault> {
    let claims = supabase::believed(app, &entered.tokens.access_token).await?;
    let claims = claims.map_err(|why| {
        tracing::warn!(?why, "the project gave a token that is not to be believed");
        Fault::Unavailable {
            message: "the Supabase project signs its tokens in a way that is not believed here; \
                      whoever runs the server sees more with `billingone check`"
                .to_owned(),
        }
    })?;
    Ok(claims.session_id.to_string())
}

/// Whose account it is. The first time it is found by the address, which the project must have
/// confirmed: only then does it say who somebody is.
pub async fn person_of(
    app: &App,
    tx: &mut Tx,
    account: &Account,
) -> Result<Option<PersonId>, Fault> {
    let id = account.id.to_string();
    if let Some(known) = project_store::person_of(tx, &id).await? {
        return Ok(Some(known));
    }
    if account.email_confirmed_at.is_none() {
        return Ok(None);
    }
    let Ok(email) = normal_email(&account.email) else {
        return Ok(None);
    };
    let Some(person) = store::person_by_email(tx, &email).await? else {
        return Ok(None);
    };
    // Who has another account there already is somebody else, whatever the address says now.
    let is_theirs = project_store::take_account(tx, person.id, &id, app.now()).await?;
    Ok(is_theirs.then_some(person.id))
}

/// Ends a session of the project that nobody here is to have. That it may go on for its hour, where
/// the project does not answer, opens nothing here.
async fn forget(project: Project<'_>, recognised: &Recognised) {
    let access = &recognised.entered.tokens.access_token;
    let ended = project.sign_out(access, "local").await;
    if let Err(fault) = ended {
        tracing::info!(%fault, "a session of the project was not ended");
    }
}

/// What is wrong with a field that the project judges.
fn wrong(field: &str, refusal: Refusal) -> Fault {
    Fault::field(field, refusal.message)
}
