//! The chain of corrections: which bill counts, and a person's word on what replaces a credited
//! one.

use std::collections::HashMap;

use billing::{
    Period,
    bill::{self, Bill},
    reconcile::BillState,
};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Header, ReplacementOption, State, store};
use crate::{
    app::App,
    db::{OrgId, Tx, VendorBillId},
    fault::Fault,
    features::{
        audit::{self, Act},
        reconciliation::{self, BillRow, CREDITED, id_of, jobs::Reconcile},
    },
    http::Who,
    queue,
};

/// Every bill, and how each counts.
pub struct Chain {
    /// Newest first.
    pub headers: Vec<Header>,
    /// Actual bills that are not void.
    bills: Vec<Bill>,
    states: HashMap<billing::Id, BillState>,
}

const VOID: &str = "Void";

impl Chain {
    pub async fn load(tx: &mut Tx, org: OrgId) -> Result<Self, Fault> {
        let headers = store::headers(tx, org).await?;
        let rows: Vec<BillRow> = headers
            .iter()
            .filter(|header| !header.is_predicted() && header.vendor_status != VOID)
            .map(|header| BillRow {
                id: header.id,
                billed_on: header.billed_on,
                status: header.vendor_status.clone(),
                currency: header.currency.clone(),
                total_minor: header.total_minor,
                replaced_by: header.replaced_by,
            })
            .collect();
        let bills = reconciliation::chain(tx, org, &rows).await?;
        let states = bill::states(&bills).into_iter().collect();
        Ok(Self {
            headers,
            bills,
            states,
        })
    }

    pub fn header(&self, id: VendorBillId) -> Result<&Header, Fault> {
        let found = self.headers.iter().find(|header| header.id == id);
        found.ok_or(Fault::NotFound("this bill"))
    }

    fn bill(&self, header: &Header) -> Option<&Bill> {
        let id = id_of(header.id.0);
        self.bills.iter().find(|bill| bill.id == id)
    }

    fn of(&self, bill: &Bill) -> Option<&Header> {
        self.headers
            .iter()
            .find(|header| id_of(header.id.0) == bill.id)
    }

    pub fn state(&self, header: &Header) -> State {
        if header.is_predicted() {
            return State::Predicted;
        }
        match self.states.get(&id_of(header.id.0)) {
            Some(BillState::Standing) => State::Standing,
            Some(BillState::Credited) => State::Credited,
            Some(BillState::InCorrection) => State::InCorrection,
            Some(BillState::Contested) => State::Contested,
            None => State::Void,
        }
    }

    pub fn replacement(&self, header: &Header) -> Option<&Header> {
        self.of(bill::replacement(self.bill(header)?, &self.bills)?)
    }

    /// The credited bills whose place it takes.
    pub fn replaces<'c>(&'c self, header: &Header) -> impl Iterator<Item = &'c Header> {
        let id = id_of(header.id.0);
        let replaced = self.bills.iter().filter(move |bill| {
            bill::replacement(bill, &self.bills).is_some_and(|other| other.id == id)
        });
        replaced.filter_map(|bill| self.of(bill))
    }

    /// What could take its place, best first: what fits, then what else a person may pick.
    pub fn options(&self, header: &Header) -> Vec<ReplacementOption> {
        let Some(credited) = self.bill(header).filter(|bill| bill.is_credited) else {
            return Vec::new();
        };
        let fitting = bill::replacements(credited, &self.bills);
        let others = self.bills.iter().filter(|bill| {
            bill::may_replace(credited, bill, &self.bills)
                && !fitting.iter().any(|fits| fits.id == bill.id)
        });
        let all = fitting.iter().map(|bill| (*bill, true));
        let all = all.chain(others.map(|bill| (bill, false)));
        all.filter_map(|(bill, fits)| Some((self.of(bill)?, fits)))
            .filter(|(other, _)| other.connection_id == header.connection_id)
            .map(|(other, fits)| ReplacementOption {
                id: other.id,
                number: other.number.clone(),
                billed_on: other.billed_on,
                total_minor: other.total_minor,
                fits,
            })
            .collect()
    }

    pub fn predictions(&self) -> impl Iterator<Item = &Header> {
        self.headers.iter().filter(|header| header.is_predicted())
    }

    /// What was predicted for an actual bill's month.
    pub fn prediction(&self, header: &Header, month: Period) -> Option<&Header> {
        let is_actual = !header.is_predicted();
        let mut predictions = self.predictions();
        predictions.find(|predicted| is_actual && is_for(predicted, header, month.start()))
    }

    /// The bills that count for a predicted month. A bill is made in its month or soon after.
    pub fn bills_of(
        &self,
        predicted: &Header,
        (start, end): (NaiveDate, NaiveDate),
    ) -> Vec<&Header> {
        let actual = self.headers.iter().filter(|header| {
            self.state(header).counts()
                && header.connection_id == predicted.connection_id
                && header.currency == predicted.currency
                && start <= header.billed_on.0
                && header.billed_on.0 < end
        });
        actual.collect()
    }
}

/// Whether a prediction is for the month that begins then, at the same account.
pub fn is_for(predicted: &Header, header: &Header, month: NaiveDate) -> bool {
    predicted.connection_id == header.connection_id
        && predicted.currency == header.currency
        && predicted.billed_on.0 == month
}

/// Which bill takes a credited one's place.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ReplacementInput)]
pub struct PickInput {
    /// Null takes the pick back.
    pub replacement: Option<VendorBillId>,
    /// When taking back: refuse unless this is what is picked.
    pub seen: Option<VendorBillId>,
}

/// Stores a person's word on what replaces a credited bill, or takes it back. Saying the same
/// again changes nothing. What that period raises follows with the reconciliation it asks for.
///
/// # Errors
/// 409 for a bill that is not credited, or whose pick is another by now; 422 for what cannot
/// replace it.
pub async fn pick(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: VendorBillId,
    input: &PickInput,
) -> Result<(), Fault> {
    let chain = Chain::load(tx, who.org).await?;
    let header = chain.header(id)?;
    if header.vendor_status != CREDITED {
        return Err(Fault::conflict(
            "not_credited",
            "this bill stands; only a credited one is replaced by another",
        ));
    }
    if header.replaced_by == input.replacement {
        return Ok(());
    }
    let action = if let Some(replacement) = input.replacement {
        check(&chain, header, replacement)?;
        "vendor_bill.replacement_picked"
    } else if input.seen.is_some() && input.seen != header.replaced_by {
        return Err(Fault::conflict(
            "stale",
            "somebody picked another bill in the meantime; look at it again",
        ));
    } else {
        "vendor_bill.replacement_undone"
    };
    store::set_replacement(tx, who.org, id, input.replacement).await?;
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action,
        subject_kind: "vendor_bill",
        subject: Some(id.0),
    };
    let detail = json!({ "before": header.replaced_by, "after": input.replacement });
    audit::record(app, tx, act, &detail).await?;
    queue::enqueue(app, tx, &Reconcile { org: who.org }).await?;
    Ok(())
}

fn check(chain: &Chain, header: &Header, replacement: VendorBillId) -> Result<(), Fault> {
    if header.replaced_by.is_some() {
        return Err(Fault::conflict(
            "already_picked",
            "another bill was picked already; take that back first",
        ));
    }
    let options = chain.options(header);
    if options.iter().any(|option| option.id == replacement) {
        return Ok(());
    }
    Err(Fault::field(
        "replacement",
        "this bill cannot take its place; choose a standing one of the same account and \
         currency, dated within two months after it",
    ))
}
