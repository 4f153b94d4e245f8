//! The ledger's accounts and tax rates as last synced, what uses each, and what uses one that the
//! ledger has no longer: such drafts are stopped, so it can be replaced everywhere at once.

pub mod api;
pub mod pages;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    app::App,
    db::{Exact, OrgId, Tx},
    fault::Fault,
    features::audit::{self, Act},
    http::Who,
};

/// An account, or a tax rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Account,
    TaxRate,
}

/// How many things of ours name a code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Uses {
    /// Active catalog items.
    pub items: i64,
    /// Lines of contracts that are not over.
    pub lines: i64,
}

impl Uses {
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// An account of the ledger.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Account {
    pub code: String,
    pub name: String,
    /// The ledger's own word: `SALES`, `REVENUE`, `BANK`.
    #[serde(rename = "type")]
    pub kind: String,
    /// ASSET | EQUITY | EXPENSE | LIABILITY | REVENUE
    pub class: String,
    pub tax_type: String,
    /// ACTIVE | ARCHIVED
    pub status: String,
    pub uses: Uses,
}

impl Account {
    pub fn takes_revenue(&self) -> bool {
        self.class == "REVENUE" && !self.code.is_empty() && self.status == "ACTIVE"
    }
}

/// A tax rate of the ledger.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TaxRate {
    pub code: String,
    pub name: String,
    /// A fraction of one: 0.2 is 20 %.
    pub rate: Exact,
    /// ACTIVE | DELETED | ARCHIVED
    pub status: String,
    pub applies_to_revenue: bool,
    pub uses: Uses,
}

impl TaxRate {
    pub fn takes_sales(&self) -> bool {
        self.applies_to_revenue && self.status == "ACTIVE"
    }
}

/// A code that things of ours name, and that the ledger does not have, or not for sales.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Missing {
    pub kind: Kind,
    pub code: String,
    pub uses: Uses,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Chart {
    pub accounts: Vec<Account>,
    pub tax_rates: Vec<TaxRate>,
    /// Empty while no ledger has been read.
    pub missing: Vec<Missing>,
}

/// The whole chart, by code.
pub async fn chart(tx: &mut Tx, org: OrgId) -> Result<Chart, Fault> {
    let mut by_account = uses(store::uses(tx, org, Kind::Account).await?);
    let mut by_rate = uses(store::uses(tx, org, Kind::TaxRate).await?);
    let rows = store::accounts(tx, org).await?;
    let accounts: Vec<Account> = rows
        .into_iter()
        .map(|row| {
            let uses = by_account.get(&row.code).copied();
            row.account(uses.unwrap_or_default())
        })
        .collect();
    let rows = store::tax_rates(tx, org).await?;
    let tax_rates: Vec<TaxRate> = rows
        .into_iter()
        .map(|row| {
            let uses = by_rate.get(&row.code).copied();
            row.tax_rate(uses.unwrap_or_default())
        })
        .collect();
    let mut missing = Vec::new();
    if !accounts.is_empty() {
        // The ledger takes sales on any active account that has a code.
        for known in accounts.iter().filter(|one| one.status == "ACTIVE") {
            by_account.remove(&known.code);
        }
        missing.extend(missed(Kind::Account, by_account));
    }
    if !tax_rates.is_empty() {
        for known in tax_rates.iter().filter(|one| one.takes_sales()) {
            by_rate.remove(&known.code);
        }
        missing.extend(missed(Kind::TaxRate, by_rate));
    }
    Ok(Chart {
        accounts,
        tax_rates,
        missing,
    })
}

fn uses(rows: Vec<store::UseRow>) -> BTreeMap<String, Uses> {
    rows.into_iter()
        .map(|row| {
            let uses = Uses {
                items: row.items,
                lines: row.lines,
            };
            (row.code, uses)
        })
        .collect()
}

fn missed(kind: Kind, by_code: BTreeMap<String, Uses>) -> impl Iterator<Item = Missing> {
    by_code
        .into_iter()
        .map(move |(code, uses)| Missing { kind, code, uses })
}

/// Put another code where one stands now.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CodeReplacement)]
pub struct Replacement {
    pub kind: Kind,
    pub from: String,
    /// One that the ledger has for sales.
    pub to: String,
}

/// Replaces a code on active catalog items and on lines of contracts that are not over. Invoices
/// that were made keep theirs.
///
/// # Errors
/// 422 when the ledger has no such code for sales; 404 when nothing names the old one.
pub async fn replace(
    app: &App,
    tx: &mut Tx,
    who: &Who,
    wanted: &Replacement,
) -> Result<Uses, Fault> {
    let chart = chart(tx, who.org).await?;
    let is_known = match wanted.kind {
        Kind::Account => {
            let mut accounts = chart.accounts.iter();
            accounts.any(|one| one.takes_revenue() && one.code == wanted.to)
        }
        Kind::TaxRate => {
            let mut rates = chart.tax_rates.iter();
            rates.any(|one| one.takes_sales() && one.code == wanted.to)
        }
    };
    if !is_known {
        let message = "choose one that the ledger has for sales";
        return Err(Fault::field("to", message));
    }
    if wanted.to == wanted.from {
        return Err(Fault::field("to", "choose another one than it is now"));
    }
    let (from, to) = (wanted.from.as_str(), wanted.to.as_str());
    let uses = store::replace(tx, who.org, wanted.kind, (from, to)).await?;
    if uses.is_none() {
        return Err(Fault::NotFound("anything with this code"));
    }
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action: "chart.replaced",
        subject_kind: "organization",
        subject: Some(who.org.0),
    };
    let detail = json!({ "kind": wanted.kind, "from": from, "to": to, "uses": uses });
    audit::record(app, tx, act, &detail).await?;
    Ok(uses)
}
