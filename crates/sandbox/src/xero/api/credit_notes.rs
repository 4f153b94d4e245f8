//! `/CreditNotes` and their allocations.

use axum::body::Bytes;
use axum::extract::Path;
use axum::response::Response;
use serde_json::Value;
use uuid::Uuid;

use super::call::{Call, json as json_reply};
use super::resource::Resource;
use super::write::write_all;
use super::{Failure, pdf as pdf_file};
use crate::xero::input::{self, AllocationIn, DocumentIn};
use crate::xero::ledger::Ledger;
use crate::xero::query::CreditNoteRow;
use crate::xero::records::CreditNoteKey;
use crate::xero::rules::{self, Complaints, CreditNoteChange, Verb};
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

/// Writing them.
pub struct CreditNotes;

impl Resource for CreditNotes {
    const PLURAL: &'static str = "CreditNotes";
    const SINGULAR: &'static str = "CreditNote";
    const ID_FIELD: &'static str = "CreditNoteID";
    type Key = CreditNoteKey;
    type Input = DocumentIn;
    type Change = CreditNoteChange;
    type Out<'a> = CreditNoteOut<'a>;

    fn named(ledger: &Ledger, name: &str) -> Result<Uuid, Failure> {
        find(ledger, name).map(|key| ledger.credit_note_id(key))
    }

    fn prepare(
        call: &Call,
        ledger: &Ledger,
        input: &DocumentIn,
        verb: Verb,
    ) -> Result<CreditNoteChange, Complaints> {
        let places = call.params.unit_places();
        rules::prepare_credit_note(ledger, input, verb, places, call.now)
    }

    fn commit(call: &Call, ledger: &mut Ledger, change: CreditNoteChange) -> CreditNoteKey {
        rules::commit_credit_note(ledger, change, call.now)
    }

    fn show<'a>(call: &Call, ledger: &'a Ledger, key: CreditNoteKey) -> Option<CreditNoteOut<'a>> {
        let places = call.params.unit_places();
        let mut row =
            CreditNoteOut::new(ledger, key, ledger.credit_note(key)?, View::whole(places));
        row.status_attribute_string = (!call.summarises_errors()).then_some("OK");
        Some(row)
    }
}
