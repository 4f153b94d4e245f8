//! What the ledger holds. Plain data: the rules are in `ledger` and `rules`.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::amount::{Amount, Currency};
use super::table::Record;

/// Text that many records share; the ledger keeps one copy of each.
pub type Text = Arc<str>;

macro_rules! keys {
    ($($name:ident),*) => {$(
        /// A position in its table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub(in crate::xero) u32);
    )*};
}
keys!(
    ContactKey,
    InvoiceKey,
    CreditNoteKey,
    PaymentKey,
    ItemKey,
    AccountKey
);

#[derive(Clone, Debug)]
pub struct Organisation {
    pub name: String,
    pub base_currency: Currency,
    /// Currencies the organisation has added; the base currency need not be named.
    pub currencies: Vec<Currency>,
    pub country_code: String,
    /// Xero's own spelling, such as `GMTSTANDARDTIME`.
    pub timezone: String,
    pub tax_number: Option<String>,
    pub is_demo: bool,
    pub period_lock_date: Option<NaiveDate>,
    pub end_of_year_lock_date: Option<NaiveDate>,
    pub created: DateTime<Utc>,
}

impl Organisation {
    /// A British company that keeps its books in pounds.
    pub fn british(name: &str, created: DateTime<Utc>) -> Self {
        Self {
            name: name.to_owned(),
            base_currency: Currency::GBP,
            currencies: vec![Currency::EUR, Currency::USD],
            country_code: "GB".to_owned(),
            timezone: "GMTSTANDARDTIME".to_owned(),
            tax_number: Some("GB 123456789".to_owned()),
            is_demo: false,
            period_lock_date: None,
            end_of_year_lock_date: None,
            created,
        }
    }

    pub fn uses(&self, currency: Currency) -> bool {
        self.base_currency == currency || self.currencies.contains(&currency)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    Bank,
    Revenue,
    Sales,
    Expense,
    DirectCosts,
    CurrentAsset,
    CurrentLiability,
    Equity,
}

impl AccountKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bank => "BANK",
            Self::Revenue => "REVENUE",
            Self::Sales => "SALES",
            Self::Expense => "EXPENSE",
            Self::DirectCosts => "DIRECTCOSTS",
            Self::CurrentAsset => "CURRENT",
            Self::CurrentLiability => "CURRLIAB",
            Self::Equity => "EQUITY",
        }
    }

    pub const fn class(self) -> &'static str {
        match self {
            Self::Bank | Self::CurrentAsset => "ASSET",
            Self::Revenue | Self::Sales => "REVENUE",
            Self::Expense | Self::DirectCosts => "EXPENSE",
            Self::CurrentLiability => "LIABILITY",
            Self::Equity => "EQUITY",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Account {
    pub code: Text,
    pub name: Text,
    pub kind: AccountKind,
    pub tax_type: Text,
    pub takes_payments: bool,
    pub archived: bool,
    /// Such as `DEBTORS`: kept by Xero itself.
    pub system: Option<&'static str>,
    pub updated: DateTime<Utc>,
}

#[derive(Clone, Debug)]
pub struct TaxRate {
    pub tax_type: Text,
    pub name: Text,
    /// Percent, such as 20.
    pub rate: Decimal,
    pub report_type: &'static str,
    pub for_revenue: bool,
    pub for_expenses: bool,
    pub archived: bool,
}

#[derive(Clone, Debug)]
pub struct Item {
    pub code: Text,
    pub name: Text,
    pub description: Text,
    pub purchase_description: Text,
    pub sales: Option<Trade>,
    pub purchase: Option<Trade>,
    pub deleted: bool,
    pub updated: DateTime<Utc>,
}

/// How an item is sold, or bought.
#[derive(Clone, Debug, Default)]
pub struct Trade {
    pub unit_price: Option<Decimal>,
    pub account_code: Option<Text>,
    pub tax_type: Option<Text>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactStatus {
    Active,
    Archived,
    GdprRequest,
}

#[derive(Clone, Debug)]
pub struct Contact {
    pub name: Text,
    pub status: ContactStatus,
    pub contact_number: Option<Text>,
    pub account_number: Option<Text>,
    pub company_number: Option<Text>,
    pub first_name: Text,
    pub last_name: Text,
    pub email: Text,
    pub website: Option<Text>,
    pub tax_number: Option<Text>,
    pub bank_details: Text,
    pub default_currency: Option<Currency>,
    pub sales_account: Option<Text>,
    pub receivable_tax: Option<Text>,
    pub payable_tax: Option<Text>,
    pub sales_terms: Option<Terms>,
    pub bill_terms: Option<Terms>,
    pub addresses: Vec<Address>,
    pub phones: Vec<Phone>,
    pub people: Vec<Person>,
    pub merged_to: Option<ContactKey>,
    /// Set by Xero once there is a sales invoice, or a bill.
    pub is_customer: bool,
    pub is_supplier: bool,
    pub updated: DateTime<Utc>,
}

impl Contact {
    pub fn named(name: &str) -> Self {
        let none: Text = Text::from("");
        Self {
            name: Text::from(name),
            status: ContactStatus::Active,
            contact_number: None,
            account_number: None,
            company_number: None,
            first_name: none.clone(),
            last_name: none.clone(),
            email: none.clone(),
            website: None,
            tax_number: None,
            bank_details: none,
            default_currency: None,
            sales_account: None,
            receivable_tax: None,
            payable_tax: None,
            sales_terms: None,
            bill_terms: None,
            addresses: Vec::new(),
            phones: Vec::new(),
            people: Vec::new(),
            merged_to: None,
            is_customer: false,
            is_supplier: false,
            updated: DateTime::UNIX_EPOCH,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    pub day: u32,
    pub kind: TermsKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermsKind {
    DaysAfterBillDate,
    DaysAfterBillMonth,
    OfCurrentMonth,
    OfFollowingMonth,
}

#[derive(Clone, Debug, Default)]
pub struct Address {
    /// `POBOX` or `STREET`.
    pub kind: String,
    pub lines: [String; 4],
    pub city: String,
    pub region: String,
    pub postal_code: String,
    pub country: String,
    pub attention_to: String,
}

#[derive(Clone, Debug, Default)]
pub struct Phone {
    /// `DEFAULT`, `DDI`, `MOBILE`, `FAX` or `OFFICE`.
    pub kind: String,
    pub number: String,
    pub area_code: String,
    pub country_code: String,
}

#[derive(Clone, Debug, Default)]
pub struct Person {
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub include_in_emails: bool,
}

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Invoice(InvoiceKey),
    CreditNote(CreditNoteKey),
}

#[derive(Clone, Debug)]
pub struct Payment {
    pub target: Target,
    pub account: AccountKey,
    pub date: NaiveDate,
    pub amount: Amount,
    pub currency_rate: Decimal,
    pub reference: Text,
    pub is_reconciled: bool,
    pub deleted: bool,
    pub updated: DateTime<Utc>,
}

/// One row of the audit: every invoice ever made under a number.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct NumberUse {
    pub number: String,
    /// Of the newest invoice under the number.
    pub invoice_id: Uuid,
    pub status: &'static str,
    pub total_minor: i64,
    pub currency: Currency,
    pub contact: String,
    pub contact_id: Uuid,
    /// How many invoices were ever created under the number.
    pub created: u32,
}

macro_rules! records {
    ($($name:ty => $($field:ident).+;)*) => {$(
        impl Record for $name {
            fn updated(&self) -> DateTime<Utc> {
                self.$($field).+
            }
            fn touch(&mut self, at: DateTime<Utc>) {
                self.$($field).+ = at;
            }
        }
    )*};
}
records! {
    Account => updated;
    Item => updated;
    Contact => updated;
    Invoice => document.updated;
    CreditNote => document.updated;
    Payment => updated;
}
