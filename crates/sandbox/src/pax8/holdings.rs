//! Companies, products and subscriptions.

use axum::Json;
use axum::extract::{Path, State};
use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::page::{Query, id};
use super::{Answered, Pax8, Refusal, instant, number};
use crate::world::World;
use crate::world::dice::mix;
use crate::world::model::{Client, Company, Product, ProductKind, Subscription, Version};

type Held<'a> = (&'a Company, &'a Subscription);

pub(super) async fn companies(State(pax8): State<Pax8>, query: Query) -> Answered {
    pax8.read(|world| {
        let status = query.word("status", &["Active", "Inactive", "Deleted"])?;
        let sort = query.sort(&["name", "city", "country", "stateOrProvince", "postalCode"])?;
        let (city, country) = (query.text("city"), query.text("country"));
        let asks_for_none = query.flag("selfServiceAllowed")? == Some(true)
            || query.flag("billOnBehalfOfEnabled")? == Some(true)
            || query.flag("orderApprovalRequired")? == Some(true)
            || query.text("stateOrProvince").is_some();
        let mut found: Vec<(&Client, &Company)> = clients(world)
            .filter(|(_, company)| status.is_none_or(|status| company.status == status))
            .filter(|(client, _)| city.is_none_or(|city| client.city == city))
            .filter(|(client, _)| country.is_none_or(|country| client.country == country))
            .filter(|_| !asks_for_none)
            .collect();
        if let Some((field, down)) = sort {
            found.sort_by(|a, b| match field {
                "city" => a.0.city.cmp(b.0.city),
                "country" => a.0.country.cmp(b.0.country),
                _ => a.1.name.cmp(&b.1.name),
            });
            if down {
                found.reverse();
            }
        }
        query.page(&found, |(client, company)| company_json(client, company))
    })
}

fn clients(world: &World) -> impl Iterator<Item = (&Client, &Company)> {
    world
        .clients
        .iter()
        .filter_map(|client| Some((client, client.company.as_ref()?)))
}

fn find_company<'a>(world: &'a World, text: &str) -> Result<(&'a Client, &'a Company), Refusal> {
    let wanted = id(text)?;
    let found = clients(world).find(|(_, company)| company.id == wanted);
    found.ok_or_else(|| Refusal::not_found("Company", text))
}

pub(super) async fn company(State(pax8): State<Pax8>, Path(text): Path<String>) -> Answered {
    pax8.read(|world| {
        let (client, company) = find_company(world, &text)?;
        Ok(Json(company_json(client, company)))
    })
}

pub(super) async fn contacts(
    State(pax8): State<Pax8>,
    Path(text): Path<String>,
    query: Query,
) -> Answered {
    pax8.read(|world| {
        let (client, company) = find_company(world, &text)?;
        query.page(&[contact_json(client, company)], Value::clone)
    })
}

fn company_json(client: &Client, company: &Company) -> Value {
    let mut body = json!({
        "id": company.id,
        "name": company.name,
        "address": {
            "street": format!("{} High Street", 1 + client.headcount),
            "city": client.city,
            "postalCode": format!("ZZ{} 9AA", 1 + client.headcount % 20),
            "country": client.country,
        },
        "phone": format!("020 7946 {:04}", company.id.as_fields().1 % 1000),
        "website": company.website,
        "status": company.status,
        "billOnBehalfOfEnabled": false,
        "selfServiceAllowed": false,
        "orderApprovalRequired": false,
        "updatedDate": instant(company.updated),
    });
    if let (Some(external), Some(body)) = (&company.external_id, body.as_object_mut()) {
        body.insert("externalId".to_owned(), json!(external));
    }
    body
}

fn contact_json(client: &Client, company: &Company) -> Value {
    let (high, low) = company.id.as_u64_pair();
    let host = company
        .website
        .trim_start_matches("https://")
        .trim_start_matches("www.");
    json!({
        "id": Uuid::from_u64_pair(mix(high), mix(low)),
        "firstName": "Sam",
        "lastName": "Taylor",
        "email": format!("it@{host}"),
        "phone": format!("020 7946 {:04}", client.headcount),
        // The one date Pax8 writes with an offset that has no colon.
        "createdDate": company.updated.format("%Y-%m-%dT13:20:13.153-0700").to_string(),
        "types": [
            { "type": "Admin", "primary": true },
            { "type": "Billing", "primary": true },
            { "type": "Technical", "primary": true },
        ],
    })
}

pub(super) async fn products(State(pax8): State<Pax8>, query: Query) -> Answered {
    pax8.read(|world| {
        let sort = query.sort(&["name", "vendor"])?;
        let search = query.text("search").map(str::to_lowercase);
        let vendor = query.text("vendorName");
        let mut found: Vec<&Product> = world
            .catalogue
            .products
            .iter()
            .map(AsRef::as_ref)
            .filter(|product| vendor.is_none_or(|vendor| product.vendor == vendor))
            .filter(|product| {
                search
                    .as_ref()
                    .is_none_or(|text| product.name.to_lowercase().contains(text))
            })
            .collect();
        if let Some((field, down)) = sort {
            found.sort_by_key(|product| {
                if field == "name" {
                    product.name
                } else {
                    product.vendor
                }
            });
            if down {
                found.reverse();
            }
        }
        query.page(&found, |product| product_json(product))
    })
}

fn find_product<'a>(world: &'a World, text: &str) -> Result<&'a Product, Refusal> {
    let wanted = id(text)?;
    let found = world
        .catalogue
        .products
        .iter()
        .find(|product| product.id == wanted);
    found
        .map(AsRef::as_ref)
        .ok_or_else(|| Refusal::not_found("Product", text))
}

pub(super) async fn product(State(pax8): State<Pax8>, Path(text): Path<String>) -> Answered {
    pax8.read(|world| Ok(Json(product_json(find_product(world, &text)?))))
}

fn product_json(product: &Product) -> Value {
    json!({
        "id": product.id,
        "name": product.name,
        "vendorName": product.vendor,
        "shortDescription": product.name,
        "sku": product.sku,
        "vendorSku": product.sku.trim_start_matches("PAX-"),
        "requiresCommitment": false,
    })
}

/// Month to month, and committed for a year at the same rate times twelve.
pub(super) async fn pricing(State(pax8): State<Pax8>, Path(text): Path<String>) -> Answered {
    pax8.read(|world| {
        let product = find_product(world, &text)?;
        if product.kind != ProductKind::Seat {
            return Ok(Json(json!({ "content": [] })));
        }
        let plan = |term: &str, months: u32| {
            json!({
                "productId": product.id,
                "productName": product.name,
                "billingTerm": term,
                "commitmentTerm": term,
                "commitmentTermInMonths": months,
                "type": "Flat",
                "unitOfMeasurement": product.unit,
                "rates": [{
                    "partnerBuyRate": number(product.cost * Decimal::from(months)),
                    "suggestedRetailPrice": number(product.price * Decimal::from(months)),
                    "startQuantityRange": 1,
                    "chargeType": "Per Unit",
                }],
            })
        };
        Ok(Json(
            json!({ "content": [plan("Monthly", 1), plan("Annual", 12)] }),
        ))
    })
}

const STATUSES: &[&str] = &[
    "Active",
    "Cancelled",
    "PendingManual",
    "PendingAutomated",
    "PendingCancel",
    "WaitingForDetails",
    "Trial",
    "Converted",
    "PendingActivation",
    "Activated",
];
const TERMS: &[&str] = &[
    "Monthly",
    "Annual",
    "2-Year",
    "3-Year",
    "One-Time",
    "Trial",
    "Activation",
];
const SORTS: &[&str] = &[
    "quantity",
    "startDate",
    "endDate",
    "createdDate",
    "billingStart",
    "price",
];

pub(super) async fn subscriptions(State(pax8): State<Pax8>, query: Query) -> Answered {
    let today = pax8.now().date_naive();
    pax8.read(|world| {
        let status = query.word("status", STATUSES)?;
        let term = query.word("billingTerm", TERMS)?;
        let (company, product) = (query.id("companyId")?, query.id("productId")?);
        let sort = query.sort(SORTS)?;
        let mut found: Vec<Held<'_>> = clients(world)
            .filter(|(_, of)| company.is_none_or(|company| of.id == company))
            .flat_map(|(_, of)| of.subscriptions.iter().map(move |held| (of, held)))
            .filter(|(_, held)| product.is_none_or(|product| held.product.id == product))
            .filter(|(_, held)| status.is_none_or(|status| held.status == status))
            .filter(|(_, held)| term.is_none_or(|term| held.term.as_str() == term))
            .collect();
        if let Some((field, down)) = sort {
            order(&mut found, field, today);
            if down {
                found.reverse();
            }
        }
        query.page(&found, |held| subscription_json(*held, today))
    })
}

fn order(found: &mut [Held<'_>], field: &str, today: NaiveDate) {
    let latest = |held: &Subscription| held.latest(today).copied();
    match field {
        "quantity" => found.sort_by_key(|(_, held)| latest(held).map(|version| version.quantity)),
        "price" => found.sort_by_key(|(_, held)| latest(held).map(|version| version.price)),
        "endDate" => found.sort_by_key(|(_, held)| held.end.unwrap_or(NaiveDate::MAX)),
        _ => found.sort_by_key(|(_, held)| held.start),
    }
}

fn find_subscription<'a>(world: &'a World, text: &str) -> Result<Held<'a>, Refusal> {
    let wanted = id(text)?;
    world
        .subscription(wanted)
        .ok_or_else(|| Refusal::not_found("Subscription", text))
}

pub(super) async fn subscription(State(pax8): State<Pax8>, Path(text): Path<String>) -> Answered {
    let today = pax8.now().date_naive();
    pax8.read(|world| {
        let held = find_subscription(world, &text)?;
        let mut body = subscription_json(held, today);
        if let Some(body) = body.as_object_mut() {
            let sku = held.1.product.sku.trim_start_matches("PAX-").to_owned();
            body.insert("vendorSkuId".to_owned(), json!(sku));
        }
        Ok(Json(body))
    })
}

/// Newest first; each with the day it took effect as its start.
pub(super) async fn history(State(pax8): State<Pax8>, Path(text): Path<String>) -> Answered {
    let today = pax8.now().date_naive();
    pax8.read(|world| {
        let held = find_subscription(world, &text)?;
        let past = held
            .1
            .versions
            .iter()
            .rev()
            .filter(|version| version.from <= today);
        let content: Vec<Value> = past
            .map(|version| version_json(held, version, true))
            .collect();
        Ok(Json(json!({ "content": content })))
    })
}

pub(crate) fn subscription_json(held: Held<'_>, today: NaiveDate) -> Value {
    held.1
        .latest(today)
        .map_or(Value::Null, |version| version_json(held, version, false))
}

fn version_json((company, held): Held<'_>, version: &Version, is_history: bool) -> Value {
    let started = if is_history { version.from } else { held.start };
    let hour = TimeDelta::minutes(510);
    let begun = started.and_time(chrono::NaiveTime::MIN).and_utc() + hour;
    let mut body = json!({
        "id": held.id,
        "companyId": company.id,
        "productId": held.product.id,
        "quantity": version.quantity,
        "startDate": begun.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "createdDate": held.start.format("%Y-%m-%dT06:12:13.153-06:00").to_string(),
        "updatedDate": version.from.format("%Y-%m-%dT05:45:01.007-06:00").to_string(),
        "billingStart": started,
        "status": held.status,
        "price": number(version.price),
        "currencyCode": "GBP",
        "partnerCost": number(version.cost),
        "productName": held.product.name,
        "billingTerm": held.term.as_str(),
    });
    if let Some(fields) = body.as_object_mut() {
        if let Some(end) = held.end {
            fields.insert("endDate".to_owned(), json!(instant(end)));
        }
        if let Some(until) = held.committed_until {
            let (high, low) = held.id.as_u64_pair();
            let term = json!({
                "id": Uuid::from_u64_pair(mix(high), mix(low)),
                "term": "1-Year",
                "endDate": instant(until),
            });
            fields.insert("commitmentTerm".to_owned(), term);
        }
    }
    body
}
