//! Findings as lists and pages show them.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    evidence::Evidence,
    sentence::sentence,
    store::{self, EventRow, FindingRow},
};
use crate::{
    db::{At, CatalogItemId, ClientId, ContractLineId, Day, DbError, FindingId, OrgId, Tx},
    fault::Fault,
};

/// The tabs of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// Everything a person may still want to do something about.
    #[default]
    All,
    /// Open, and there is a change that would settle it.
    Ready,
    Snoozed,
    Ignored,
    Reviewed,
    Applied,
    Closed,
}

impl Tab {
    pub const ALL: [Self; 7] = [
        Self::All,
        Self::Ready,
        Self::Snoozed,
        Self::Ignored,
        Self::Reviewed,
        Self::Applied,
        Self::Closed,
    ];

    /// The word in addresses and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Ready => "ready",
            Self::Snoozed => "snoozed",
            Self::Ignored => "ignored",
            Self::Reviewed => "reviewed",
            Self::Applied => "applied",
            Self::Closed => "closed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.as_str() == text)
    }
}

#[derive(Debug, Clone, Default)]
pub struct ListFilter {
    pub tab: Tab,
    pub kind: Option<String>,
    pub client: Option<ClientId>,
    pub search: Option<String>,
    /// The last row of the page before: severity rank, rank, id.
    pub after: Option<(i64, i64, FindingId)>,
    pub limit: i64,
}

/// One finding as people and programs see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FindingView {
    pub id: FindingId,
    pub kind: String,
    /// In the MSP's own references, e.g. `C007/M365-BP`.
    pub subject: String,
    /// What happened, in one sentence.
    pub sentence: String,
    pub client_id: Option<ClientId>,
    pub client_name: Option<String>,
    pub catalog_item_id: Option<CatalogItemId>,
    pub item_name: Option<String>,
    pub contract_line_id: Option<ContractLineId>,
    /// What the vendor calls it, where it is nobody's yet.
    pub title: String,
    /// `to_bill`, `to_give_back` or `cost`; the sums of sides are never netted.
    pub side: String,
    pub severity: String,
    /// What it is worth a month.
    pub impact_minor: i64,
    pub currency: String,
    /// The price behind it was estimated from cost.
    pub estimated: bool,
    /// The one-off amount, where it is one.
    pub one_off_minor: Option<i64>,
    pub state: String,
    pub snoozed_until: Option<Day>,
    pub reason: Option<String>,
    pub first_seen_on: Day,
    pub last_seen_at: At,
    pub closed_at: Option<At>,
    pub closed_why: Option<String>,
    pub version: i64,
    #[serde(skip)]
    pub evidence: Evidence,
    #[serde(skip)]
    pub place: (i64, i64, FindingId),
}

impl FindingView {
    fn of(row: FindingRow) -> Result<Self, Fault> {
        let evidence: Evidence = serde_json::from_str(&row.evidence)?;
        let client = row.client_name.clone().unwrap_or_default();
        let item = row.item_name.clone().unwrap_or_default();
        Ok(Self {
            sentence: sentence(&evidence.finding, &client, &item, &row.title),
            place: (row.severity_rank, row.rank_minor, row.id),
            evidence,
            id: row.id,
            kind: row.kind,
            subject: row.subject,
            client_id: row.client_id,
            client_name: row.client_name,
            catalog_item_id: row.catalog_item_id,
            item_name: row.item_name,
            contract_line_id: row.contract_line_id,
            title: row.title,
            side: row.side,
            severity: row.severity,
            impact_minor: row.impact_minor,
            currency: row.currency,
            estimated: row.estimated,
            one_off_minor: row.one_off_minor,
            state: row.state,
            snoozed_until: row.snoozed_until,
            reason: row.reason,
            first_seen_on: row.first_seen_on,
            last_seen_at: row.last_seen_at,
            closed_at: row.closed_at,
            closed_why: row.closed_why,
            version: row.version,
        })
    }

    /// True when something in BillingOne can be changed so that the facts agree.
    pub fn can_be_applied(&self) -> bool {
        self.state == "open" && APPLICABLE.contains(&self.kind.as_str())
    }
}

/// Kinds for which BillingOne can make the change itself. The others are settled elsewhere: a
/// mapping is made on its own page, a wrong bill is the distributor's to mend.
pub const APPLICABLE: [&str; 8] = [
    "unbilled_product",
    "quantity_gap",
    "unbilled_device",
    "invoice_short",
    "unbilled_charge",
    "below_cost",
    "cost_rise",
    "over_billed",
];

/// Findings by severity, then impact, then age.
pub async fn list(tx: &mut Tx, org: OrgId, filter: &ListFilter) -> Result<Vec<FindingView>, Fault> {
    let rows = store::list(tx, org, filter).await?;
    rows.into_iter().map(FindingView::of).collect()
}

/// One finding with its history, newest first.
pub async fn detail(
    tx: &mut Tx,
    org: OrgId,
    id: FindingId,
) -> Result<(FindingView, Vec<EventRow>), Fault> {
    let row = store::one(tx, org, id).await?;
    let view = FindingView::of(row.ok_or(Fault::NotFound("this finding"))?)?;
    Ok((view, store::events(tx, org, id).await?))
}

/// How many findings stand in each state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counts {
    pub all: i64,
    pub ready: i64,
    pub snoozed: i64,
    pub ignored: i64,
    pub reviewed: i64,
    pub applied: i64,
    pub closed: i64,
}

impl Counts {
    pub fn of(&self, tab: Tab) -> i64 {
        match tab {
            Tab::All => self.all,
            Tab::Ready => self.ready,
            Tab::Snoozed => self.snoozed,
            Tab::Ignored => self.ignored,
            Tab::Reviewed => self.reviewed,
            Tab::Applied => self.applied,
            Tab::Closed => self.closed,
        }
    }
}

pub async fn counts(tx: &mut Tx, org: OrgId, client: Option<ClientId>) -> Result<Counts, DbError> {
    let rows = store::counts(tx, org, client).await?;
    let mut counts = Counts::default();
    for (state, kind, count) in rows {
        counts.all += if state == "closed" { 0 } else { count };
        match state.as_str() {
            "open" if APPLICABLE.contains(&kind.as_str()) => counts.ready += count,
            "snoozed" => counts.snoozed += count,
            "ignored" => counts.ignored += count,
            "reviewed" => counts.reviewed += count,
            "applied" => counts.applied += count,
            "closed" => counts.closed += count,
            _ => {}
        }
    }
    Ok(counts)
}

/// What open findings are worth a month, by kind, side and currency; never netted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = FindingSums)]
pub struct Sums {
    pub kind: String,
    pub side: String,
    pub currency: String,
    pub findings: i64,
    pub impact_minor: i64,
}

pub async fn sums(tx: &mut Tx, org: OrgId, client: Option<ClientId>) -> Result<Vec<Sums>, DbError> {
    store::sums(tx, org, client).await
}
