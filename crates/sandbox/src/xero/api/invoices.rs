//! `/Invoices`

use std::collections::HashSet;

use axum::extract::Path;
use axum::http::header;
use axum::response::Response;
use uuid::Uuid;

use super::call::Call;
use super::resource::Resource;
use super::{Failure, pdf};
use crate::xero::input::DocumentIn;
use crate::xero::ledger::Ledger;
use crate::xero::query::InvoiceRow;
use crate::xero::records::InvoiceKey;
use crate::xero::rules::{self, Complaints, InvoiceChange, Verb};
use crate::xero::wire::{InvoiceOut, View};

/// A query that reads more rows than this without paging is refused.
const MOST_UNPAGED: usize = 100_000;

/// `GET /Invoices`. Lines are shown only with `page`.
pub async fn list(call: Call) -> Result<Response, Failure> {
    let query = call.list_query(InvoiceRow::FIELDS)?;
    let keep = Keep::parse(&call)?;
    let mut ledger = call.ledger()?;
    ledger.invoices.put_in_order();
    let ledger = &*ledger;
    let row = |index| InvoiceRow::new(ledger, InvoiceKey(index));
    let wanted = |row: &InvoiceRow<'_>| keep.matches(row);
    let wanted: Option<&dyn Fn(&InvoiceRow<'_>) -> bool> = if keep.is_everything() {
        None
    } else {
        Some(&wanted)
    };
    let chosen = query.choose(ledger.invoices.by_change(query.since), row, wanted);
    if query.page.is_none() && chosen.len() > MOST_UNPAGED {
        return Err(Failure::complaint("The query is not optimised: use paging"));
    }
    let (page, pagination) = query.page_of(&chosen, call.asked);
    let summary = call.params.flag("summaryOnly").unwrap_or_default();
    let lines = pagination.is_some() && !summary;
    let view = View {
        lines,
        contact: false,
        summary,
        unit_places: call.params.unit_places(),
    };
    let found = page.into_iter().map(InvoiceKey);
    let found =
        found.filter_map(|key| Some(InvoiceOut::new(ledger, key, ledger.invoice(key)?, view)));
    let mut rows: Vec<_> = found.collect();
    if let Some(first) = rows.first_mut().filter(|_| call.asked.unknown_enum) {
        first.status = "UNHEARDOF";
    }
    call.reply("Invoices", &rows, pagination)
}

/// The filters of invoices beside `where`.
struct Keep<'a> {
    ids: Option<HashSet<Uuid>>,
    numbers: Option<HashSet<&'a str>>,
    contacts: Option<HashSet<Uuid>>,
    statuses: Option<HashSet<&'a str>>,
    by_app: Option<bool>,
    term: Option<String>,
}

impl<'a> Keep<'a> {
    fn parse(call: &'a Call) -> Result<Self, Failure> {
        let params = &call.params;
        let ids = params.ids("IDs")?.map(HashSet::from_iter);
        let contacts = params.ids("ContactIDs")?.map(HashSet::from_iter);
        Ok(Self {
            ids,
            numbers: params.list("InvoiceNumbers").map(HashSet::from_iter),
            contacts,
            statuses: params.list("Statuses").map(HashSet::from_iter),
            by_app: params.flag("createdByMyApp").filter(|only_mine| *only_mine),
            term: params.text("searchTerm").map(str::to_lowercase),
        })
    }

    fn is_everything(&self) -> bool {
        self.ids.is_none()
            && self.numbers.is_none()
            && self.contacts.is_none()
            && self.statuses.is_none()
            && self.by_app.is_none()
            && self.term.is_none()
    }

    fn matches(&self, row: &InvoiceRow<'_>) -> bool {
        let document = &row.record.document;
        let ledger = row.ledger;
        let has_term = |term: &String| {
            document.number.to_lowercase().contains(term)
                || document.reference.to_lowercase().contains(term)
        };
        self.ids
            .as_ref()
            .is_none_or(|ids| ids.contains(&ledger.invoice_id(row.key)))
            && self
                .numbers
                .as_ref()
                .is_none_or(|numbers| numbers.contains(&*document.number))
            && self
                .contacts
                .as_ref()
                .is_none_or(|ids| ids.contains(&ledger.contact_id(document.contact)))
            && self
                .statuses
                .as_ref()
                .is_none_or(|s| s.contains(document.status.as_str()))
            && self.by_app.is_none_or(|_| document.by_app)
            && self.term.as_ref().is_none_or(has_term)
    }
}

/// By identifier or by number.
pub fn find(ledger: &Ledger, name: &str) -> Result<InvoiceKey, Failure> {
    let by_id = Uuid::try_parse(name)
        .ok()
        .and_then(|id| ledger.invoice_by_id(id));
    by_id
        .or_else(|| ledger.invoice_by_number(name))
        .ok_or(Failure::NotFound)
}

/// `GET /Invoices/{id or number}`, as PDF if so asked.
pub async fn one(call: Call, Path(name): Path<String>) -> Result<Response, Failure> {
    let accepts = call
        .headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    if accepts.is_some_and(|accepts| accepts.contains("application/pdf")) {
        return pdf_of(&call, &name);
    }
    let ledger = call.ledger()?;
    let key = find(&ledger, &name)?;
    show(&call, &ledger, key)
}

/// `GET /Invoices/{id}/pdf`
pub async fn pdf(call: Call, Path(name): Path<String>) -> Result<Response, Failure> {
    pdf_of(&call, &name)
}

fn pdf_of(call: &Call, name: &str) -> Result<Response, Failure> {
    let ledger = call.ledger()?;
    let invoice = ledger
        .invoice(find(&ledger, name)?)
        .ok_or(Failure::NotFound)?;
    Ok(pdf::response("Invoice", &ledger, &invoice.document))
}

fn show(call: &Call, ledger: &Ledger, key: InvoiceKey) -> Result<Response, Failure> {
    let invoice = ledger.invoice(key).ok_or(Failure::NotFound)?;
    let view = View::whole(call.params.unit_places());
    call.reply(
        "Invoices",
        &[InvoiceOut::new(ledger, key, invoice, view)],
        None,
    )
}

/// Writing them.
pub struct Invoices;

impl Resource for Invoices {
    const PLURAL: &'static str = "Invoices";
    const SINGULAR: &'static str = "Invoice";
    const ID_FIELD: &'static str = "InvoiceID";
    type Key = InvoiceKey;
    type Input = DocumentIn;
    type Change = InvoiceChange;
    type Out<'a> = InvoiceOut<'a>;

    fn named(ledger: &Ledger, name: &str) -> Result<Uuid, Failure> {
        find(ledger, name).map(|key| ledger.invoice_id(key))
    }

    fn prepare(
        call: &Call,
        ledger: &Ledger,
        input: &DocumentIn,
        verb: Verb,
    ) -> Result<InvoiceChange, Complaints> {
        let places = call.params.unit_places();
        rules::prepare_invoice(ledger, input, verb, places, call.now)
    }

    fn commit(call: &Call, ledger: &mut Ledger, change: InvoiceChange) -> InvoiceKey {
        rules::commit_invoice(ledger, change, call.now)
    }

    fn show<'a>(call: &Call, ledger: &'a Ledger, key: InvoiceKey) -> Option<InvoiceOut<'a>> {
        let places = call.params.unit_places();
        let mut row = InvoiceOut::new(ledger, key, ledger.invoice(key)?, View::whole(places));
        row.status_attribute_string = (!call.summarises_errors()).then_some("OK");
        Some(row)
    }
}
