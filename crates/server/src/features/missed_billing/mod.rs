//! Findings: what is not billed, or wrongly, and what a person did about it.
//!
//! [`record`] writes what a reconciliation found as differences: new, changed, healed, woken.
//! [`act`] and [`apply`] are what people do. A finding is one thing for ever: found again, it
//! reopens with its history.

pub mod act;
pub mod api;
pub mod apply;
mod behind;
mod bill;
mod change;
mod evidence;
mod list;
pub mod pages;
mod place;
mod record;
mod sentence;
mod store;
#[cfg(test)]
mod tests;

pub use evidence::{Evidence, EvidenceRow, Place};
pub use list::{Counts, FindingView, ListFilter, Sums, Tab, counts, detail, list, sums};
pub use record::record;
pub use sentence::sentence;
pub use store::{EventRow, ready_by_client};

use std::str::FromStr;

use crate::fault::Fault;

/// Where a finding stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = FindingState)]
pub enum State {
    Open,
    Snoozed,
    Ignored,
    Reviewed,
    Applied,
    Closed,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Snoozed => "snoozed",
            Self::Ignored => "ignored",
            Self::Reviewed => "reviewed",
            Self::Applied => "applied",
            Self::Closed => "closed",
        }
    }
}

impl FromStr for State {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self, Fault> {
        Ok(match text {
            "open" => Self::Open,
            "snoozed" => Self::Snoozed,
            "ignored" => Self::Ignored,
            "reviewed" => Self::Reviewed,
            "applied" => Self::Applied,
            "closed" => Self::Closed,
            _ => {
                return Err(Fault::Internal(anyhow::anyhow!(
                    "stored finding state {text:?}"
                )));
            }
        })
    }
}
