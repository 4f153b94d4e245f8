//! Accepting an invitation: as somebody new, or with the account one has.

use serde_json::json;

use super::store;
use crate::{
    app::App,
    db::{OrgId, PersonId, Tx},
    fault::Fault,
    features::{
        audit::{self, Act},
        sign_in::{
            self, NewSession, Origin, Password, by_project,
            links::{self, LinkKind, LinkRow},
        },
    },
    http::{Role, Who},
    input,
    supabase::Project,
};

/// What an invitation says to who opens it.
pub struct Invitation {
    pub organization: String,
    pub role: Role,
    pub email: String,
    pub name: String,
    /// They have an account, and join with it.
    pub has_account: bool,
    link: LinkRow,
}

impl Invitation {
    pub fn org(&self) -> Result<OrgId, Fault> {
        Ok(self.link.place()?.0)
    }

    pub fn is_for(&self, person: PersonId) -> bool {
        self.link.person_id == person
    }
}

/// The invitation of a token.
///
/// # Errors
/// [`links::over`] when it is not good any more.
pub async fn invitation(app: &App, tx: &mut Tx, token: &str) -> Result<Invitation, Fault> {
    let link = links::open(app, tx, LinkKind::Invitation, token).await?;
    let (org, role) = link.place()?;
    Ok(Invitation {
        organization: store::organization_name(tx, org).await?,
        role,
        email: link.email.clone(),
        name: link.name.clone(),
        has_account: store::is_anywhere(tx, link.person_id).await?,
        link,
    })
}

/// Accepts an invitation as somebody new, with a name and a password, and signs them in.
pub async fn accept(
    app: &App,
    token: &str,
    name: &str,
    password: String,
    origin: &Origin,
) -> Result<NewSession, Fault> {
    let name = input::line(name, 200).map_err(|message| Fault::field("name", message))?;
    let mut tx = app.db.read_global().await?;
    let invitation = invitation(app, &mut tx, token).await?;
    drop(tx);
    if invitation.has_account {
        return Err(Fault::SignedOut);
    }
    if let Some(project) = Project::of(app) {
        return accept_by_project(app, project, &invitation, &name, &password, origin).await;
    }
    let password = Password::chosen(password, &[&invitation.email, &name])?;
    let hash = sign_in::hash_password(app, password).await?;
    let person = invitation.link.person_id;
    let (org, role) = invitation.link.place()?;
    let mut tx = app.db.write(org).await?;
    check_new(&mut tx, person).await?;
    take_place(app, &mut tx, &invitation.link).await?;
    store::set_name(&mut tx, person, &name, app.now()).await?;
    sign_in::first_password(app, &mut tx, person, &hash).await?;
    let session = sign_in::begin_session_by(app, &mut tx, person, org, origin, "invite").await?;
    tracing::info!(%org, role = role.as_str(), "somebody joined");
    tx.commit().await?;
    Ok(session)
}

/// The same with the account that they have at the project.
async fn accept_by_project(
    app: &App,
    project: Project<'_>,
    invitation: &Invitation,
    name: &str,
    password: &str,
    origin: &Origin,
) -> Result<NewSession, Fault> {
    let email = &invitation.email;
    let recognised = by_project::recognise(app, project, email, password, origin).await;
    let recognised = recognised.map_err(|fault| match fault {
        Fault::Invalid { message, .. } => Fault::field("password", message),
        other => other,
    })?;
    let person = invitation.link.person_id;
    let (org, _) = invitation.link.place()?;
    let mut tx = app.db.write(org).await?;
    check_new(&mut tx, person).await?;
    if by_project::person_of(app, &mut tx, recognised.account()).await? != Some(person) {
        return Err(Fault::field(
            "password",
            "confirm your e-mail address at the project first; its letter says how",
        ));
    }
    take_place(app, &mut tx, &invitation.link).await?;
    store::set_name(&mut tx, person, name, app.now()).await?;
    let new = sign_in::begin_session_by(app, &mut tx, person, org, origin, "invite").await?;
    by_project::attach(app, &mut tx, new.session, person, &recognised).await?;
    tx.commit().await?;
    Ok(new)
}

/// Accepts an invitation by the letter alone: for an app, where they then choose a password.
///
/// # Errors
/// 409 for who has an account already.
pub async fn accept_by_letter(
    app: &App,
    tx: &mut Tx,
    invitation: &Invitation,
) -> Result<PersonId, Fault> {
    check_new(tx, invitation.link.person_id).await?;
    take_place(app, tx, &invitation.link).await?;
    Ok(invitation.link.person_id)
}

/// Joins with the account of who is signed in; the name of what they joined.
///
/// # Errors
/// 403 when it is for somebody else.
pub async fn join(app: &App, who: &Who, token: &str) -> Result<String, Fault> {
    let mut tx = app.db.read_global().await?;
    let invitation = invitation(app, &mut tx, token).await?;
    drop(tx);
    if !invitation.is_for(who.person) {
        return Err(Fault::Forbidden(
            "this invitation is for somebody else; sign out and in again as them",
        ));
    }
    let (org, _) = invitation.link.place()?;
    let mut tx = app.db.write(org).await?;
    take_place(app, &mut tx, &invitation.link).await?;
    tx.commit().await?;
    Ok(invitation.organization)
}

/// That the letter alone may let them in. Asked in the transaction that does: they may have joined
/// elsewhere since the letter was opened.
async fn check_new(tx: &mut Tx, person: PersonId) -> Result<(), Fault> {
    if store::is_anywhere(tx, person).await? {
        return Err(Fault::conflict(
            "user_already_exists",
            "sign in, then open the invitation",
        ));
    }
    Ok(())
}

async fn take_place(app: &App, tx: &mut Tx, link: &LinkRow) -> Result<(), Fault> {
    let (org, role) = link.place()?;
    links::use_up(app, tx, link).await?;
    // Somebody gave them a place meanwhile: that stands.
    if store::member(tx, org, link.person_id).await?.is_some() {
        return Ok(());
    }
    sign_in::add_place(app, tx, org, link.person_id, role).await?;
    let act = Act {
        org,
        person: Some(link.person_id),
        action: "member.joined",
        subject_kind: "person",
        subject: Some(link.person_id.0),
    };
    let detail = json!({ "email": link.email, "role": role });
    audit::record(app, tx, act, &detail).await
}
