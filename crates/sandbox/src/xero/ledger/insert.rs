//! Putting in records whose figures stand, and keeping the indexes that point to them.

use chrono::{DateTime, Utc};

use super::Ledger;
use super::lookup::name_key;
use crate::xero::records::{
    Allocation, Contact, ContactKey, CreditNote, CreditNoteKey, Document, Invoice, InvoiceKey,
    ItemKey, Line, Payment, PaymentKey, Side, Status, Target, Text,
};

impl Ledger {
    /// Puts in an invoice whose totals stand, and everything that points to it.
    pub(in crate::xero) fn insert_invoice(&mut self, mut invoice: Invoice) -> InvoiceKey {
        self.tighten(&mut invoice.document);
        let document = &invoice.document;
        let (side, contact) = (document.side, document.contact);
        let (number, at) = (document.number.clone(), document.updated);
        let key = InvoiceKey(self.invoices.push(invoice));
        if side == Side::Sales {
            self.invoice_numbers.insert(number, key);
        }
        self.mark_used(contact, side);
        self.announce_invoice(key, true, at);
        key
    }

    pub(in crate::xero) fn insert_credit_note(&mut self, mut note: CreditNote) -> CreditNoteKey {
        self.tighten(&mut note.document);
        let number = note.document.number.clone();
        let (side, contact) = (note.document.side, note.document.contact);
        let at = note.document.updated;
        let key = CreditNoteKey(self.credit_notes.push(note));
        self.credit_note_numbers.insert(number, key);
        self.mark_used(contact, side);
        self.announce_credit_note(key, true, at);
        key
    }

    pub(in crate::xero) fn insert_payment(&mut self, payment: Payment) -> PaymentKey {
        let (target, at) = (payment.target, payment.updated);
        let key = PaymentKey(self.payments.push(payment));
        match target {
            Target::Invoice(invoice) => {
                if let Some(invoice) = self.invoices.quietly(invoice.0) {
                    push_tight(&mut invoice.payments, key);
                }
            }
            Target::CreditNote(note) => {
                if let Some(note) = self.credit_notes.quietly(note.0) {
                    push_tight(&mut note.payments, key);
                }
            }
        }
        self.settle(target, at);
        key
    }

    /// Returns the allocation's place in its note.
    pub(in crate::xero) fn insert_allocation(
        &mut self,
        note: CreditNoteKey,
        allocation: Allocation,
        at: DateTime<Utc>,
    ) -> usize {
        let Some(found) = self.credit_notes.quietly(note.0) else {
            return 0;
        };
        found.allocations.push(allocation);
        let place = found.allocations.len() - 1;
        if let Some(invoice) = self.invoices.quietly(allocation.invoice.0)
            && !invoice.credit_notes.contains(&note)
        {
            push_tight(&mut invoice.credit_notes, note);
        }
        self.settle_credit_note(note, at);
        self.settle_invoice(allocation.invoice, at);
        place
    }

    /// Whether a live sales invoice has this number. A deleted draft gives its number back.
    pub(in crate::xero) fn number_is_taken(&self, number: &str) -> bool {
        let invoice = self
            .invoice_by_number(number)
            .and_then(|key| self.invoice(key));
        invoice.is_some_and(|invoice| invoice.document.status != Status::Deleted)
    }

    /// The next of Xero's own numbers that nobody uses.
    pub(in crate::xero) fn next_number(&mut self, prefix: &str) -> Text {
        loop {
            self.next_number += 1;
            let number = format!("{prefix}{:04}", self.next_number);
            let is_free = self.invoice_by_number(&number).is_none()
                && self.credit_note_by_number(&number).is_none();
            if is_free {
                return Text::from(number);
            }
        }
    }

    /// Follows a change of number or name in the indexes.
    pub(in crate::xero) fn renumber_invoice(&mut self, key: InvoiceKey, old: &str, new: &Text) {
        if self.invoice_by_number(old) == Some(key) {
            self.invoice_numbers.remove(old);
        }
        self.invoice_numbers.insert(new.clone(), key);
    }

    pub(in crate::xero) fn rename_contact(
        &mut self,
        key: ContactKey,
        old: &Contact,
        new: &Contact,
    ) {
        if let Some(keys) = self.contact_names.get_mut(&name_key(&old.name)) {
            keys.retain(|known| *known != key);
        }
        self.contact_names
            .entry(name_key(&new.name))
            .or_default()
            .push(key);
        if let Some(number) = &old.contact_number {
            self.contact_numbers.remove(number);
        }
        if let Some(number) = &new.contact_number {
            self.contact_numbers.insert(number.clone(), key);
        }
    }

    pub(in crate::xero) fn recode_item(&mut self, key: ItemKey, old: &str, new: Option<&Text>) {
        self.item_codes.remove(old);
        if let Some(new) = new {
            self.item_codes.insert(new.clone(), key);
        }
    }

    /// Gives every line its place, one copy of each text, and no spare room.
    pub(in crate::xero) fn tighten(&mut self, document: &mut Document) {
        let mut next = document
            .lines
            .iter()
            .map(|line| line.part)
            .max()
            .unwrap_or_default();
        for line in &mut document.lines {
            if line.part == 0 {
                next += 1;
                line.part = next;
            }
            self.share_texts(line);
        }
        document.lines.shrink_to_fit();
        document.reference = self.text(&document.reference);
    }

    fn share_texts(&mut self, line: &mut Line) {
        let fields = [
            &mut line.description,
            &mut line.item_code,
            &mut line.account_code,
            &mut line.tax_type,
        ];
        for text in fields.into_iter().flatten() {
            *text = self.text(text);
        }
    }

    fn mark_used(&mut self, contact: ContactKey, side: Side) {
        let Some(contact) = self.contacts.quietly(contact.0) else {
            return;
        };
        match side {
            Side::Sales => contact.is_customer = true,
            Side::Purchase => contact.is_supplier = true,
        }
    }
}

/// Most documents have one payment; a doubling vector would hold room for four.
fn push_tight<T>(list: &mut Vec<T>, value: T) {
    list.reserve_exact(1);
    list.push(value);
}
