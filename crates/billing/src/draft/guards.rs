//! Stops, which nobody can override, and holds, which a named person releases with a reason.

use serde::{Deserialize, Serialize};

use super::{Draft, Line};
use crate::coverage::Key;
use crate::id::Id;
use crate::money::{Currency, Money};

/// Why a draft cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stop", rename_all = "snake_case", deny_unknown_fields)]
pub enum Stop {
    NotTheClientsCurrency {
        draft: Currency,
        client: Currency,
    },
    LineInAnotherCurrency {
        line: Id,
        currency: Currency,
    },
    PriceListInAnotherCurrency {
        line: Id,
        currency: Currency,
    },
    TaxCodeMissing {
        line: Id,
    },
    TaxCodeRefused {
        line: Id,
        code: String,
    },
    AccountCodeMissing {
        line: Id,
    },
    AccountCodeRefused {
        line: Id,
        code: String,
    },
    NoAccountingContact,
    AlreadyCovered {
        line: Id,
        coverage: Key,
    },
    CountTooOld {
        line: Id,
        last_good_on: chrono::NaiveDate,
    },
    /// Nothing good was ever counted by this day: zero would be wrong.
    CountMissing {
        line: Id,
        on: chrono::NaiveDate,
    },
    ReferenceRequired,
    LedgerLocked {
        through: chrono::NaiveDate,
    },
    MixedTax,
    /// The ledger bills the client by itself, under these names.
    RepeatingInvoiceInLedger {
        #[serde(default)]
        invoices: Vec<String>,
    },
}

/// What a person should look at before it goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "hold", rename_all = "snake_case", deny_unknown_fields)]
pub enum Hold {
    /// A recurring line under half its contract value.
    UnderHalfItsContract {
        line: Id,
        amount: Money,
        contract: Money,
    },
    /// More than twice the last period's total.
    OverTwiceLastPeriod { total: Money, last: Money },
    BelowCost {
        line: Id,
        amount: Money,
        cost: Money,
    },
}

/// Every reason why the draft cannot go on, in the order they are best mended.
pub fn stops(draft: &Draft) -> Vec<Stop> {
    let mut found = Vec::new();
    if draft.currency != draft.client_currency {
        let (draft, client) = (draft.currency, draft.client_currency);
        found.push(Stop::NotTheClientsCurrency { draft, client });
    }
    if draft.contact.is_none() {
        found.push(Stop::NoAccountingContact);
    }
    if draft.is_reference_required && draft.reference.as_deref().unwrap_or_default().is_empty() {
        found.push(Stop::ReferenceRequired);
    }
    if let Some(through) = draft
        .ledger_locked_through
        .filter(|day| draft.invoice_date <= *day)
    {
        found.push(Stop::LedgerLocked { through });
    }
    if !draft.repeating_invoices.is_empty() {
        found.push(Stop::RepeatingInvoiceInLedger {
            invoices: draft.repeating_invoices.clone(),
        });
    }
    let inclusive =
        |line: &Line| matches!(line.amount, crate::money::TaxedAmount::Inclusive { .. });
    let mixed = draft.lines.windows(2).any(|pair| match pair {
        [a, b] => inclusive(a) != inclusive(b),
        _ => false,
    });
    if mixed {
        found.push(Stop::MixedTax);
    }
    for line in &draft.lines {
        stops_of_line(draft, line, &mut found);
    }
    found
}

fn stops_of_line(draft: &Draft, line: &Line, found: &mut Vec<Stop>) {
    let id = line.id;
    let currency = line.stated().currency;
    if currency != draft.currency {
        found.push(Stop::LineInAnotherCurrency { line: id, currency });
    }
    if let Some(currency) = line
        .price_list_currency
        .filter(|listed| *listed != draft.currency)
    {
        found.push(Stop::PriceListInAnotherCurrency { line: id, currency });
    }
    match (&line.tax_code, line.tax_rate) {
        (Some(code), Some(_)) if draft.ledger_tax_codes.contains(code) => {}
        (Some(code), Some(_)) => {
            found.push(Stop::TaxCodeRefused {
                line: id,
                code: code.clone(),
            });
        }
        _ => found.push(Stop::TaxCodeMissing { line: id }),
    }
    match &line.account_code {
        Some(code) if draft.ledger_account_codes.contains(code) => {}
        Some(code) => found.push(Stop::AccountCodeRefused {
            line: id,
            code: code.clone(),
        }),
        None => found.push(Stop::AccountCodeMissing { line: id }),
    }
    if let Some(coverage) = line
        .covers
        .filter(|covers| draft.covered_elsewhere.contains(covers))
    {
        found.push(Stop::AlreadyCovered {
            line: id,
            coverage: coverage.1,
        });
    }
    if let Some(count) = line.count.filter(|count| count.is_too_old) {
        found.push(Stop::CountTooOld {
            line: id,
            last_good_on: count.last_good_on,
        });
    }
    if let Some(on) = line.count_missing_on {
        found.push(Stop::CountMissing { line: id, on });
    }
}

/// Everything a person should look at. What an event or a planned step explains holds nothing.
pub fn holds(draft: &Draft) -> Vec<Hold> {
    let mut found = Vec::new();
    for line in &draft.lines {
        let amount = line.stated();
        let contract = line.contract_value.filter(|_| !line.is_explained);
        if let Some(contract) = contract.filter(|contract| is_under_half(amount, *contract)) {
            found.push(Hold::UnderHalfItsContract {
                line: line.id,
                amount,
                contract,
            });
        }
        let cost = line.cost.filter(|cost| cost.currency == amount.currency);
        if let Some(cost) = cost.filter(|cost| amount.minor >= 0 && amount.minor < cost.minor) {
            found.push(Hold::BelowCost {
                line: line.id,
                amount,
                cost,
            });
        }
    }
    let unexplained = draft.lines.iter().any(|line| !line.is_explained);
    let total = Money::sum(draft.currency, draft.lines.iter().map(Line::stated));
    if let (Some(last), Ok(total), true) = (draft.last_total, total, unexplained)
        && last.currency == total.currency
        && last.minor > 0
        && i128::from(total.minor) > 2 * i128::from(last.minor)
    {
        found.push(Hold::OverTwiceLastPeriod { total, last });
    }
    found
}

fn is_under_half(amount: Money, contract: Money) -> bool {
    amount.currency == contract.currency
        && 2 * i128::from(amount.minor) < i128::from(contract.minor)
}
