//! The next invoices of a contract, worked out as they would be made if nothing changed, and what
//! makes each differ from the one before.

use std::collections::HashMap;

use billing::{
    Money, Period, Policy,
    charge::{Charge, History, Run, charges},
    period::Schedule,
    timeline::{Cause, Invoices, causes},
};
use chrono::NaiveDate;

use super::{Contract, histories, line::Line};
use crate::{
    db::{ContractLineId, OrgId, Tx},
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
    /// Against the invoice before; none for a contract's first.
    pub causes: Vec<Cause>,
}

/// How lines are charged.
struct Frame<'l> {
    lines: &'l [Line],
    histories: HashMap<ContractLineId, History>,
    policy: Policy,
}

/// What every line is charged in one window; none of a line that cannot be worked out.
type Charged = HashMap<ContractLineId, Vec<Charge>>;

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
    let frame = Frame {
        lines,
        histories: histories(tx, org, lines, today).await?,
        policy: reconciliation::policy(tx, org).await?,
    };
    let currency = terms.currency.parse().map_err(Fault::internal)?;
    let first = schedule.tile_at(from);
    let earlier = first.and_then(|tile| schedule.previous(&tile));
    let mut before = match earlier {
        Some(tile) => Some(frame.charged(tile.nominal)?.0),
        None => None,
    };
    let mut coming = Vec::with_capacity(count);
    for tile in schedule.tiles(from, NaiveDate::MAX).take(count) {
        let window = tile.nominal;
        let (charged, problem) = frame.charged(window)?;
        let nets = charged.values().flatten().map(|charge| charge.net);
        let total = Money::sum(currency, nets).map_err(Fault::internal)?;
        let causes = match &before {
            Some(before) => frame.causes(before, &charged, window)?,
            None => Vec::new(),
        };
        coming.push(Coming {
            window,
            total: problem.is_none().then_some(total),
            problem,
            causes,
        });
        before = Some(charged);
    }
    Ok(coming)
}

impl Frame<'_> {
    fn charged(&self, window: Period) -> Result<(Charged, Option<String>), Fault> {
        let (mut charged, mut problem) = (Charged::new(), None);
        for line in self.lines {
            let terms = line.billing_terms()?;
            let history = self.histories.get(&line.id).cloned().unwrap_or_default();
            match charges(&terms, &history, &self.policy, &Run::alone(window)) {
                Ok(made) => {
                    charged.insert(line.id, made);
                }
                Err(error) => problem = Some(format!("{}: {error}", line.item_name)),
            }
        }
        Ok((charged, problem))
    }

    fn causes(
        &self,
        before: &Charged,
        after: &Charged,
        window: Period,
    ) -> Result<Vec<Cause>, Fault> {
        let mut found = Vec::new();
        for line in self.lines {
            let (Some(before), Some(after)) = (before.get(&line.id), after.get(&line.id)) else {
                continue;
            };
            let terms = line.billing_terms()?;
            let history = self.histories.get(&line.id).cloned().unwrap_or_default();
            let invoices = Invoices {
                terms: &terms,
                history: &history,
                policy: &self.policy,
                before,
                after,
                window,
            };
            found.extend(causes(&invoices).map_err(Fault::internal)?);
        }
        Ok(found)
    }
}
