//! What the invoices of a line already know: which periods stand on one, and which changes were
//! taken into account when they were made.

use billing::{
    Policy,
    charge::{Event, History},
    coverage::{ChargeKind, Key},
    policy::ChangeDay,
};
use chrono::{DateTime, NaiveDate, Utc};

use super::super::store::CoveredRow;
use crate::fault::Fault;

/// The coverage of one line that is no longer planned.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub keys: Vec<Key>,
    /// The start of the last period that the ledger billed before.
    pub last_adopted: Option<NaiveDate>,
    runs: Vec<Run>,
}

/// One time at which a period of the line was invoiced.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// Of a period's own charge.
    period_start: Option<NaiveDate>,
    /// None where it was not written down: everything was known.
    at: Option<DateTime<Utc>>,
    window_on: Option<NaiveDate>,
}

impl Known {
    pub fn add(&mut self, row: &CoveredRow) -> Result<(), Fault> {
        let key = row.key()?;
        self.keys.push(key);
        if row.invoice_id.is_some() {
            self.adopt_one(key);
        } else if row.state != "waived" {
            let is_own = matches!(key.kind, ChargeKind::Recurring | ChargeKind::Usage);
            self.runs.push(Run {
                period_start: is_own.then_some(key.period_start),
                at: row.known_at.map(|at| at.0),
                window_on: row.window_on.map(|day| day.0),
            });
        }
        Ok(())
    }

    /// Periods that the ledger turns out to have billed before.
    pub fn adopt(&mut self, keys: impl IntoIterator<Item = Key>) {
        for key in keys {
            self.keys.push(key);
            self.adopt_one(key);
        }
    }

    fn adopt_one(&mut self, key: Key) {
        self.last_adopted = self.last_adopted.max(Some(key.period_start));
        self.runs.push(Run {
            period_start: Some(key.period_start),
            at: None,
            window_on: None,
        });
    }

    /// Marks the changes that an invoice has taken into account, so that none is caught up twice.
    pub fn mark(&self, history: &mut History, policy: &Policy) {
        for event in &mut history.events {
            event.is_billed = self.runs.iter().any(|run| run.knows(event, policy));
        }
    }
}

impl Run {
    /// A change is taken into account by the charge of a period that starts with it, and caught up
    /// by the first invoice of a later period, if it was known by then.
    fn knows(&self, event: &Event, policy: &Policy) -> bool {
        let counts_from = match policy.change_day {
            ChangeDay::Included => Some(event.on),
            ChangeDay::Excluded => event.on.succ_opt(),
        };
        let was_known = match (self.at, event.seen_at) {
            (Some(at), Some(seen_at)) => seen_at <= at,
            _ => true,
        };
        let is_in_the_period = self
            .period_start
            .is_some_and(|start| counts_from.is_some_and(|from| from <= start));
        let was_caught_up = self.window_on.is_some_and(|window| event.on < window);
        was_known && (is_in_the_period || was_caught_up)
    }
}
