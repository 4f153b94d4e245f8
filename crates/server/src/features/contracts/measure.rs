//! Where lines' quantities stand on a day and what that is worth a month, kept beside the lines
//! and their contracts so that lists can sum and sort by it.

use std::collections::{BTreeMap, HashMap};

use billing::{
    Micro, Policy,
    charge::{Change, History},
    period::Period,
    quantity::{QuantitySource, count},
};

use chrono::Months;

use super::{
    histories,
    line::{Line, lines_of_contract, lines_of_organization},
    store,
};
use crate::{
    db::{ContractId, ContractLineId, Day, Exact, OrgId, Tx},
    fault::Fault,
};

type Histories = HashMap<ContractLineId, History>;

/// Measures the lines of one contract: after it changed.
pub async fn measure_contract(
    tx: &mut Tx,
    org: OrgId,
    contract: ContractId,
    today: Day,
) -> Result<(), Fault> {
    let lines = lines_of_contract(tx, org, contract).await?;
    let histories = histories(tx, org, &lines, today.0).await?;
    measure(tx, org, &lines, &histories, today).await?;
    Ok(store::set_worth(tx, org, Some(contract)).await?)
}

/// Measures every line: after what they follow was read anew, and when a day has passed. What
/// they were worth in past months is worked out again with it, because an agreement may have
/// been written down late.
pub async fn measure_organization(tx: &mut Tx, org: OrgId, today: Day) -> Result<(), Fault> {
    let lines = lines_of_organization(tx, org).await?;
    let histories = histories(tx, org, &lines, today.0).await?;
    measure(tx, org, &lines, &histories, today).await?;
    store::set_worth(tx, org, None).await?;
    let months = past_months(&lines, &histories, today)?;
    Ok(store::replace_mrr_months(tx, org, &months).await?)
}

async fn measure(
    tx: &mut Tx,
    org: OrgId,
    lines: &[Line],
    histories: &Histories,
    today: Day,
) -> Result<(), Fault> {
    for line in lines {
        let quantity = match histories.get(&line.id) {
            Some(history) => quantity_on(line, history, today)?,
            None => None,
        };
        let monthly = match quantity {
            Some(quantity) => Some(line.monthly_value(quantity, today)?.minor),
            None => None,
        };
        let quantity = quantity.map(|quantity| Exact::from_micros(quantity.0));
        if quantity != line.quantity_now || monthly != line.monthly_minor {
            store::set_measured(tx, org, line.id, quantity, monthly).await?;
        }
    }
    Ok(())
}

/// How many months before the running one are kept.
const MONTHS: u32 = 11;

/// What all lines were worth at the end of each past month, by its first day and currency.
fn past_months(
    lines: &[Line],
    histories: &Histories,
    today: Day,
) -> Result<BTreeMap<(Day, String), i64>, Fault> {
    let mut months = BTreeMap::new();
    let this_month = Period::month_of(today.0).start();
    for back in 1..=MONTHS {
        let first = this_month.checked_sub_months(Months::new(back));
        let Some(first) = first else { break };
        let last = Day(Period::month_of(first).last_day());
        for line in lines.iter().filter(|line| line.is_running(last)) {
            let Some(history) = histories.get(&line.id) else {
                continue;
            };
            // Before the first count of a meter nothing is known; what was counted first stands
            // in, so that the day counting began does not look like growth.
            let counted_from = history.readings.iter().find(|reading| reading.is_good());
            let day = counted_from.map_or(last, |first| Day(first.on.max(last.0)));
            if let Some(quantity) = rule_on(line, history, day)? {
                let worth = line.monthly_value(quantity, last)?.minor;
                let sum: &mut i64 = months
                    .entry((Day(first), line.currency.clone()))
                    .or_default();
                *sum = sum.saturating_add(worth);
            }
        }
    }
    Ok(months)
}

/// What the line's rule comes to on a day; none where nothing has been counted or read yet.
pub fn quantity_on(line: &Line, history: &History, day: Day) -> Result<Option<Micro>, Fault> {
    if line.is_running(day) {
        rule_on(line, history, day)
    } else {
        Ok(Some(Micro::ZERO))
    }
}

fn rule_on(line: &Line, history: &History, day: Day) -> Result<Option<Micro>, Fault> {
    let rule = &line.terms.rule.rule;
    let source = match rule.source {
        QuantitySource::Fixed { .. } => line.fixed_quantity_on(day),
        QuantitySource::Subscription if history.rows.is_empty() => None,
        QuantitySource::Subscription => Some(level(history, day)),
        QuantitySource::Meter { counting } => {
            let on_the_day = Period::through(day.0, day.0).map_err(Fault::internal)?;
            let counted = count(&history.readings, on_the_day, counting, &Policy::default());
            counted.ok().map(|counted| counted.value)
        }
    };
    match source {
        None => Ok(None),
        Some(source) => {
            let billed = rule.billed(source, day.0).map_err(Fault::internal)?;
            Ok(Some(billed.quantity))
        }
    }
}

fn level(history: &History, day: Day) -> Micro {
    let mut events: Vec<_> = history
        .events
        .iter()
        .filter(|event| event.on <= day.0)
        .collect();
    events.sort_by_key(|event| event.on);
    events
        .into_iter()
        .fold(history.opening, |level, event| match event.change {
            Change::Add(more) => level.plus(more),
            Change::Set(now) => now,
        })
}
