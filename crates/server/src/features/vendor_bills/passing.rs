//! What passes each line of a bill on, worked out when somebody asks: contracts, invoices and
//! mappings change after a bill, and what stood here once would soon be wrong.

use std::collections::{HashMap, HashSet};

use billing::{
    Id, Money, Period,
    bill::matching::{self, Agreed, Bought, Charged, Match},
    finding::BillLineKind,
};
use chrono::{Days, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    said::Said,
    store::{self, AgreedRow, LineRow},
};
use crate::{
    db::{
        CatalogItemId, ClientId, ContractId, ContractLineId, Day, Exact, FindingId,
        GeneratedInvoiceId, InvoiceId, OneOffId, OrgId, Tx, VendorBillId,
    },
    fault::Fault,
    features::reconciliation::{bill_line_kind, currency, id_of, micro},
};

/// How a line of a bill stands towards a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = VendorBillLineState)]
pub enum LineState {
    /// Nobody passes it on.
    Unmatched,
    /// A contract line, an invoice line or a one-off passes it on.
    Matched,
    /// The MSP bought it for itself.
    OwnUse,
    /// It gives money back, and nobody owes it.
    NothingOwed,
    /// A credit that settles bills; it is no cost.
    Settles,
}

/// The contract line that bills it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BillingLine {
    pub contract_id: ContractId,
    pub contract_line_id: ContractLineId,
    pub reference: String,
}

/// Where it stands on an invoice. One of the ids is set.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PassedOnBy {
    /// Ours, or a draft of it.
    pub generated_invoice_id: Option<GeneratedInvoiceId>,
    /// The ledger's.
    pub invoice_id: Option<InvoiceId>,
    /// Waits for the client's next draft.
    pub one_off_id: Option<OneOffId>,
    /// Empty for a draft and a one-off.
    pub number: String,
}

/// The finding that says so.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BillFinding {
    pub id: FindingId,
    pub kind: String,
}

/// A line of a bill, and what passes it on.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VendorBillLine)]
pub struct Line {
    pub line_no: i64,
    /// The vendor's word: subscription, prorate, one-time …
    #[serde(rename = "type")]
    pub kind: String,
    pub term: String,
    pub client_id: Option<ClientId>,
    pub client_name: Option<String>,
    /// The vendor's record of the client; empty where the line names none.
    pub company: String,
    pub product: String,
    pub catalog_item_id: Option<CatalogItemId>,
    /// The vendor's own ids.
    pub company_external_id: Option<String>,
    pub product_external_id: Option<String>,
    pub subscription_external_id: Option<String>,
    pub starts_on: Option<Day>,
    /// The first day without it.
    pub ends_on: Option<Day>,
    pub quantity: Exact,
    /// What the MSP pays a unit.
    pub unit_cost: Exact,
    pub cost_minor: i64,
    /// What the client would pay, by the distributor's price.
    pub charge_minor: i64,
    pub currency: String,
    pub state: LineState,
    pub contract_line: Option<BillingLine>,
    pub passed_on_by: Option<PassedOnBy>,
    pub finding: Option<BillFinding>,
    #[serde(skip)]
    pub(super) is: BillLineKind,
}

impl Line {
    /// Who it is for, as people call them.
    pub fn whose(&self) -> &str {
        match &self.client_name {
            Some(name) => name,
            None if self.company.is_empty() => "Not for a client",
            None => &self.company,
        }
    }

    pub fn is_cost(&self) -> bool {
        self.state != LineState::Settles
    }
}

/// Invoices this long before and after the bills may pass their lines on.
const BEFORE: Days = Days::new(62);
const AFTER: Days = Days::new(124);

/// The lines of some bills dated between two days, both included.
pub async fn lines(
    tx: &mut Tx,
    org: OrgId,
    bills: &HashSet<VendorBillId>,
    (from, until): (Day, Day),
) -> Result<HashMap<VendorBillId, Vec<Line>>, Fault> {
    let mut rows = store::lines(tx, org, (from, until)).await?;
    rows.retain(|row| bills.contains(&row.bill_id));
    let around = (
        Day(from.0.checked_sub_days(BEFORE).unwrap_or(from.0)),
        Day(until.0.checked_add_days(AFTER).unwrap_or(until.0)),
    );
    let agreed = store::agreed(tx, org, around.0).await?;
    let feeds: HashMap<String, ContractLineId> = store::feeds(tx, org).await?.into_iter().collect();
    let (charged, passing) = charged(tx, org, around).await?;
    let said = Said::of(store::findings(tx, org).await?)?;
    let mut places = Vec::new();
    let mut bought = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        if let Some(line) = as_bought(row, &feeds, &said)? {
            places.push(at);
            bought.push(line);
        }
    }
    let found = matching::matches(&bought, &as_agreed(&agreed), &charged);
    let found: HashMap<usize, Match> = places.into_iter().zip(found).collect();
    let mut lines: HashMap<VendorBillId, Vec<Line>> = HashMap::new();
    for (at, row) in rows.into_iter().enumerate() {
        let matched = found.get(&at).copied().unwrap_or_default();
        let contract_line = matched.agreed.and_then(|at| agreed.get(at));
        let passed_on_by = matched.charged.and_then(|at| passing.get(at)).cloned();
        let bill = row.bill_id;
        let line = shown(row, contract_line, passed_on_by, &said);
        lines.entry(bill).or_default().push(line);
    }
    Ok(lines)
}

fn shown(
    row: LineRow,
    contract_line: Option<&AgreedRow>,
    passed_on_by: Option<PassedOnBy>,
    said: &Said,
) -> Line {
    let is = bill_line_kind(&row.kind, &row.term);
    let is_matched = contract_line.is_some() || passed_on_by.is_some();
    let state = match is {
        BillLineKind::Settlement => LineState::Settles,
        _ if row.own_use || row.company_external_id.is_none() => LineState::OwnUse,
        _ if row.price_total_minor <= 0 && row.cost_total_minor <= 0 => LineState::NothingOwed,
        _ if is_matched => LineState::Matched,
        _ => LineState::Unmatched,
    };
    let finding = said.about(&row, state);
    Line {
        line_no: row.line_no,
        kind: row.kind,
        term: row.term,
        client_id: row.client_id,
        client_name: row.client_name,
        company: row.company,
        product: row.product_name,
        catalog_item_id: row.item_id,
        subscription_external_id: row.subscription_external_id,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        quantity: row.quantity,
        unit_cost: row.unit_cost,
        cost_minor: row.cost_total_minor,
        charge_minor: row.price_total_minor,
        currency: row.currency,
        state,
        contract_line: contract_line.map(|line| BillingLine {
            contract_id: line.contract_id,
            contract_line_id: line.id,
            reference: line.reference.clone(),
        }),
        passed_on_by,
        finding,
        is,
        company_external_id: row.company_external_id,
        product_external_id: row.product_external_id,
    }
}

/// A line that somebody has to pass on. What a finding says nobody did is not looked for again.
fn as_bought(
    row: &LineRow,
    feeds: &HashMap<String, ContractLineId>,
    said: &Said,
) -> Result<Option<Bought>, Fault> {
    let (Some(client), Some(starts_on)) = (row.client_id, row.starts_on) else {
        return Ok(None);
    };
    if row.own_use || said.is_unbilled(row) {
        return Ok(None);
    }
    let feeds = row
        .subscription_external_id
        .as_ref()
        .and_then(|subscription| feeds.get(subscription));
    Ok(Some(Bought {
        client: id_of(client.0),
        item: row.item_id.map(|item| id_of(item.0)),
        feeds: feeds.map(|line| id_of(line.0)),
        kind: bill_line_kind(&row.kind, &row.term),
        period: period(starts_on.0, row.ends_on.map(|day| day.0)),
        quantity: micro(row.quantity),
        charge: Money::new(row.price_total_minor, currency(&row.currency)?),
    }))
}

/// At least a day.
fn period(start: NaiveDate, end: Option<NaiveDate>) -> Period {
    let day_after = start.succ_opt().unwrap_or(NaiveDate::MAX);
    let end = end.map_or(day_after, |day| day.max(day_after));
    Period::new(start, end).unwrap_or_else(|_| Period::month_of(start))
}

fn as_agreed(rows: &[AgreedRow]) -> Vec<Agreed> {
    let one = |row: &AgreedRow| Agreed {
        id: id_of(row.id.0),
        client: id_of(row.client_id.0),
        item: id_of(row.item_id.0),
        start: row.starts_on.0,
        end: row.ends_on.map(|day| day.0),
        follows_subscriptions: row.follows,
    };
    rows.iter().map(one).collect()
}

/// Everything that may pass a line on, and where each can be opened, in the same order.
async fn charged(
    tx: &mut Tx,
    org: OrgId,
    dated: (Day, Day),
) -> Result<(Vec<Charged>, Vec<PassedOnBy>), Fault> {
    let (mut charged, mut passing) = (Vec::new(), Vec::new());
    for row in store::own(tx, org, dated).await? {
        let days = row.starts_on.zip(row.ends_on);
        charged.push(Charged {
            client: id_of(row.client_id.0),
            item: item(row.item_id),
            line: row.contract_line_id.map(|line| id_of(line.0)),
            quantity: micro(row.quantity),
            net: Money::new(row.net_minor, currency(&row.currency)?),
            on: row.issued_on.0,
            period: days.map(|(start, end)| period(start.0, Some(end.0))),
        });
        passing.push(PassedOnBy {
            generated_invoice_id: Some(row.draft),
            number: row.number.unwrap_or_default(),
            ..PassedOnBy::nothing()
        });
    }
    for row in store::ledger(tx, org, dated).await? {
        charged.push(Charged {
            client: id_of(row.client_id.0),
            item: item(row.item_id),
            line: None,
            quantity: micro(row.quantity),
            net: Money::new(row.net_minor, currency(&row.currency)?),
            on: row.issued_on.0,
            period: None,
        });
        passing.push(PassedOnBy {
            invoice_id: Some(row.invoice),
            number: row.number,
            ..PassedOnBy::nothing()
        });
    }
    for row in store::one_offs(tx, org).await? {
        let Some(on) = row.starts_on else { continue };
        charged.push(Charged {
            client: id_of(row.client_id.0),
            item: item(row.item_id),
            line: None,
            quantity: micro(row.quantity),
            net: Money::new(row.net_minor, currency(&row.currency)?),
            on: on.0,
            period: None,
        });
        passing.push(PassedOnBy {
            one_off_id: Some(row.id),
            ..PassedOnBy::nothing()
        });
    }
    Ok((charged, passing))
}

fn item(id: Option<CatalogItemId>) -> Option<Id> {
    id.map(|id| id_of(id.0))
}

impl PassedOnBy {
    fn nothing() -> Self {
        Self {
            generated_invoice_id: None,
            invoice_id: None,
            one_off_id: None,
            number: String::new(),
        }
    }
}
