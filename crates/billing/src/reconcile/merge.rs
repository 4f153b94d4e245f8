//! Several bill lines about one subject are one finding, worth their sum.

use super::Rules;
use super::worth::{a_month, twelfth};
use crate::finding::{Finding, Told, severity};

/// In a fixed order, each identity once.
pub(super) fn merged(mut findings: Vec<Finding>, rules: &Rules) -> Vec<Finding> {
    // A finding is large: only its key is moved about, and the finding once.
    findings.sort_by_cached_key(|finding| finding.identity);
    findings.dedup_by(|again, first| {
        let same = again.identity == first.identity;
        if same {
            take_in(first, again);
            first.severity = severity(first.kind(), first.impact, 0, &rules.severity);
        }
        same
    });
    findings
}

fn take_in(first: &mut Finding, again: &mut Finding) {
    first.evidence.append(&mut again.evidence);
    first.quantity = first.quantity.plus(again.quantity);
    let sum = match (first.one_off, again.one_off) {
        (Some(one), Some(other)) => one.checked_add(other).ok(),
        _ => None,
    };
    let Some(sum) = sum else {
        // Another currency: shown beside it, never added.
        first.also.push(again.impact);
        return;
    };
    first.one_off = Some(sum);
    first.impact = match &mut first.told {
        Told::UnbilledCharge { amount, .. } => {
            *amount = sum;
            twelfth(sum)
        }
        Told::VendorOvercharge { billed, months, .. } => {
            *billed = sum;
            a_month(sum, *months)
        }
        _ => first
            .impact
            .checked_add(again.impact)
            .unwrap_or(first.impact),
    };
}
