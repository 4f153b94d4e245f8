//! Settled usage that a later reading changes: a line of its own on the next invoice.

use billing::{
    charge::{History, Terms, correction},
    money::Money,
};

use super::{Plan, PlannedLine, known::Known, planner::Planner};
use crate::{fault::Fault, features::contracts::Line};

impl Planner<'_> {
    pub(super) fn correct(
        &self,
        line: &Line,
        (terms, history): (&Terms, &History),
        known: &Known,
        plan: &mut Plan,
        planned: &mut Vec<PlannedLine>,
    ) -> Result<(), Fault> {
        let Some(periods) = self.late.get(&line.id) else {
            return Ok(());
        };
        let schedule = line.schedule().map_err(Fault::internal)?;
        for (start, invoiced) in periods {
            let Some(tile) = schedule.tile_at(*start) else {
                continue;
            };
            let invoiced = Money {
                minor: *invoiced,
                currency: terms.currency,
            };
            let reference = &line.terms.reference;
            match correction(terms, history, &self.writer.policy, &tile, invoiced) {
                Ok(None) => {}
                // A period is covered once by each kind of charge.
                Ok(Some(charge)) if known.keys.contains(&charge.coverage) => {
                    plan.problems.push(format!(
                        "{reference}: the period from {start} was corrected once already; bill \
                         what changed since on a blank draft"
                    ));
                }
                Ok(Some(charge)) => planned.push(self.writer.charge(line, &charge)?),
                Err(error) => plan.problems.push(format!("{reference}: {error}")),
            }
        }
        Ok(())
    }
}
