//! Settings: the commented defaults of `config.example.toml`, a TOML file, then variables.
//!
//! Every setting has a default there, so a variable's name follows from its place:
//! `[vendors.xero] client_id` is `BILLINGONE_VENDORS_XERO_CLIENT_ID`. With `_FILE` behind it the
//! variable names a file that holds the value. A key that no setting has is refused by name.

mod mail;
mod passkeys;
mod supabase;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use toml::{Table, Value};

pub use mail::Mail;
pub use passkeys::Passkeys;
pub use supabase::{Auth, Supabase};

pub const EXAMPLE: &str = include_str!("../../../config.example.toml");

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub data: Data,
    pub database: Database,
    pub secrets: Secrets,
    pub log: Log,
    pub worker: Worker,
    pub sign_in: SignIn,
    pub auth: Auth,
    pub mail: Mail,
    pub passkeys: Passkeys,
    pub vendors: Vendors,
    pub simulation: Simulation,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub listen: String,
    pub public_url: String,
    pub trusted_proxy: bool,
    pub max_body_bytes: usize,
    pub request_timeout_seconds: u64,
    pub metrics_token: String,
    pub location_database: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    pub dir: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    pub url: String,
    pub owner_url: String,
    pub connections: u32,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    pub key: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub filter: String,
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worker {
    pub concurrency: usize,
    pub lease_seconds: u32,
    pub poll_ms: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub session_days: u32,
    pub idle_hours: u32,
    pub attempts_per_quarter_hour: u32,
    pub access_token_seconds: u32,
    pub refresh_reuse_seconds: u32,
    pub sign_up: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vendors {
    pub pax8: Pax8,
    pub xero: Xero,
    pub ninjaone: NinjaOne,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pax8 {
    pub api_url: String,
    pub webhooks_url: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Xero {
    pub client_id: String,
    pub client_secret: String,
    pub webhook_key: String,
    pub scopes: String,
    pub authorize_url: String,
    pub token_url: String,
    pub revoke_url: String,
    pub connections_url: String,
    pub api_url: String,
}

impl std::fmt::Debug for Xero {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Xero")
            .field("api_url", &self.api_url)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NinjaOne {
    pub api_url: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    pub clock_url: String,
    pub clock_token: String,
}

impl std::fmt::Debug for Simulation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulation")
            .field("clock_url", &self.clock_url)
            .finish_non_exhaustive()
    }
}

/// Variables of the same prefix that are no settings.
const NOT_SETTINGS: [&str; 11] = [
    "BILLINGONE_AXE",
    "BILLINGONE_CHROMEDRIVER",
    "BILLINGONE_CONFIG",
    "BILLINGONE_FAILPOINT",
    "BILLINGONE_NODE_MODULES",
    "BILLINGONE_PASSWORD",
    "BILLINGONE_PRISM",
    "BILLINGONE_PROVE",
    "BILLINGONE_PYTHON",
    "BILLINGONE_SPECS",
    "BILLINGONE_WEBKITDRIVER",
];

impl Config {
    /// Reads the defaults, then `file` if given, then variables.
    ///
    /// # Errors
    /// Names the file, key or variable that cannot be used, and why.
    pub fn load(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> anyhow::Result<Self> {
        let mut table: Table = EXAMPLE.parse().context("the built-in defaults")?;
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the configuration {}", path.display()))?;
            let theirs: Table = text
                .parse()
                .with_context(|| format!("{} is not TOML", path.display()))?;
            merge(&mut table, theirs, "")?;
        }
        for (name, value) in variables {
            if name.starts_with("BILLINGONE_") && !is_no_setting(&name) {
                set_variable(&mut table, &name, value)?;
            }
        }
        let config: Self = Value::Table(table)
            .try_into()
            .context("a setting has a wrong type")?;
        config.checked()
    }

    fn checked(self) -> anyhow::Result<Self> {
        let url: url::Url = self
            .server
            .public_url
            .parse()
            .context("server.public_url")?;
        if url.scheme() != "https" && !is_local(&url) {
            bail!("server.public_url must begin with https:// (plain http is for localhost only)");
        }
        self.mail.check()?;
        self.auth.supabase.check()?;
        self.check_passkeys()?;
        Ok(self)
    }

    /// The database's address, where the default is a file in the data folder.
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            return format!("sqlite:{}", self.data.dir.join("billingone.db").display());
        }
        self.database.url.clone()
    }

    pub fn is_https(&self) -> bool {
        self.server.public_url.starts_with("https://")
    }
}

/// What goes there leaves this machine nowhere.
fn is_local(url: &url::Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

fn is_no_setting(name: &str) -> bool {
    NOT_SETTINGS.contains(&name) || name.starts_with("BILLINGONE_TEST_")
}

fn merge(into: &mut Table, theirs: Table, place: &str) -> anyhow::Result<()> {
    for (key, value) in theirs {
        let name = if place.is_empty() {
            key.clone()
        } else {
            format!("{place}.{key}")
        };
        match (into.get_mut(&key), value) {
            (None, _) => {
                bail!("there is no setting `{name}`; `config.example.toml` lists them all")
            }
            (Some(Value::Table(ours)), Value::Table(theirs)) => merge(ours, theirs, &name)?,
            (Some(Value::Table(_)), _) => bail!("`{name}` is a section, not a value"),
            (Some(ours), theirs) => *ours = theirs,
        }
    }
    Ok(())
}

fn set_variable(table: &mut Table, name: &str, value: String) -> anyhow::Result<()> {
    let (setting, text) = match name.strip_suffix("_FILE") {
        Some(setting) => {
            let text = std::fs::read_to_string(&value)
                .with_context(|| format!("{name} names {value}, which cannot be read"))?;
            (setting, text.trim_end().to_owned())
        }
        None => (name, value),
    };
    let Some(slot) = leaf(table, setting, "BILLINGONE") else {
        bail!("there is no setting for the variable {name}; `config.example.toml` lists them all");
    };
    *slot = match slot {
        Value::Integer(_) => Value::Integer(
            text.parse()
                .with_context(|| format!("{name} must be a whole number"))?,
        ),
        Value::Boolean(_) => Value::Boolean(
            text.parse()
                .with_context(|| format!("{name} must be true or false"))?,
        ),
        _ => Value::String(text),
    };
    Ok(())
}

fn leaf<'t>(table: &'t mut Table, wanted: &str, place: &str) -> Option<&'t mut Value> {
    for (key, value) in table.iter_mut() {
        let name = format!("{place}_{}", key.to_uppercase());
        match value {
            Value::Table(inner) => {
                if let Some(found) = leaf(inner, wanted, &name) {
                    return Some(found);
                }
            }
            leaf if name == wanted => return Some(leaf),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(variables: &[(&str, &str)]) -> anyhow::Result<Config> {
        let owned = variables
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::load(None, owned)
    }

    #[test]
    fn defaults_need_nothing() {
        let config = load(&[]).unwrap();
        assert!(config.database_url().starts_with("sqlite:"));
        assert!(
            config.secrets.key.is_empty(),
            "there is never a default secret"
        );
    }

    #[test]
    fn unknown_keys_are_refused_by_name() {
        let error = load(&[("BILLINGONE_SERVER_LISTN", "x")])
            .unwrap_err()
            .to_string();
        assert!(error.contains("BILLINGONE_SERVER_LISTN"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        std::fs::write(&file, "[server]\nlistn = \"x\"\n").unwrap();
        let error = Config::load(Some(&file), []).unwrap_err().to_string();
        assert!(error.contains("server.listn"), "{error}");
    }

    #[test]
    fn a_secret_may_come_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "abc\n").unwrap();
        let config = load(&[("BILLINGONE_SECRETS_KEY_FILE", file.to_str().unwrap())]).unwrap();
        assert_eq!(config.secrets.key, "abc");
        assert!(!format!("{config:?}").contains("abc"));
    }

    #[test]
    fn plain_http_is_for_localhost_only() {
        assert!(load(&[("BILLINGONE_SERVER_PUBLIC_URL", "http://billing.example.com")]).is_err());
    }
}
