//! What payments and allocations do to the documents they settle.

use chrono::{DateTime, NaiveDate, Utc};

use super::Ledger;
use crate::xero::amount::Amount;
use crate::xero::records::{CreditNoteKey, InvoiceKey, Status, Target};

impl Ledger {
    /// Recomputes a document after a payment on it came or went.
    pub(in crate::xero) fn settle(&mut self, target: Target, at: DateTime<Utc>) {
        match target {
            Target::Invoice(key) => self.settle_invoice(key, at),
            Target::CreditNote(key) => self.settle_credit_note(key, at),
        }
    }

    /// Recomputes what is paid, what is credited, and whether the invoice is PAID.
    pub(in crate::xero) fn settle_invoice(&mut self, key: InvoiceKey, at: DateTime<Utc>) {
        let Some(invoice) = self.invoices.at(key.0) else {
            return;
        };
        let payments = invoice
            .payments
            .iter()
            .filter_map(|payment| self.payments.at(payment.0));
        let payments = payments.filter(|payment| !payment.deleted);
        let mut paid = Amount::ZERO;
        let mut last: Option<NaiveDate> = None;
        for payment in payments {
            paid += payment.amount;
            last = last.max(Some(payment.date));
        }
        let mut credited = Amount::ZERO;
        for note in invoice
            .credit_notes
            .iter()
            .filter_map(|note| self.credit_notes.at(note.0))
        {
            for allocation in note
                .allocations
                .iter()
                .filter(|a| !a.deleted && a.invoice == key)
            {
                credited += allocation.amount;
                last = last.max(Some(allocation.date));
            }
        }
        let Some(invoice) = self.invoices.quietly(key.0) else {
            return;
        };
        invoice.paid = paid;
        invoice.credited = credited;
        let settled = invoice.due().is_zero() && invoice.is_settled_in_part();
        invoice.fully_paid_on = last.filter(|_| settled);
        move_status(&mut invoice.document.status, settled);
        self.invoices.touch(key.0, at);
        self.announce_invoice(key, false, at);
    }

    /// Recomputes what is refunded and whether the credit note is used up (PAID).
    pub(in crate::xero) fn settle_credit_note(&mut self, key: CreditNoteKey, at: DateTime<Utc>) {
        let Some(note) = self.credit_notes.at(key.0) else {
            return;
        };
        let payments = note
            .payments
            .iter()
            .filter_map(|payment| self.payments.at(payment.0));
        let payments = payments.filter(|payment| !payment.deleted);
        let mut refunded = Amount::ZERO;
        let mut last: Option<NaiveDate> = None;
        for payment in payments {
            refunded += payment.amount;
            last = last.max(Some(payment.date));
        }
        let allocated = note
            .allocations
            .iter()
            .filter(|allocation| !allocation.deleted);
        last = last.max(allocated.map(|allocation| allocation.date).max());
        let Some(note) = self.credit_notes.quietly(key.0) else {
            return;
        };
        note.refunded = refunded;
        let settled = note.remaining().is_zero() && !note.document.total().is_zero();
        note.fully_paid_on = last.filter(|_| settled);
        move_status(&mut note.document.status, settled);
        self.credit_notes.touch(key.0, at);
        self.announce_credit_note(key, false, at);
    }
}

/// PAID follows the money and nothing else.
fn move_status(status: &mut Status, settled: bool) {
    match (*status, settled) {
        (Status::Authorised, true) => *status = Status::Paid,
        (Status::Paid, false) => *status = Status::Authorised,
        _ => {}
    }
}
