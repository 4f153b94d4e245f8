//! The distributor's corrections: a credited bill, and what takes its place.
//!
//! Nothing on the wire names the replacement. Where exactly one later bill of about the same
//! amount and month fits, it is taken; else the period is *in correction* and raises nothing.

use std::collections::HashMap;

use billing::reconcile::BillState;
use chrono::Days;
use uuid::Uuid;

use super::store::BillRow;

/// A replacement comes within this many days.
const WITHIN: Days = Days::new(62);

pub fn states(bills: &[BillRow]) -> HashMap<Uuid, BillState> {
    bills
        .iter()
        .map(|bill| (bill.id.0, state(bill, bills)))
        .collect()
}

fn state(bill: &BillRow, bills: &[BillRow]) -> BillState {
    if bill.status != "Credited" {
        return BillState::Standing;
    }
    if bill.replaced_by.is_some() || candidates(bill, bills).count() == 1 {
        BillState::Credited
    } else {
        BillState::InCorrection
    }
}

fn candidates<'b>(bill: &'b BillRow, bills: &'b [BillRow]) -> impl Iterator<Item = &'b BillRow> {
    let until = bill.billed_on.0.checked_add_days(WITHIN);
    bills.iter().filter(move |other| {
        other.id != bill.id
            && other.status != "Credited"
            && other.currency == bill.currency
            && other.billed_on >= bill.billed_on
            && until.is_some_and(|until| other.billed_on.0 <= until)
            && is_near(other.total_minor, bill.total_minor)
    })
}

/// Within a tenth of each other.
fn is_near(a: i64, b: i64) -> bool {
    a.abs_diff(b).saturating_mul(10) <= b.unsigned_abs()
}
