//! The choices an organization makes about money, by name.
//!
//! A policy belongs to the organization and may be overridden per client or contract. Every line
//! that used one carries the whole of it in its explanation, so changing it never changes an
//! invoice already made.

use serde::{Deserialize, Serialize};

/// Where an exact half goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Away from zero.
    #[default]
    HalfUp,
    /// Towards zero (New Zealand's choice).
    HalfDown,
    HalfEven,
}

/// Whether tax is rounded on each line (Xero's way) or once on the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxRounding {
    #[default]
    Line,
    Document,
}

/// What a part of a period is measured against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The charge period's own days.
    #[default]
    ActualDays,
    /// Thirty days to every month; a whole period is whole, and no part exceeds it.
    ThirtyDays,
    /// A month that is touched counts whole.
    WholeMonths,
    /// What stands on a period's first day is charged whole; changes inside it wait for the next.
    None,
}

/// Whether the day of a change is charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeDay {
    #[default]
    Included,
    Excluded,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Increases {
    /// The catch-up stands on the next regular invoice.
    #[default]
    NextInvoice,
    /// The catch-up is invoiced by itself, at once.
    OwnInvoice,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decreases {
    /// The rest of the running period is given back.
    #[default]
    Credit,
    /// The running period keeps its quantity; the next one has the lower.
    NextPeriod,
    /// Committed: the quantity cannot fall.
    NotAllowed,
}

/// When a price step starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceChange {
    /// The running period keeps its old price whole.
    #[default]
    NextPeriod,
    /// Both prices are prorated inside the running period.
    Immediately,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceDate {
    /// The first day of the advance period.
    #[default]
    PeriodStart,
    RunDate,
}

/// All choices together, with the name and version they are printed under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    pub name: String,
    /// Rises with every saved change, so that an explanation says which one it used.
    pub version: u32,
    pub basis: Basis,
    pub change_day: ChangeDay,
    pub increases: Increases,
    pub decreases: Decreases,
    pub price_change: PriceChange,
    pub rounding: Rounding,
    pub tax_rounding: TaxRounding,
    pub invoice_date: InvoiceDate,
    /// Day of the month by which the usage of a past period is complete.
    pub settle_day: u8,
    /// Days after which a period that should have been invoiced counts as skipped.
    pub skipped_after_days: u16,
    /// A count older than this stops a draft.
    pub count_stale_after_days: u16,
    /// A device unseen for longer than this does not count.
    pub device_unseen_days: u16,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            name: "standard".to_owned(),
            version: 1,
            basis: Basis::default(),
            change_day: ChangeDay::default(),
            increases: Increases::default(),
            decreases: Decreases::default(),
            price_change: PriceChange::default(),
            rounding: Rounding::default(),
            tax_rounding: TaxRounding::default(),
            invoice_date: InvoiceDate::default(),
            settle_day: 15,
            skipped_after_days: 3,
            count_stale_after_days: 3,
            device_unseen_days: 30,
        }
    }
}

/// The accounting system an organization is connected to, as far as it fixes rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ledger {
    Xero,
}

impl Policy {
    /// The roundings on offer: a connected ledger fixes them, and nothing else is offered.
    pub fn offered_roundings(ledger: Option<Ledger>) -> Vec<(Rounding, TaxRounding)> {
        match ledger {
            Some(Ledger::Xero) => vec![(Rounding::HalfUp, TaxRounding::Line)],
            None => [Rounding::HalfUp, Rounding::HalfDown, Rounding::HalfEven]
                .into_iter()
                .flat_map(|r| [(r, TaxRounding::Line), (r, TaxRounding::Document)])
                .collect(),
        }
    }

    /// This policy with the ledger's rounding put in place of its own.
    #[must_use]
    pub fn on_ledger(mut self, ledger: Ledger) -> Policy {
        match ledger {
            Ledger::Xero => {
                self.rounding = Rounding::HalfUp;
                self.tax_rounding = TaxRounding::Line;
            }
        }
        self
    }
}
