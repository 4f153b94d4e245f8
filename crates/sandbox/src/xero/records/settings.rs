//! The organisation and its settings.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::Text;
use crate::xero::amount::Currency;

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
