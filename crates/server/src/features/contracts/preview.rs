//! The next invoices of a contract, worked out as they would be made if nothing changed.

use billing::{
    Money, Period,
    charge::{Run, charges},
    period::Schedule,
};
use chrono::NaiveDate;

use super::{Contract, histories, line::Line};
use crate::{
    db::{OrgId, Tx},
    fault::Fault,
    features::reconciliation,
};

/// One coming invoice.
pub struct Coming {
    pub window: Period,
    /// None where a count is missing or a rule cannot be applied.
    pub total: Option<Money>,
    /// What stands in the way, if anything.
    pub problem: Option<String>,
}

/// The invoices of the next `count` periods from the one that contains `today` on.
pub async fn coming(
    tx: &mut Tx,
    org: OrgId,
    contract: &Contract,
    lines: &[Line],
    today: NaiveDate,
    count: usize,
) -> Result<Vec<Coming>, Fault> {
    let terms = &contract.terms;
    let end = (terms.status == "ended").then_some(terms.ends_on).flatten();
    let schedule = Schedule::new(
        terms.cycle.0,
        terms.starts_on.0,
        terms.starts_on.0,
        end.map(|day| day.0),
    )
    .map_err(Fault::internal)?;
    let from = today.max(terms.starts_on.0);
    let policy = reconciliation::policy(tx, org).await?;
    let histories = histories(tx, org, lines, today).await?;
    let currency = terms.currency.parse().map_err(Fault::internal)?;
    let mut coming = Vec::with_capacity(count);
    for tile in schedule.tiles(from, NaiveDate::MAX).take(count) {
        let window = tile.nominal;
        let mut total = Money::zero(currency);
        let mut problem = None;
        for line in lines {
            let history = histories.get(&line.id).cloned().unwrap_or_default();
            let run = Run::alone(window);
            match charges(&line.billing_terms()?, &history, &policy, &run) {
                Ok(made) => {
                    let nets = made.iter().map(|charge| charge.net);
                    let sum = Money::sum(currency, nets).map_err(Fault::internal)?;
                    total = total.checked_add(sum).map_err(Fault::internal)?;
                }
                Err(error) => problem = Some(format!("{}: {error}", line.item_name)),
            }
        }
        coming.push(Coming {
            window,
            total: problem.is_none().then_some(total),
            problem,
        });
    }
    Ok(coming)
}
