//! Customers of the MSP: who they are, and what is known about each in one place. What a vendor
//! calls them is a link (`mappings`), not a second client.

pub mod api;
pub mod list;
mod name;
pub mod pages;
mod span;
pub mod store;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

pub use name::{match_key, name_key, search_pattern};
pub use span::Span;

use crate::{
    app::App,
    db::{ClientId, OrgId, Tx},
    fault::Fault,
    features::{
        audit::{self, Act},
        catalog::Created,
    },
    http::{Who, given},
    input::{self, Checks},
};

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::FromRow)]
pub struct Client {
    pub id: ClientId,
    /// The MSP's own number for the client.
    pub reference: String,
    pub name: String,
    /// What the client is invoiced in.
    pub currency: String,
    /// The MSP itself: what it bought for its own use is never billed.
    pub own_use: bool,
    /// active | archived
    pub status: String,
    pub web_domain: Option<String>,
    pub email_domain: Option<String>,
    pub version: i64,
}

/// Every client, archived ones too, by name.
pub async fn every(tx: &mut Tx, org: OrgId) -> Result<Vec<Client>, Fault> {
    Ok(store::every(tx, org).await?)
}

impl Client {
    pub fn is_archived(&self) -> bool {
        self.status == "archived"
    }
}

/// A new client.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClientInput {
    #[schema(example = "C007")]
    pub reference: String,
    pub name: String,
    /// The organization's unless said.
    pub currency: Option<String>,
    pub own_use: bool,
    #[schema(example = "harbour-dental.example")]
    pub web_domain: Option<String>,
    pub email_domain: Option<String>,
}

impl ClientInput {
    fn checked(&self, id: ClientId, own_currency: &str) -> Result<Client, Fault> {
        let mut checks = Checks::default();
        let reference = checks.take("reference", input::line(&self.reference, 60));
        let name = checks.take("name", input::line(&self.name, 500));
        let code = self.currency.as_deref().filter(|code| !code.is_empty());
        let currency = checks.take("currency", input::currency(code.unwrap_or(own_currency)));
        let web = self.web_domain.as_deref();
        let web_domain = checks.optional("web_domain", web, domain);
        let email = self.email_domain.as_deref();
        let email_domain = checks.optional("email_domain", email, domain);
        match (reference, name, currency) {
            (Some(reference), Some(name), Some(currency)) if checks.is_fine() => Ok(Client {
                id,
                reference,
                name,
                currency,
                own_use: self.own_use,
                status: "active".to_owned(),
                web_domain,
                email_domain,
                version: 1,
            }),
            _ => Err(checks.fault()),
        }
    }
}

impl From<&Client> for ClientInput {
    fn from(client: &Client) -> Self {
        Self {
            reference: client.reference.clone(),
            name: client.name.clone(),
            currency: Some(client.currency.clone()),
            own_use: client.own_use,
            web_domain: client.web_domain.clone(),
            email_domain: client.email_domain.clone(),
        }
    }
}

/// What to change of a client; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClientChange {
    /// The version you saw.
    pub version: i64,
    pub reference: Option<String>,
    pub name: Option<String>,
    /// Only while the client has no contract.
    pub currency: Option<String>,
    pub own_use: Option<bool>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub web_domain: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub email_domain: Option<Option<String>>,
    /// active | archived
    pub status: Option<String>,
}

impl ClientChange {
    fn applied_to(&self, before: &Client) -> Result<Client, Fault> {
        let mut input = ClientInput::from(before);
        if let Some(reference) = &self.reference {
            input.reference.clone_from(reference);
        }
        if let Some(name) = &self.name {
            input.name.clone_from(name);
        }
        if self.currency.is_some() {
            input.currency.clone_from(&self.currency);
        }
        if let Some(domain) = &self.web_domain {
            input.web_domain.clone_from(domain);
        }
        if let Some(domain) = &self.email_domain {
            input.email_domain.clone_from(domain);
        }
        input.own_use = self.own_use.unwrap_or(before.own_use);
        let mut after = input.checked(before.id, &before.currency)?;
        before.status.clone_into(&mut after.status);
        if let Some(status) = &self.status {
            let status = input::one_of(status, &["active", "archived"]);
            status
                .map_err(|message| Fault::field("status", message))?
                .clone_into(&mut after.status);
        }
        Ok(after)
    }
}

/// A domain, as itself or as an address that leads there.
fn domain(typed: &str) -> Result<String, String> {
    let lower = typed.trim().to_lowercase();
    let bare = lower
        .strip_prefix("https://")
        .or_else(|| lower.strip_prefix("http://"))
        .unwrap_or(&lower);
    let bare = bare.split('/').next().unwrap_or_default();
    let bare = bare.rsplit('@').next().unwrap_or_default();
    let bare = bare.strip_prefix("www.").unwrap_or(bare);
    let is_domain = bare.len() <= 253
        && bare.contains('.')
        && bare.split('.').all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
    if is_domain {
        Ok(bare.to_owned())
    } else {
        Err("write a domain such as harbour-dental.example".to_owned())
    }
}

/// Adds a client. Saying the same again changes nothing.
///
/// # Errors
/// 409 when the reference belongs to a client that differs.
pub async fn create(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    input: &ClientInput,
) -> Result<Created<Client>, Fault> {
    let client = input.checked(app.new_id(), &who.currency)?;
    if let Some(known) = store::client_by_reference(tx, who.org, &client.reference).await? {
        let same = Client {
            id: known.id,
            version: known.version,
            status: known.status.clone(),
            ..client
        };
        return if same == known {
            Ok(Created::AlreadyThere(known))
        } else {
            Err(Fault::conflict(
                "reference_taken",
                format!(
                    "the reference {} already belongs to \"{}\"; change that client or take another",
                    known.reference, known.name
                ),
            ))
        };
    }
    store::insert_client(tx, who.org, &client, app.now()).await?;
    record(app, who, tx, "client.created", client.id, &client).await?;
    Ok(Created::New(client))
}

/// Changes or archives a client, from the version the caller saw. Nothing that was agreed,
/// linked or invoiced goes away with it.
pub async fn update(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: ClientId,
    change: &ClientChange,
) -> Result<Client, Fault> {
    let before = client(tx, who.org, id).await?;
    let after = change.applied_to(&before)?;
    if after.reference != before.reference {
        let taken = store::client_by_reference(tx, who.org, &after.reference).await?;
        if taken.is_some() {
            let message = "another client has this reference";
            return Err(Fault::field("reference", message));
        }
    }
    if after.currency != before.currency && store::has_contract(tx, who.org, id).await? {
        return Err(Fault::field(
            "currency",
            "this client has contracts in the old currency; end them first",
        ));
    }
    if after.is_archived() && store::has_active_contract(tx, who.org, id).await? {
        return Err(Fault::conflict(
            "has_active_contract",
            "this client has an active contract; end it before archiving the client",
        ));
    }
    store::update_client(tx, who.org, change.version, &after).await?;
    let detail = json!({ "before": before, "after": after });
    record(app, who, tx, "client.changed", id, &detail).await?;
    client(tx, who.org, id).await
}

pub async fn client(tx: &mut Tx, org: OrgId, id: ClientId) -> Result<Client, Fault> {
    let found = store::client(tx, org, id).await?;
    found.ok_or(Fault::NotFound("this client"))
}

/// A client by its id or its reference.
pub async fn client_named(tx: &mut Tx, org: OrgId, name: &str) -> Result<Option<Client>, Fault> {
    Ok(match name.parse() {
        Ok(id) => store::client(tx, org, id).await?,
        Err(_) => store::client_by_reference(tx, org, name.trim()).await?,
    })
}

async fn record(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    action: &str,
    id: ClientId,
    detail: &impl Serialize,
) -> Result<(), Fault> {
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action,
        subject_kind: "client",
        subject: Some(id.0),
    };
    audit::record(app, tx, act, detail).await
}
