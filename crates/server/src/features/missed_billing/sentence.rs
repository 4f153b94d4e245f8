//! One sentence that says what happened, made from the finding's data.

use billing::{
    Micro,
    finding::{Finding, OverchargeReason, Told},
};

use super::evidence::{shown, word};
use crate::ui::format;

/// `client` and `item` are their names where the finding has them, `title` the vendor's name of
/// what is nobody's yet.
pub fn sentence(finding: &Finding, client: &str, item: &str, title: &str) -> String {
    let name = if item.is_empty() { title } else { item };
    match &finding.told {
        Told::UnmappedCompany { subscriptions } => format!(
            "{title} buys {} from the distributor and is none of your clients yet.",
            counted(i64::from(*subscriptions), "subscription")
        ),
        Told::UnmappedProduct {
            subscriptions,
            companies,
        } => format!(
            "{title} is no catalog item yet; {} buy it in {}.",
            counted(i64::from(*companies), "client"),
            counted(i64::from(*subscriptions), "subscription")
        ),
        Told::UnbilledProduct { bought } => format!(
            "{client} has {} of {name} and no contract line for it.",
            plain(*bought)
        ),
        Told::QuantityGap { bought, contracted } => format!(
            "{client} has {} of {item}; the contract says {}.",
            plain(*bought),
            plain(*contracted)
        ),
        Told::UnbilledDevice {
            deployed,
            contracted,
        } => format!(
            "{client} has {} counted as {item}; the contract says {}.",
            plain(*deployed),
            plain(*contracted)
        ),
        Told::InvoiceShort {
            contracted,
            invoiced,
        } => format!(
            "{client}'s contract says {} of {item}; the last invoice has {}.",
            plain(*contracted),
            plain(*invoiced)
        ),
        Told::SkippedPeriod {
            period,
            should_have_been_invoiced_on,
        } => format!(
            "{client} was not invoiced for {item}, {}; it was due on {}.",
            shown(*period),
            format::date(*should_have_been_invoiced_on)
        ),
        Told::UnbilledCharge { charge, period, .. } => format!(
            "The distributor charged {} for {client} ({}), {}, and nobody passed it on.",
            if item.is_empty() { "something" } else { item },
            word(charge).replace('_', " "),
            shown(*period)
        ),
        Told::BelowCost {
            unit_cost,
            unit_price,
            ..
        } => format!(
            "{client} pays {} for {item}, which costs {}.",
            plain(*unit_price),
            plain(*unit_cost)
        ),
        Told::CostRise {
            cost_before,
            cost_now,
            changed_on,
            ..
        } => format!(
            "{item} for {client} costs {} since {}, {} before; the price is the same.",
            plain(*cost_now),
            format::date(*changed_on),
            plain(*cost_before)
        ),
        Told::OverBilled {
            invoiced,
            contracted,
        } => format!(
            "{client} was invoiced {} of {item}; the contract says {}.",
            plain(*invoiced),
            plain(*contracted)
        ),
        Told::VendorOvercharge { reason, period, .. } => format!(
            "The distributor billed {item} for {client}, {}, {}.",
            shown(*period),
            match reason {
                OverchargeReason::Ended => "after the subscription had ended",
                OverchargeReason::Duplicate => "twice",
                OverchargeReason::Price => "above the subscription's cost",
            }
        ),
        Told::UnusedLicence { bought, assigned } => format!(
            "{client} has {} of {item}, and only {} are in use.",
            plain(*bought),
            plain(*assigned)
        ),
    }
}

fn plain(micro: Micro) -> String {
    micro.decimal().normalize().to_string()
}

fn counted(count: i64, noun: &str) -> String {
    if count == 1 {
        format!("one {noun}")
    } else {
        format!("{count} {noun}s")
    }
}
