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
    line::Line,
    lines::{lines_of_contract, lines_of_organization},
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
    if measure(tx, org, &lines, &histories, today).await? {
        store::set_worth(tx, org, None).await?;
    }
    let months = past_months(&lines, &histories, today)?;
    Ok(store::replace_mrr_months(tx, org, &months).await?)
}

/// Whether any line was found to differ from what stood beside it.
async fn measure(
    tx: &mut Tx,
    org: OrgId,
    lines: &[Line],
    histories: &Histories,
    today: Day,
) -> Result<bool, Fault> {
    let mut has_changed = false;
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
            has_changed = true;
        }
    }
    Ok(has_changed)
}

/// How many months before the running one are kept.
const MONTHS: u32 = 11;

/// What all lines were worth at the end of each past month, by its first day and currency.
fn past_months(
    lines: &[Line],
    histories: &Histories,
    today: Day,
) -> Result<store::MrrMonths, Fault> {
    let months: Vec<Period> = months_before(today).collect();
    let mut sums: BTreeMap<(Day, &str), i64> = BTreeMap::new();
    for line in lines {
        let Some(history) = histories.get(&line.id) else {
            continue;
        };
        let mut worths = Worths::default();
        for month in &months {
            let (first, last) = (Day(month.start()), Day(month.last_day()));
            if let Some(worth) = worths.at(line, history, last)? {
                let sum = sums.entry((first, line.currency.as_str())).or_default();
                *sum = sum.saturating_add(worth);
            }
        }
    }
    let owned = sums.into_iter();
    Ok(owned
        .map(|((first, currency), sum)| ((first, currency.to_owned()), sum))
        .collect())
}

fn months_before(today: Day) -> impl Iterator<Item = Period> {
    let this_month = Period::month_of(today.0).start();
    (1..=MONTHS).map_while(move |back| {
        let first = this_month.checked_sub_months(Months::new(back))?;
        Some(Period::month_of(first))
    })
}

/// A line's worth month by month: most of the time it is what it was in the month before.
#[derive(Default)]
struct Worths {
    last: Option<Worth>,
}

struct Worth {
    source: Micro,
    price: Micro,
    minor: i64,
}

impl Worths {
    /// In minor units at the end of a month's last day; none where the line did not run or
    /// nothing was known.
    fn at(&mut self, line: &Line, history: &History, last: Day) -> Result<Option<i64>, Fault> {
        if !line.is_running(last) {
            return Ok(None);
        }
        // Before the first count of a meter nothing is known; what was counted first stands in,
        // so that the day counting began does not look like growth.
        let counted_from = history.readings.iter().find(|reading| reading.is_good());
        let day = counted_from.map_or(last, |first| Day(first.on.max(last.0)));
        let Some(source) = source_on(line, history, day)? else {
            return Ok(None);
        };
        let price = line.price_on(last);
        // An exclusion may end between two months.
        let is_steady = line.terms.rule.rule.exclusions.is_empty();
        match &self.last {
            Some(was) if is_steady && was.source == source && was.price == price => {
                Ok(Some(was.minor))
            }
            _ => {
                let minor = line.monthly_value(billed(line, source, day)?, last)?.minor;
                self.last = Some(Worth {
                    source,
                    price,
                    minor,
                });
                Ok(Some(minor))
            }
        }
    }
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
    match source_on(line, history, day)? {
        Some(source) => billed(line, source, day).map(Some),
        None => Ok(None),
    }
}

/// What the rule is applied to; none where nothing has been counted or read yet.
fn source_on(line: &Line, history: &History, day: Day) -> Result<Option<Micro>, Fault> {
    Ok(match line.terms.rule.rule.source {
        QuantitySource::Fixed { .. } => line.fixed_quantity_on(day),
        QuantitySource::Subscription if history.rows.is_empty() => None,
        QuantitySource::Subscription => Some(level(history, day)),
        QuantitySource::Meter { counting } => {
            let on_the_day = Period::through(day.0, day.0).map_err(Fault::internal)?;
            let counted = count(&history.readings, on_the_day, counting, &Policy::default());
            counted.ok().map(|counted| counted.value)
        }
    })
}

fn billed(line: &Line, source: Micro, day: Day) -> Result<Micro, Fault> {
    let billed = line.terms.rule.rule.billed(source, day.0);
    Ok(billed.map_err(Fault::internal)?.quantity)
}

fn level(history: &History, day: Day) -> Micro {
    history
        .events
        .iter()
        .filter(|event| event.on <= day.0)
        .fold(history.opening, |level, event| match event.change {
            Change::Add(more) => level.plus(more),
            Change::Set(now) => now,
        })
}
