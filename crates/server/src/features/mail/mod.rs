//! Letters by e-mail. They are sent by jobs: whoever decides that one is sent enqueues it in the
//! same transaction.
//!
//! SMTP has no way to say a letter once and only once: where the process dies after the server took
//! it and before that is noted, the job sends it again. It says the same then, under the same
//! Message-ID, by which mailboxes know a letter they have.

mod parcel;
#[cfg(test)]
pub(crate) mod tests;

pub use parcel::{Enclosure, Parcel, send_parcel};

use std::time::Duration;

use anyhow::Context as _;
use askama::Template;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp::authentication::Credentials,
};
use uuid::Uuid;

use crate::{app::App, config::Mail, queue::JobError};

/// A letter with one thing to do.
#[derive(Debug, Template)]
#[template(path = "features/mail/templates/letter.html")]
pub struct Letter {
    /// An address.
    pub to: String,
    pub subject: String,
    pub paragraphs: Vec<String>,
    pub action: String,
    pub link: String,
    /// Why they were written to, and what if it was not they who asked.
    pub footer: String,
}

impl Letter {
    fn text(&self) -> String {
        let mut text = self.paragraphs.join("\n\n");
        for part in [&format!("{}:\n{}", self.action, self.link), &self.footer] {
            text.push_str("\n\n");
            text.push_str(part);
        }
        text + "\n"
    }

    fn message(&self, id: Uuid, from: Mailbox) -> anyhow::Result<Message> {
        let to = self.to.parse().context("the address")?;
        let message_id = format!("<{}@{}>", id.simple(), from.email.domain());
        let body = MultiPart::alternative_plain_html(self.text(), self.render()?);
        let message = Message::builder()
            .from(from)
            .to(Mailbox::new(None, to))
            .subject(one_line(&self.subject))
            .message_id(Some(message_id))
            .multipart(body)?;
        Ok(message)
    }
}

/// Names come from people; none of them begins another header.
fn one_line(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(shown).collect()
}

/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a letter; the same `id` is the same letter.
pub async fn send(app: &App, id: Uuid, letter: &Letter) -> Result<(), JobError> {
    hand_over(app, |from| letter.message(id, from)).await
}

/// Gives the mail server what was written in the name of the installation.
async fn hand_over(
    app: &App,
    written: impl FnOnce(Mailbox) -> anyhow::Result<Message>,
) -> Result<(), JobError> {
    let mail = &app.config.mail;
    if !mail.is_configured() {
        let why = "no e-mail is sent before [mail] smtp_url is set";
        return Err(JobError::fail(anyhow::anyhow!(why)));
    }
    let from = mail
        .from
        .parse()
        .context("mail.from")
        .map_err(JobError::fail)?;
    let message = written(from).map_err(JobError::fail)?;
    let sent = transport(mail).map_err(JobError::fail)?.send(message).await;
    match sent {
        Ok(_) => Ok(()),
        Err(error) if error.is_permanent() => Err(JobError::fail(error)),
        Err(error) => Err(JobError::retry(error)),
    }
}

/// Whether the server can be reached and takes our password.
pub async fn test(mail: &Mail) -> anyhow::Result<()> {
    let answers = transport(mail)?.test_connection().await?;
    anyhow::ensure!(answers, "the mail server does not answer");
    Ok(())
}

fn transport(mail: &Mail) -> anyhow::Result<AsyncSmtpTransport<Tokio1Executor>> {
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&mail.smtp_url)
        .context("mail.smtp_url")?
        .timeout(Some(PATIENCE));
    if !mail.username.is_empty() {
        let (user, password) = (mail.username.clone(), mail.password.clone());
        transport = transport.credentials(Credentials::new(user, password));
    }
    Ok(transport.build())
}
