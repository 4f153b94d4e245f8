//! Putting records in. History is trusted as long as it adds up.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::lookup::name_key;
use super::{Ledger, SeedError};
use crate::xero::amount::Amount;
use crate::xero::ids::Ids;
use crate::xero::records::{
    Account, AccountKey, Allocation, Contact, ContactKey, CreditNote, CreditNoteKey, Document,
    Invoice, InvoiceKey, Item, ItemKey, Organisation, Payment, PaymentKey, Side, Target, TaxRate,
    Text,
};
use crate::xero::table::Table;

impl Ledger {
    /// Empty books with the default chart of accounts and tax rates. Identifiers follow from the
    /// seed, so two organisations of one sandbox need two seeds.
    pub fn new(seed: u64, organisation: Organisation) -> Self {
        let created = organisation.created;
        let mut ledger = Self {
            organisation,
            ids: Ids::new(seed),
            accounts: Table::default(),
            tax_rates: Vec::new(),
            items: Table::default(),
            contacts: Table::default(),
            invoices: Table::default(),
            credit_notes: Table::default(),
            payments: Table::default(),
            repeating: Vec::new(),
            history: HashMap::new(),
            changes: Vec::new(),
            announces: false,
            texts: HashSet::new(),
            account_codes: HashMap::new(),
            item_codes: HashMap::new(),
            contact_names: HashMap::new(),
            contact_numbers: HashMap::new(),
            invoice_numbers: HashMap::new(),
            credit_note_numbers: HashMap::new(),
            next_number: 0,
        };
        ledger.add_default_chart(created);
        ledger
    }

    /// The one copy of a text.
    pub fn text(&mut self, text: &str) -> Text {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new = Text::from(text);
        self.texts.insert(new.clone());
        new
    }

    /// Adds an account, or replaces the one with its code.
    pub fn add_account(&mut self, account: Account) -> AccountKey {
        if let Some(key) = self.account_by_code(&account.code) {
            let at = account.updated;
            if let Some(known) = self.accounts.quietly(key.0) {
                *known = Account {
                    updated: known.updated,
                    ..account
                };
            }
            self.accounts.touch(key.0, at);
            return key;
        }
        let code = account.code.clone();
        let key = AccountKey(self.accounts.push(account));
        self.account_codes.insert(code, key);
        key
    }

    /// Adds a tax rate, or replaces the one of its type.
    pub fn add_tax_rate(&mut self, rate: TaxRate) {
        match self
            .tax_rates
            .iter_mut()
            .find(|known| known.tax_type == rate.tax_type)
        {
            Some(known) => *known = rate,
            None => self.tax_rates.push(rate),
        }
    }

    pub fn add_item(&mut self, item: Item) -> ItemKey {
        let code = item.code.clone();
        let key = ItemKey(self.items.push(item));
        self.item_codes.insert(code, key);
        key
    }

    pub fn add_contact(&mut self, contact: Contact) -> ContactKey {
        let name = name_key(&contact.name);
        let number = contact.contact_number.clone();
        let key = ContactKey(self.contacts.push(contact));
        self.contact_names.entry(name).or_default().push(key);
        if let Some(number) = number {
            self.contact_numbers.insert(number, key);
        }
        let at = self
            .contact(key)
            .map(|contact| contact.updated)
            .unwrap_or_default();
        self.announce_contact(key, true, at);
        key
    }

    /// Adds an invoice (a bill if its side is `Purchase`), changed last at `at`. Amounts and totals
    /// are worked out here.
    pub fn add_invoice(
        &mut self,
        document: Document,
        at: DateTime<Utc>,
    ) -> Result<InvoiceKey, SeedError> {
        let is_sale = document.side == Side::Sales;
        if is_sale && self.number_is_taken(&document.number) {
            return Err(SeedError::NumberInUse(document.number));
        }
        let document = self.prepare(document, at)?;
        Ok(self.insert_invoice(Invoice {
            document,
            expected_payment_date: None,
            planned_payment_date: None,
            url: None,
            paid: Amount::ZERO,
            credited: Amount::ZERO,
            fully_paid_on: None,
            payments: Vec::new(),
            credit_notes: Vec::new(),
        }))
    }

    /// Adds a credit note without allocations, changed last at `at`.
    pub fn add_credit_note(
        &mut self,
        document: Document,
        at: DateTime<Utc>,
    ) -> Result<CreditNoteKey, SeedError> {
        let document = self.prepare(document, at)?;
        Ok(self.insert_credit_note(CreditNote {
            document,
            allocations: Vec::new(),
            refunded: Amount::ZERO,
            fully_paid_on: None,
            payments: Vec::new(),
        }))
    }

    /// A payment received on an invoice, in the invoice's currency, into a bank account.
    pub fn pay_invoice(
        &mut self,
        invoice: InvoiceKey,
        account_code: &str,
        date: NaiveDate,
        amount: Amount,
        at: DateTime<Utc>,
    ) -> Result<PaymentKey, SeedError> {
        let unknown = |what: String| SeedError::Unknown(what);
        let account = self
            .account_by_code(account_code)
            .ok_or_else(|| unknown(format!("account {account_code}")))?;
        let found = self
            .invoice(invoice)
            .ok_or_else(|| unknown(format!("{invoice:?}")))?;
        if amount > found.due() {
            return Err(SeedError::TooMuch(format!(
                "a payment on {}",
                found.document.number
            )));
        }
        let currency_rate = found.document.currency_rate;
        let reference = self.text("");
        Ok(self.insert_payment(Payment {
            target: Target::Invoice(invoice),
            account,
            date,
            amount,
            currency_rate,
            reference,
            is_reconciled: true,
            deleted: false,
            updated: at,
        }))
    }

    /// Sets part of a credit note against an invoice.
    pub fn allocate(
        &mut self,
        note: CreditNoteKey,
        invoice: InvoiceKey,
        date: NaiveDate,
        amount: Amount,
        at: DateTime<Utc>,
    ) -> Result<(), SeedError> {
        let remaining = self.credit_note(note).map(CreditNote::remaining);
        let due = self.invoice(invoice).map(Invoice::due);
        let (Some(remaining), Some(due)) = (remaining, due) else {
            return Err(SeedError::Unknown(format!("{note:?} or {invoice:?}")));
        };
        if amount > remaining || amount > due {
            return Err(SeedError::TooMuch(format!("an allocation of {note:?}")));
        }
        self.insert_allocation(
            note,
            Allocation {
                invoice,
                amount,
                date,
                deleted: false,
            },
            at,
        );
        Ok(())
    }

    fn prepare(
        &mut self,
        mut document: Document,
        at: DateTime<Utc>,
    ) -> Result<Document, SeedError> {
        if self.contact(document.contact).is_none() {
            return Err(SeedError::Unknown(format!("{:?}", document.contact)));
        }
        for line in &document.lines {
            let tax_type = line.tax_type.as_deref();
            if let Some(code) = tax_type.filter(|code| self.tax_rate(code).is_none()) {
                return Err(SeedError::Unknown(format!("tax type {code}")));
            }
        }
        document.updated = at;
        self.total_up(&mut document)?;
        Ok(document)
    }
}
