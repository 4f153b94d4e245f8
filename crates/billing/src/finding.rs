//! Findings: what is not billed, or wrongly, what it is worth a month, and what can be done.

mod apply;
mod severity;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use apply::{
    ApplyAmount, ApplyError, ApplyPart, ApplyWhen, Shortfall, apply_amounts, apply_charges,
    billed_back, passed_on,
};
pub use severity::{Severity, SeverityRules, severity};

use crate::id::Id;
use crate::micro::Micro;
use crate::money::{Currency, Money};
use crate::period::Period;
use crate::reconcile::Numbers;

/// What is wrong. The first six stand in the order in which a missing unit is explained: it
/// counts once, in the first kind that explains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A vendor's company that is nobody's client: money nobody can see yet.
    UnmappedCompany,
    /// A vendor's product that is no catalog item.
    UnmappedProduct,
    /// Bought, and no contract line.
    UnbilledProduct,
    /// Bought more than contracted.
    QuantityGap,
    /// Deployed more than contracted.
    UnbilledDevice,
    /// Contracted more than invoiced.
    InvoiceShort,
    /// A period that should have been invoiced and has no document, nil or waiver.
    SkippedPeriod,
    /// A one-off, prorate or usage on a vendor bill that was never passed on.
    UnbilledCharge,
    /// Sold for less than it costs.
    BelowCost,
    /// Costs more than before, sold at the same price.
    CostRise,
    /// Invoiced more than contracted: a refund owed.
    OverBilled,
    /// The distributor's bill is wrong.
    VendorOvercharge,
    /// Bought and not assigned to anybody.
    UnusedLicence,
}

/// Which of the two sums a finding's money belongs to; they are never netted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Money a client owes.
    ToBill,
    /// Money owed to a client.
    ToGiveBack,
    /// Money the MSP pays or loses without a client owing it.
    Cost,
}

impl Kind {
    pub const ALL: [Kind; 13] = [
        Kind::UnmappedCompany,
        Kind::UnmappedProduct,
        Kind::UnbilledProduct,
        Kind::QuantityGap,
        Kind::UnbilledDevice,
        Kind::InvoiceShort,
        Kind::SkippedPeriod,
        Kind::UnbilledCharge,
        Kind::BelowCost,
        Kind::CostRise,
        Kind::OverBilled,
        Kind::VendorOvercharge,
        Kind::UnusedLicence,
    ];

    /// The word in SQL, JSON and URLs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::UnmappedCompany => "unmapped_company",
            Kind::UnmappedProduct => "unmapped_product",
            Kind::UnbilledProduct => "unbilled_product",
            Kind::QuantityGap => "quantity_gap",
            Kind::UnbilledDevice => "unbilled_device",
            Kind::InvoiceShort => "invoice_short",
            Kind::SkippedPeriod => "skipped_period",
            Kind::UnbilledCharge => "unbilled_charge",
            Kind::BelowCost => "below_cost",
            Kind::CostRise => "cost_rise",
            Kind::OverBilled => "over_billed",
            Kind::VendorOvercharge => "vendor_overcharge",
            Kind::UnusedLicence => "unused_licence",
        }
    }

    pub fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    pub const fn side(self) -> Side {
        match self {
            Kind::OverBilled => Side::ToGiveBack,
            Kind::BelowCost | Kind::CostRise | Kind::VendorOvercharge | Kind::UnusedLicence => {
                Side::Cost
            }
            _ => Side::ToBill,
        }
    }
}

/// What a finding is about. Together with the kind it is the finding's identity: the same
/// subject found again is the same finding.
///
/// The ids are the caller's own rows, so a company or product carries its connection with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "subject", rename_all = "snake_case", deny_unknown_fields)]
pub enum Subject {
    ClientItem {
        client: Id,
        item: Id,
    },
    ClientProduct {
        client: Id,
        product: Id,
    },
    Company {
        company: Id,
    },
    Product {
        product: Id,
    },
    LinePeriod {
        line: Id,
        period_start: NaiveDate,
    },
    /// A charge on a vendor bill, named by subscription (else product), type and period, so that
    /// it survives a credited bill's replacement.
    Charge {
        subscription: Option<Id>,
        product: Option<Id>,
        /// Whose charge it is, where no subscription says so.
        company: Option<Id>,
        charge: BillLineKind,
        period_start: NaiveDate,
    },
    /// A subscription's charge for a period on the distributor's bill.
    SubscriptionPeriod {
        subscription: Id,
        period_start: NaiveDate,
    },
}

/// What a line on a distributor's bill is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillLineKind {
    Subscription,
    Prorate,
    OneTime,
    /// Consumption billed after the month it was used in.
    Usage,
    ServiceCharge,
    ServiceCredit,
    Rebate,
    /// Settles bills and is never cost: invoice-credit, payment-credit, carried balance.
    Settlement,
    Other,
}

/// Kind and subject: equal for the same thing found on another day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    pub kind: Kind,
    pub subject: Subject,
}

/// Where a sell price was taken from, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceSource {
    Contract,
    ClientPrice,
    Catalog,
    /// The distributor's suggestion of what the client pays.
    VendorPrice,
    /// Cost × 1.20, for want of anything better.
    EstimatedFromCost,
}

/// A price and what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SellPrice {
    pub unit_price: Micro,
    pub currency: Currency,
    /// How many months one unit price pays for.
    pub months: u16,
    pub source: PriceSource,
}

/// A stored row that shows the finding, with the numbers read from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "row", rename_all = "snake_case", deny_unknown_fields)]
pub enum Evidence {
    Subscription {
        id: Id,
        quantity: Micro,
        price: Micro,
        cost: Micro,
        currency: Currency,
    },
    Count {
        id: Id,
        quantity: Micro,
        taken_on: NaiveDate,
        is_last_good: bool,
    },
    Assigned {
        id: Id,
        quantity: Micro,
        taken_on: NaiveDate,
    },
    ContractLine {
        id: Id,
        quantity: Micro,
        accounts_for: Micro,
        unit_price: Micro,
        currency: Currency,
    },
    LedgerLine {
        id: Id,
        quantity: Micro,
        net: Money,
        date: NaiveDate,
    },
    BillLine {
        id: Id,
        quantity: Micro,
        cost: Money,
        charge: Money,
        period: Period,
    },
}

/// What happened, as numbers: the one sentence shown to people is made from this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum Told {
    UnmappedCompany {
        subscriptions: u32,
    },
    UnmappedProduct {
        subscriptions: u32,
        companies: u32,
    },
    UnbilledProduct {
        bought: Micro,
    },
    QuantityGap {
        bought: Micro,
        contracted: Micro,
    },
    UnbilledDevice {
        deployed: Micro,
        contracted: Micro,
    },
    InvoiceShort {
        contracted: Micro,
        invoiced: Micro,
    },
    SkippedPeriod {
        period: Period,
        should_have_been_invoiced_on: NaiveDate,
    },
    UnbilledCharge {
        charge: BillLineKind,
        amount: Money,
        period: Period,
    },
    BelowCost {
        unit_cost: Micro,
        unit_price: Micro,
        months: u16,
    },
    CostRise {
        cost_before: Micro,
        cost_now: Micro,
        changed_on: NaiveDate,
        months: u16,
    },
    OverBilled {
        invoiced: Micro,
        contracted: Micro,
    },
    VendorOvercharge {
        reason: OverchargeReason,
        /// What should not have been billed, and how many months it is for.
        billed: Money,
        months: u16,
        period: Period,
    },
    UnusedLicence {
        bought: Micro,
        assigned: Micro,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverchargeReason {
    /// Billed for days after the subscription's end.
    Ended,
    /// The same subscription and period twice.
    Duplicate,
    /// At a cost above the subscription's.
    Price,
}

/// One missed-billing opportunity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    pub identity: Identity,
    /// Who it is about; none for a company that is nobody's client, and for products.
    pub client: Option<Id>,
    pub item: Option<Id>,
    /// What it is worth a month. A one-off is its amount / 12.
    pub impact: Money,
    /// Further sums of the same finding in other currencies; never added to the first.
    #[serde(default)]
    pub also: Vec<Money>,
    /// The one-off amount behind the impact, where it is one.
    pub one_off: Option<Money>,
    /// By kind and impact alone; age raises it, see [`severity()`].
    pub severity: Severity,
    /// Units missing (or too many, or below cost).
    pub quantity: Micro,
    pub price: Option<SellPrice>,
    /// The contract line a change would go to.
    pub line: Option<Id>,
    /// The earliest date the evidence supports, to bill back from.
    pub since: Option<NaiveDate>,
    pub numbers: Option<Numbers>,
    pub told: Told,
    pub evidence: Vec<Evidence>,
}

impl Finding {
    pub fn kind(&self) -> Kind {
        self.identity.kind
    }
}
