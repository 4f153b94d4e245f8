//! Payments on invoices and refunds of credit notes.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{Complaints, check_lock, refuse};
use crate::xero::amount::Amount;
use crate::xero::input::{PaymentIn, TargetIn};
use crate::xero::ledger::Ledger;
use crate::xero::records::{
    AccountKey, AccountKind, Document, Payment, PaymentKey, Status, Target, Text,
};

/// A payment that may be put in the books, or taken out.
#[derive(Debug)]
pub enum PaymentChange {
    New(Payment),
    Delete(PaymentKey),
}

pub fn prepare_payment(
    ledger: &Ledger,
    input: &PaymentIn,
    existing: Option<PaymentKey>,
    now: DateTime<Utc>,
) -> Result<PaymentChange, Complaints> {
    let by_id = input.payment_id.and_then(|id| ledger.payment_by_id(id));
    match existing.or(by_id) {
        Some(key) => prepare_deletion(ledger, input, key),
        None => prepare_new(ledger, input, now).map(PaymentChange::New),
    }
}

pub fn commit_payment(
    ledger: &mut Ledger,
    change: PaymentChange,
    now: DateTime<Utc>,
) -> PaymentKey {
    match change {
        PaymentChange::New(payment) => ledger.insert_payment(payment),
        PaymentChange::Delete(key) => {
            ledger.delete_payment(key, now);
            key
        }
    }
}

fn prepare_deletion(
    ledger: &Ledger,
    input: &PaymentIn,
    key: PaymentKey,
) -> Result<PaymentChange, Complaints> {
    let Some(payment) = ledger.payment(key) else {
        return refuse("Payment could not be found");
    };
    if input.status.as_deref() != Some("DELETED") {
        return refuse("Payments cannot be modified, only created and deleted");
    }
    if payment.deleted {
        return refuse("Payment has already been deleted");
    }
    let mut complaints = Complaints::new();
    check_lock(ledger, payment.date, &mut complaints);
    if complaints.is_empty() {
        Ok(PaymentChange::Delete(key))
    } else {
        Err(complaints)
    }
}

fn prepare_new(
    ledger: &Ledger,
    input: &PaymentIn,
    now: DateTime<Utc>,
) -> Result<Payment, Complaints> {
    let (target, document, open) = target(ledger, input)?;
    let mut complaints = Complaints::new();
    if document.status != Status::Authorised {
        complaints.push("Payments can only be made against Authorised documents".to_owned());
    }
    let account = account(ledger, input);
    if account.is_none() {
        complaints.push("Account could not be found, or payments to it are not enabled".to_owned());
    }
    let date: NaiveDate = input.date.unwrap_or_else(|| now.date_naive());
    check_lock(ledger, date, &mut complaints);
    let amount = input
        .amount
        .and_then(Amount::exact)
        .filter(|amount| *amount > Amount::ZERO);
    match amount {
        None => complaints.push("Payment amount must be greater than 0".to_owned()),
        Some(amount) if amount > open => complaints
            .push("Payment amount exceeds the amount outstanding on this document".to_owned()),
        Some(_) => {}
    }
    let currency_rate = input.currency_rate.unwrap_or(document.currency_rate);
    if currency_rate <= Decimal::ZERO {
        complaints.push("CurrencyRate must be greater than 0".to_owned());
    }
    let (Some(account), Some(amount), true) = (account, amount, complaints.is_empty()) else {
        return Err(complaints);
    };
    Ok(Payment {
        target,
        account,
        date,
        amount,
        currency_rate,
        reference: Text::from(input.reference.as_deref().unwrap_or_default()),
        is_reconciled: input.is_reconciled.unwrap_or_default(),
        deleted: false,
        updated: now,
    })
}

/// The document that is paid and what is open on it.
fn target<'a>(
    ledger: &'a Ledger,
    input: &PaymentIn,
) -> Result<(Target, &'a Document, Amount), Complaints> {
    let by_number = TargetIn {
        invoice_number: input.invoice_number.clone(),
        ..TargetIn::default()
    };
    let invoice = input
        .invoice
        .as_ref()
        .or(input.invoice_number.as_ref().map(|_| &by_number));
    if let Some(sent) = invoice {
        let key = invoice_of(ledger, sent);
        return match key.and_then(|key| Some((key, ledger.invoice(key)?))) {
            Some((key, invoice)) => Ok((Target::Invoice(key), &invoice.document, invoice.due())),
            None => refuse("Invoice could not be found"),
        };
    }
    if let Some(sent) = &input.credit_note {
        let by_number = sent.credit_note_number.as_deref();
        let by_number = by_number.and_then(|number| ledger.credit_note_by_number(number));
        let by_id = sent
            .credit_note_id
            .and_then(|id| ledger.credit_note_by_id(id));
        return match by_id
            .or(by_number)
            .and_then(|key| Some((key, ledger.credit_note(key)?)))
        {
            Some((key, note)) => Ok((Target::CreditNote(key), &note.document, note.remaining())),
            None => refuse("Credit note could not be found"),
        };
    }
    refuse("A payment needs an Invoice or a CreditNote")
}

pub(super) fn invoice_of(
    ledger: &Ledger,
    sent: &TargetIn,
) -> Option<crate::xero::records::InvoiceKey> {
    let by_id = sent.invoice_id.and_then(|id| ledger.invoice_by_id(id));
    let by_number = || {
        sent.invoice_number
            .as_deref()
            .and_then(|n| ledger.invoice_by_number(n))
    };
    by_id.or_else(by_number)
}

/// A bank account, or one to which payments are enabled.
fn account(ledger: &Ledger, input: &PaymentIn) -> Option<AccountKey> {
    let sent = input.account.as_ref();
    let by_id = sent
        .and_then(|sent| sent.account_id)
        .and_then(|id| ledger.account_by_id(id));
    let code = sent
        .and_then(|sent| sent.code.as_deref())
        .or(input.code.as_deref());
    let key = by_id.or_else(|| code.and_then(|code| ledger.account_by_code(code)))?;
    let account = ledger.account(key)?;
    let is_bank = account.kind == AccountKind::Bank;
    (!account.archived && (is_bank || account.takes_payments)).then_some(key)
}
