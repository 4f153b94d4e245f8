//! Generated invoices as lists, pages and programs see them.

use billing::{
    draft::{Difference, Hold, Side, Stop},
    quantity::Counted,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    agree::{Agreements, agreements},
    document,
    plan::exact,
    store::{self, LineRow},
};
use crate::{
    db::{
        At, ClientId, ContractId, ContractLineId, Day, DbError, Exact, GeneratedInvoiceId,
        GeneratedLineId, OrgId, Tx,
    },
    fault::Fault,
    features::deliveries::{self, DeliveryView},
    ui::format,
};

/// One generated invoice.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct DraftView {
    pub id: GeneratedInvoiceId,
    /// From our series, once posting began.
    pub number: Option<String>,
    pub client_id: ClientId,
    pub client_name: String,
    pub contract_id: Option<ContractId>,
    pub currency: String,
    /// draft | approved | posting | posted | part_paid | paid | rejected | void
    pub status: String,
    pub issued_on: Day,
    pub due_on: Option<Day>,
    pub reference: String,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
    pub approved_at: Option<At>,
    pub post_state: Option<String>,
    pub ledger_external_id: Option<String>,
    pub ledger_status: Option<String>,
    /// What is wrong and what to do.
    pub problem: Option<String>,
    /// What became of the last letter with it: not_sent | queued | sent | failed
    pub delivery: String,
    /// Stops as JSON.
    #[serde(skip)]
    pub stops: String,
    #[serde(skip)]
    pub holds: String,
    /// One person has agreed and another has to.
    pub awaits_another: bool,
    /// For the team's eyes only.
    pub note: Option<String>,
    pub version: i64,
}

impl DraftView {
    pub fn stops(&self) -> Vec<Stop> {
        serde_json::from_str(&self.stops).unwrap_or_default()
    }

    pub fn holds(&self) -> Vec<Hold> {
        serde_json::from_str(&self.holds).unwrap_or_default()
    }
}

#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// A state, or `open` for draft, approved and posting, `ready` for approved, `second` for drafts
    /// that wait for a second person.
    pub status: Option<String>,
    pub client: Option<ClientId>,
    pub search: Option<String>,
    /// not_sent | queued | sent | failed
    pub delivery: Option<String>,
    pub after: Option<(Day, GeneratedInvoiceId)>,
    pub limit: i64,
}

/// Newest first.
pub async fn list(tx: &mut Tx, org: OrgId, filter: &Filter) -> Result<Vec<DraftView>, DbError> {
    store::list(tx, org, filter).await
}

/// How many there are in each state and what they come to, per currency. `second` counts those of
/// the drafts that wait for a second person once more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct StateSum {
    pub status: String,
    pub currency: String,
    pub count: i64,
    pub total_minor: i64,
}

pub async fn counts(tx: &mut Tx, org: OrgId) -> Result<Vec<StateSum>, DbError> {
    store::counts(tx, org).await
}

/// One line, with why it is the amount it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DraftLineView)]
pub struct LineView {
    pub id: GeneratedLineId,
    pub contract_line_id: Option<ContractLineId>,
    pub description: String,
    pub item_code: Option<String>,
    pub quantity: Exact,
    pub unit_price: Exact,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub tax_type: String,
    /// As a fraction of one.
    pub tax_rate: Exact,
    pub account_code: String,
    pub starts_on: Option<Day>,
    /// Exclusive.
    pub ends_on: Option<Day>,
    pub charge_kind: String,
    /// The count its quantity was taken from: of which day, whether that is the last good one in
    /// place of the day's own, and whether it is too old.
    #[schema(value_type = Option<Object>)]
    pub counted: Option<Counted>,
    /// Nothing was counted by this day: the amount is not known yet.
    pub count_missing_on: Option<Day>,
    /// The rule, what it looked at and each step of the arithmetic.
    #[schema(value_type = Object)]
    pub explanation: serde_json::Value,
}

impl From<LineRow> for LineView {
    fn from(row: LineRow) -> Self {
        Self {
            counted: row.count(),
            id: row.id,
            contract_line_id: row.contract_line_id,
            description: row.description,
            item_code: row.item_code,
            quantity: row.quantity,
            unit_price: row.unit_price,
            net_minor: row.net_minor,
            tax_minor: row.tax_minor,
            tax_type: row.tax_type,
            tax_rate: row.tax_rate,
            account_code: row.account_code,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            charge_kind: row.charge_kind,
            count_missing_on: row.count_missing_on,
            explanation: serde_json::from_str(&row.explanation).unwrap_or_default(),
        }
    }
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DraftDetail)]
pub struct Detail {
    #[serde(flatten)]
    pub draft: DraftView,
    pub lines: Vec<LineView>,
    /// What nobody can override, as sentences.
    pub stops: Vec<String>,
    /// What a person must release with a reason, as sentences.
    pub holds: Vec<String>,
    /// What is not as on the contract's last invoice; empty for the first.
    pub differences: Vec<DifferenceView>,
    /// What the contract's last invoice came to before tax; null for the first.
    pub last_net_minor: Option<i64>,
    pub agreements: Agreements,
    /// Letters with the invoice, newest first.
    pub deliveries: Vec<DeliveryView>,
    pub history: Vec<HistoryRow>,
}

/// A line that is not what it was on the last invoice.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DraftDifference)]
pub struct DifferenceView {
    pub description: String,
    /// Null where the last invoice had no such line.
    pub before: Option<DifferenceSide>,
    /// Null where this one has none.
    pub now: Option<DifferenceSide>,
    /// What it adds to this invoice, before tax.
    pub by_minor: i64,
    /// begins_or_ends | cadence | quantity | price | part_period | once_only | count | by_hand
    pub reason: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DraftDifferenceSide)]
pub struct DifferenceSide {
    pub quantity: Exact,
    pub unit_price: Exact,
    pub net_minor: i64,
}

impl DifferenceView {
    pub fn of((description, found): &(String, Difference)) -> Self {
        let side = |side: Side| DifferenceSide {
            quantity: exact(side.quantity),
            unit_price: exact(side.unit_price),
            net_minor: side.net.minor,
        };
        Self {
            description: description.clone(),
            before: found.before.map(side),
            now: found.now.map(side),
            by_minor: found.by.minor,
            reason: store::word(&found.reason),
        }
    }
}

#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = DraftHistoryRow)]
pub struct HistoryRow {
    pub at: At,
    pub action: String,
    pub by: Option<String>,
    pub detail: String,
}

/// One of the list.
pub async fn view_of(tx: &mut Tx, org: OrgId, id: GeneratedInvoiceId) -> Result<DraftView, Fault> {
    let draft = store::view(tx, org, id).await?;
    draft.ok_or(Fault::NotFound("this draft"))
}

pub async fn detail(tx: &mut Tx, org: OrgId, id: GeneratedInvoiceId) -> Result<Detail, Fault> {
    let draft = view_of(tx, org, id).await?;
    let history = store::history(tx, org, id.0).await?;
    let now = document(tx, org, id).await?;
    // What stood in the way when it was made may be gone, and something else may have come.
    let (stops, holds) = if draft.status == "draft" {
        (now.stops(), now.holds())
    } else {
        (draft.stops(), draft.holds())
    };
    let agreements = agreements(tx, org, &now).await?;
    let differences = now.differences.iter().map(DifferenceView::of).collect();
    let last = now.draft.last_total;
    let lines = now.lines.into_iter().map(LineView::from).collect();
    Ok(Detail {
        stops: stop_sentences(&stops),
        holds: holds.iter().map(hold_sentence).collect(),
        last_net_minor: last.map(|last| last.minor),
        differences,
        agreements,
        deliveries: deliveries::log(tx, org, id).await?,
        draft,
        lines,
        history,
    })
}

/// Each thing to do once, however many lines it is about.
pub fn stop_sentences(stops: &[Stop]) -> Vec<String> {
    let mut said = Vec::new();
    for sentence in stops.iter().map(stop_sentence) {
        if !said.contains(&sentence) {
            said.push(sentence);
        }
    }
    said
}

pub fn stop_sentence(stop: &Stop) -> String {
    match stop {
        Stop::NotTheClientsCurrency { draft, client } => format!(
            "The contract is in {} and the client is invoiced in {}; make the two agree.",
            draft.code(),
            client.code()
        ),
        Stop::LineInAnotherCurrency { currency, .. } => {
            format!(
                "A line is in {}, which is not this invoice's currency.",
                currency.code()
            )
        }
        Stop::PriceListInAnotherCurrency { currency, .. } => {
            format!("A line's price comes from a list in {}.", currency.code())
        }
        Stop::TaxCodeMissing { .. } => {
            "A line has no tax code; set it on the contract line.".into()
        }
        Stop::TaxCodeRefused { code, .. } => {
            format!("The ledger does not take the tax code {code} for sales; choose another.")
        }
        Stop::AccountCodeMissing { .. } => {
            "A line has no revenue account; set it on the contract line.".into()
        }
        Stop::AccountCodeRefused { code, .. } => {
            format!("The ledger does not know the account {code}; choose another.")
        }
        Stop::NoAccountingContact => {
            "The client has no contact in accounting; link one under Client mappings.".into()
        }
        Stop::AlreadyCovered { .. } => "A period on it is covered by another document.".into(),
        Stop::CountTooOld { last_good_on, .. } => {
            format!(
                "The last good device count is of {}, too old for this invoice; take a snapshot \
                 under Reconciliation. It is worked out again once the count has come.",
                format::date(*last_good_on)
            )
        }
        Stop::CountMissing { on, .. } => format!(
            "Devices were never counted by {}, so a line's amount is not known. If that day is \
             still to come, take a snapshot under Reconciliation. If it has passed, \
             reject this draft and waive the period under the contract.",
            format::date(*on)
        ),
        Stop::ReferenceRequired => {
            "This client wants a purchase-order number; add it to the contract, and it comes here."
                .into()
        }
        Stop::LedgerLocked { through } => {
            let through = format::date(*through);
            format!(
                "Accounting is locked through {through}, so it takes no invoice of that time. \
                 Move the lock date there and sync, or reject this draft and make it again later."
            )
        }
        Stop::MixedTax => "Lines with and without tax inside cannot share an invoice.".into(),
        Stop::RepeatingInvoiceInLedger { invoices } => repeats(invoices),
    }
}

fn repeats(invoices: &[String]) -> String {
    format!(
        "Accounting still repeats an invoice for this client by itself: {}. End it in Xero and \
         sync, or say on the client's page that it bills something else.",
        invoices.join(", ")
    )
}

pub fn hold_sentence(hold: &Hold) -> String {
    match hold {
        Hold::UnderHalfItsContract {
            amount, contract, ..
        } => {
            format!("A line comes to {amount}, under half of its contract's {contract}.")
        }
        Hold::OverTwiceLastPeriod { total, last } => {
            format!("It comes to {total}, over twice the last period's {last}.")
        }
        Hold::BelowCost { amount, cost, .. } => {
            format!("A line comes to {amount}, below its cost of {cost}.")
        }
    }
}
