//! The distributor's bills to the MSP: which of them count, what passes each line on to a client,
//! and how predictions turned out. Read only but for one thing: which bill takes the place of a
//! credited one is a person's to say where more than one could.
//!
//! All of it is cost. Comparing a bill with the same bill in accounting is not here: purchase
//! invoices of the ledger are not read.

pub mod api;
mod chain;
mod coming;
mod compared;
pub mod pages;
mod passing;
mod said;
mod store;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::{HashMap, HashSet};

use billing::{bill, finding::BillLineKind};
use serde::Serialize;
use utoipa::ToSchema;

pub use chain::{PickInput, pick};
pub use coming::{Coming, coming};
pub use compared::Difference;
pub use passing::{Line, LineState};

use chain::Chain;

use crate::{
    db::{At, ConnectionId, Day, OrgId, Tx, VendorBillId},
    fault::Fault,
    features::clients::search_pattern,
    http::{After, Page, Window},
};

/// A bill as the distributor sent it.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = VendorBillHeader)]
pub struct Header {
    pub id: VendorBillId,
    pub connection_id: ConnectionId,
    pub vendor: String,
    pub number: String,
    pub billed_on: Day,
    pub due_on: Option<Day>,
    /// The vendor's own word: Unpaid, Paid, Void, Carried, Nothing Due, Credited; Draft for what
    /// is predicted.
    pub vendor_status: String,
    /// actual | predicted
    pub kind: String,
    pub currency: String,
    /// As the bill says it.
    pub total_minor: i64,
    /// What is still to be paid of it.
    pub balance_minor: i64,
    /// Carried over from earlier bills; it settles and is no cost.
    pub carried_minor: i64,
    /// What a person picked.
    #[serde(skip)]
    pub replaced_by: Option<VendorBillId>,
}

impl Header {
    pub fn is_predicted(&self) -> bool {
        self.kind == "predicted"
    }
}

/// How a bill counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = VendorBillState)]
pub enum State {
    /// A draft of what will come; it costs nothing yet.
    Predicted,
    Standing,
    /// Another took its place.
    Credited,
    /// Credited, and nobody knows by what yet: its cost stands, and raises nothing.
    InCorrection,
    /// It may take the place of one in correction, and does not count beside it.
    Contested,
    Void,
}

impl State {
    pub const ALL: [Self; 6] = [
        Self::Predicted,
        Self::Standing,
        Self::Credited,
        Self::InCorrection,
        Self::Contested,
        Self::Void,
    ];

    /// The word in queries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Predicted => "predicted",
            Self::Standing => "standing",
            Self::Credited => "credited",
            Self::InCorrection => "in_correction",
            Self::Contested => "contested",
            Self::Void => "void",
        }
    }

    /// Whether what it says is cost of its month.
    pub fn counts(self) -> bool {
        matches!(self, Self::Standing | Self::InCorrection)
    }
}

/// Another bill, by its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BillRef {
    pub id: VendorBillId,
    pub number: String,
}

/// A bill and what it comes to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VendorBill {
    #[serde(flatten)]
    pub header: Header,
    pub state: State,
    /// The month it is for.
    pub starts_on: Day,
    /// The first day after it.
    pub ends_on: Day,
    /// What the MSP pays for; credits that settle are left out.
    pub cost_minor: i64,
    /// Credits of invoices and payments that stand on it.
    pub settled_minor: i64,
    /// Of the cost, what somebody passes on to a client.
    pub matched_minor: i64,
    /// Of the cost, what nobody does. What is left is the MSP's own use, and what nobody owes.
    pub unmatched_minor: i64,
    pub unmatched_lines: u64,
    /// What was predicted for its month, where that is known.
    pub predicted_minor: Option<i64>,
    /// What takes its place.
    pub replaced_by: Option<BillRef>,
    /// A person said so; otherwise it is the only one that fits.
    pub is_picked: bool,
    pub replaces: Vec<BillRef>,
}

/// What a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub pattern: Option<String>,
    pub state: Option<State>,
    pub vendor: Option<String>,
}

impl Filter {
    pub fn typed(q: &str, state: &str, vendor: &str) -> Result<Self, Fault> {
        let wanted = |known: &State| known.as_str() == state;
        let found = State::ALL.into_iter().find(wanted);
        if !state.is_empty() && found.is_none() {
            return Err(Fault::field(
                "state",
                "use predicted, standing, credited, in_correction, contested or void",
            ));
        }
        Ok(Self {
            pattern: search_pattern(q),
            state: found,
            vendor: Some(vendor.to_owned()).filter(|vendor| !vendor.is_empty()),
        })
    }
}

/// Where a bill stands in the list, newest first.
fn place(bill: &Header) -> After {
    After::of_text(&bill.billed_on.to_string(), bill.id.0)
}

/// How many bills there are in each state.
pub type Counts = HashMap<&'static str, u64>;

/// A page of bills, newest first, and how many there are in each state.
pub async fn list(
    tx: &mut Tx,
    org: OrgId,
    filter: &Filter,
    window: &Window,
) -> Result<(Page<VendorBill>, Counts), Fault> {
    let chain = Chain::load(tx, org).await?;
    let found: Option<HashSet<VendorBillId>> = match &filter.pattern {
        Some(pattern) => Some(store::found(tx, org, pattern).await?.into_iter().collect()),
        None => None,
    };
    let mut counts = Counts::new();
    for header in &chain.headers {
        *counts.entry(chain.state(header).as_str()).or_default() += 1;
    }
    let after = window
        .after
        .as_ref()
        .and_then(|after| Some((after.text()?.to_owned(), after.id)));
    let is_shown = |header: &&Header| {
        let place = (header.billed_on.to_string(), header.id.0);
        found.as_ref().is_none_or(|ids| ids.contains(&header.id))
            && filter
                .state
                .is_none_or(|state| chain.state(header) == state)
            && filter.vendor.as_ref().is_none_or(|v| *v == header.vendor)
            && after.as_ref().is_none_or(|after| place < *after)
    };
    let rows = usize::try_from(window.rows()).unwrap_or(usize::MAX);
    let headers: Vec<Header> = chain
        .headers
        .iter()
        .filter(is_shown)
        .take(rows)
        .cloned()
        .collect();
    let page = window.page(headers, place);
    let lines = lines_of(tx, org, page.items.iter()).await?;
    let page = page.map(|header| summed(&chain, &header, lines.get(&header.id)));
    Ok((page, counts))
}

async fn lines_of<'h>(
    tx: &mut Tx,
    org: OrgId,
    headers: impl Iterator<Item = &'h Header> + Clone,
) -> Result<HashMap<VendorBillId, Vec<Line>>, Fault> {
    let days = || headers.clone().map(|header| header.billed_on);
    let (Some(first), Some(last)) = (days().min(), days().max()) else {
        return Ok(HashMap::new());
    };
    let bills = headers.map(|header| header.id).collect();
    passing::lines(tx, org, &bills, (first, last)).await
}

fn summed(chain: &Chain, header: &Header, lines: Option<&Vec<Line>>) -> VendorBill {
    let lines = lines.map(Vec::as_slice).unwrap_or_default();
    let sum = |wanted: &dyn Fn(&Line) -> bool| {
        let lines = lines.iter().filter(|line| wanted(line));
        lines.fold(0_i64, |sum, line| sum.saturating_add(line.cost_minor))
    };
    let recurring = lines
        .iter()
        .filter(|line| line.is == BillLineKind::Subscription);
    let month = bill::month_of(
        header.billed_on.0,
        recurring.filter_map(|line| Some(line.starts_on?.0)),
    );
    let is_unmatched = |line: &Line| line.state == LineState::Unmatched;
    let replaced_by = chain.replacement(header);
    VendorBill {
        state: chain.state(header),
        starts_on: Day(month.start()),
        ends_on: Day(month.end()),
        cost_minor: sum(&Line::is_cost),
        settled_minor: sum(&|line| !line.is_cost()),
        matched_minor: sum(&|line| line.state == LineState::Matched),
        unmatched_minor: sum(&is_unmatched),
        unmatched_lines: lines.iter().filter(|line| is_unmatched(line)).count() as u64,
        predicted_minor: chain
            .prediction(header, month)
            .map(|predicted| predicted.total_minor),
        is_picked: replaced_by.is_some() && header.replaced_by.is_some(),
        replaced_by: replaced_by.map(Header::reference),
        replaces: chain.replaces(header).map(Header::reference).collect(),
        header: header.clone(),
    }
}

impl Header {
    fn reference(&self) -> BillRef {
        BillRef {
            id: self.id,
            number: self.number.clone(),
        }
    }
}

/// A bill that could take a credited one's place.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReplacementOption {
    pub id: VendorBillId,
    pub number: String,
    pub billed_on: Day,
    pub total_minor: i64,
    /// Of the same month, for some of the same companies.
    pub fits: bool,
}

/// Somebody's pick, or that it was taken back.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = ReplacementPick)]
pub struct Pick {
    pub at: At,
    pub action: String,
    pub by: String,
}

/// A bill with its lines.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VendorBillDetail {
    #[serde(flatten)]
    pub bill: VendorBill,
    /// Those that nobody passes on first, then by client and product.
    pub lines: Vec<Line>,
    /// For a credited bill without a pick: what could take its place, best first.
    pub options: Vec<ReplacementOption>,
    /// Where the bill is not what was predicted; empty without a prediction.
    pub differences: Vec<Difference>,
    pub picks: Vec<Pick>,
}

/// One bill.
///
/// # Errors
/// 404 for one that is unknown or another organization's.
pub async fn detail(tx: &mut Tx, org: OrgId, id: VendorBillId) -> Result<VendorBillDetail, Fault> {
    let chain = Chain::load(tx, org).await?;
    let header = chain.header(id)?.clone();
    let mut lines = lines_of(tx, org, std::iter::once(&header)).await?;
    let bill = summed(&chain, &header, lines.get(&id));
    let mut lines = lines.remove(&id).unwrap_or_default();
    lines.sort_by(|one, other| order(one).cmp(&order(other)));
    let differences = differences(tx, org, &chain, &bill, &lines).await?;
    Ok(VendorBillDetail {
        options: chain.options(&header),
        picks: store::picks(tx, org, id).await?,
        differences,
        lines,
        bill,
    })
}

fn order(line: &Line) -> (bool, &str, &str, i64) {
    let is_matched = line.state != LineState::Unmatched;
    (is_matched, line.whose(), &line.product, line.line_no)
}

/// A bill against what was predicted for its month; a prediction against the bills of it.
async fn differences(
    tx: &mut Tx,
    org: OrgId,
    chain: &Chain,
    bill: &VendorBill,
    lines: &[Line],
) -> Result<Vec<Difference>, Fault> {
    let month = (bill.starts_on.0, bill.ends_on.0);
    let header = &bill.header;
    let others: Vec<&Header> = if header.is_predicted() {
        chain.bills_of(header, month)
    } else {
        chain
            .predictions()
            .filter(|predicted| chain::is_for(predicted, header, month.0))
            .collect()
    };
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let theirs = lines_of(tx, org, others.iter().copied()).await?;
    let theirs: Vec<Line> = theirs.into_values().flatten().collect();
    if header.is_predicted() {
        compared::differences(lines, &theirs)
    } else {
        compared::differences(&theirs, lines)
    }
}
