//! For whom passkeys are made, and where they may be used.

use anyhow::bail;
use serde::Deserialize;

use super::Config;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passkeys {
    pub rp_id: String,
    pub origins: String,
    pub apple_apps: String,
}

impl Config {
    pub(super) fn check_passkeys(&self) -> anyhow::Result<()> {
        let party = &self.passkeys.rp_id;
        let is_host = party
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-');
        if !is_host {
            bail!(
                "passkeys.rp_id is a host name in lower case, such as example.com, without https://"
            );
        }
        for origin in self.passkeys.origins.split_whitespace() {
            let is_app = origin.starts_with("android:apk-key-hash:");
            let url = url::Url::parse(origin).ok();
            let is_site = url.is_some_and(|url| {
                url.origin().ascii_serialization() == origin
                    && (url.scheme() == "https" || url.host_str() == Some("localhost"))
            });
            if !is_app && !is_site {
                bail!(
                    "passkeys.origins has {origin}; an origin is https:// and a host, without a path"
                );
            }
        }
        Ok(())
    }

    /// For whom passkeys are made: the configured host, or that of the public address.
    pub fn rp_id(&self) -> String {
        if !self.passkeys.rp_id.is_empty() {
            return self.passkeys.rp_id.clone();
        }
        let url = url::Url::parse(&self.server.public_url);
        let host = url.ok().and_then(|url| url.host_str().map(str::to_owned));
        host.unwrap_or_default()
    }

    /// Where passkeys may be used: the public address and whatever is configured beside it.
    pub fn passkey_origins(&self) -> Vec<String> {
        let ours = url::Url::parse(&self.server.public_url);
        let ours = ours.map(|url| url.origin().ascii_serialization());
        let others = self.passkeys.origins.split_whitespace().map(str::to_owned);
        let mut all: Vec<String> = ours.into_iter().collect();
        for other in others {
            if !all.contains(&other) {
                all.push(other);
            }
        }
        all
    }

    /// Apple's names of the apps that may use our passkeys.
    pub fn apple_apps(&self) -> impl Iterator<Item = &str> {
        self.passkeys.apple_apps.split_whitespace()
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    fn load(variables: &[(&str, &str)]) -> anyhow::Result<Config> {
        let owned = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(None, owned)
    }

    #[test]
    fn passkeys_are_for_the_public_address_unless_told() {
        let config =
            load(&[("BILLINGONE_SERVER_PUBLIC_URL", "https://bill.example.com/")]).unwrap();
        assert_eq!(config.rp_id(), "bill.example.com");
        assert_eq!(config.passkey_origins(), ["https://bill.example.com"]);
        let config = load(&[
            ("BILLINGONE_SERVER_PUBLIC_URL", "https://bill.example.com"),
            ("BILLINGONE_PASSKEYS_RP_ID", "example.com"),
            (
                "BILLINGONE_PASSKEYS_ORIGINS",
                "https://app.example.com android:apk-key-hash:abc",
            ),
        ])
        .unwrap();
        assert_eq!(config.rp_id(), "example.com");
        assert_eq!(config.passkey_origins().len(), 3);
        for (name, wrong) in [
            ("BILLINGONE_PASSKEYS_RP_ID", "https://example.com"),
            ("BILLINGONE_PASSKEYS_ORIGINS", "https://example.com/path"),
            ("BILLINGONE_PASSKEYS_ORIGINS", "http://example.com"),
            ("BILLINGONE_PASSKEYS_ORIGINS", "example.com"),
        ] {
            assert!(load(&[(name, wrong)]).is_err(), "{wrong}");
        }
    }
}
