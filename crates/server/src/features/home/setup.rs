//! The way from an empty organization to its first drafts.

use serde::Serialize;
use utoipa::ToSchema;

use super::store::{ContractsRow, Tally};

/// The steps in their order, until the first drafts were made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Setup {
    pub is_done: bool,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Step {
    /// distributor | accounting | rmm | clients | catalog | contracts | drafts
    pub name: &'static str,
    pub title: &'static str,
    /// What it is good for.
    pub about: &'static str,
    pub href: &'static str,
    pub is_done: bool,
}

impl Setup {
    /// The first step that is still to do.
    pub fn next(&self) -> Option<&Step> {
        self.steps
            .iter()
            .find(|step| !self.is_done && !step.is_done)
    }

    pub fn done(&self) -> usize {
        self.steps.iter().filter(|step| step.is_done).count()
    }
}

/// Name, title, what it is good for, and where it is done.
const STEPS: [[&str; 4]; 7] = [
    [
        "distributor",
        "Connect your distributor",
        "What was bought for each client, and what it costs.",
        "/settings/integrations",
    ],
    [
        "accounting",
        "Connect accounting",
        "What was invoiced and paid, and where drafts go.",
        "/settings/integrations",
    ],
    [
        "rmm",
        "Connect your RMM",
        "How many devices you look after.",
        "/settings/integrations",
    ],
    [
        "clients",
        "Map clients",
        "Which vendor record is which client.",
        "/client-mappings",
    ],
    [
        "catalog",
        "Set up the catalog",
        "What you sell, with its price, tax and account.",
        "/catalog",
    ],
    [
        "contracts",
        "Write down contracts",
        "What each client pays for, and where each quantity comes from.",
        "/contracts",
    ],
    [
        "drafts",
        "Generate the first drafts",
        "A preview first; nothing is sent without you.",
        "/generated-invoices/generate",
    ],
];

pub fn of(tallies: &[Tally], contracts: &[ContractsRow]) -> Setup {
    let there = |what: &str, which: &str| {
        tallies
            .iter()
            .any(|tally| tally.what == what && tally.which == which && tally.things > 0)
    };
    let is_done = |name: &str| match name {
        "distributor" => there("connected", "pax8"),
        "accounting" => there("connected", "xero"),
        "rmm" => there("connected", "ninjaone"),
        "clients" => there("mapped", "") && !there("suggested", ""),
        "catalog" => there("item", ""),
        "contracts" => contracts.iter().any(|row| row.agreed > 0),
        _ => there("made", ""),
    };
    let steps = STEPS.map(|[name, title, about, href]| Step {
        name,
        title,
        about,
        href,
        is_done: is_done(name),
    });
    Setup {
        is_done: is_done("drafts"),
        steps: steps.to_vec(),
    }
}
