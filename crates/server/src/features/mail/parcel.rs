//! Letters to others than people of the product: plain words with files, in the name of an
//! organization, and answered to it.

use anyhow::Context as _;
use askama::Template;
use lettre::{
    Address, Message,
    message::{Attachment, Mailbox, MultiPart, SinglePart, header::ContentType},
};
use uuid::Uuid;

use super::{hand_over, one_line};
use crate::{app::App, queue::JobError};

/// A file that goes along.
pub struct Enclosure {
    pub name: String,
    /// Such as `application/pdf`.
    pub kind: &'static str,
    pub bytes: Vec<u8>,
}

/// A letter with files.
pub struct Parcel {
    pub to: Vec<String>,
    /// In whose name; the address is that of the installation.
    pub from_name: String,
    /// Where answers go; to the installation's address where nothing is said.
    pub reply_to: String,
    pub subject: String,
    pub text: String,
    pub enclosures: Vec<Enclosure>,
}

/// The same words for those who read HTML.
#[derive(Template)]
#[template(path = "features/mail/templates/parcel.html")]
struct Html<'a> {
    subject: &'a str,
    paragraphs: Vec<Vec<Line<'a>>>,
}

/// A line of a paragraph; one that is an address alone is a link.
struct Line<'a> {
    text: &'a str,
    is_link: bool,
}

impl Parcel {
    fn html(&self) -> anyhow::Result<String> {
        let line = |text| Line {
            text,
            is_link: url::Url::parse(text).is_ok_and(|url| url.scheme() == "https"),
        };
        let paragraphs = self.text.split("\n\n");
        let paragraphs = paragraphs.map(|part| part.lines().map(line).collect());
        let html = Html {
            subject: &self.subject,
            paragraphs: paragraphs.collect(),
        };
        Ok(html.render()?)
    }

    pub(super) fn message(&self, id: Uuid, from: &Mailbox) -> anyhow::Result<Message> {
        let message_id = format!("<{}@{}>", id.simple(), from.email.domain());
        let named = Mailbox::new(Some(one_line(&self.from_name)), from.email.clone());
        let mut message = Message::builder()
            .from(named)
            .subject(one_line(&self.subject))
            .message_id(Some(message_id));
        for to in &self.to {
            let address: Address = to.parse().with_context(|| format!("the address {to}"))?;
            message = message.to(Mailbox::new(None, address));
        }
        if !self.reply_to.is_empty() {
            let address: Address = self.reply_to.parse().context("the address for answers")?;
            message = message.reply_to(Mailbox::new(None, address));
        }
        let words = MultiPart::alternative_plain_html(self.text.clone(), self.html()?);
        let mut parts = MultiPart::mixed().multipart(words);
        for file in &self.enclosures {
            parts = parts.singlepart(enclosed(file)?);
        }
        Ok(message.multipart(parts)?)
    }
}

fn enclosed(file: &Enclosure) -> anyhow::Result<SinglePart> {
    let kind = ContentType::parse(file.kind).context("the kind of a file")?;
    Ok(Attachment::new(file.name.clone()).body(file.bytes.clone(), kind))
}

/// Sends it; the same `id` is the same letter.
pub async fn send_parcel(app: &App, id: Uuid, parcel: &Parcel) -> Result<(), JobError> {
    hand_over(app, |from| parcel.message(id, &from)).await
}
