//! The lines of a document.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::View;
use crate::xero::amount::{Amount, number, round};
use crate::xero::ids::Kind;
use crate::xero::ledger::Ledger;
use crate::xero::records::{Discount, Document, Line};
use crate::xero::wire::{Nothing, TrackedOut};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LineOut<'a> {
    #[serde(rename = "LineItemID")]
    line_item_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<ItemPart<'a>>,
    #[serde(serialize_with = "number")]
    quantity: Decimal,
    #[serde(serialize_with = "number")]
    unit_amount: Decimal,
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "optional_number"
    )]
    discount_rate: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount_amount: Option<Amount>,
    line_amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_type: Option<&'a str>,
    tax_amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_code: Option<&'a str>,
    #[serde(rename = "AccountID", skip_serializing_if = "Option::is_none")]
    account_id: Option<Uuid>,
    tracking: Vec<TrackedOut>,
    validation_errors: Nothing,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ItemPart<'a> {
    #[serde(rename = "ItemID")]
    item_id: Uuid,
    name: &'a str,
    code: &'a str,
}

pub(super) fn lines<'a>(
    ledger: &'a Ledger,
    kind: Kind,
    index: u32,
    document: &'a Document,
    view: View,
) -> Vec<LineOut<'a>> {
    let shown: &[Line] = if view.lines { &document.lines } else { &[] };
    shown
        .iter()
        .map(|line| line_out(ledger, kind, index, line, view.unit_places))
        .collect()
}

fn line_out<'a>(
    ledger: &'a Ledger,
    kind: Kind,
    index: u32,
    line: &'a Line,
    unit_places: u32,
) -> LineOut<'a> {
    let item = line
        .item_code
        .as_deref()
        .and_then(|code| ledger.item_by_code(code));
    let item = item.and_then(|key| Some((key, ledger.item(key)?)));
    let account = line
        .account_code
        .as_deref()
        .and_then(|code| ledger.account_by_code(code));
    let (discount_rate, discount_amount) = match line.discount {
        Discount::None => (None, None),
        Discount::Rate(rate) => (Some(rate), None),
        Discount::Amount(amount) => (None, Some(amount)),
    };
    LineOut {
        line_item_id: ledger.ids.part_of(kind, index, line.part),
        description: line.description.as_deref(),
        item_code: line.item_code.as_deref(),
        item: item.map(|(key, item)| ItemPart {
            item_id: ledger.item_id(key),
            name: &item.name,
            code: &item.code,
        }),
        quantity: line.quantity,
        unit_amount: round(line.unit_amount, unit_places),
        discount_rate,
        discount_amount,
        line_amount: line.line_amount,
        tax_type: line.tax_type.as_deref(),
        tax_amount: line.tax_amount,
        account_code: line.account_code.as_deref(),
        account_id: account.map(|key| ledger.account_id(key)),
        tracking: TrackedOut::of(ledger, line.tracking),
        validation_errors: Nothing,
    }
}

#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
pub(in crate::xero::wire) fn optional_number<S: Serializer>(
    value: &Option<Decimal>,
    out: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => number(value, out),
        None => out.serialize_none(),
    }
}
