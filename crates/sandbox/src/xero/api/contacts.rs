//! `/Contacts`

use std::collections::HashSet;

use axum::body::Bytes;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Failure;
use super::call::Call;
use super::write::write_all;
use crate::xero::amount::Amount;
use crate::xero::input::{self, ContactIn};
use crate::xero::ledger::Ledger;
use crate::xero::query::ContactRow;
use crate::xero::records::{ContactKey, ContactStatus, Side};
use crate::xero::rules::{self, Verb};
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

/// `PUT /Contacts`
pub async fn create(call: Call, body: Bytes) -> Result<Response, Failure> {
    write(&call, &elements(&body)?, Verb::Create)
}

/// `POST /Contacts`
pub async fn upsert(call: Call, body: Bytes) -> Result<Response, Failure> {
    write(&call, &elements(&body)?, Verb::Upsert)
}

/// `POST /Contacts/{id}`
pub async fn update(
    call: Call,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Response, Failure> {
    let id = {
        let ledger = call.ledger()?;
        ledger.contact_id(find(&ledger, &name)?)
    };
    let mut elements = elements(&body)?;
    elements.truncate(1);
    for element in &mut elements {
        if let Value::Object(map) = element {
            map.insert("ContactID".to_owned(), json!(id));
        }
    }
    write(&call, &elements, Verb::Upsert)
}

fn elements(body: &[u8]) -> Result<Vec<Value>, Failure> {
    input::elements(body, "Contacts").map_err(|bad| Failure::from_body(bad, "Contact"))
}

fn write(call: &Call, elements: &[Value], verb: Verb) -> Result<Response, Failure> {
    let mut ledger = call.ledger()?;
    let prepare = |ledger: &Ledger, element: &Value| {
        let input: ContactIn =
            input::parse(element).map_err(|bad| Failure::from_body(bad, "Contact"))?;
        Ok(rules::prepare_contact(ledger, &input, verb, call.now))
    };
    let commit = |ledger: &mut Ledger, change| rules::commit_contact(ledger, change, call.now);
    let summarises = call.summarises_errors();
    let written = write_all(
        &mut ledger,
        elements,
        summarises,
        "ContactID",
        prepare,
        commit,
    )?;
    call.xero.announce(call.tenant, &mut ledger);
    let ledger = &*ledger;
    let rows = written.into_iter().filter_map(|written| {
        written.row(|key| Some(ContactOut::new(ledger, key, ledger.contact(key)?)))
    });
    let rows: Vec<_> = rows.collect();
    call.reply("Contacts", &rows, None)
}
