//! Items: one per code.

use chrono::{DateTime, Utc};

use super::{Complaints, Verb, check_length, refuse};
use crate::xero::amount::round;
use crate::xero::input::{ItemIn, TradeIn};
use crate::xero::ledger::Ledger;
use crate::xero::records::{Item, ItemKey, Text, Trade};

#[derive(Debug)]
pub struct ItemChange {
    key: Option<ItemKey>,
    item: Item,
}

pub fn prepare_item(
    ledger: &Ledger,
    input: &ItemIn,
    verb: Verb,
    unit_places: u32,
    now: DateTime<Utc>,
) -> Result<ItemChange, Complaints> {
    let by_code = input
        .code
        .as_deref()
        .and_then(|code| ledger.item_by_code(code));
    let key = match (verb, input.item_id) {
        (Verb::Create, _) => None,
        (Verb::Upsert, Some(id)) => match ledger.item_by_id(id) {
            Some(key) => Some(key),
            None => return refuse("Item could not be found"),
        },
        (Verb::Upsert, None) => by_code,
    };
    let old = key.and_then(|key| ledger.item(key));
    let mut complaints = Complaints::new();
    let mut item = old.cloned().unwrap_or_else(|| empty(now));
    if let Some(code) = input.code.as_deref() {
        item.code = Text::from(code.trim());
    }
    if item.code.is_empty() {
        complaints.push("Price List Item Code must be specified".to_owned());
    }
    if by_code.is_some_and(|found| Some(found) != key) {
        complaints.push(format!(
            "Price List Item with Code '{}' already exists",
            item.code
        ));
    }
    check_length(input.code.as_deref(), "Code", 30, &mut complaints);
    check_length(input.name.as_deref(), "Name", 50, &mut complaints);
    set_texts(input, &mut item);
    let trades = [
        (&mut item.sales, &input.sales_details, input.is_sold),
        (
            &mut item.purchase,
            &input.purchase_details,
            input.is_purchased,
        ),
    ];
    for (field, sent, wanted) in trades {
        set_trade(
            ledger,
            field,
            sent.as_ref(),
            wanted,
            unit_places,
            &mut complaints,
        );
    }
    if complaints.is_empty() {
        Ok(ItemChange { key, item })
    } else {
        Err(complaints)
    }
}

fn set_texts(input: &ItemIn, item: &mut Item) {
    let texts = [
        (&mut item.name, &input.name),
        (&mut item.description, &input.description),
        (&mut item.purchase_description, &input.purchase_description),
    ];
    for (field, sent) in texts {
        if let Some(sent) = sent {
            *field = Text::from(sent.as_str());
        }
    }
}

pub fn commit_item(ledger: &mut Ledger, change: ItemChange, now: DateTime<Utc>) -> ItemKey {
    match change.key {
        Some(key) => {
            ledger.replace_item(key, change.item, now);
            key
        }
        None => ledger.add_item(change.item),
    }
}

fn empty(now: DateTime<Utc>) -> Item {
    let none = Text::from("");
    Item {
        code: none.clone(),
        name: none.clone(),
        description: none.clone(),
        purchase_description: none,
        sales: None,
        purchase: None,
        deleted: false,
        updated: now,
    }
}

fn set_trade(
    ledger: &Ledger,
    field: &mut Option<Trade>,
    sent: Option<&TradeIn>,
    wanted: Option<bool>,
    unit_places: u32,
    complaints: &mut Complaints,
) {
    if wanted == Some(false) {
        *field = None;
        return;
    }
    if sent.is_none() && wanted.is_none() {
        return;
    }
    let trade = field.get_or_insert_default();
    let Some(sent) = sent else { return };
    if let Some(price) = sent.unit_price {
        trade.unit_price = Some(round(price, unit_places));
    }
    if let Some(code) = sent.account_code.as_deref() {
        if ledger.account_by_code(code).is_none() {
            complaints.push(format!("Account code '{code}' is not a valid code"));
        }
        trade.account_code = Some(Text::from(code));
    }
    if let Some(code) = sent.tax_type.as_deref() {
        if ledger.tax_rate(code).is_none() {
            complaints.push(format!(
                "The TaxType code '{code}' does not exist or has been archived"
            ));
        }
        trade.tax_type = Some(Text::from(code));
    }
}
