//! What usage-billed subscriptions have consumed so far in the running month.

use axum::Json;
use axum::extract::{Path, State};
use chrono::{Datelike as _, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::page::{Query, id};
use super::{Answered, Pax8, Refusal, number};
use crate::world::World;
use crate::world::days::{first_of_month, months_later, rounded, share};
use crate::world::dice::mix;
use crate::world::model::{Company, ProductKind, Subscription};

type Held<'a> = (&'a Company, &'a Subscription);

fn summary_id(held: &Subscription) -> Uuid {
    let (high, low) = held.id.as_u64_pair();
    uuid::Builder::from_random_bytes(
        ((u128::from(mix(high ^ 1)) << 64) | u128::from(mix(low ^ 2))).to_be_bytes(),
    )
    .into_uuid()
}

/// Consumption of a span of the running month: the month's, spread over its days.
fn consumed(world: &World, held: &Subscription, from: NaiveDate, to: NaiveDate) -> Decimal {
    let month = first_of_month(from);
    let next = months_later(month, 1);
    let whole = world.consumption(held, next);
    share(whole, (from, to), (month, next))
}

fn partner_total(charges: Decimal) -> Decimal {
    rounded(charges * Decimal::new(85, 2), 3)
}

pub(super) async fn summaries(
    State(pax8): State<Pax8>,
    Path(text): Path<String>,
    query: Query,
) -> Answered {
    let today = pax8.now().date_naive();
    pax8.read(|world| {
        let wanted = id(&text)?;
        let held = world
            .subscription(wanted)
            .ok_or_else(|| Refusal::not_found("Subscription", &text))?;
        query.sort(&["resourceGroup", "currentCharges", "partnerTotal"])?;
        let company = query.id("companyId")?;
        let group = query.text("resourceGroup");
        let is_wanted = held.1.product.kind == ProductKind::Usage
            && company.is_none_or(|company| company == held.0.id)
            && group.is_none_or(|group| group == held.0.name);
        let rows = if is_wanted { vec![held] } else { Vec::new() };
        query.page(&rows, |held| summary_json(world, *held, today))
    })
}

fn find<'a>(world: &'a World, text: &str) -> Result<Held<'a>, Refusal> {
    let wanted = id(text)?;
    let companies = world
        .clients
        .iter()
        .filter_map(|client| client.company.as_ref());
    companies
        .flat_map(|company| {
            company
                .subscriptions
                .iter()
                .map(move |held| (company, held))
        })
        .find(|(_, held)| held.product.kind == ProductKind::Usage && summary_id(held) == wanted)
        .ok_or_else(|| Refusal::not_found("Usage Summary", text))
}

pub(super) async fn summary(State(pax8): State<Pax8>, Path(text): Path<String>) -> Answered {
    let today = pax8.now().date_naive();
    pax8.read(|world| {
        let held = find(world, &text)?;
        Ok(Json(summary_json(world, held, today)))
    })
}

fn summary_json(world: &World, (company, held): Held<'_>, today: NaiveDate) -> Value {
    let charges = consumed(world, held, first_of_month(today), today);
    json!({
        "id": summary_id(held),
        "companyId": company.id,
        "productId": held.product.id,
        "subscriptionId": held.id,
        "resourceGroup": company.name,
        "vendorName": held.product.vendor,
        "currentCharges": number(charges),
        "currencyCode": "GBP",
        "partnerTotal": number(partner_total(charges)),
        "isTrial": false,
    })
}

/// The lines of one day, which must be named.
pub(super) async fn lines(
    State(pax8): State<Pax8>,
    Path(text): Path<String>,
    query: Query,
) -> Answered {
    let today = pax8.now().date_naive();
    pax8.read(|world| {
        let (_, held) = find(world, &text)?;
        let day = query
            .date("usageDate")?
            .ok_or_else(|| Refusal::bad_request("usageDate is required (yyyy-MM-dd)"))?;
        let product = query.id("productId")?;
        let is_known = day <= today
            && (day.year(), day.month()) == (today.year(), today.month())
            && product.is_none_or(|product| product == held.product.id);
        let rows = if is_known { vec![day] } else { Vec::new() };
        query.page(&rows, |day| {
            let next = day.succ_opt().unwrap_or(*day);
            let charges = consumed(
                world,
                held,
                *day,
                next.min(months_later(first_of_month(*day), 1)),
            );
            let partner = partner_total(charges);
            json!({
                "usageSummaryId": summary_id(held),
                "usageDate": day,
                "productName": held.product.name,
                "productId": held.product.id,
                "unitOfMeasure": held.product.unit,
                "quantity": 1,
                "currentCharges": number(charges),
                "currentProfit": number(charges - partner),
                "partnerTotal": number(partner),
                "unitPrice": number(charges),
                "currencyCode": "GBP",
                "isTrial": false,
            })
        })
    })
}
