//! The distributor's corrections: a credited bill, and what takes its place.
//!
//! Nothing on the wire names the replacement. `billing::bill` proposes it from companies, month and
//! date; what a person picked comes first. Until either is known the period is *in correction* and
//! raises nothing.

use std::collections::HashMap;

use billing::{
    Id,
    bill::{self, Bill},
    finding::BillLineKind,
    money::Money,
    reconcile::{BillState, ClientIx},
};
use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::{
    facts::{bill_line_kind, currency, id_of, uuid_of, vendor_id},
    store::{self, BillLineRow, BillRow, BillShape},
};
use crate::{
    db::{Day, OrgId, Tx},
    fault::Fault,
};

/// A replacement bill may be dated after what it replaces was passed on.
const BEFORE: Days = Days::new(14);
/// A replacement comes within this many days.
const WITHIN: Days = Days::new(62);

/// How each bill counts.
pub async fn states(
    tx: &mut Tx,
    org: OrgId,
    bills: &[BillRow],
) -> Result<HashMap<Uuid, BillState>, Fault> {
    let chain = chain(tx, org, bills).await?;
    let states = bill::states(&chain).into_iter();
    Ok(states.map(|(id, state)| (uuid_of(id), state)).collect())
}

/// Bills as the rule of corrections looks at them. Lines are read for the time around credited
/// bills alone; elsewhere nothing depends on them.
pub async fn chain(tx: &mut Tx, org: OrgId, bills: &[BillRow]) -> Result<Vec<Bill>, Fault> {
    let credited = || bills.iter().filter(|bill| bill.status == CREDITED);
    let first = credited().map(|bill| bill.billed_on).min();
    let last = credited().map(|bill| bill.billed_on).max();
    let mut shapes: HashMap<Uuid, Vec<BillShape>> = HashMap::new();
    if let (Some(first), Some(last)) = (first, last) {
        let until = last.0.checked_add_days(WITHIN).unwrap_or(NaiveDate::MAX);
        for shape in store::bill_shapes(tx, org, (first, Day(until))).await? {
            shapes.entry(shape.bill_id.0).or_default().push(shape);
        }
    }
    bills
        .iter()
        .map(|row| as_bill(row, &shapes.remove(&row.id.0).unwrap_or_default()))
        .collect()
}

/// The vendor's word for a bill that was wrong and is credited in full.
pub const CREDITED: &str = "Credited";

fn as_bill(row: &BillRow, shapes: &[BillShape]) -> Result<Bill, Fault> {
    let kind = |shape: &BillShape| bill_line_kind(&shape.kind, &shape.term);
    let begins = shapes
        .iter()
        .filter(|shape| kind(shape) == BillLineKind::Subscription)
        .filter_map(|shape| {
            let lines = usize::try_from(shape.lines).unwrap_or(1);
            Some(std::iter::repeat_n(shape.starts_on?.0, lines))
        });
    let mut companies: Vec<Id> = shapes
        .iter()
        .filter_map(|shape| {
            let company = shape.company_external_id.as_deref()?;
            Some(vendor_id("company", shape.connection_id, company))
        })
        .collect();
    companies.sort_unstable();
    companies.dedup();
    let cost_minor = shapes
        .iter()
        .filter(|shape| kind(shape) != BillLineKind::Settlement)
        .fold(0_i64, |sum, shape| sum.saturating_add(shape.cost_minor));
    Ok(Bill {
        id: id_of(row.id.0),
        billed_on: row.billed_on.0,
        period: bill::month_of(row.billed_on.0, begins.flatten()),
        cost: Money::new(cost_minor, currency(&row.currency)?),
        companies,
        is_credited: row.status == CREDITED,
        replaced_by: row.replaced_by.map(|id| id_of(id.0)),
    })
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
