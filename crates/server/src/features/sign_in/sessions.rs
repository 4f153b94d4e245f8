//! Recognising people, and the sessions that come of it.

use chrono::TimeDelta;

use super::{
    Password, by_project, device,
    history::{self, Happened},
    hosted, normal_email, password,
    rate::{Guess, Try},
    store,
};
use crate::{
    app::App,
    db::{At, OrgId, PersonId, SessionId, Tx},
    fault::Fault,
    http::{token_hash, tokens::Method},
    supabase::Project,
};

/// Where a sign-in comes from.
pub struct Origin {
    pub user_agent: String,
    pub address: String,
    /// `web`, `api`, or `auth` for clients of the wire.
    pub kind: &'static str,
}

/// The token of a new session. Its hash is stored, the token itself nowhere.
pub struct NewSession {
    pub token: String,
    pub session: SessionId,
}

pub(super) const WRONG: &str = "the e-mail address or the password is wrong";

/// Who somebody is, by e-mail address and password, and which organization they enter. Unknown
/// accounts take as long as wrong passwords.
pub async fn recognise(
    app: &App,
    email: &str,
    password: Password,
    origin: &Origin,
) -> Result<(PersonId, OrgId), Fault> {
    let email = normal_email(email).map_err(|_| Fault::invalid("invalid_credentials", WRONG))?;
    let mut tx = app.db.read_global().await?;
    let person = store::person_by_email(&mut tx, &email).await?;
    let org = match &person {
        Some(person) => store::first_organization(&mut tx, person.id).await?,
        None => None,
    };
    drop(tx);
    let id = person.as_ref().map(|person| person.id);
    let guess = Guess::Password {
        email: &email,
        person: id,
    };
    let trying = Try::begin(app, guess, origin).await?;
    let hash = person.and_then(|person| person.password_hash);
    let right = password::verify(app, password.clone(), hash.clone()).await?;
    let (Some(id), Some(org), true) = (id, org, right) else {
        return Err(Fault::invalid("invalid_credentials", WRONG));
    };
    let renewed = hosted::renewed(app, password, hash).await?;
    let mut tx = app.db.write_global().await?;
    if let Some(renewed) = renewed {
        renewed.keep(app, &mut tx, id).await?;
    }
    trying.was_right(&mut tx).await?;
    tx.commit().await?;
    Ok((id, org))
}

/// Signs a person in by password.
pub async fn sign_in(
    app: &App,
    email: &str,
    password: Password,
    origin: &Origin,
) -> Result<NewSession, Fault> {
    if let Some(project) = Project::of(app) {
        return by_project::sign_in(app, project, email, password.reveal(), origin).await;
    }
    let (person, org) = recognise(app, email, password, origin).await?;
    let mut tx = app.db.write_global().await?;
    let session = begin_session(app, &mut tx, person, org, origin).await?;
    tx.commit().await?;
    Ok(session)
}

/// A session of a password, with a token for a cookie or for the API.
pub async fn begin_session(
    app: &App,
    tx: &mut Tx,
    person: PersonId,
    org: OrgId,
    origin: &Origin,
) -> Result<NewSession, Fault> {
    begin_session_by(app, tx, person, org, origin, "password").await
}

/// The same by another way of recognising somebody.
pub async fn begin_session_by(
    app: &App,
    tx: &mut Tx,
    person: PersonId,
    org: OrgId,
    origin: &Origin,
    method: &str,
) -> Result<NewSession, Fault> {
    let token = format!("b1_{}", hex::encode(app.random_bytes::<32>()));
    let hash = Some(token_hash(&token));
    let session = begin(app, tx, person, org, origin, hash, method).await?;
    Ok(NewSession { token, session })
}

/// A session begun by `method`; without a token of its own it is used by access tokens alone.
pub async fn begin(
    app: &App,
    tx: &mut Tx,
    person: PersonId,
    org: OrgId,
    origin: &Origin,
    hash: Option<Vec<u8>>,
    method: &str,
) -> Result<SessionId, Fault> {
    let session = app.new_id();
    let now = app.now();
    let known = store::user_agents(tx, person).await?;
    let row = store::SessionRow {
        session,
        hash,
        person,
        org,
        now,
        expires_at: now + TimeDelta::days(i64::from(app.config.sign_in.session_days)),
        new_device_since: is_new(&known, &origin.user_agent).then_some(now),
        amr: serde_json::to_string(&[recognised(app, method)])?,
    };
    store::insert_session(tx, &row, origin).await?;
    history::note(app, tx, person, Happened::SignedIn, method, origin).await?;
    store::set_last_sign_in(tx, person, now).await?;
    Ok(session)
}

/// Whether a person who has used devices before uses another kind now. The very first is expected.
fn is_new(known: &[String], user_agent: &str) -> bool {
    let now = device(user_agent);
    !known.is_empty() && !known.iter().any(|before| device(before) == now)
}

/// The instant that devices see: tokens and codes go by the wall clock, also where business time is
/// simulated.
pub fn wall(app: &App) -> At {
    At(app.clock.wall_now())
}

/// That somebody was recognised just now.
pub fn recognised(app: &App, method: &str) -> Method {
    Method {
        method: method.to_owned(),
        timestamp: app.clock.wall_now().timestamp(),
    }
}

/// Ends one session; the next request with its token is refused.
pub async fn sign_out(app: &App, session: SessionId) -> Result<(), Fault> {
    let mut tx = app.db.write_global().await?;
    store::revoke_session(&mut tx, session, app.now()).await?;
    by_project::end_at_project(app, &mut tx).await?;
    Ok(tx.commit().await?)
}
