//! Invoices and credit notes with their lines.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{ContactKey, CreditNoteKey, InvoiceKey, PaymentKey, Text, Tracked};
use crate::xero::amount::{Amount, Currency};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Draft,
    Submitted,
    Authorised,
    Paid,
    Voided,
    Deleted,
}

impl Status {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Submitted => "SUBMITTED",
            Self::Authorised => "AUTHORISED",
            Self::Paid => "PAID",
            Self::Voided => "VOIDED",
            Self::Deleted => "DELETED",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Draft,
            Self::Submitted,
            Self::Authorised,
            Self::Paid,
            Self::Voided,
            Self::Deleted,
        ]
        .into_iter()
        .find(|status| status.as_str() == name)
    }

    /// Whether the document has reached the ledger.
    pub const fn is_approved(self) -> bool {
        matches!(self, Self::Authorised | Self::Paid)
    }
}

/// How the amounts of lines are meant (`LineAmountTypes`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineAmounts {
    Exclusive,
    Inclusive,
    NoTax,
}

impl LineAmounts {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exclusive => "Exclusive",
            Self::Inclusive => "Inclusive",
            Self::NoTax => "NoTax",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discount {
    None,
    /// Percent of quantity × price.
    Rate(Decimal),
    Amount(Amount),
}

/// Sold to a client, or bought from a supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Sales,
    Purchase,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub description: Option<Text>,
    pub quantity: Decimal,
    pub unit_amount: Decimal,
    pub item_code: Option<Text>,
    pub account_code: Option<Text>,
    pub tax_type: Option<Text>,
    pub discount: Discount,
    /// Set by the ledger, unless the caller overrides the tax.
    pub tax_amount: Amount,
    pub tax_is_given: bool,
    /// Set by the ledger.
    pub line_amount: Amount,
    /// Counts from 1 within the document; 0 until the ledger has given one.
    pub(in crate::xero) part: u32,
    pub tracking: Tracked,
}

impl Line {
    pub fn new(description: &str, quantity: Decimal, unit_amount: Decimal) -> Self {
        Self {
            description: Some(Text::from(description)),
            quantity,
            unit_amount,
            item_code: None,
            account_code: None,
            tax_type: None,
            discount: Discount::None,
            tax_amount: Amount::ZERO,
            tax_is_given: false,
            line_amount: Amount::ZERO,
            part: 0,
            tracking: Tracked::default(),
        }
    }

    #[must_use]
    pub fn item(mut self, code: &str) -> Self {
        self.item_code = Some(Text::from(code));
        self
    }

    #[must_use]
    pub fn posted_to(mut self, account_code: &str, tax_type: &str) -> Self {
        self.account_code = Some(Text::from(account_code));
        self.tax_type = Some(Text::from(tax_type));
        self
    }

    #[must_use]
    pub fn discounted(mut self, discount: Discount) -> Self {
        self.discount = discount;
        self
    }
}

/// What invoices and credit notes have in common.
#[derive(Clone, Debug)]
pub struct Document {
    pub side: Side,
    pub number: Text,
    pub reference: Text,
    pub contact: ContactKey,
    pub status: Status,
    pub date: NaiveDate,
    pub due_date: Option<NaiveDate>,
    pub currency: Currency,
    /// Units of this currency for one of the base currency.
    pub currency_rate: Decimal,
    pub line_amounts: LineAmounts,
    pub lines: Vec<Line>,
    pub sent_to_contact: bool,
    /// Its place among the themes.
    pub theme: u8,
    /// Made by the connected application (`createdByMyApp`).
    pub by_app: bool,
    /// The three totals are set by the ledger.
    pub sub_total: Amount,
    pub total_tax: Amount,
    pub total_discount: Amount,
    pub updated: DateTime<Utc>,
}

impl Document {
    /// An approved sales document in pounds without lines.
    pub fn sale(contact: ContactKey, number: &str, date: NaiveDate, due_date: NaiveDate) -> Self {
        Self {
            side: Side::Sales,
            number: Text::from(number),
            reference: Text::from(""),
            contact,
            status: Status::Authorised,
            date,
            due_date: Some(due_date),
            currency: Currency::GBP,
            currency_rate: Decimal::ONE,
            line_amounts: LineAmounts::Exclusive,
            lines: Vec::new(),
            sent_to_contact: false,
            theme: 0,
            by_app: false,
            sub_total: Amount::ZERO,
            total_tax: Amount::ZERO,
            total_discount: Amount::ZERO,
            updated: DateTime::UNIX_EPOCH,
        }
    }

    pub fn total(&self) -> Amount {
        self.sub_total + self.total_tax
    }
}

#[derive(Clone, Debug)]
pub struct Invoice {
    pub document: Document,
    pub expected_payment_date: Option<NaiveDate>,
    pub planned_payment_date: Option<NaiveDate>,
    pub url: Option<Text>,
    /// Kept by the ledger from payments and allocations.
    pub paid: Amount,
    pub credited: Amount,
    pub fully_paid_on: Option<NaiveDate>,
    pub payments: Vec<PaymentKey>,
    pub credit_notes: Vec<CreditNoteKey>,
}

impl Invoice {
    pub fn due(&self) -> Amount {
        self.document.total() - self.paid - self.credited
    }

    pub fn is_settled_in_part(&self) -> bool {
        !self.paid.is_zero() || !self.credited.is_zero()
    }
}

#[derive(Clone, Debug)]
pub struct CreditNote {
    pub document: Document,
    pub allocations: Vec<Allocation>,
    /// Refunds paid out.
    pub refunded: Amount,
    pub fully_paid_on: Option<NaiveDate>,
    pub payments: Vec<PaymentKey>,
}

impl CreditNote {
    pub fn allocated(&self) -> Amount {
        self.allocations
            .iter()
            .filter(|a| !a.deleted)
            .map(|a| a.amount)
            .sum()
    }

    pub fn remaining(&self) -> Amount {
        self.document.total() - self.allocated() - self.refunded
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Allocation {
    pub invoice: InvoiceKey,
    pub amount: Amount,
    pub date: NaiveDate,
    pub deleted: bool,
}
