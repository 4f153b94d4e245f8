//! The Supabase project that keeps the accounts, where the operator has one.

use anyhow::{Context as _, bail};
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    pub supabase: Supabase,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supabase {
    pub url: String,
    pub publishable_key: String,
    pub recheck_seconds: u32,
}

impl Supabase {
    /// Whether such a project keeps the accounts at all.
    pub fn is_configured(&self) -> bool {
        !self.url.is_empty()
    }

    /// Where its accounts are asked for, and who issues its tokens.
    pub fn issuer(&self) -> String {
        format!("{}/auth/v1", self.url.trim_end_matches('/'))
    }

    pub(super) fn check(&self) -> anyhow::Result<()> {
        if !self.is_configured() {
            return Ok(());
        }
        let url: url::Url = self
            .url
            .parse()
            .context("auth.supabase.url is an address such as https://abc.supabase.co")?;
        let is_local = super::is_local(&url);
        match url.scheme() {
            "https" => {}
            // Passwords travel there.
            "http" if is_local => {}
            _ => bail!("auth.supabase.url must begin with https://"),
        }
        if url.path() != "/" || url.query().is_some() || !url.username().is_empty() {
            bail!("auth.supabase.url is the project's address alone, without /auth/v1");
        }
        if self.publishable_key.trim().is_empty() {
            bail!("auth.supabase.publishable_key is missing; the project's settings show it");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Supabase;

    fn check(url: &str, key: &str) -> anyhow::Result<()> {
        let project = Supabase {
            url: url.to_owned(),
            publishable_key: key.to_owned(),
            recheck_seconds: 60,
        };
        project.check()
    }

    #[test]
    fn passwords_go_to_a_project_where_nobody_reads_along() {
        for good in [
            "https://abc.supabase.co",
            "https://abc.supabase.co/",
            "http://localhost:54321",
        ] {
            check(good, "sb_publishable_x").unwrap();
        }
        for wrong in [
            "http://abc.supabase.co",
            "https://abc.supabase.co/auth/v1",
            "https://kim:hush@abc.supabase.co",
            "abc.supabase.co",
        ] {
            assert!(check(wrong, "sb_publishable_x").is_err(), "{wrong}");
        }
        assert!(check("https://abc.supabase.co", " ").is_err());
        check("", "").unwrap();
    }
}
