//! What a finding rests on, stored as data with the places where each row can be opened.

use billing::{
    Id, Period,
    finding::{self, Finding, Identity, Subject},
};
use serde::{Deserialize, Serialize};

use crate::{
    features::reconciliation::{Names, Origin, uuid_of},
    ui::format,
};

/// Everything stored with a finding. Fields are only ever added, as optional ones.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Evidence {
    pub finding: Finding,
    pub rows: Vec<EvidenceRow>,
}

/// One row that shows it, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRow {
    pub seen: finding::Evidence,
    pub place: Place,
}

/// Where a row can be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum Place {
    Subscription { id: uuid::Uuid, external_id: String },
    Line { id: uuid::Uuid, reference: String },
    Snapshot { company: String },
    Invoice { id: uuid::Uuid, line_no: i64 },
    Bill { id: uuid::Uuid, line_no: i64 },
    Unknown,
}

impl Evidence {
    pub fn of(finding: &Finding, names: &Names) -> Self {
        let rows = finding.evidence.iter().map(|seen| EvidenceRow {
            seen: *seen,
            place: place(id_of_row(seen), names),
        });
        Self {
            finding: finding.clone(),
            rows: rows.collect(),
        }
    }
}

fn id_of_row(seen: &finding::Evidence) -> Id {
    match seen {
        finding::Evidence::Subscription { id, .. }
        | finding::Evidence::Count { id, .. }
        | finding::Evidence::Assigned { id, .. }
        | finding::Evidence::ContractLine { id, .. }
        | finding::Evidence::LedgerLine { id, .. }
        | finding::Evidence::BillLine { id, .. } => *id,
    }
}

fn place(id: Id, names: &Names) -> Place {
    match names.origin(id) {
        Some(Origin::Subscription { external_id }) => Place::Subscription {
            id: uuid_of(id),
            external_id,
        },
        Some(Origin::Own(reference)) => Place::Line {
            id: uuid_of(id),
            reference,
        },
        Some(Origin::Snapshot { company }) => Place::Snapshot { company },
        Some(Origin::Invoice { invoice, line_no }) => Place::Invoice {
            id: invoice,
            line_no,
        },
        Some(Origin::Bill { bill, line_no }) => Place::Bill { id: bill, line_no },
        _ => Place::Unknown,
    }
}

/// The subject in references that people and other systems know: `C007/M365-BP`,
/// `pax8:{id}`, `K007-1/2026-10-01`. It is the same for the same thing for ever.
pub fn subject(identity: &Identity, names: &Names) -> String {
    let name = |id: Id| match names.origin(id) {
        Some(Origin::Own(reference)) => reference,
        Some(
            Origin::Company { external_id, .. }
            | Origin::Product { external_id, .. }
            | Origin::Subscription { external_id },
        ) => format!("pax8:{external_id}"),
        _ => id.to_string(),
    };
    match &identity.subject {
        Subject::ClientItem { client, item } => format!("{}/{}", name(*client), name(*item)),
        Subject::ClientProduct { client, product } => {
            format!("{}/{}", name(*client), name(*product))
        }
        Subject::Company { company } => name(*company),
        Subject::Product { product } => name(*product),
        Subject::LinePeriod { line, period_start } => format!("{}/{period_start}", name(*line)),
        Subject::Charge {
            subscription,
            product,
            charge,
            period_start,
            ..
        } => {
            let thing = subscription.or(*product).map(name).unwrap_or_default();
            format!("{thing}/{}/{period_start}", word(charge).replace('_', "-"))
        }
        Subject::SubscriptionPeriod {
            subscription,
            period_start,
        } => {
            format!("{}/{period_start}", name(*subscription))
        }
    }
}

/// The word that `billing` gives a value at rest.
pub fn word(value: &impl Serialize) -> String {
    let text = serde_json::to_value(value).ok();
    text.and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// What the vendor calls the company or product that is nobody's yet.
pub fn title(identity: &Identity, names: &Names) -> String {
    let id = match &identity.subject {
        Subject::Company { company } => *company,
        Subject::Product { product } | Subject::ClientProduct { product, .. } => *product,
        _ => return String::new(),
    };
    match names.origin(id) {
        Some(Origin::Company { name, .. } | Origin::Product { name, .. }) => name,
        _ => String::new(),
    }
}

/// A period as people read it: both days inclusive.
pub fn shown(period: Period) -> String {
    format::period(period.start(), period.end())
}

/// The same for a line of an invoice, whoever has it made.
pub fn written(period: Period) -> String {
    format::written_period(period.start(), period.end())
}
