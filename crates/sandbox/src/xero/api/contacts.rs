//! `/Contacts`

use std::collections::HashSet;

use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;
use uuid::Uuid;

use super::Failure;
use super::call::Call;
use super::resource::Resource;
use crate::xero::amount::Amount;
use crate::xero::input::ContactIn;
use crate::xero::ledger::Ledger;
use crate::xero::query::ContactRow;
use crate::xero::records::{ContactKey, ContactStatus, Side};
use crate::xero::rules::{self, Complaints, ContactChange, Verb};
use crate::xero::wire::ContactOut;

/// `GET /Contacts`. Archived ones only with `includeArchived`.
pub async fn list(call: Call) -> Result<Response, Failure> {
    let query = call.list_query(ContactRow::FIELDS)?;
    let ids: Option<HashSet<Uuid>> = call.params.ids("IDs")?.map(HashSet::from_iter);
    let term = call.params.text("searchTerm").map(str::to_lowercase);
    let with_archived = call.params.flag("includeArchived").unwrap_or_default();
    let mut ledger = call.ledger()?;
    ledger.contacts.put_in_order();
    let ledger = &*ledger;
    let wanted = |row: &ContactRow<'_>| {
        (with_archived || row.record.status != ContactStatus::Archived)
            && ids
                .as_ref()
                .is_none_or(|ids| ids.contains(&ledger.contact_id(row.key)))
            && term.as_ref().is_none_or(|term| row.mentions(term))
    };
    let row = |index| ContactRow::new(ledger, ContactKey(index));
    let chosen = query.choose(ledger.contacts.by_change(query.since), row, Some(&wanted));
    let (page, pagination) = query.page_of(&chosen, call.asked);
    let found = page.into_iter().map(ContactKey);
    let found = found.filter_map(|key| Some(ContactOut::new(ledger, key, ledger.contact(key)?)));
    let mut rows: Vec<_> = found.collect();
    if let Some(first) = rows.first_mut().filter(|_| call.asked.unknown_enum) {
        first.contact_status = "UNHEARDOF";
    }
    call.reply("Contacts", &rows, pagination)
}

/// By identifier or by contact number.
pub fn find(ledger: &Ledger, name: &str) -> Result<ContactKey, Failure> {
    let by_id = Uuid::try_parse(name)
        .ok()
        .and_then(|id| ledger.contact_by_id(id));
    by_id
        .or_else(|| ledger.contact_by_number(name))
        .ok_or(Failure::NotFound)
}

/// `GET /Contacts/{id or contact number}`, with balances.
pub async fn one(call: Call, Path(name): Path<String>) -> Result<Response, Failure> {
    let ledger = call.ledger()?;
    let key = find(&ledger, &name)?;
    let contact = ledger.contact(key).ok_or(Failure::NotFound)?;
    let (outstanding, overdue) = balance(&ledger, key, call.now.date_naive());
    let row = ContactOut::new(&ledger, key, contact).with_balance(outstanding, overdue);
    call.reply("Contacts", &[row], None)
}

/// What is open on a client's invoices, and how much of it is late.
fn balance(ledger: &Ledger, key: ContactKey, today: NaiveDate) -> (Amount, Amount) {
    let (mut outstanding, mut overdue) = (Amount::ZERO, Amount::ZERO);
    let mine = ledger.invoices().filter(|(_, invoice)| {
        let document = &invoice.document;
        document.contact == key && document.side == Side::Sales && document.status.is_approved()
    });
    for (_, invoice) in mine {
        outstanding += invoice.due();
        if invoice.document.due_date.is_some_and(|due| due < today) {
            overdue += invoice.due();
        }
    }
    (outstanding, overdue)
}

/// Writing them.
pub struct Contacts;

impl Resource for Contacts {
    const PLURAL: &'static str = "Contacts";
    const SINGULAR: &'static str = "Contact";
    const ID_FIELD: &'static str = "ContactID";
    type Key = ContactKey;
    type Input = ContactIn;
    type Change = ContactChange;
    type Out<'a> = ContactOut<'a>;

    fn named(ledger: &Ledger, name: &str) -> Result<Uuid, Failure> {
        find(ledger, name).map(|key| ledger.contact_id(key))
    }

    fn prepare(
        call: &Call,
        ledger: &Ledger,
        input: &ContactIn,
        verb: Verb,
    ) -> Result<ContactChange, Complaints> {
        rules::prepare_contact(ledger, input, verb, call.now)
    }

    fn commit(call: &Call, ledger: &mut Ledger, change: ContactChange) -> ContactKey {
        rules::commit_contact(ledger, change, call.now)
    }

    fn show<'a>(_: &Call, ledger: &'a Ledger, key: ContactKey) -> Option<ContactOut<'a>> {
        Some(ContactOut::new(ledger, key, ledger.contact(key)?))
    }
}
