//! The distributor's corrections: a credited bill, and what takes its place.
//!
//! Nothing on the wire names the replacement. Where exactly one later bill of about the same
//! amount and month fits, it is taken; else the period is *in correction* and raises nothing.

use std::collections::HashMap;

use billing::reconcile::{BillState, ClientIx};
use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::store::{BillLineRow, BillRow};

/// A replacement bill may be dated after what it replaces was passed on.
const BEFORE: Days = Days::new(14);
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

/// Charges that were passed on before BillingOne made invoices: a line of one unit of exactly the
/// distributor's amount, on an invoice of the same client dated soon after the bill. Each such
/// line passes on one charge.
pub struct PassedOn {
    billed_on: HashMap<Uuid, NaiveDate>,
    lines: HashMap<(ClientIx, i64, String), Vec<NaiveDate>>,
}

impl PassedOn {
    pub fn of(billed_on: HashMap<Uuid, NaiveDate>) -> Self {
        Self {
            billed_on,
            lines: HashMap::new(),
        }
    }

    pub fn put(&mut self, client: ClientIx, net_minor: i64, currency: &str, dated: NaiveDate) {
        self.lines
            .entry((client, net_minor, currency.to_owned()))
            .or_default()
            .push(dated);
    }

    /// Whether a line passes this charge on; it passes on no other then.
    pub fn take(&mut self, client: ClientIx, charge: &BillLineRow) -> bool {
        let Some(billed) = self.billed_on.get(&charge.bill_id.0) else {
            return false;
        };
        let from = billed.checked_sub_days(BEFORE).unwrap_or(NaiveDate::MIN);
        let until = billed.checked_add_days(WITHIN).unwrap_or(NaiveDate::MAX);
        let key = (client, charge.price_total_minor, charge.currency.clone());
        let Some(dates) = self.lines.get_mut(&key) else {
            return false;
        };
        let fits = dates
            .iter()
            .position(|dated| from <= *dated && *dated <= until);
        fits.map(|at| dates.remove(at)).is_some()
    }
}
