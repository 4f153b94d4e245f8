//! A forgotten password: a letter with a link, and a new password by it.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{
    Origin, Password, by_project, hash_password,
    history::{self, Happened},
    links::{self, LinkKind, LinkRow, NewLink},
    normal_email,
    rate::{network, spend},
    sessions::wall,
    store::{self, links as link_store},
};
use crate::{
    app::App,
    db::{EmailLinkId, OrgId, PersonId, Tx},
    fault::Fault,
    features::mail::{self, Letter},
    queue::{self, Attempt, Job, JobError},
    supabase::{self, Project},
};

const WINDOW: TimeDelta = TimeDelta::hours(1);
/// Letters that one address is sent in an hour.
const PER_ADDRESS: i64 = 3;
/// Letters that one network may ask for in an hour.
const PER_NETWORK: i64 = 20;

/// Whether a letter is sent at all, by us or by the project that keeps the passwords.
pub fn sends_letters(app: &App) -> bool {
    app.config.mail.is_configured() || supabase::keeps_accounts(app)
}

/// Somebody says that they have forgotten the password of this address. Whether anybody has it is
/// found out by the job, so that it shows neither in the answer nor in the time it takes.
///
/// # Errors
/// 422 for what is no address, 429 when this was asked too often.
pub async fn ask(
    app: &App,
    email: &str,
    redirect_to: Option<&str>,
    origin: &Origin,
) -> Result<(), Fault> {
    let email = normal_email(email)?;
    let redirect_to = redirect_to.filter(|onward| links::may_lead_to(app, onward));
    let job = SendRecovery {
        email,
        redirect_to: redirect_to.map(str::to_owned),
    };
    let mut tx = app.db.write_global().await?;
    let here = format!("recover from {}", network(&origin.address));
    spend(app, &mut tx, &here, PER_NETWORK, WINDOW).await?;
    let there = format!("recover {}", job.email);
    spend(app, &mut tx, &there, PER_ADDRESS, WINDOW).await?;
    queue::enqueue(app, &mut tx, &job).await?;
    Ok(tx.commit().await?)
}

/// Sends the letter, where somebody has the address.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendRecovery {
    email: String,
    redirect_to: Option<String>,
}

impl Job for SendRecovery {
    const KIND: &'static str = "send_recovery";

    fn org(&self) -> Option<OrgId> {
        None
    }

    async fn run(self, app: &App, at: &Attempt) -> Result<(), JobError> {
        if let Some(project) = Project::of(app) {
            return Ok(by_project::ask_for_letter(app, project, &self.email).await?);
        }
        // The job's own id is the link's, so that running it again makes no second one.
        let id = EmailLinkId(at.job.0);
        let mut tx = app.db.write_global().await?;
        let Some(person) = link_store::recoverable(&mut tx, &self.email).await? else {
            return Ok(());
        };
        let new = recovery(id, person, self.redirect_to);
        links::make(app, &mut tx, &new).await?;
        let link = link_store::one(&mut tx, id).await?;
        tx.commit().await?;
        match link {
            Some(link) if link.sent_at.is_none() => send(app, &link).await,
            _ => Ok(()),
        }
    }
}

fn recovery(id: EmailLinkId, person: PersonId, redirect_to: Option<String>) -> NewLink {
    NewLink {
        id,
        kind: LinkKind::Recovery,
        person,
        place: None,
        redirect_to,
    }
}

async fn send(app: &App, link: &LinkRow) -> Result<(), JobError> {
    let letter = Letter {
        to: link.email.clone(),
        subject: "Set a new password for BillingOne".to_owned(),
        paragraphs: vec![
            "Somebody, most likely you, has asked for a new password for your account.".to_owned(),
        ],
        action: "Set a new password".to_owned(),
        link: links::address(app, link)?,
        footer: "The link is good once and for an hour. If it was not you, do nothing: your \
                 password stays as it is."
            .to_owned(),
    };
    mail::send(app, link.id.0, &letter).await?;
    let mut tx = app.db.write_global().await?;
    links::set_sent(app, &mut tx, link.id).await?;
    tx.commit().await?;
    Ok(())
}

/// A link that somebody else hands over, where no e-mail is sent.
pub async fn link_by_hand(app: &App, tx: &mut Tx, person: PersonId) -> Result<String, Fault> {
    let id = app.new_id();
    links::make(app, tx, &recovery(id, person, None)).await?;
    let link = link_store::one(tx, id).await?.ok_or_else(links::over)?;
    links::address(app, &link)
}

/// Whose password a link sets.
pub async fn whose(app: &App, token: &str) -> Result<String, Fault> {
    let mut tx = app.db.read_global().await?;
    let link = links::open(app, &mut tx, LinkKind::Recovery, token).await?;
    Ok(link.email)
}

/// Sets a new password by a link. Every session of the person ends, and so does every other such
/// link of theirs.
pub async fn reset(app: &App, token: &str, new: String, origin: &Origin) -> Result<(), Fault> {
    let mut tx = app.db.read_global().await?;
    let link = links::open(app, &mut tx, LinkKind::Recovery, token).await?;
    drop(tx);
    let new = Password::chosen(new, &[&link.email, &link.name])?;
    let hash = hash_password(app, new).await?;
    let (person, now) = (link.person_id, app.now());
    let mut tx = app.db.write_global().await?;
    links::use_up(app, &mut tx, &link).await?;
    link_store::withdraw_recoveries(&mut tx, person, wall(app)).await?;
    link_store::confirm_email(&mut tx, person, now).await?;
    store::set_password_hash(&mut tx, person, &hash, now).await?;
    store::revoke_sessions(&mut tx, person, now).await?;
    history::note(app, &mut tx, person, Happened::PasswordReset, "", origin).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::SendRecovery;

    /// Payloads lie in databases: they may gain optional fields, never lose or rename one.
    #[test]
    fn a_stored_payload_stays_readable() {
        let golden = r#"{"email":"kim@example.com","redirect_to":null}"#;
        let job: SendRecovery = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&job).unwrap(), golden);
    }
}
