//! Organizations, people, passwords, second factors and sessions. `wire/` is what Supabase Auth's
//! clients see of them.

pub mod account_tabs;
pub mod api;
pub mod by_project;
mod device;
pub mod factors;
pub mod forgotten;
pub mod history;
mod hosted;
pub mod import;
pub mod links;
pub mod pages;
mod password;
pub mod rate;
pub mod recovery;
mod refresh;
mod sessions;
mod step_up;
mod store;
#[cfg(test)]
mod tests;
pub mod wire;

pub use device::device;
pub use password::{Password, Weak, hash_password};
pub use sessions::{NewSession, Origin, begin_session, begin_session_by, sign_in, sign_out, wall};
pub use step_up::{factor_field, has_password, is_stale, show_password, with_fresh_factor};
pub use store::first_organization;

use self::history::Happened;
use crate::{
    app::App,
    db::{DbError, OrgId, PersonId, Tx},
    fault::Fault,
    http::{Role, Who},
};

/// A new organization and what its books are kept in.
pub struct NewOrganization {
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA name, e.g. `Europe/London`.
    pub time_zone: String,
}

pub async fn create_organization(
    app: &App,
    tx: &mut Tx,
    new: &NewOrganization,
) -> Result<OrgId, Fault> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 200 {
        return Err(Fault::field(
            "name",
            "give the organization a name of at most 200 characters",
        ));
    }
    let is_code = new.currency.len() == 3 && new.currency.bytes().all(|b| b.is_ascii_uppercase());
    if !is_code {
        return Err(Fault::field(
            "currency",
            "use a three-letter currency code such as GBP",
        ));
    }
    new.time_zone
        .parse::<chrono_tz::Tz>()
        .map_err(|_| Fault::field("time_zone", "use a zone name such as Europe/London"))?;
    let id = app.new_id();
    store::insert_organization(tx, id, new, &slug(name, id), app.now()).await?;
    Ok(id)
}

fn slug(name: &str, id: OrgId) -> String {
    let words: String = name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let words = words
        .split('-')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    let tail = id.0.simple().to_string();
    format!("{words}-{}", tail.get(26..).unwrap_or_default())
}

/// The organization of a slug, or the only one.
pub async fn organization_named(tx: &mut Tx, slug: Option<&str>) -> Result<OrgId, Fault> {
    let found = store::organizations(tx, slug).await?;
    match found.as_slice() {
        [only] => Ok(*only),
        [] => Err(Fault::NotFound("this organization")),
        _ => Err(Fault::field(
            "organization",
            "there are several; name one by its slug",
        )),
    }
}

/// The code of the conflict of two who register one address at once.
pub const EMAIL_TAKEN: &str = "email_taken";

/// Adds a person, or gives an existing one a place in another organization.
pub async fn add_person(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    email: &str,
    name: &str,
    role: Role,
    password: Option<Password>,
) -> Result<PersonId, Fault> {
    let hash = match password {
        Some(password) => Some(hash_password(app, password).await?),
        None => None,
    };
    add_hashed(app, tx, org, email, name, role, hash).await
}

/// The same with a password that is hashed already.
pub async fn add_hashed(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    email: &str,
    name: &str,
    role: Role,
    hash: Option<String>,
) -> Result<PersonId, Fault> {
    let email = normal_email(email)?;
    let id = if let Some(known) = store::person_by_email(tx, &email).await? {
        known.id
    } else {
        let id = app.new_id();
        let inserted =
            store::insert_person(tx, id, &email, name.trim(), hash.as_deref(), app.now()).await;
        inserted.map_err(taken_just_now)?;
        id
    };
    store::insert_membership(tx, org, id, role, app.now()).await?;
    Ok(id)
}

/// Who has this address, or somebody new who can do nothing before they accept an invitation.
pub async fn invited_person(
    app: &App,
    tx: &mut Tx,
    email: &str,
    name: &str,
) -> Result<PersonId, Fault> {
    let email = normal_email(email)?;
    if let Some(known) = store::person_by_email(tx, &email).await? {
        return Ok(known.id);
    }
    let id = app.new_id();
    let inserted = store::insert_invited(tx, id, &email, name.trim(), app.now()).await;
    inserted.map_err(taken_just_now)?;
    Ok(id)
}

fn taken_just_now(error: DbError) -> Fault {
    match error {
        DbError::Duplicate { .. } => {
            Fault::conflict(EMAIL_TAKEN, "somebody has registered this address just now")
        }
        other => other.into(),
    }
}

/// Gives a person a place in an organization.
pub async fn add_place(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    person: PersonId,
    role: Role,
) -> Result<(), Fault> {
    Ok(store::insert_membership(tx, org, person, role, app.now()).await?)
}

/// The password of somebody without a place so far, who opened a letter sent to their address.
pub async fn first_password(
    app: &App,
    tx: &mut Tx,
    person: PersonId,
    hash: &str,
) -> Result<(), Fault> {
    store::links::confirm_email(tx, person, app.now()).await?;
    Ok(store::set_password_hash(tx, person, hash, app.now()).await?)
}

/// Whether somebody has this e-mail address here.
pub async fn is_known(tx: &mut Tx, email: &str) -> Result<bool, Fault> {
    let email = normal_email(email)?;
    Ok(store::person_by_email(tx, &email).await?.is_some())
}

/// Sets a password and ends every session that was begun with the old one.
pub async fn set_password(
    app: &App,
    tx: &mut Tx,
    email: &str,
    password: Password,
) -> Result<(), Fault> {
    let email = normal_email(email)?;
    let person = store::person_by_email(tx, &email)
        .await?
        .ok_or(Fault::NotFound("this person"))?;
    let hash = hash_password(app, password).await?;
    store::set_password_hash(tx, person.id, &hash, app.now()).await?;
    store::revoke_sessions(tx, person.id, app.now()).await?;
    Ok(())
}

/// The password of somebody who is signed in and has shown who they are is a new one: of this hash, or
/// of the project that keeps it. Every other session of theirs ends: it may be another's, who knew
/// the old one.
pub async fn replace_password(
    app: &App,
    tx: &mut Tx,
    who: &Who,
    hash: Option<&str>,
    origin: &Origin,
) -> Result<(), Fault> {
    let now = app.now();
    if let Some(hash) = hash {
        store::set_password_hash(tx, who.person, hash, now).await?;
    }
    store::refresh::revoke_others(tx, who.person, who.session, None, now).await?;
    history::note(app, tx, who.person, Happened::PasswordChanged, "", origin).await?;
    Ok(())
}

/// Trimmed, and A to Z in lower case. Nothing else is folded: look-alikes (a Kelvin sign, a Cyrillic
/// letter) are letters of other people's mailboxes.
///
/// # Errors
/// 422 for what is no address.
pub fn normal_email(email: &str) -> Result<String, Fault> {
    let email = email.trim().to_ascii_lowercase();
    let looks_right = email.len() <= 254
        && email.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && !host.contains('@') && (host.contains('.') || host == "localhost")
        })
        && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if looks_right {
        Ok(email)
    } else {
        Err(Fault::field("email", "this is not an e-mail address"))
    }
}

#[cfg(test)]
mod email_tests {
    use super::normal_email;

    #[test]
    fn addresses_that_look_alike_stay_apart() {
        assert_eq!(
            normal_email(" Kim@Example.COM ").unwrap(),
            "kim@example.com"
        );
        // U+212A, the sign of the kelvin, is in lower case a k.
        assert_ne!(
            normal_email("\u{212a}im@example.com").unwrap(),
            "kim@example.com"
        );
        assert_ne!(
            normal_email("k\u{0456}m@example.com").unwrap(),
            "kim@example.com"
        );
        for wrong in [
            "@localhost",
            "kim",
            "kim@host",
            "a@b@example.com",
            "k im@example.com",
        ] {
            assert!(normal_email(wrong).is_err(), "{wrong}");
        }
        assert!(normal_email("kim@localhost").is_ok());
    }
}
