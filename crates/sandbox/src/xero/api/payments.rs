//! `/Payments`

use axum::body::Bytes;
use axum::extract::Path;
use axum::response::Response;
use serde_json::Value;
use uuid::Uuid;

use super::Failure;
use super::call::Call;
use super::write::write_all;
use crate::xero::input::{self, PaymentIn};
use crate::xero::ledger::Ledger;
use crate::xero::query::PaymentRow;
use crate::xero::records::PaymentKey;
use crate::xero::rules;
use crate::xero::wire::PaymentOut;

/// `GET /Payments`
pub async fn list(call: Call) -> Result<Response, Failure> {
    let query = call.list_query(PaymentRow::FIELDS)?;
    let mut ledger = call.ledger()?;
    ledger.payments.put_in_order();
    let ledger = &*ledger;
    let row = |index| PaymentRow::new(ledger, PaymentKey(index));
    let chosen = query.choose(ledger.payments.by_change(query.since), row, None);
    let (page, pagination) = query.page_of(&chosen, call.asked);
    let found = page.into_iter().map(PaymentKey);
    let found = found.filter_map(|key| Some(PaymentOut::new(ledger, key, ledger.payment(key)?)));
    let mut rows: Vec<_> = found.collect();
    if let Some(first) = rows.first_mut().filter(|_| call.asked.unknown_enum) {
        first.status = "UNHEARDOF";
    }
    call.reply("Payments", &rows, pagination)
}

pub fn find(ledger: &Ledger, name: &str) -> Result<PaymentKey, Failure> {
    let by_id = Uuid::try_parse(name)
        .ok()
        .and_then(|id| ledger.payment_by_id(id));
    by_id.ok_or(Failure::NotFound)
}

/// `GET /Payments/{id}`
pub async fn one(call: Call, Path(name): Path<String>) -> Result<Response, Failure> {
    let ledger = call.ledger()?;
    let key = find(&ledger, &name)?;
    let payment = ledger.payment(key).ok_or(Failure::NotFound)?;
    call.reply("Payments", &[PaymentOut::new(&ledger, key, payment)], None)
}

/// `PUT /Payments` with a list, or `POST /Payments` with one.
pub async fn create(call: Call, body: Bytes) -> Result<Response, Failure> {
    write(&call, &elements(&body)?, None)
}

/// `POST /Payments/{id}` with `{"Status":"DELETED"}`, in an envelope or bare.
pub async fn update(
    call: Call,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Response, Failure> {
    let key = {
        let ledger = call.ledger()?;
        find(&ledger, &name)?
    };
    let mut elements = elements(&body)?;
    elements.truncate(1);
    write(&call, &elements, Some(key))
}

fn elements(body: &[u8]) -> Result<Vec<Value>, Failure> {
    input::elements(body, "Payments").map_err(|bad| Failure::from_body(bad, "Payment"))
}

fn write(
    call: &Call,
    elements: &[Value],
    existing: Option<PaymentKey>,
) -> Result<Response, Failure> {
    let mut ledger = call.ledger()?;
    let prepare = |ledger: &Ledger, element: &Value| {
        let input: PaymentIn =
            input::parse(element).map_err(|bad| Failure::from_body(bad, "Payment"))?;
        Ok(rules::prepare_payment(ledger, &input, existing, call.now))
    };
    let commit = |ledger: &mut Ledger, change| rules::commit_payment(ledger, change, call.now);
    let summarises = call.summarises_errors();
    let written = write_all(
        &mut ledger,
        elements,
        summarises,
        "PaymentID",
        prepare,
        commit,
    )?;
    call.xero.announce(call.tenant, &mut ledger);
    let ledger = &*ledger;
    let rows = written.into_iter().filter_map(|written| {
        written.row(|key| Some(PaymentOut::new(ledger, key, ledger.payment(key)?)))
    });
    let rows: Vec<_> = rows.collect();
    call.reply("Payments", &rows, None)
}
