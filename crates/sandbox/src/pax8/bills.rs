//! Invoices of the distributor, their items, and what the next ones would say.

use axum::Json;
use axum::extract::{Path, State};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::page::{Query, id};
use super::{Answered, Pax8, Refusal, number};
use crate::world::days::{days_later, first_of_month, months_later};
use crate::world::{Bill, BillItem, BillKind, World};

/// A bill with what it comes to, for lists.
struct Summed {
    bill: Bill,
    total: Decimal,
    status: &'static str,
}

const STATUSES: &[&str] = &[
    "Unpaid",
    "Paid",
    "Void",
    "Carried",
    "Nothing Due",
    "Credited",
];
const SORTS: &[&str] = &[
    "invoiceDate",
    "dueDate",
    "status",
    "partnerName",
    "total",
    "balance",
    "carriedBalance",
];

fn summed(world: &World, bill: Bill, today: NaiveDate) -> Summed {
    let total = world
        .bill_items(&bill)
        .iter()
        .map(|item| item.cost_total)
        .sum();
    let status = match bill.kind {
        BillKind::Credited => "Credited",
        _ if bill.due <= today => "Paid",
        _ => "Unpaid",
    };
    Summed {
        bill,
        total,
        status,
    }
}

pub(super) async fn invoices(State(pax8): State<Pax8>, query: Query) -> Answered {
    let today = pax8.now().date_naive();
    pax8.read(|world| {
        let status = query.word("status", STATUSES)?;
        let sort = query.sort(SORTS)?;
        let on = query.date("invoiceDate")?;
        let from = query.date("invoiceDateRangeStart")?;
        let to = query.date("invoiceDateRangeEnd")?;
        let due = query.date("dueDate")?;
        let mut found: Vec<Summed> = world
            .bills(today)
            .into_iter()
            .filter(|bill| on.is_none_or(|on| bill.date == on))
            .filter(|bill| from.is_none_or(|from| bill.date >= from))
            .filter(|bill| to.is_none_or(|to| bill.date <= to))
            .filter(|bill| due.is_none_or(|due| bill.due == due))
            .map(|bill| summed(world, bill, today))
            .filter(|bill| status.is_none_or(|status| bill.status == status))
            .collect();
        // Without a wish, newest first.
        let (field, down) = sort.unwrap_or(("invoiceDate", true));
        match field {
            "total" | "balance" | "carriedBalance" => found.sort_by_key(|bill| bill.total),
            "status" => found.sort_by_key(|bill| bill.status),
            _ => found.sort_by_key(|bill| bill.bill.date),
        }
        if down {
            found.reverse();
        }
        query.page(&found, invoice_json)
    })
}

pub(super) async fn invoice(State(pax8): State<Pax8>, Path(text): Path<String>) -> Answered {
    let today = pax8.now().date_naive();
    pax8.read(|world| {
        let bill = find(world, &text, today)?;
        Ok(Json(invoice_json(&summed(world, bill, today))))
    })
}

fn find(world: &World, text: &str, today: NaiveDate) -> Result<Bill, Refusal> {
    let wanted = id(text)?;
    let found = world
        .bills(today)
        .into_iter()
        .find(|bill| bill.id == wanted);
    found.ok_or_else(|| Refusal::not_found("Invoice", text))
}

fn invoice_json(summed: &Summed) -> Value {
    let open = if summed.status == "Unpaid" {
        summed.total
    } else {
        Decimal::ZERO
    };
    json!({
        "id": summed.bill.id,
        "invoiceDate": summed.bill.date,
        "dueDate": summed.bill.due,
        "status": summed.status,
        "balance": number(open),
        "carriedBalance": 0,
        "total": number(summed.total),
        "currencyCode": "GBP",
        "partnerName": "Fenwick & Rowe IT Services Ltd",
    })
}

pub(super) async fn items(
    State(pax8): State<Pax8>,
    Path(text): Path<String>,
    query: Query,
) -> Answered {
    let today = pax8.now().date_naive();
    pax8.read(|world| {
        let bill = find(world, &text, today)?;
        let items = world.bill_items(&bill);
        query.page(&items, |item| item_json(item, item.end))
    })
}

/// This month's bill or the next one's as it would be now; its periods end on their last day.
pub(super) async fn draft_items(State(pax8): State<Pax8>, query: Query) -> Answered {
    let today = pax8.now().date_naive();
    pax8.read(|world| {
        let offset = match query.word("monthOffset", &["0", "1"])? {
            Some("0") => 0,
            _ => 1,
        };
        let company = query.id("companyId")?;
        let month = months_later(first_of_month(today), offset);
        let mut items = world.draft_items(month);
        items.retain(|item| company.is_none_or(|company| item.company.id == company));
        query.page(&items, |item| item_json(item, days_later(item.end, -1)))
    })
}

fn item_json(item: &BillItem<'_>, end: NaiveDate) -> Value {
    let mut body = json!({
        "id": item.id,
        "type": item.item_type,
        "purchaseOrderNumber": "N/A",
        "companyId": item.company.id,
        "companyName": item.company.name,
        "startPeriod": item.start,
        "endPeriod": end,
        "quantity": number(item.quantity),
        "unitOfMeasure": item.product.unit,
        "term": item.term,
        "sku": item.product.sku,
        "description": item.product.name,
        "rateType": "flat",
        "chargeType": "per",
        "price": number(item.price),
        "subTotal": number(item.price_total),
        "cost": number(item.cost),
        "costTotal": number(item.cost_total),
        "offeredBy": "Pax8",
        "billedByPax8": false,
        "total": number(item.price_total),
        "productId": item.product.id,
        "productName": item.product.name,
        "billingFee": 0,
        "billingFeeRate": 0,
        "amountDue": number(item.cost_total),
        "currencyCode": "GBP",
        "salesTax": 0,
        "vendorName": item.product.vendor,
    });
    if let Some(fields) = body.as_object_mut() {
        if let Some(subscription) = item.subscription {
            fields.insert("subscriptionId".to_owned(), json!(subscription));
        }
        if let Some(external) = &item.company.external_id {
            fields.insert("externalId".to_owned(), json!(external));
        }
    }
    body
}
