//! The figures of Home. Sums stay per currency and each says what it is: a month, to invoice, or
//! owed. What a role does not see is left out.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Next, Setup, next, setup,
    store::{self, ContractsRow, OpenFindings, Tally},
};
use crate::{
    app::App,
    db::{Day, Tx},
    fault::Fault,
    features::{
        contracts,
        invoices::{self, Receivables},
        subscriptions,
        sync::{self, SyncRun},
    },
    http::{Permission, Who},
};

/// Money in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Amount {
    pub currency: String,
    pub minor: i64,
}

/// Things of one sort that wait, and what they come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Pile {
    pub count: i64,
    pub sums: Vec<Amount>,
}

impl Pile {
    fn add(&mut self, count: i64, currency: &str, minor: i64) {
        self.count = self.count.saturating_add(count);
        match self.sums.iter_mut().find(|sum| sum.currency == currency) {
            Some(sum) => sum.minor = sum.minor.saturating_add(minor),
            None => self.sums.push(Amount {
                currency: currency.to_owned(),
                minor,
            }),
        }
    }
}

/// What needs a person.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Attention {
    /// Open findings of every kind.
    pub findings: i64,
    /// Those of high severity.
    pub high_findings: i64,
    /// What open findings are worth a month; never netted against what is to be given back.
    pub to_bill: Pile,
    pub to_give_back: Pile,
    /// What costs the MSP money; null where your role does not see cost.
    pub costing: Option<Pile>,
    /// Drafts to approve, and approved ones to post: to invoice.
    pub to_approve: Pile,
    pub to_post: Pile,
    /// Drafts that somebody has approved and that take another person: you, for one.
    pub awaiting_you: i64,
    /// Clients of which more is used than licensed, at the last run; what is not billed of it a
    /// month.
    pub under_licensed: Pile,
    /// Owed and late; null where your role does not see receivables.
    pub overdue: Option<Pile>,
    /// Contracts whose term ends soon or has; what they are worth a month, where your role sees it.
    pub renewals_due: Pile,
    /// Commitments at the distributor that end within 30 days.
    pub commitments_closing: i64,
    /// Money nobody can bill yet; part of the findings.
    pub unmapped_companies: Pile,
    pub unmapped_products: Pile,
    /// Sources whose last sync failed.
    pub failed_syncs: i64,
}

/// What contracts are worth a month.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Mrr {
    pub now: Vec<Amount>,
    /// At the end of past months, oldest first.
    pub past: Vec<MrrMonth>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MrrMonth {
    /// The month's first day.
    pub month_on: Day,
    pub currency: String,
    pub minor: i64,
}

/// Everything that Home shows.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Home {
    /// What matters most now.
    pub next: Next,
    pub attention: Attention,
    /// Null where your role does not see receivables.
    pub outstanding: Option<Vec<invoices::Sum>>,
    pub overdue: Option<Vec<invoices::Sum>>,
    /// Drafts in accounting.
    pub draft: Option<Vec<invoices::Sum>>,
    /// What is outstanding by days past due, and credits not used up.
    #[schema(value_type = Option<Vec<Object>>)]
    pub aging: Option<Vec<billing::aging::Aging>>,
    /// Null where your role does not see it.
    pub mrr: Option<Mrr>,
    pub setup: Setup,
    #[serde(skip)]
    pub runs: Vec<SyncRun>,
}

pub async fn home(app: &App, who: &Who, tx: &mut Tx) -> Result<Home, Fault> {
    let today = who.today(app);
    let closing_by = subscriptions::closing_by(Day(today));
    let sources = store::sources(tx, who.org).await?;
    let findings = store::open_findings(tx, who.org).await?;
    let due_by = contracts::renewal_due_by(Day(today));
    let contracts = store::contracts(tx, who.org, due_by).await?;
    let tallies = store::tallies(tx, who.org, Day(today), closing_by).await?;
    let runs = sync::latest(tx, who.org).await?;
    let owed = owed(who, tx, today).await?;
    let setup = setup::of(&tallies, &contracts);
    let mut attention = attention(who, &findings, &contracts, &tallies, owed.as_ref(), &runs);
    attention.awaiting_you = store::awaiting(tx, who.org, who.person).await?;
    let mrr = who
        .may(Permission::ReadCost)
        .then(|| mrr(&contracts, tallies));
    let next = next::of(app, who, &sources, &setup, &attention);
    let open = owed.unwrap_or_default();
    let seen = |sums: Vec<invoices::Sum>| who.may(Permission::ReadCost).then_some(sums);
    Ok(Home {
        next,
        attention,
        outstanding: seen(open.outstanding),
        overdue: seen(open.overdue),
        draft: seen(open.draft),
        aging: who.may(Permission::ReadCost).then_some(open.aging),
        mrr,
        setup,
        runs,
    })
}

async fn owed(who: &Who, tx: &mut Tx, today: NaiveDate) -> Result<Option<Receivables>, Fault> {
    if who.may(Permission::ReadCost) {
        Ok(Some(invoices::receivables(tx, who.org, today).await?))
    } else {
        Ok(None)
    }
}

fn attention(
    who: &Who,
    findings: &[OpenFindings],
    contracts: &[ContractsRow],
    tallies: &[Tally],
    owed: Option<&Receivables>,
    runs: &[SyncRun],
) -> Attention {
    let sees_money = who.may(Permission::ReadCost);
    let mut found = Attention {
        costing: sees_money.then(Pile::default),
        ..Attention::default()
    };
    for row in findings {
        add_findings(&mut found, row);
    }
    for row in contracts {
        let minor = if sees_money { row.due_minor } else { 0 };
        found.renewals_due.add(row.due, &row.currency, minor);
    }
    found
        .renewals_due
        .sums
        .retain(|sum| sees_money && sum.minor != 0);
    for tally in tallies {
        match (tally.what.as_str(), tally.which.as_str()) {
            ("draft", "draft") => {
                let pile = &mut found.to_approve;
                pile.add(tally.things, &tally.currency, tally.minor);
            }
            ("draft", _) => {
                let pile = &mut found.to_post;
                pile.add(tally.things, &tally.currency, tally.minor);
            }
            ("commitment", _) => found.commitments_closing = tally.things,
            ("under_licensed", _) => found.under_licensed.count = tally.things,
            _ => {}
        }
    }
    found.overdue = owed.map(|owed| {
        let mut pile = Pile::default();
        for sum in &owed.overdue {
            pile.add(sum.invoices, &sum.currency, sum.minor);
        }
        pile
    });
    let failed = runs.iter().filter(|run| run.state == "failed").count();
    found.failed_syncs = i64::try_from(failed).unwrap_or(i64::MAX);
    found
}

fn add_findings(found: &mut Attention, row: &OpenFindings) {
    let Attention {
        to_bill,
        to_give_back,
        costing,
        unmapped_companies,
        unmapped_products,
        under_licensed,
        ..
    } = found;
    let of_side = match row.side.as_str() {
        "to_bill" => Some(to_bill),
        "to_give_back" => Some(to_give_back),
        _ => costing.as_mut(),
    };
    let of_kind = match row.kind.as_str() {
        "unmapped_company" => Some(unmapped_companies),
        "unmapped_product" => Some(unmapped_products),
        _ => None,
    };
    for pile in of_side.into_iter().chain(of_kind) {
        pile.add(row.findings, &row.currency, row.impact_minor);
    }
    if row.kind == "unbilled_device" {
        under_licensed.add(0, &row.currency, row.impact_minor);
    }
    found.findings += row.findings;
    if row.severity == "high" {
        found.high_findings += row.findings;
    }
}

fn mrr(contracts: &[ContractsRow], tallies: Vec<Tally>) -> Mrr {
    let now = contracts.iter().filter(|row| row.measured > 0);
    let past = tallies.into_iter().filter(|tally| tally.what == "mrr");
    Mrr {
        now: now
            .map(|row| Amount {
                currency: row.currency.clone(),
                minor: row.mrr_minor,
            })
            .collect(),
        past: past
            .filter_map(|tally| {
                Some(MrrMonth {
                    month_on: Day(tally.which.parse().ok()?),
                    currency: tally.currency,
                    minor: tally.minor,
                })
            })
            .collect(),
    }
}
