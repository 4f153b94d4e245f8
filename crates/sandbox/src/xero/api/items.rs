//! `/Items`

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Failure;
use super::call::Call;
use super::write::write_all;
use crate::xero::input::{self, ItemIn};
use crate::xero::ledger::Ledger;
use crate::xero::query::ItemRow;
use crate::xero::records::{Item, ItemKey};
use crate::xero::rules::{self, Verb};
use crate::xero::wire::ItemOut;

/// `GET /Items`: the whole list, there are no pages.
pub async fn list(call: Call) -> Result<Response, Failure> {
    let query = call.list_query(ItemRow::FIELDS)?;
    let mut ledger = call.ledger()?;
    ledger.items.put_in_order();
    let ledger = &*ledger;
    let row = |index| ItemRow::new(ledger, ItemKey(index));
    let wanted = |row: &ItemRow<'_>| !row.record.deleted;
    let chosen = query.choose(ledger.items.by_change(query.since), row, Some(&wanted));
    let places = call.params.unit_places();
    let found = chosen.iter().copied().map(ItemKey);
    let found = found.filter_map(|key| Some(ItemOut::new(ledger, key, ledger.item(key)?, places)));
    let rows: Vec<_> = found.collect();
    call.reply("Items", &rows, None)
}

/// By identifier or by code.
pub fn find(ledger: &Ledger, name: &str) -> Result<ItemKey, Failure> {
    let by_id = Uuid::try_parse(name)
        .ok()
        .and_then(|id| ledger.item_by_id(id));
    let key = by_id
        .or_else(|| ledger.item_by_code(name))
        .ok_or(Failure::NotFound)?;
    let is_there = ledger.item(key).is_some_and(|item| !item.deleted);
    is_there.then_some(key).ok_or(Failure::NotFound)
}

/// `GET /Items/{id or code}`
pub async fn one(call: Call, Path(name): Path<String>) -> Result<Response, Failure> {
    let ledger = call.ledger()?;
    let key = find(&ledger, &name)?;
    let item = ledger.item(key).ok_or(Failure::NotFound)?;
    let places = call.params.unit_places();
    call.reply("Items", &[ItemOut::new(&ledger, key, item, places)], None)
}

/// `DELETE /Items/{id}`
pub async fn remove(call: Call, Path(name): Path<String>) -> Result<Response, Failure> {
    let mut ledger = call.ledger()?;
    let key = find(&ledger, &name)?;
    let item = ledger.item(key).cloned().ok_or(Failure::NotFound)?;
    ledger.replace_item(
        key,
        Item {
            deleted: true,
            ..item
        },
        call.now,
    );
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `PUT /Items`
pub async fn create(call: Call, body: Bytes) -> Result<Response, Failure> {
    write(&call, &elements(&body)?, Verb::Create)
}

/// `POST /Items`
pub async fn upsert(call: Call, body: Bytes) -> Result<Response, Failure> {
    write(&call, &elements(&body)?, Verb::Upsert)
}

/// `POST /Items/{id}`
pub async fn update(
    call: Call,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Response, Failure> {
    let id = {
        let ledger = call.ledger()?;
        ledger.item_id(find(&ledger, &name)?)
    };
    let mut elements = elements(&body)?;
    elements.truncate(1);
    for element in &mut elements {
        if let Value::Object(map) = element {
            map.insert("ItemID".to_owned(), json!(id));
        }
    }
    write(&call, &elements, Verb::Upsert)
}

fn elements(body: &[u8]) -> Result<Vec<Value>, Failure> {
    input::elements(body, "Items").map_err(|bad| Failure::from_body(bad, "Item"))
}

fn write(call: &Call, elements: &[Value], verb: Verb) -> Result<Response, Failure> {
    let places = call.params.unit_places();
    let summarises = call.summarises_errors();
    let mut ledger = call.ledger()?;
    let prepare = |ledger: &Ledger, element: &Value| {
        let input: ItemIn = input::parse(element).map_err(|bad| Failure::from_body(bad, "Item"))?;
        Ok(rules::prepare_item(ledger, &input, verb, places, call.now))
    };
    let commit = |ledger: &mut Ledger, change| rules::commit_item(ledger, change, call.now);
    let written = write_all(&mut ledger, elements, summarises, "ItemID", prepare, commit)?;
    let ledger = &*ledger;
    let rows = written.into_iter().filter_map(|written| {
        written.row(|key| {
            let mut row = ItemOut::new(ledger, key, ledger.item(key)?, places);
            row.status_attribute_string = (!summarises).then_some("OK");
            Some(row)
        })
    });
    let rows: Vec<_> = rows.collect();
    call.reply("Items", &rows, None)
}
