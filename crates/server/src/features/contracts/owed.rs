//! What a contract still owes up to its end: periods that stand on no invoice, by line, and
//! periods that were invoiced beyond it.

use billing::{
    Money, Period,
    charge::{Run, charges_as_counted},
    coverage::Key,
};
use chrono::{Days, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Contract, Line, Word, coverage::Coverage, histories, lines_of_contract, store};
use crate::{
    db::{ContractLineId, Day, OrgId, Tx},
    fault::Fault,
    features::reconciliation,
    http::Window,
};

/// What is owed until a contract's lines end, without tax.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Owed {
    pub currency: String,
    /// Of what is known; see each period.
    pub net_minor: i64,
    /// Not on an invoice yet.
    pub periods: Vec<OwedPeriod>,
    /// Invoiced, and partly for days after the end.
    pub beyond: Vec<OwedPeriod>,
}

/// A period of a line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OwedPeriod {
    pub line: ContractLineId,
    pub description: String,
    /// recurring | catch_up | usage | one_off …
    pub charge_kind: String,
    pub starts_on: Day,
    pub ends_on: Day,
    /// Null where nothing was counted yet, or it was invoiced.
    pub net_minor: Option<i64>,
    /// planned | drafted | posted
    pub state: String,
}

/// Usage settles within two months of its period's end.
const SETTLES_WITHIN: Days = Days::new(62);

/// What the lines of a contract owe until `end`, which they have reached or are about to.
pub async fn owed(tx: &mut Tx, org: OrgId, contract: &Contract, end: Day) -> Result<Owed, Fault> {
    let lines = lines_of_contract(tx, org, contract.id).await?;
    let everything = Window::everything("starts_on");
    let coverage = store::coverage(tx, org, Some(contract.id), None, &everything).await?;
    let histories = histories(tx, org, &lines, end.0).await?;
    let policy = reconciliation::policy(tx, org).await?;
    let mut periods = Vec::new();
    for line in &lines {
        let own: Vec<&Coverage> = coverage
            .iter()
            .filter(|row| row.line_id == line.id)
            .collect();
        let covered = covered(&own)?;
        let bill_from = line.bill_from.0;
        let Ok(window) = Period::new(bill_from.min(line.terms.starts_on.0), end.0) else {
            continue;
        };
        let run = Run {
            window,
            run_on: end
                .0
                .checked_add_days(SETTLES_WITHIN)
                .unwrap_or(NaiveDate::MAX),
            since: bill_from,
            arrears_after: None,
            catch_up_from: end.0,
            covered: &covered,
        };
        let history = histories.get(&line.id).cloned().unwrap_or_default();
        let charged = charges_as_counted(&line.billing_terms()?, &history, &policy, &run);
        let charged = charged.map_err(Fault::internal)?;
        let charges = charged.charges.iter();
        let counted = charges.map(|charge| (charge.coverage, charge.period, Some(charge.net)));
        let gaps = charged.uncounted.iter();
        let gaps = gaps.map(|gap| (gap.coverage, gap.period, None));
        let due = counted
            .chain(gaps)
            .filter(|(_, _, net)| !net.is_some_and(Money::is_zero));
        periods.extend(due.map(|(key, period, net)| open(line, key, period, net)));
        let drafted = own.iter().filter(|row| row.state == "drafted");
        periods.extend(drafted.map(|row| standing(line, row)));
    }
    periods.sort_by_key(|period| (period.starts_on, period.line));
    let beyond = coverage
        .iter()
        .filter(|row| row.state == "posted" && row.ends_on > end && row.charge_kind == "recurring")
        .filter_map(|row| {
            let line = lines.iter().find(|line| line.id == row.line_id)?;
            Some(standing(line, row))
        });
    Ok(Owed {
        currency: contract.terms.currency.clone(),
        net_minor: periods.iter().filter_map(|period| period.net_minor).sum(),
        beyond: beyond.collect(),
        periods,
    })
}

fn covered(own: &[&Coverage]) -> Result<Vec<Key>, Fault> {
    let settled = own.iter().filter(|row| row.state != "planned");
    settled
        .map(|row| {
            let kind = Word::try_from(row.charge_kind.clone()).map_err(Fault::internal)?;
            Ok(Key {
                period_start: row.starts_on.0,
                kind: kind.0,
            })
        })
        .collect()
}

fn open(line: &Line, key: Key, period: Period, net: Option<Money>) -> OwedPeriod {
    OwedPeriod {
        line: line.id,
        description: line.terms.description.clone(),
        charge_kind: Word(key.kind).text(),
        starts_on: Day(period.start()),
        ends_on: Day(period.end()),
        net_minor: net.map(|net| net.minor),
        state: "planned".to_owned(),
    }
}

fn standing(line: &Line, row: &Coverage) -> OwedPeriod {
    OwedPeriod {
        line: line.id,
        description: line.terms.description.clone(),
        charge_kind: row.charge_kind.clone(),
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        net_minor: None,
        state: row.state.clone(),
    }
}
