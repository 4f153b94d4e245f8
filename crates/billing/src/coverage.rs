//! What of a contract line has been invoiced: one record per line × service period × charge kind.
//!
//! The record is what makes generating idempotent and a skipped month visible.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What a charge is for. Part of the coverage key: one of each kind per line and period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeKind {
    /// The period's own charge.
    Recurring,
    /// Changes inside a period that had already been invoiced.
    CatchUp,
    /// A past period's metered quantity.
    Usage,
    /// A later correction of settled usage.
    Correction,
    /// What is missing to a minimum spend.
    MinimumSpend,
    /// A price step that started inside an invoiced period.
    PriceStep,
    OneOff,
    /// A past shortfall, billed from a finding.
    BillBack,
}

/// Where a coverage record stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    #[default]
    Planned,
    Drafted,
    Posted,
    Credited,
    /// Nothing to charge, decided and recorded.
    Nil,
    /// Given up on purpose, with a person's name.
    Waived,
}

/// The key of a coverage record within its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    pub period_start: NaiveDate,
    pub kind: ChargeKind,
}
