//! Where lines' quantities stand on a day and what that is worth a month, kept beside the lines
//! so that lists can sum and sort by it.

use billing::{
    Micro, Policy,
    charge::{Change, History},
    period::Period,
    quantity::{QuantitySource, count},
};

use super::{
    histories,
    line::{Line, lines_of_contract, lines_of_organization},
    store,
};
use crate::{
    db::{ContractId, Day, Exact, OrgId, Tx},
    fault::Fault,
};

/// Measures the lines of one contract: after it changed.
pub async fn measure_contract(
    tx: &mut Tx,
    org: OrgId,
    contract: ContractId,
    today: Day,
) -> Result<(), Fault> {
    let lines = lines_of_contract(tx, org, contract).await?;
    measure(tx, org, &lines, today).await
}

/// Measures every line: after what they follow was read anew, and when a day has passed.
pub async fn measure_organization(tx: &mut Tx, org: OrgId, today: Day) -> Result<(), Fault> {
    let lines = lines_of_organization(tx, org).await?;
    measure(tx, org, &lines, today).await
}

async fn measure(tx: &mut Tx, org: OrgId, lines: &[Line], today: Day) -> Result<(), Fault> {
    let histories = histories(tx, org, lines, today.0).await?;
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

/// What the line's rule comes to on a day; none where nothing has been counted or read yet.
pub fn quantity_on(line: &Line, history: &History, day: Day) -> Result<Option<Micro>, Fault> {
    if !line.is_running(day) {
        return Ok(Some(Micro::ZERO));
    }
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
