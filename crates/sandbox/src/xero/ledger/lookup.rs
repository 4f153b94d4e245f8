//! Finding records: by key, by identifier, by the number or code people know.

use uuid::Uuid;

use super::Ledger;
use crate::xero::ids::Kind;
use crate::xero::records::{
    Account, AccountKey, Contact, ContactKey, ContactStatus, CreditNote, CreditNoteKey, CreditUse,
    Invoice, InvoiceKey, Item, ItemKey, NumberUse, Payment, PaymentKey, PaymentUse, Side, Target,
    TaxRate,
};

/// How names are compared.
pub(super) fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}

impl Ledger {
    /// The tenant: what a client sends as `xero-tenant-id`.
    pub fn tenant_id(&self) -> Uuid {
        self.ids.of(Kind::Organisation, 0)
    }

    pub fn contact_id(&self, key: ContactKey) -> Uuid {
        self.ids.of(Kind::Contact, key.0)
    }

    pub fn invoice_id(&self, key: InvoiceKey) -> Uuid {
        self.ids.of(Kind::Invoice, key.0)
    }

    pub fn credit_note_id(&self, key: CreditNoteKey) -> Uuid {
        self.ids.of(Kind::CreditNote, key.0)
    }

    pub fn payment_id(&self, key: PaymentKey) -> Uuid {
        self.ids.of(Kind::Payment, key.0)
    }

    pub fn item_id(&self, key: ItemKey) -> Uuid {
        self.ids.of(Kind::Item, key.0)
    }

    pub fn account_id(&self, key: AccountKey) -> Uuid {
        self.ids.of(Kind::Account, key.0)
    }

    pub fn theme_id(&self, at: u8) -> Uuid {
        self.ids.of(Kind::Theme, at.into())
    }

    /// A tracking category, or one of its options.
    pub fn tracking_id(&self, category: u8, option: Option<u8>) -> Uuid {
        let part = option.map_or(0, |at| u32::from(at) + 1);
        self.ids.part_of(Kind::Tracking, category.into(), part)
    }

    pub fn contact(&self, key: ContactKey) -> Option<&Contact> {
        self.contacts.at(key.0)
    }

    pub fn invoice(&self, key: InvoiceKey) -> Option<&Invoice> {
        self.invoices.at(key.0)
    }

    pub fn credit_note(&self, key: CreditNoteKey) -> Option<&CreditNote> {
        self.credit_notes.at(key.0)
    }

    pub fn payment(&self, key: PaymentKey) -> Option<&Payment> {
        self.payments.at(key.0)
    }

    pub fn account(&self, key: AccountKey) -> Option<&Account> {
        self.accounts.at(key.0)
    }

    pub fn item(&self, key: ItemKey) -> Option<&Item> {
        self.items.at(key.0)
    }

    pub fn tax_rate(&self, tax_type: &str) -> Option<&TaxRate> {
        self.tax_rates
            .iter()
            .find(|rate| &*rate.tax_type == tax_type)
    }

    pub fn account_by_code(&self, code: &str) -> Option<AccountKey> {
        self.account_codes.get(code).copied()
    }

    pub fn item_by_code(&self, code: &str) -> Option<ItemKey> {
        self.item_codes.get(code).copied()
    }

    pub fn contact_by_number(&self, number: &str) -> Option<ContactKey> {
        self.contact_numbers.get(number).copied()
    }

    /// The active contact of this name; case does not matter to Xero.
    pub fn contact_by_name(&self, name: &str) -> Option<ContactKey> {
        let keys = self.contact_names.get(&name_key(name))?;
        keys.iter().copied().find(|key| {
            self.contact(*key)
                .is_some_and(|contact| contact.status == ContactStatus::Active)
        })
    }

    /// The newest sales invoice under a number, deleted ones included.
    pub fn invoice_by_number(&self, number: &str) -> Option<InvoiceKey> {
        self.invoice_numbers.get(number).copied()
    }

    pub fn credit_note_by_number(&self, number: &str) -> Option<CreditNoteKey> {
        self.credit_note_numbers.get(number).copied()
    }

    pub fn contact_by_id(&self, id: Uuid) -> Option<ContactKey> {
        let index = self.ids.index(Kind::Contact, id)?;
        self.contacts.at(index).map(|_| ContactKey(index))
    }

    pub fn invoice_by_id(&self, id: Uuid) -> Option<InvoiceKey> {
        let index = self.ids.index(Kind::Invoice, id)?;
        self.invoices.at(index).map(|_| InvoiceKey(index))
    }

    pub fn credit_note_by_id(&self, id: Uuid) -> Option<CreditNoteKey> {
        let index = self.ids.index(Kind::CreditNote, id)?;
        self.credit_notes.at(index).map(|_| CreditNoteKey(index))
    }

    pub fn payment_by_id(&self, id: Uuid) -> Option<PaymentKey> {
        let index = self.ids.index(Kind::Payment, id)?;
        self.payments.at(index).map(|_| PaymentKey(index))
    }

    pub fn item_by_id(&self, id: Uuid) -> Option<ItemKey> {
        let index = self.ids.index(Kind::Item, id)?;
        self.items.at(index).map(|_| ItemKey(index))
    }

    pub fn account_by_id(&self, id: Uuid) -> Option<AccountKey> {
        let index = self.ids.index(Kind::Account, id)?;
        self.accounts.at(index).map(|_| AccountKey(index))
    }

    pub fn invoice_count(&self) -> usize {
        self.invoices.count()
    }

    pub fn invoices(&self) -> impl Iterator<Item = (InvoiceKey, &Invoice)> {
        self.invoices
            .iter()
            .map(|(index, invoice)| (InvoiceKey(index), invoice))
    }

    pub fn contacts(&self) -> impl Iterator<Item = (ContactKey, &Contact)> {
        self.contacts
            .iter()
            .map(|(index, contact)| (ContactKey(index), contact))
    }

    /// Every sales invoice number with how often an invoice was created under it, in order of
    /// first creation. Records never leave a ledger, so each one is one creation.
    pub fn number_uses(&self) -> Vec<NumberUse> {
        let mut uses: Vec<NumberUse> = Vec::with_capacity(self.invoices.count());
        let mut places = std::collections::HashMap::with_capacity(self.invoices.count());
        let sales = self
            .invoices()
            .filter(|(_, invoice)| invoice.document.side == Side::Sales);
        for (key, invoice) in sales {
            let document = &invoice.document;
            let contact = self
                .contact(document.contact)
                .map(|contact| contact.name.to_string());
            let mut found = NumberUse {
                number: document.number.to_string(),
                invoice_id: self.invoice_id(key),
                status: document.status.as_str(),
                total_minor: document.total().minor(),
                currency: document.currency,
                contact: contact.unwrap_or_default(),
                contact_id: self.contact_id(document.contact),
                created: 1,
            };
            let place = *places.entry(&document.number).or_insert(uses.len());
            if let Some(known) = uses.get_mut(place) {
                found.created += known.created;
                *known = found;
            } else {
                uses.push(found);
            }
        }
        uses
    }

    /// Every credit note of clients, in order of creation.
    pub fn credit_uses(&self) -> Vec<CreditUse> {
        let notes = self.credit_notes.iter().map(|(_, note)| note);
        let sales = notes.filter(|note| note.document.side == Side::Sales);
        let uses = sales.map(|note| CreditUse {
            number: note.document.number.to_string(),
            status: note.document.status.as_str(),
            total_minor: note.document.total().minor(),
            allocated_minor: note.allocated().minor(),
            allocations: note.allocations.iter().filter(|one| !one.deleted).count(),
        });
        uses.collect()
    }

    /// Every payment that stands on a sales invoice, in order of creation.
    pub fn payment_uses(&self) -> Vec<PaymentUse> {
        let payments = self.payments.iter().map(|(_, payment)| payment);
        let standing = payments.filter(|payment| !payment.deleted);
        let on_sales = standing.filter_map(|payment| {
            let Target::Invoice(key) = payment.target else {
                return None;
            };
            let document = &self.invoice(key)?.document;
            (document.side == Side::Sales).then(|| PaymentUse {
                invoice_number: document.number.to_string(),
                reference: payment.reference.to_string(),
                amount_minor: payment.amount.minor(),
            })
        });
        on_sales.collect()
    }
}
