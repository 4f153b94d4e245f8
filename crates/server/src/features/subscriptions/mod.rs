//! What distributors supply to clients, as last read. Read only: the distributor owns it. The
//! status is for people; billing never looks at it, dates decide.

pub mod api;
pub mod pages;
pub mod store;
#[cfg(test)]
mod tests;

use chrono::Days;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    db::{
        CatalogItemId, ClientId, ConnectionId, ContractId, ContractLineId, Day, Exact, OrgId,
        SubscriptionId, Tx,
    },
    fault::Fault,
    http::{After, Permission, Who},
};

/// A subscription and where it belongs.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct Subscription {
    pub id: SubscriptionId,
    pub connection_id: ConnectionId,
    pub vendor: String,
    /// The vendor's own id.
    pub external_id: String,
    pub client_id: Option<ClientId>,
    pub client_name: Option<String>,
    pub client_currency: Option<String>,
    /// The vendor's record of the client.
    pub company: String,
    pub own_use: bool,
    pub product: String,
    pub sku: String,
    pub catalog_item_id: Option<CatalogItemId>,
    pub item_code: Option<String>,
    pub quantity: Exact,
    /// What the distributor says the client pays, per unit and term.
    pub unit_price: Exact,
    /// What the MSP pays, per unit and term; null where your role does not see it.
    pub unit_cost: Option<Exact>,
    pub currency: String,
    /// The vendor's own word.
    pub vendor_status: String,
    /// active | trial | suspended | scheduled_to_cancel | cancelled
    pub status: String,
    pub billing_term: String,
    pub starts_on: Day,
    /// The first day without it.
    pub ends_on: Option<Day>,
    pub commitment_term: Option<String>,
    pub commitment_ends_on: Option<Day>,
    pub ordered_by: Option<String>,
    /// The contract line it feeds.
    pub contract_id: Option<ContractId>,
    pub contract_line_id: Option<ContractLineId>,
    pub contract_line: Option<String>,
    /// The vendor no longer has it.
    pub is_gone: bool,
}

impl Subscription {
    #[must_use]
    pub fn shown_to(mut self, who: &Who) -> Self {
        self.unit_cost = self.unit_cost.filter(|_| who.may(Permission::ReadCost));
        self
    }

    pub fn state(&self) -> State {
        State::ALL
            .into_iter()
            .find(|state| state.as_str() == self.status)
            .unwrap_or(State::Active)
    }
}

/// How people read a subscription's dates and its vendor's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Active,
    Trial,
    /// Waits on somebody at the vendor: PendingManual, WaitingForDetails, PendingActivation.
    Suspended,
    /// Goes on until a day that is known.
    ScheduledToCancel,
    Cancelled,
}

impl State {
    pub const ALL: [Self; 5] = [
        Self::Active,
        Self::Trial,
        Self::Suspended,
        Self::ScheduledToCancel,
        Self::Cancelled,
    ];

    /// As it stands in queries and in `Subscription::status`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Trial => "trial",
            Self::Suspended => "suspended",
            Self::ScheduledToCancel => "scheduled_to_cancel",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Trial => "Trial",
            Self::Suspended => "Suspended",
            Self::ScheduledToCancel => "Scheduled to cancel",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// What a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub pattern: Option<String>,
    /// The text itself, for a vendor's id.
    pub exact: Option<String>,
    pub status: Option<String>,
    pub client: Option<ClientId>,
    pub item: Option<CatalogItemId>,
    pub product: Option<String>,
    /// Commitments that end from today until before this day.
    pub closing_by: Option<Day>,
}

/// A commitment that ends within these days is about to close.
const CLOSING_DAYS: u64 = 30;

/// The first day on which a commitment that ends is not about to close today.
pub fn closing_by(today: Day) -> Day {
    let by = today.0.checked_add_days(Days::new(CLOSING_DAYS));
    Day(by.unwrap_or(today.0))
}

impl Filter {
    /// `commitment`: nothing, or `closing`.
    pub fn closing(mut self, commitment: Option<&str>, today: Day) -> Result<Self, Fault> {
        self.closing_by = match commitment {
            None | Some("") => None,
            Some("closing") => Some(closing_by(today)),
            Some(_) => return Err(Fault::field("commitment", "the only choice is closing")),
        };
        Ok(self)
    }

    pub fn typed(q: Option<&str>, status: Option<&str>) -> Result<Self, Fault> {
        let q = q.map(str::trim).filter(|text| !text.is_empty());
        let status = status.filter(|word| !word.is_empty());
        if let Some(word) = status
            && !State::ALL.iter().any(|state| state.as_str() == word)
        {
            return Err(Fault::field(
                "status",
                "use active, trial, suspended, scheduled_to_cancel or cancelled",
            ));
        }
        Ok(Self {
            pattern: q.and_then(crate::features::clients::search_pattern),
            exact: q.map(str::to_owned),
            status: status.map(str::to_owned),
            ..Self::default()
        })
    }
}

/// Where a row stands in the list.
pub fn place(row: &store::ListedSubscription) -> After {
    After::of_text(&row.sort_key, row.subscription.id.0)
}

/// One change of a subscription, as the vendor tells it.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct SubscriptionChange {
    pub happened_at: crate::db::At,
    pub quantity: Exact,
    pub unit_price: Exact,
    /// Null where your role does not see it.
    pub unit_cost: Option<Exact>,
    pub vendor_status: String,
}

/// A subscription with its history, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SubscriptionDetail {
    #[serde(flatten)]
    pub subscription: Subscription,
    pub history: Vec<SubscriptionChange>,
}

pub async fn detail(
    who: &Who,
    tx: &mut Tx,
    org: OrgId,
    id: SubscriptionId,
    today: Day,
) -> Result<SubscriptionDetail, Fault> {
    let subscription = store::subscription(tx, org, id, today).await?;
    let subscription = subscription.ok_or(Fault::NotFound("this subscription"))?;
    let mut history = store::history(tx, org, id).await?;
    for change in &mut history {
        change.unit_cost = change.unit_cost.filter(|_| who.may(Permission::ReadCost));
    }
    Ok(SubscriptionDetail {
        subscription: subscription.shown_to(who),
        history,
    })
}
