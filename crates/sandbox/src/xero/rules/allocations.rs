//! Setting credit notes against invoices, and taking that back.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::payments::invoice_of;
use super::{Complaints, check_lock, refuse};
use crate::xero::amount::Amount;
use crate::xero::ids::Kind;
use crate::xero::input::AllocationIn;
use crate::xero::ledger::Ledger;
use crate::xero::records::{Allocation, CreditNoteKey, Status};

/// An allocation that may be made.
#[derive(Debug)]
pub struct Allocating {
    note: CreditNoteKey,
    allocation: Allocation,
}

/// Invoice, amount and date are all required, and both documents must be approved, of one client
/// and of one currency.
pub fn prepare_allocation(
    ledger: &Ledger,
    note_key: CreditNoteKey,
    input: &AllocationIn,
) -> Result<Allocating, Complaints> {
    let Some(note) = ledger.credit_note(note_key) else {
        return refuse("Credit note could not be found");
    };
    let invoice_key = input
        .invoice
        .as_ref()
        .and_then(|sent| invoice_of(ledger, sent));
    let found = invoice_key.and_then(|key| Some((key, ledger.invoice(key)?)));
    let Some((invoice_key, invoice)) = found else {
        return refuse("Invoice could not be found");
    };
    let mut complaints = Complaints::new();
    if note.document.status != Status::Authorised {
        complaints.push("The credit note must be AUTHORISED to be allocated".to_owned());
    }
    if invoice.document.status != Status::Authorised {
        complaints
            .push("The invoice must be AUTHORISED to have a credit allocated to it".to_owned());
    }
    if note.document.contact != invoice.document.contact {
        complaints.push("The credit note and the invoice must be for the same contact".to_owned());
    }
    if note.document.currency != invoice.document.currency {
        complaints.push("The credit note and the invoice must be in the same currency".to_owned());
    }
    if note.document.side != invoice.document.side {
        complaints.push("The credit note cannot be allocated to this type of invoice".to_owned());
    }
    let amount = input
        .amount
        .and_then(Amount::exact)
        .filter(|amount| *amount > Amount::ZERO);
    match amount {
        None => complaints.push("Allocation amount must be greater than 0".to_owned()),
        Some(amount) if amount > invoice.due() => complaints
            .push("Allocation amount exceeds the amount outstanding on this document".to_owned()),
        Some(amount) if amount > note.remaining() => complaints
            .push("Allocation amount exceeds the remaining credit of the credit note".to_owned()),
        Some(_) => {}
    }
    match input.date {
        None => complaints.push("Allocation date must be specified".to_owned()),
        Some(date) => check_lock(ledger, date, &mut complaints),
    }
    let (Some(amount), Some(date), true) = (amount, input.date, complaints.is_empty()) else {
        return Err(complaints);
    };
    let allocation = Allocation {
        invoice: invoice_key,
        amount,
        date,
        deleted: false,
    };
    Ok(Allocating {
        note: note_key,
        allocation,
    })
}

/// Returns the note and the allocation's place in it.
pub fn commit_allocation(
    ledger: &mut Ledger,
    change: &Allocating,
    now: DateTime<Utc>,
) -> (CreditNoteKey, usize) {
    (
        change.note,
        ledger.insert_allocation(change.note, change.allocation, now),
    )
}

/// Takes an allocation back; returns its place. `None` if there is no such allocation.
pub fn remove_allocation(
    ledger: &mut Ledger,
    note: CreditNoteKey,
    id: Uuid,
    now: DateTime<Utc>,
) -> Option<u32> {
    let count = u32::try_from(ledger.credit_note(note)?.allocations.len()).ok()?;
    let named = |part: &u32| ledger.ids.part_of(Kind::Allocation, note.0, *part) == id;
    let place = (0..count).find(named)?;
    ledger
        .delete_allocation(note, place as usize, now)
        .then_some(place)
}
