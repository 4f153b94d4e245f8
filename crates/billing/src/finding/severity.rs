//! How bad a finding is: by kind, by money, by age.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::micro::{self, Micro};
use crate::money::Money;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Low,
    Medium,
    High,
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
        }
    }

    #[must_use]
    pub const fn raised(self) -> Severity {
        match self {
            Severity::Low => Severity::Medium,
            Severity::Medium | Severity::High => Severity::High,
        }
    }
}

/// The organization's thresholds, in major units a month of the finding's own currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeverityRules {
    pub high_from: Micro,
    pub medium_from: Micro,
    /// `over_billed` and `below_cost` are high from here, or once a billing run has passed.
    pub loss_high_from: Micro,
    /// Open for this many billing runs raises a finding one level.
    pub ages_after_runs: u32,
}

impl Default for SeverityRules {
    fn default() -> SeverityRules {
        SeverityRules {
            high_from: Micro::whole(200),
            medium_from: Micro::whole(50),
            loss_high_from: Micro::whole(20),
            ages_after_runs: 3,
        }
    }
}

/// The severity of a finding that has been open for `runs_open` billing runs.
pub fn severity(kind: Kind, impact: Money, runs_open: u32, rules: &SeverityRules) -> Severity {
    let in_millionths = i128::from(impact.minor) * i128::from(micro::ONE);
    let per_major = i128::from(impact.currency.minor_per_major());
    let reaches = |threshold: Micro| in_millionths >= i128::from(threshold.0) * per_major;
    let is_loss = matches!(kind, Kind::OverBilled | Kind::BelowCost);
    let high = reaches(rules.high_from)
        || kind == Kind::SkippedPeriod
        || (is_loss && (reaches(rules.loss_high_from) || runs_open >= 1));
    let base = match (high, reaches(rules.medium_from)) {
        (true, _) => Severity::High,
        (false, true) => Severity::Medium,
        (false, false) => Severity::Low,
    };
    if runs_open >= rules.ages_after_runs {
        base.raised()
    } else {
        base
    }
}
