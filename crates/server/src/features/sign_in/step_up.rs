//! A fresh factor within a session: what cannot be undone asks who is there once more.

use super::{
    Origin, Password, by_project, factors, password,
    rate::{Guess, Try},
    store::{self, factors as factor_store},
};
use crate::{
    app::App,
    db::{At, Tx},
    fault::Fault,
    http::Who,
    supabase::{self, Project},
    ui::Field,
};

/// What a person is asked for. A password alone says nothing new of somebody who signs in with
/// more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FreshFactor {
    Password,
    /// The code of the authenticator app.
    Code,
    /// There is neither; a new sign-in with a passkey is as fresh.
    SignInAgain,
}

impl FreshFactor {
    async fn of(app: &App, tx: &mut Tx, who: &Who) -> Result<Self, Fault> {
        let factors = factor_store::of(tx, who.person).await?;
        if factors.iter().any(factor_store::FactorRow::is_verified) {
            return Ok(Self::Code);
        }
        Ok(if has_password(app, tx, who).await? {
            Self::Password
        } else {
            Self::SignInAgain
        })
    }

    /// The field, by the name `factor`, of a form that asks for it. `why` is a sentence.
    fn field(self, why: &str, wrong: Option<String>) -> Field {
        let (label, autocomplete) = match self {
            Self::Code => ("Code of your authenticator app", "one-time-code"),
            Self::Password | Self::SignInAgain => ("Your password", "current-password"),
        };
        let field = match self {
            Self::Code => Field::text("factor", label),
            Self::Password | Self::SignInAgain => Field::password("factor", label),
        };
        field
            .autocomplete(autocomplete)
            .hint(why)
            .required()
            .error(wrong)
    }

    /// What to do where nothing was entered.
    fn missing(self) -> Fault {
        let advice = match self {
            Self::Code => "enter the code of your authenticator app to go on",
            Self::Password => "enter your password to go on",
            Self::SignInAgain => {
                "you have no password; sign out, sign in with your passkey and come back"
            }
        };
        Fault::field("factor", advice)
    }
}

/// Whether the person has a password, here or at the project that keeps the accounts.
pub async fn has_password(app: &App, tx: &mut Tx, who: &Who) -> Result<bool, Fault> {
    let person = store::person(tx, who.person).await?;
    let has_ours = person.is_some_and(|person| person.password_hash.is_some());
    Ok(has_ours || supabase::keeps_accounts(app))
}

/// True when the person must show a factor once more before what cannot be undone: by their
/// organization's limit.
pub fn is_stale(app: &App, who: &Who) -> bool {
    app.now().0 - who.factor_at.0 > who.step_up
}

/// The field that a form must have now, if any; `wrong` is what was wrong with the last answer.
pub async fn factor_field(
    app: &App,
    tx: &mut Tx,
    who: &Who,
    why: &str,
    wrong: Option<String>,
) -> Result<Option<Field>, Fault> {
    if wrong.is_none() && !is_stale(app, who) {
        return Ok(None);
    }
    let asked = FreshFactor::of(app, tx, who).await?;
    Ok(Some(asked.field(why, wrong)))
}

/// The person with a factor that is fresh: it was, or `typed` is one.
///
/// # Errors
/// The fault of the field `factor`, where nothing or the wrong thing was entered.
pub async fn with_fresh_factor(
    app: &App,
    who: Who,
    typed: String,
    origin: &Origin,
) -> Result<Who, Fault> {
    let who = if typed.is_empty() {
        who
    } else {
        let factor_at = refresh_factor(app, &who, Password::typed(typed), origin).await?;
        Who { factor_at, ..who }
    };
    if is_stale(app, &who) {
        let mut tx = app.db.read_global().await?;
        return Err(FreshFactor::of(app, &mut tx, &who).await?.missing());
    }
    Ok(who)
}

/// Takes what the person is asked for, from now on good for acts in this session; when it was
/// shown, for acts in the same request.
async fn refresh_factor(
    app: &App,
    who: &Who,
    shown: Password,
    origin: &Origin,
) -> Result<At, Fault> {
    let mut tx = app.db.read_global().await?;
    let asked = FreshFactor::of(app, &mut tx, who).await?;
    drop(tx);
    match asked {
        FreshFactor::Code => factors::show_code(app, who.session, shown.reveal(), origin).await?,
        FreshFactor::Password => show_password(app, who, shown, origin).await?,
        FreshFactor::SignInAgain => return Err(asked.missing()),
    }
    Ok(app.now())
}

/// Checks the person's password, which is then a factor shown just now.
pub async fn show_password(
    app: &App,
    who: &Who,
    shown: Password,
    origin: &Origin,
) -> Result<(), Fault> {
    let mut tx = app.db.read_global().await?;
    let person = store::person(&mut tx, who.person).await?;
    let person = person.ok_or(Fault::SignedOut)?;
    drop(tx);
    if let Some(project) = Project::of(app) {
        let (email, shown) = (&person.email, shown.reveal());
        return by_project::show_password(app, project, who, email, shown, origin).await;
    }
    let guess = Guess::Password {
        email: &person.email,
        person: Some(who.person),
    };
    let trying = Try::begin(app, guess, origin).await?;
    if !password::verify(app, shown, person.password_hash).await? {
        return Err(Fault::field("factor", "this is not your password"));
    }
    let mut tx = app.db.write_global().await?;
    store::set_factor_at(&mut tx, who.session, app.now()).await?;
    trying.was_right(&mut tx).await?;
    Ok(tx.commit().await?)
}
