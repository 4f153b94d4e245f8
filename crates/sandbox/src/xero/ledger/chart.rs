//! The chart of accounts and the tax rates a new British organisation has.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::Ledger;
use crate::xero::records::{Account, AccountKind, TaxRate, Text};

/// (code, name, kind, tax type, takes payments, kept by Xero as)
type Row = (
    &'static str,
    &'static str,
    AccountKind,
    &'static str,
    bool,
    Option<&'static str>,
);

const ACCOUNTS: &[Row] = &[
    (
        "090",
        "Business Bank Account",
        AccountKind::Bank,
        "NONE",
        true,
        None,
    ),
    (
        "091",
        "Business Savings Account",
        AccountKind::Bank,
        "NONE",
        true,
        None,
    ),
    ("200", "Sales", AccountKind::Sales, "OUTPUT2", false, None),
    (
        "205",
        "Licences",
        AccountKind::Sales,
        "OUTPUT2",
        false,
        None,
    ),
    (
        "210",
        "Managed services",
        AccountKind::Sales,
        "OUTPUT2",
        false,
        None,
    ),
    (
        "260",
        "Other Revenue",
        AccountKind::Revenue,
        "OUTPUT2",
        false,
        None,
    ),
    (
        "310",
        "Cost of Goods Sold",
        AccountKind::DirectCosts,
        "INPUT2",
        false,
        None,
    ),
    (
        "315",
        "Licences bought",
        AccountKind::DirectCosts,
        "INPUT2",
        false,
        None,
    ),
    (
        "400",
        "Advertising & Marketing",
        AccountKind::Expense,
        "INPUT2",
        false,
        None,
    ),
    (
        "404",
        "Bank Fees",
        AccountKind::Expense,
        "EXEMPTINPUT",
        false,
        None,
    ),
    (
        "610",
        "Accounts Receivable",
        AccountKind::CurrentAsset,
        "NONE",
        false,
        Some("DEBTORS"),
    ),
    (
        "800",
        "Accounts Payable",
        AccountKind::CurrentLiability,
        "NONE",
        false,
        Some("CREDITORS"),
    ),
    (
        "820",
        "VAT",
        AccountKind::CurrentLiability,
        "NONE",
        false,
        Some("GST"),
    ),
    (
        "860",
        "Rounding",
        AccountKind::CurrentLiability,
        "NONE",
        false,
        Some("ROUNDING"),
    ),
    (
        "880",
        "Owner's Funds Introduced",
        AccountKind::Equity,
        "NONE",
        true,
        None,
    ),
];

/// (type, name, percent, report type, on revenue, on expenses)
const TAX_RATES: &[(&str, &str, i64, &str, bool, bool)] = &[
    ("OUTPUT2", "20% (VAT on Income)", 20, "OUTPUT", true, false),
    ("RROUTPUT", "5% (VAT on Income)", 5, "OUTPUT", true, false),
    (
        "ZERORATEDOUTPUT",
        "Zero Rated Income",
        0,
        "OUTPUT",
        true,
        false,
    ),
    (
        "EXEMPTOUTPUT",
        "Exempt Income",
        0,
        "EXEMPTOUTPUT",
        true,
        false,
    ),
    (
        "ECZROUTPUTSERVICES",
        "Zero Rated EC Services",
        0,
        "ECOUTPUTSERVICES",
        true,
        false,
    ),
    ("INPUT2", "20% (VAT on Expenses)", 20, "INPUT", false, true),
    ("RRINPUT", "5% (VAT on Expenses)", 5, "INPUT", false, true),
    (
        "ZERORATEDINPUT",
        "Zero Rated Expenses",
        0,
        "INPUT",
        false,
        true,
    ),
    (
        "EXEMPTINPUT",
        "Exempt Expenses",
        0,
        "EXEMPTINPUT",
        false,
        true,
    ),
    ("NONE", "No VAT", 0, "NONE", true, true),
];

impl Ledger {
    pub(super) fn add_default_chart(&mut self, created: DateTime<Utc>) {
        for &(code, name, kind, tax_type, takes_payments, system) in ACCOUNTS {
            self.add_account(Account {
                code: Text::from(code),
                name: Text::from(name),
                kind,
                tax_type: Text::from(tax_type),
                takes_payments,
                archived: false,
                system,
                updated: created,
            });
        }
        for &(tax_type, name, percent, report_type, for_revenue, for_expenses) in TAX_RATES {
            self.add_tax_rate(TaxRate {
                tax_type: Text::from(tax_type),
                name: Text::from(name),
                rate: Decimal::new(percent, 0),
                report_type,
                for_revenue,
                for_expenses,
                archived: false,
            });
        }
    }
}
