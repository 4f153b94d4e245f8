//! Invoices, credit notes, payments and allocations.

mod credit_note;
mod invoice;
mod line;
mod payment;
mod repeating;

use serde::Serialize;

use super::{ContactOut, ContactRef};
use crate::xero::ledger::Ledger;
use crate::xero::records::{Document, Side};

pub use credit_note::{AllocationOut, CreditNoteOut};
pub use invoice::InvoiceOut;
pub(super) use line::optional_number;
pub use payment::PaymentOut;
pub use repeating::RepeatingOut;

/// How much of a record a reply shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Without it a document stands without its lines.
    pub lines: bool,
    /// The whole contact instead of its id and name.
    pub contact: bool,
    /// Without payments and credits as well (`summaryOnly`).
    pub summary: bool,
    /// 2, or 4 with `unitdp=4`.
    pub unit_places: u32,
}

impl View {
    /// Everything, as for one record.
    pub fn whole(unit_places: u32) -> Self {
        Self {
            lines: true,
            contact: true,
            summary: false,
            unit_places,
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum ContactPart<'a> {
    Whole(Box<ContactOut<'a>>),
    Ref(ContactRef<'a>),
}

impl<'a> ContactPart<'a> {
    fn new(ledger: &'a Ledger, document: &Document, whole: bool) -> Self {
        let key = document.contact;
        match ledger.contact(key).filter(|_| whole) {
            Some(contact) => Self::Whole(Box::new(ContactOut::new(ledger, key, contact))),
            None => Self::Ref(ContactRef::new(ledger, key)),
        }
    }
}

fn credit_type(side: Side) -> &'static str {
    match side {
        Side::Sales => "ACCRECCREDIT",
        Side::Purchase => "ACCPAYCREDIT",
    }
}
