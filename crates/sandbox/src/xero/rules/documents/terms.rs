//! Dates, currency and the way amounts are meant.

use chrono::{Datelike as _, Days, Months, NaiveDate};
use rust_decimal::Decimal;

use super::party::Party;
use crate::xero::amount::Currency;
use crate::xero::input::DocumentIn;
use crate::xero::ledger::Ledger;
use crate::xero::records::{Contact, Document, LineAmounts, Side, Terms, TermsKind, Text};
use crate::xero::rules::Complaints;

/// Dates, currency and the way amounts are meant.
pub(super) fn set_terms(
    ledger: &Ledger,
    input: &DocumentIn,
    document: &mut Document,
    party: &Party,
    complaints: &mut Complaints,
) {
    if let Some(date) = input.date {
        document.date = date;
    }
    if let Some(day) = input.due_date {
        document.due_date = Some(day);
    }
    if document.due_date.is_none() {
        let contact = match party {
            Party::Known(key) => ledger.contact(*key),
            Party::Changed(change) => Some(change.contact()),
        };
        document.due_date = Some(due_date(document.date, contact));
    }
    if document.due_date.is_some_and(|due| due < document.date) && document.side == Side::Sales {
        complaints.push("Due date cannot be before the invoice date".to_owned());
    }
    match input.line_amount_types.as_deref() {
        None => {}
        Some("Exclusive") => document.line_amounts = LineAmounts::Exclusive,
        Some("Inclusive") => document.line_amounts = LineAmounts::Inclusive,
        Some("NoTax") => document.line_amounts = LineAmounts::NoTax,
        Some(other) => complaints.push(format!("'{other}' is not a valid LineAmountTypes")),
    }
    if let Some(reference) = &input.reference {
        document.reference = Text::from(reference.as_str());
    }
    if let Some(sent) = input.sent_to_contact {
        document.sent_to_contact = sent;
    }
    set_currency(ledger, input, document, complaints);
}

fn set_currency(
    ledger: &Ledger,
    input: &DocumentIn,
    document: &mut Document,
    complaints: &mut Complaints,
) {
    let before = document.currency;
    if let Some(code) = input.currency_code.as_deref() {
        match Currency::parse(code).filter(|currency| ledger.organisation.uses(*currency)) {
            Some(currency) => document.currency = currency,
            None => complaints.push(format!("Organisation is not subscribed to currency {code}")),
        }
    }
    if document.currency == ledger.organisation.base_currency {
        document.currency_rate = Decimal::ONE;
    } else if let Some(rate) = input.currency_rate {
        if rate <= Decimal::ZERO {
            complaints.push("CurrencyRate must be greater than 0".to_owned());
        }
        document.currency_rate = rate;
    } else if before != document.currency || document.currency_rate == Decimal::ONE {
        document.currency_rate = ledger.day_rate(document.currency);
    }
}

/// By the contact's terms; without any, the same day.
fn due_date(date: NaiveDate, contact: Option<&Contact>) -> NaiveDate {
    let Some(Terms { day, kind }) = contact.and_then(|contact| contact.sales_terms) else {
        return date;
    };
    let first = date.with_day(1).unwrap_or(date);
    let next_month = first + Months::new(1);
    let day_of = |first: NaiveDate| {
        let last = first + Months::new(1) - Days::new(1);
        (first + Days::new(u64::from(day.max(1) - 1))).min(last)
    };
    match kind {
        TermsKind::DaysAfterBillDate => date + Days::new(u64::from(day)),
        TermsKind::DaysAfterBillMonth => next_month - Days::new(1) + Days::new(u64::from(day)),
        TermsKind::OfCurrentMonth => day_of(first).max(date),
        TermsKind::OfFollowingMonth => day_of(next_month),
    }
}
