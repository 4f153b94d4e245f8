//! `/Items`

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::Failure;
use super::call::Call;
use super::resource::Resource;
use crate::xero::input::ItemIn;
use crate::xero::ledger::Ledger;
use crate::xero::query::ItemRow;
use crate::xero::records::{Item, ItemKey};
use crate::xero::rules::{self, Complaints, ItemChange, Verb};
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

/// Writing them.
pub struct Items;

impl Resource for Items {
    const PLURAL: &'static str = "Items";
    const SINGULAR: &'static str = "Item";
    const ID_FIELD: &'static str = "ItemID";
    type Key = ItemKey;
    type Input = ItemIn;
    type Change = ItemChange;
    type Out<'a> = ItemOut<'a>;

    fn named(ledger: &Ledger, name: &str) -> Result<Uuid, Failure> {
        find(ledger, name).map(|key| ledger.item_id(key))
    }

    fn prepare(
        call: &Call,
        ledger: &Ledger,
        input: &ItemIn,
        verb: Verb,
    ) -> Result<ItemChange, Complaints> {
        let places = call.params.unit_places();
        rules::prepare_item(ledger, input, verb, places, call.now)
    }

    fn commit(call: &Call, ledger: &mut Ledger, change: ItemChange) -> ItemKey {
        rules::commit_item(ledger, change, call.now)
    }

    fn show<'a>(call: &Call, ledger: &'a Ledger, key: ItemKey) -> Option<ItemOut<'a>> {
        let places = call.params.unit_places();
        let mut row = ItemOut::new(ledger, key, ledger.item(key)?, places);
        row.status_attribute_string = (!call.summarises_errors()).then_some("OK");
        Some(row)
    }
}
