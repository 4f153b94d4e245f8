//! What stands in the books, for whoever checks them.

use std::sync::MutexGuard;

use super::Control;
use crate::xero::{CreditUse, Ledger, NumberUse, PaymentUse};

impl Control {
    /// Every invoice number of the books, and how often an invoice was created under it.
    pub fn ledger(&self) -> Vec<NumberUse> {
        self.xero.number_uses()
    }

    /// The books of the first organisation.
    pub(super) fn books(&self) -> Option<MutexGuard<'_, Ledger>> {
        self.xero.ledger(*self.xero.tenants().first()?)
    }

    /// Every credit note of a client in the books.
    pub fn credits(&self) -> Vec<CreditUse> {
        self.books()
            .map_or_else(Vec::new, |books| books.credit_uses())
    }

    /// Every payment that stands on a sales invoice in the books.
    pub fn payments(&self) -> Vec<PaymentUse> {
        self.books()
            .map_or_else(Vec::new, |books| books.payment_uses())
    }
}
