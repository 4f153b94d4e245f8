//! Organizations, people, passwords and sessions: the first useful depth. Passkeys, second
//! factors and invitations are not here.

pub mod api;
pub mod pages;
mod password;
mod rate;
mod store;
#[cfg(test)]
mod tests;

pub use password::{Password, hash_password};

use chrono::TimeDelta;

use crate::{
    app::App,
    db::{At, OrgId, PersonId, SessionId, Tx},
    fault::Fault,
    http::{Role, Who, token_hash},
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
    let email = normal_email(email)?;
    let hash = match password {
        Some(password) => Some(hash_password(app, password).await?),
        None => None,
    };
    let id = if let Some(known) = store::person_by_email(tx, &email).await? {
        known.id
    } else {
        let id = app.new_id();
        store::insert_person(tx, id, &email, name.trim(), hash.as_deref(), app.now()).await?;
        id
    };
    store::insert_membership(tx, org, id, role, app.now()).await?;
    Ok(id)
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
    store::set_password_hash(tx, person.id, &hash).await?;
    store::revoke_sessions(tx, person.id, app.now()).await?;
    Ok(())
}

/// Lower case, trimmed; look-alikes are not folded, because two mailboxes may differ by them.
fn normal_email(email: &str) -> Result<String, Fault> {
    let email = email.trim().to_lowercase();
    let looks_right = email.len() <= 254
        && email.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') || host == "localhost"
        })
        && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if looks_right {
        Ok(email)
    } else {
        Err(Fault::field("email", "this is not an e-mail address"))
    }
}

/// Where a sign-in comes from.
pub struct Origin {
    pub user_agent: String,
    pub address: String,
    /// `web` or `api`.
    pub kind: &'static str,
}

/// The token of a new session. Its hash is stored, the token itself nowhere.
pub struct NewSession {
    pub token: String,
    pub session: SessionId,
}

const WRONG: &str = "the e-mail address or the password is wrong";

/// Signs a person in. Unknown accounts take as long as wrong passwords.
pub async fn sign_in(
    app: &App,
    email: &str,
    password: Password,
    origin: &Origin,
) -> Result<NewSession, Fault> {
    let email = normal_email(email).map_err(|_| Fault::invalid("invalid_credentials", WRONG))?;
    rate::allow(app, &email, &origin.address).await?;
    let mut tx = app.db.read_global().await?;
    let person = store::person_by_email(&mut tx, &email).await?;
    let org = match &person {
        Some(person) => store::first_organization(&mut tx, person.id).await?,
        None => None,
    };
    drop(tx);
    let hash = person
        .as_ref()
        .and_then(|person| person.password_hash.clone());
    let right = password::verify(app, password, hash).await?;
    let (Some(person), Some(org), true) = (person, org, right) else {
        rate::count_failure(app, &email, &origin.address).await?;
        return Err(Fault::invalid("invalid_credentials", WRONG));
    };
    let mut tx = app.db.write_global().await?;
    let session = begin_session(app, &mut tx, person.id, org, origin).await?;
    rate::forget(&mut tx, &email).await?;
    tx.commit().await?;
    Ok(session)
}

pub async fn begin_session(
    app: &App,
    tx: &mut Tx,
    person: PersonId,
    org: OrgId,
    origin: &Origin,
) -> Result<NewSession, Fault> {
    let token = format!("b1_{}", hex::encode(app.random_bytes::<32>()));
    let session = app.new_id();
    let now = app.now();
    let expires_at = now + TimeDelta::days(i64::from(app.config.sign_in.session_days));
    let row = store::SessionRow {
        session,
        hash: token_hash(&token),
        person,
        org,
        now,
        expires_at,
    };
    store::insert_session(tx, &row, origin).await?;
    Ok(NewSession { token, session })
}

/// Ends one session; the next request with its token is refused.
pub async fn sign_out(app: &App, session: SessionId) -> Result<(), Fault> {
    let mut tx = app.db.write_global().await?;
    store::revoke_session(&mut tx, session, app.now()).await?;
    Ok(tx.commit().await?)
}

/// Shows the password once more within a session: what cannot be undone asks for a fresh factor.
/// When it was shown, for acts in the same request.
pub async fn refresh_factor(
    app: &App,
    who: &Who,
    password: Password,
    origin: &Origin,
) -> Result<At, Fault> {
    let mut tx = app.db.read_global().await?;
    let person = store::person(&mut tx, who.person)
        .await?
        .ok_or(Fault::SignedOut)?;
    drop(tx);
    rate::allow(app, &person.email, &origin.address).await?;
    if !password::verify(app, password, person.password_hash).await? {
        rate::count_failure(app, &person.email, &origin.address).await?;
        return Err(Fault::field("password", "this is not your password"));
    }
    let now = app.now();
    let mut tx = app.db.write_global().await?;
    store::set_factor_at(&mut tx, who.session, now).await?;
    rate::forget(&mut tx, &person.email).await?;
    tx.commit().await?;
    Ok(now)
}
