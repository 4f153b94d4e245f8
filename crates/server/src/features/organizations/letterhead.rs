//! In whose name an organization writes to its clients: what stands on its invoices and letters.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::store::letterhead as store;
use crate::{
    app::App,
    db::{DbError, OrgId, Tx},
    fault::Fault,
    features::{
        account::avatar,
        audit::{self, Act},
        entity_profiles,
    },
    http::Who,
    input::{self, Checks},
};

/// What clients see of who invoices them. Empty until somebody writes in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct Letterhead {
    /// Empty for the organization's name.
    pub legal_name: String,
    /// Several lines.
    pub address: String,
    pub tax_number: String,
    /// Where answers to invoices go.
    pub email: String,
    /// How to pay: bank, account, what to name. Several lines.
    pub payment: String,
    /// Names the logo by its content; null where there is none.
    pub logo_hash: Option<String>,
    /// 0 until somebody writes in it.
    pub version: i64,
}

/// A letterhead as it shall be; what is left out is empty. The logo stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LetterheadInput {
    /// The version you saw; 0 where nobody has written in it.
    pub version: i64,
    pub legal_name: String,
    pub address: String,
    pub tax_number: String,
    pub email: String,
    pub payment: String,
}

const LONGEST_NAME: usize = 300;
const LONGEST_TEXT: usize = 1000;
const LONGEST_NUMBER: usize = 60;
/// Of the logo that is kept, in pixels: sharp on paper at the size it is printed.
const LOGO: (u32, u32) = (800, 320);

impl LetterheadInput {
    fn checked(&self) -> Result<Letterhead, Fault> {
        let mut checks = Checks::default();
        let email = checks.optional("email", Some(&self.email), entity_profiles::email);
        let mut text = |field: &str, read: Result<String, String>| {
            checks.take(field, read).unwrap_or_default()
        };
        let letterhead = Letterhead {
            legal_name: text(
                "legal_name",
                input::free_line(&self.legal_name, LONGEST_NAME),
            ),
            address: text("address", input::lines(&self.address, LONGEST_TEXT)),
            tax_number: text(
                "tax_number",
                input::free_line(&self.tax_number, LONGEST_NUMBER),
            ),
            payment: text("payment", input::lines(&self.payment, LONGEST_TEXT)),
            email: email.unwrap_or_default(),
            logo_hash: None,
            version: self.version,
        };
        checks.done()?;
        Ok(letterhead)
    }
}

/// As it is printed: the organization's own name where no legal one was given.
pub async fn printed(tx: &mut Tx, org: OrgId) -> Result<Letterhead, Fault> {
    let mut found = letterhead(tx, org).await?;
    if found.legal_name.is_empty() {
        found.legal_name = store::name(tx, org).await?;
    }
    Ok(found)
}

pub async fn letterhead(tx: &mut Tx, org: OrgId) -> Result<Letterhead, Fault> {
    Ok(store::letterhead(tx, org).await?.unwrap_or_default())
}

/// # Errors
/// 409 when somebody else wrote in it meanwhile.
pub async fn save(
    app: &App,
    tx: &mut Tx,
    who: &Who,
    input: &LetterheadInput,
) -> Result<Letterhead, Fault> {
    let new = input.checked()?;
    let before = letterhead(tx, who.org).await?;
    if before.version != new.version {
        return Err(DbError::Stale.into());
    }
    store::save(tx, who.org, &new).await?;
    let after = letterhead(tx, who.org).await?;
    let detail = json!({ "before": before, "after": after });
    record(app, tx, who, "letterhead.changed", &detail).await?;
    Ok(after)
}

/// The logo as a WebP, and what it is called.
pub async fn logo(tx: &mut Tx, org: OrgId) -> Result<Option<(String, Vec<u8>)>, Fault> {
    let found = store::logo(tx, org).await?;
    Ok(found.map(|row| (row.hash, row.image)))
}

/// Takes a file as the logo, whatever it is called.
pub async fn change_logo(app: &App, who: &Who, file: Vec<u8>) -> Result<(), Fault> {
    let image = avatar::fitted(file, LOGO.0, LOGO.1).await?;
    let hash = avatar::hash(&image);
    let detail = json!({ "logo": hash });
    let mut tx = app.db.write(who.org).await?;
    store::set_logo(&mut tx, who.org, Some(store::LogoRow { image, hash })).await?;
    record(app, &mut tx, who, "letterhead.logo_changed", &detail).await?;
    Ok(tx.commit().await?)
}

pub async fn remove_logo(app: &App, who: &Who) -> Result<(), Fault> {
    let mut tx = app.db.write(who.org).await?;
    store::set_logo(&mut tx, who.org, None).await?;
    record(app, &mut tx, who, "letterhead.logo_removed", &json!({})).await?;
    Ok(tx.commit().await?)
}

async fn record(
    app: &App,
    tx: &mut Tx,
    who: &Who,
    action: &str,
    detail: &serde_json::Value,
) -> Result<(), Fault> {
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action,
        subject_kind: "organization",
        subject: Some(who.org.0),
    };
    audit::record(app, tx, act, detail).await
}
