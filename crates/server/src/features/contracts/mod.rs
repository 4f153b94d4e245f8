//! What was agreed with clients: contracts, their lines and how each line gets its quantity.
//!
//! What was agreed is a fact and is never edited: a change of quantity, price or source is an
//! event with the day it takes effect, so that any past period can be worked out again. What is
//! owed follows from it in `billing`; drafts are made elsewhere.

mod add;
mod agree;
pub mod api;
pub mod change;
pub mod coverage;
mod history;
mod input;
pub mod line;
mod line_change;
mod lines;
mod measure;
mod owed;
pub mod pages;
pub mod preview;
mod rehearse;
mod renew;
pub mod rules;
pub mod store;
#[cfg(test)]
pub(super) mod tests;
pub mod timeline;
mod undo;
mod uplift;
pub mod view;
mod words;

use chrono::Days;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use add::add_line;
pub use agree::{ContractChange, create, remove_draft_line, replace_draft, update};
pub use change::{
    Applied, NewPrice, NewQuantity, NewSource, change_price, change_quantity, end_line,
    follow_subscription,
};
pub use history::{SubscriptionCourse, histories, history_of};
pub use input::{
    CONTRACT_CYCLES, ContractInput, ExclusionInput, LineInput, QuantityInput, template_line, word,
};
pub use line::{Line, LineEvent};
pub use line_change::{LineChange, apply_change};
pub use lines::{
    line, lines_of_client, lines_of_clients, lines_of_contract, lines_of_organization,
};
pub use measure::{measure_contract, measure_organization};
pub use owed::{Owed, OwedPeriod, owed};
pub use rehearse::{Rehearsal, rehearse_change};
pub use renew::{Renewal, RenewalInput, Renewed, Rise, renew};
pub use rules::{QuantityRuleView, page_of_rules, quantity_rules};
pub use undo::undo_change;
pub use uplift::{
    ComingUplift, ContractUplift, DecisionInput, UpliftInput, UpliftLine, UpliftLineInput,
    coming_uplifts, decide_uplift, page_of_uplifts, set_uplift, skipped_uplifts, uplift,
};
pub use words::{StoredRule, Word};

use billing::period::{Cycle, Timing};

use crate::{
    db::{ClientId, ContractId, Day, OrgId, Tx},
    fault::Fault,
};

/// A contract with a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, sqlx::FromRow)]
pub struct Contract {
    pub id: ContractId,
    #[serde(flatten)]
    #[sqlx(flatten)]
    pub terms: ContractTerms,
    pub client_reference: String,
    pub client_name: String,
    pub version: i64,
}

/// What a contract says, without its lines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, sqlx::FromRow)]
pub struct ContractTerms {
    /// The MSP's own number for it.
    pub reference: String,
    pub client_id: ClientId,
    pub name: String,
    pub currency: String,
    /// draft | active | ended
    pub status: String,
    pub starts_on: Day,
    /// The first day after the term. An active contract rolls on beyond it.
    pub ends_on: Option<Day>,
    /// First period billed here; nothing earlier is ever missing.
    pub bill_from: Day,
    /// weekly | monthly | quarterly | half_yearly | annual
    #[sqlx(try_from = "String")]
    #[schema(value_type = String)]
    pub cycle: Word<Cycle>,
    /// advance | arrears
    #[sqlx(try_from = "String")]
    #[schema(value_type = String)]
    pub timing: Word<Timing>,
    pub purchase_order: Option<String>,
}

/// Where a contract stands on a day, as people say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Draft,
    /// Agreed, its first day is to come.
    Upcoming,
    Active,
    /// The term is over and it rolls on: billing continues until somebody decides.
    PendingRenewal,
    /// A person ended it; its last day is to come.
    Ending,
    Expired,
}

impl Standing {
    pub fn title(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Upcoming => "Upcoming",
            Self::Active => "Active",
            Self::PendingRenewal => "Pending renewal",
            Self::Ending => "Ending",
            Self::Expired => "Expired",
        }
    }
}

impl ContractTerms {
    pub fn standing(&self, today: Day) -> Standing {
        let is_over = self.ends_on.is_some_and(|end| end <= today);
        match self.status.as_str() {
            "draft" => Standing::Draft,
            "ended" if is_over => Standing::Expired,
            "ended" => Standing::Ending,
            _ if self.starts_on > today => Standing::Upcoming,
            _ if is_over => Standing::PendingRenewal,
            _ => Standing::Active,
        }
    }

    pub fn is_draft(&self) -> bool {
        self.status == "draft"
    }
}

/// A renewal is due this long before the term ends.
const RENEWAL_DAYS: u64 = 60;

/// Terms that end by this day are due for renewal today.
pub fn renewal_due_by(today: Day) -> Day {
    let by = today.0.checked_add_days(Days::new(RENEWAL_DAYS));
    Day(by.unwrap_or(today.0))
}

pub async fn contract(tx: &mut Tx, org: OrgId, id: ContractId) -> Result<Contract, Fault> {
    let found = store::contract(tx, org, id).await?;
    found.ok_or(Fault::NotFound("this contract"))
}

/// A contract by its id or its reference.
pub async fn contract_named(tx: &mut Tx, org: OrgId, name: &str) -> Result<Contract, Fault> {
    let found = match name.parse() {
        Ok(id) => store::contract(tx, org, id).await?,
        Err(_) => store::contract_by_reference(tx, org, name.trim()).await?,
    };
    found.ok_or(Fault::NotFound("this contract"))
}
