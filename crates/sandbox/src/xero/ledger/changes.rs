//! Changes to documents and contacts that are already there, and what is told of them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Category, Change, Ledger, Note};
use crate::xero::records::{
    Contact, ContactKey, CreditNote, CreditNoteKey, Document, Invoice, InvoiceKey, Item, ItemKey,
    PaymentKey, Side,
};

impl Ledger {
    /// From now on changes are kept for webhooks. Seeding is over.
    pub(in crate::xero) fn begin_announcing(&mut self) {
        self.announces = true;
    }

    /// The changes since the last call.
    pub(in crate::xero) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    pub(super) fn announce_invoice(&mut self, key: InvoiceKey, is_new: bool, at: DateTime<Utc>) {
        let id = self.invoice_id(key);
        self.announce(Category::Invoice, id, is_new, at, None);
    }

    pub(super) fn announce_contact(&mut self, key: ContactKey, is_new: bool, at: DateTime<Utc>) {
        let id = self.contact_id(key);
        self.announce(Category::Contact, id, is_new, at, None);
    }

    pub(super) fn announce_credit_note(
        &mut self,
        key: CreditNoteKey,
        is_new: bool,
        at: DateTime<Utc>,
    ) {
        let id = self.credit_note_id(key);
        let detail = self.credit_note(key).map(|note| {
            let is_sale = note.document.side == Side::Sales;
            let kind = if is_sale {
                "ACCRECCREDIT"
            } else {
                "ACCPAYCREDIT"
            };
            (kind, note.document.status.as_str())
        });
        self.announce(Category::CreditNote, id, is_new, at, detail);
    }

    fn announce(
        &mut self,
        category: Category,
        id: Uuid,
        is_new: bool,
        at: DateTime<Utc>,
        detail: Option<(&'static str, &'static str)>,
    ) {
        // A document created and settled in one breath is told of once.
        let is_known = self
            .changes
            .last()
            .is_some_and(|last| last.id == id && last.at == at);
        if self.announces && !is_known {
            self.changes.push(Change {
                category,
                id,
                is_new,
                at,
                detail,
            });
        }
    }

    /// Replaces an invoice that was changed by a client.
    pub(in crate::xero) fn replace_invoice(
        &mut self,
        key: InvoiceKey,
        mut invoice: Invoice,
        at: DateTime<Utc>,
    ) {
        self.tighten(&mut invoice.document);
        let Some(old) = self.invoice(key).map(|old| old.document.clone()) else {
            return;
        };
        if invoice.document.side == Side::Sales && old.number != invoice.document.number {
            self.renumber_invoice(key, &old.number, &invoice.document.number);
        }
        keep_time(&mut invoice.document, &old);
        if let Some(place) = self.invoices.quietly(key.0) {
            *place = invoice;
        }
        self.settle_invoice(key, at);
    }

    /// Replaces an invoice without moving its time of change, which is what Xero does when only a
    /// date or a mark of a part-paid invoice changes.
    pub(in crate::xero) fn replace_quietly(&mut self, key: InvoiceKey, mut invoice: Invoice) {
        self.tighten(&mut invoice.document);
        if let Some(place) = self.invoices.quietly(key.0) {
            invoice.document.updated = place.document.updated;
            *place = invoice;
        }
    }

    pub(in crate::xero) fn replace_credit_note(
        &mut self,
        key: CreditNoteKey,
        mut note: CreditNote,
        at: DateTime<Utc>,
    ) {
        self.tighten(&mut note.document);
        let Some(old) = self.credit_note(key).map(|old| old.document.clone()) else {
            return;
        };
        keep_time(&mut note.document, &old);
        if let Some(place) = self.credit_notes.quietly(key.0) {
            *place = note;
        }
        self.settle_credit_note(key, at);
    }

    pub(in crate::xero) fn replace_contact(
        &mut self,
        key: ContactKey,
        mut contact: Contact,
        at: DateTime<Utc>,
    ) {
        let Some(old) = self.contact(key).cloned() else {
            return;
        };
        self.rename_contact(key, &old, &contact);
        contact.updated = old.updated;
        if let Some(place) = self.contacts.quietly(key.0) {
            *place = contact;
        }
        self.contacts.touch(key.0, at);
        self.announce_contact(key, false, at);
    }

    pub(in crate::xero) fn replace_item(
        &mut self,
        key: ItemKey,
        mut item: Item,
        at: DateTime<Utc>,
    ) {
        let Some(old) = self.item(key).cloned() else {
            return;
        };
        let code = Some(&item.code).filter(|_| !item.deleted);
        self.recode_item(key, &old.code, code);
        item.updated = old.updated;
        if let Some(place) = self.items.quietly(key.0) {
            *place = item;
        }
        self.items.touch(key.0, at);
    }

    pub(in crate::xero) fn delete_payment(&mut self, key: PaymentKey, at: DateTime<Utc>) {
        let Some(payment) = self.payments.quietly(key.0) else {
            return;
        };
        payment.deleted = true;
        let target = payment.target;
        self.payments.touch(key.0, at);
        self.settle(target, at);
    }

    /// False if the allocation is gone already.
    pub(in crate::xero) fn delete_allocation(
        &mut self,
        note: CreditNoteKey,
        place: usize,
        at: DateTime<Utc>,
    ) -> bool {
        let found = self.credit_notes.quietly(note.0);
        let found = found.and_then(|note| note.allocations.get_mut(place));
        let Some(allocation) = found.filter(|allocation| !allocation.deleted) else {
            return false;
        };
        allocation.deleted = true;
        let invoice = allocation.invoice;
        self.settle_credit_note(note, at);
        self.settle_invoice(invoice, at);
        true
    }

    pub(in crate::xero) fn note(&mut self, id: Uuid, note: Note) {
        self.history.entry(id).or_default().push(note);
    }
}

/// The table moves the time of change itself, and must find the row where it was.
fn keep_time(document: &mut Document, old: &Document) {
    document.updated = old.updated;
}
