//! `/CreditNotes` and their allocations.

use axum::body::Bytes;
use axum::extract::Path;
use axum::response::Response;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::{Call, json as json_reply};
use super::write::write_all;
use super::{Failure, pdf as pdf_file};
use crate::xero::input::{self, AllocationIn, DocumentIn};
use crate::xero::ledger::Ledger;
use crate::xero::query::CreditNoteRow;
use crate::xero::records::CreditNoteKey;
use crate::xero::rules::{self, Verb};
use crate::xero::wire::{AllocationOut, CreditNoteOut, View};

/// `GET /CreditNotes`
pub async fn list(call: Call) -> Result<Response, Failure> {
    let query = call.list_query(CreditNoteRow::FIELDS)?;
    let mut ledger = call.ledger()?;
    ledger.credit_notes.put_in_order();
    let ledger = &*ledger;
    let row = |index| CreditNoteRow::new(ledger, CreditNoteKey(index));
    let chosen = query.choose(ledger.credit_notes.by_change(query.since), row, None);
    let (page, pagination) = query.page_of(&chosen, call.asked);
    let view = View {
        lines: pagination.is_some(),
        contact: false,
        summary: false,
        unit_places: call.params.unit_places(),
    };
    let found = page.into_iter().map(CreditNoteKey);
    let found = found.filter_map(|key| {
        Some(CreditNoteOut::new(
            ledger,
            key,
            ledger.credit_note(key)?,
            view,
        ))
    });
    let mut rows: Vec<_> = found.collect();
    if let Some(first) = rows.first_mut().filter(|_| call.asked.unknown_enum) {
        first.status = "UNHEARDOF";
    }
    call.reply("CreditNotes", &rows, pagination)
}

pub fn find(ledger: &Ledger, name: &str) -> Result<CreditNoteKey, Failure> {
    let by_id = Uuid::try_parse(name)
        .ok()
        .and_then(|id| ledger.credit_note_by_id(id));
    by_id
        .or_else(|| ledger.credit_note_by_number(name))
        .ok_or(Failure::NotFound)
}

/// `GET /CreditNotes/{id or number}`
pub async fn one(call: Call, Path(name): Path<String>) -> Result<Response, Failure> {
    let ledger = call.ledger()?;
    let key = find(&ledger, &name)?;
    let note = ledger.credit_note(key).ok_or(Failure::NotFound)?;
    let view = View::whole(call.params.unit_places());
    call.reply(
        "CreditNotes",
        &[CreditNoteOut::new(&ledger, key, note, view)],
        None,
    )
}

/// `GET /CreditNotes/{id}/pdf`
pub async fn pdf(call: Call, Path(name): Path<String>) -> Result<Response, Failure> {
    let ledger = call.ledger()?;
    let note = ledger
        .credit_note(find(&ledger, &name)?)
        .ok_or(Failure::NotFound)?;
    Ok(pdf_file::response("Credit Note", &ledger, &note.document))
}

/// `PUT /CreditNotes`
pub async fn create(call: Call, body: Bytes) -> Result<Response, Failure> {
    write(&call, &elements(&body)?, Verb::Create)
}

/// `POST /CreditNotes`
pub async fn upsert(call: Call, body: Bytes) -> Result<Response, Failure> {
    write(&call, &elements(&body)?, Verb::Upsert)
}

/// `POST /CreditNotes/{id}`
pub async fn update(
    call: Call,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Response, Failure> {
    let id = {
        let ledger = call.ledger()?;
        ledger.credit_note_id(find(&ledger, &name)?)
    };
    let mut elements = elements(&body)?;
    elements.truncate(1);
    for element in &mut elements {
        if let Value::Object(map) = element {
            map.insert("CreditNoteID".to_owned(), json!(id));
        }
    }
    write(&call, &elements, Verb::Upsert)
}

fn elements(body: &[u8]) -> Result<Vec<Value>, Failure> {
    input::elements(body, "CreditNotes").map_err(|bad| Failure::from_body(bad, "CreditNote"))
}

fn write(call: &Call, elements: &[Value], verb: Verb) -> Result<Response, Failure> {
    let places = call.params.unit_places();
    let summarises = call.summarises_errors();
    let mut ledger = call.ledger()?;
    let prepare = |ledger: &Ledger, element: &Value| {
        let input: DocumentIn =
            input::parse(element).map_err(|bad| Failure::from_body(bad, "CreditNote"))?;
        Ok(rules::prepare_credit_note(
            ledger, &input, verb, places, call.now,
        ))
    };
    let commit = |ledger: &mut Ledger, change| rules::commit_credit_note(ledger, change, call.now);
    let written = write_all(
        &mut ledger,
        elements,
        summarises,
        "CreditNoteID",
        prepare,
        commit,
    )?;
    call.xero.announce(call.tenant, &mut ledger);
    let ledger = &*ledger;
    let rows = written.into_iter().filter_map(|written| {
        written.row(|key| {
            let note = ledger.credit_note(key)?;
            let mut row = CreditNoteOut::new(ledger, key, note, View::whole(places));
            row.status_attribute_string = (!summarises).then_some("OK");
            Some(row)
        })
    });
    let rows: Vec<_> = rows.collect();
    call.reply("CreditNotes", &rows, None)
}

/// `PUT /CreditNotes/{id}/Allocations`
pub async fn allocate(
    call: Call,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Response, Failure> {
    let elements = input::elements(&body, "Allocations")
        .map_err(|bad| Failure::from_body(bad, "Allocation"))?;
    let summarises = call.summarises_errors();
    let mut ledger = call.ledger()?;
    let note = find(&ledger, &name)?;
    let prepare = |ledger: &Ledger, element: &Value| {
        let input: AllocationIn =
            input::parse(element).map_err(|bad| Failure::from_body(bad, "Allocation"))?;
        Ok(rules::prepare_allocation(ledger, note, &input))
    };
    let commit = |ledger: &mut Ledger, change| rules::commit_allocation(ledger, &change, call.now);
    let written = write_all(
        &mut ledger,
        &elements,
        summarises,
        "AllocationID",
        prepare,
        commit,
    )?;
    call.xero.announce(call.tenant, &mut ledger);
    let ledger = &*ledger;
    let rows = written.into_iter().filter_map(|written| {
        written.row(|(note, place)| {
            let allocation = ledger.credit_note(note)?.allocations.get(place)?;
            let part = u32::try_from(place).ok()?;
            Some(AllocationOut::new(ledger, note, part, allocation))
        })
    });
    let rows: Vec<_> = rows.collect();
    call.reply("Allocations", &rows, None)
}

/// `DELETE /CreditNotes/{id}/Allocations/{allocation}`
pub async fn unallocate(
    call: Call,
    Path((name, allocation)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut ledger = call.ledger()?;
    let note = find(&ledger, &name)?;
    let id = Uuid::try_parse(&allocation).map_err(|_| Failure::NotFound)?;
    let part =
        rules::remove_allocation(&mut ledger, note, id, call.now).ok_or(Failure::NotFound)?;
    call.xero.announce(call.tenant, &mut ledger);
    let found = ledger
        .credit_note(note)
        .and_then(|note| note.allocations.get(part as usize));
    let allocation = found.ok_or(Failure::NotFound)?;
    json_reply(&AllocationOut::new(&ledger, note, part, allocation))
}
