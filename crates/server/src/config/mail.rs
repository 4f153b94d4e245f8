//! By whom e-mail goes out.

use anyhow::{Context as _, bail};
use lettre::message::Mailbox;
use serde::Deserialize;

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    pub smtp_url: String,
    pub username: String,
    pub password: String,
    pub from: String,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail")
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

impl Mail {
    /// Whether e-mail is sent at all.
    pub fn is_configured(&self) -> bool {
        !self.smtp_url.is_empty()
    }

    pub(super) fn check(&self) -> anyhow::Result<()> {
        if !self.is_configured() {
            return Ok(());
        }
        let url: url::Url = self
            .smtp_url
            .parse()
            .context("mail.smtp_url is an address such as smtps://mail.example.com:465")?;
        let is_local = super::is_local(&url);
        let is_private = url
            .query_pairs()
            .any(|(key, how)| key == "tls" && how == "required");
        match url.scheme() {
            "smtps" => {}
            // Links open accounts; they do not travel where others read along.
            "smtp" if is_private || is_local => {}
            "smtp" => bail!("mail.smtp_url must end in ?tls=required, or begin with smtps://"),
            _ => bail!("mail.smtp_url must begin with smtps:// or smtp://"),
        }
        if !url.username().is_empty() || url.password().is_some() {
            bail!("put the user and the password into mail.username and mail.password");
        }
        let from: Result<Mailbox, _> = self.from.parse();
        from.context(
            "mail.from is a name and an address, such as BillingOne <billing@example.com>",
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Mail;

    fn check(smtp_url: &str, from: &str) -> anyhow::Result<()> {
        let mail = Mail {
            smtp_url: smtp_url.to_owned(),
            username: "user".to_owned(),
            password: "hush".to_owned(),
            from: from.to_owned(),
        };
        assert!(!format!("{mail:?}").contains("hush"));
        mail.check()
    }

    #[test]
    fn letters_go_where_nobody_reads_along() {
        let from = "BillingOne <billing@example.com>";
        for good in [
            "",
            "smtps://mail.example.com:465",
            "smtp://mail.example.com:587?tls=required",
            "smtp://localhost:1025",
        ] {
            check(good, from).unwrap();
        }
        for wrong in [
            "smtp://mail.example.com:587",
            "smtp://mail.example.com:587?tls=opportunistic",
            "smtps://user:hush@mail.example.com",
            "https://mail.example.com",
            "mail.example.com",
        ] {
            assert!(check(wrong, from).is_err(), "{wrong}");
        }
        assert!(check("smtps://mail.example.com", "").is_err());
    }
}
