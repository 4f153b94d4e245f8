//! Organizations as their people see and change them: what one is called, what it asks of the
//! sessions in it, where somebody belongs, going to another, and leaving with everything.

pub mod api;
mod change;
mod create;
mod delete;
mod export;
pub mod letterhead;
pub mod pages;
mod places;
mod store;
#[cfg(test)]
pub(crate) mod tests;

pub use change::{OrganizationChange, change};
pub use create::{OrganizationInput, create};
pub use delete::{After, delete};
pub use export::export;
pub use places::{Place, holder_of, places, switch};

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    db::{OrgId, Tx},
    fault::Fault,
};

/// An organization, with what it asks of whoever is signed in to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct Organization {
    pub id: OrgId,
    pub name: String,
    /// Its name in addresses and commands: no other organization here has it.
    pub slug: String,
    pub currency: String,
    pub time_zone: String,
    /// Whether nobody gets further than adding a second factor who has none.
    pub mfa_required: bool,
    /// A session ends so many hours after it began; null leaves the installation's limit.
    pub session_hours: Option<i64>,
    /// A session ends that was not used for so many minutes; null leaves the installation's limit.
    pub idle_minutes: Option<i64>,
    /// What cannot be undone asks for a factor that was shown within so many minutes.
    pub step_up_minutes: i64,
    /// Drafts are made by themselves so many days ahead; null leaves it to people.
    pub drafts_ahead_days: Option<i64>,
    pub version: i64,
}

pub async fn organization(tx: &mut Tx, id: OrgId) -> Result<Organization, Fault> {
    let found = store::organization(tx, id).await?;
    found.ok_or(Fault::NotFound("this organization"))
}
