//! A contract line's quantity and price as of a day, from its rule, its events and its sources.

use std::collections::HashMap;

use billing::{
    Micro,
    period::Schedule,
    quantity::{Billed, QuantityRule, QuantitySource},
    reconcile::LineSource,
};
use chrono::NaiveDate;
use uuid::Uuid;

use super::{
    facts::{cycle, micro},
    store::{self, EventRow, LineRow, SubscriptionRow},
};
use crate::{
    db::{OrgId, Tx},
    fault::Fault,
};

/// A subscription's id at the vendor, and the day it counts from.
type Followed = (String, Option<NaiveDate>);

/// Everything that moves lines' quantities, read once for the whole organization.
pub struct Quantities {
    events: HashMap<Uuid, Vec<EventRow>>,
    /// The subscriptions each line follows, and from when each counts.
    subscriptions_of: HashMap<Uuid, Vec<Followed>>,
    running: HashMap<String, Running>,
}

/// A subscription's quantity over time.
struct Running {
    start: NaiveDate,
    end: Option<NaiveDate>,
    now: Micro,
    /// Oldest first.
    history: Vec<(NaiveDate, Micro)>,
}

impl Running {
    fn on(&self, day: NaiveDate) -> Micro {
        if day < self.start || self.end.is_some_and(|end| day >= end) {
            return Micro::ZERO;
        }
        let known = self.history.iter().rev().find(|(since, _)| *since <= day);
        match (known, self.history.first()) {
            (Some((_, quantity)), _) => *quantity,
            // Before the first known change it was what that change started from; without any
            // history it is what it is now.
            (None, _) => self
                .history
                .first()
                .map_or(self.now, |(_, quantity)| *quantity),
        }
    }
}

/// What reconciliation needs of one line.
pub struct LineFacts {
    pub rule_source: LineSource,
    pub billed: Billed,
    pub to_catch_up: Micro,
    pub unit_price: Micro,
    pub price_raised_on: Option<NaiveDate>,
}

impl Quantities {
    pub async fn load(
        tx: &mut Tx,
        org: OrgId,
        subscriptions: &[SubscriptionRow],
    ) -> Result<Self, Fault> {
        let mut events: HashMap<Uuid, Vec<EventRow>> = HashMap::new();
        for event in store::line_events(tx, org).await? {
            events.entry(event.line_id.0).or_default().push(event);
        }
        let mut subscriptions_of: HashMap<Uuid, Vec<Followed>> = HashMap::new();
        for row in store::line_subscriptions(tx, org).await? {
            let followed = (
                row.subscription_external_id,
                row.counts_from.map(|day| day.0),
            );
            subscriptions_of
                .entry(row.line_id.0)
                .or_default()
                .push(followed);
        }
        let mut histories: HashMap<Uuid, Vec<(NaiveDate, Micro)>> = HashMap::new();
        for event in store::subscription_events(tx, org).await? {
            let change = (event.happened_at.0.date_naive(), micro(event.quantity));
            histories
                .entry(event.subscription_id.0)
                .or_default()
                .push(change);
        }
        let running = subscriptions
            .iter()
            .map(|row| {
                let history = histories.remove(&row.id.0).unwrap_or_default();
                let running = Running {
                    start: row.starts_on.0,
                    end: row.ends_on.map(|day| day.0),
                    now: micro(row.quantity),
                    history,
                };
                (row.external_id.clone(), running)
            })
            .collect();
        Ok(Self {
            events,
            subscriptions_of,
            running,
        })
    }

    /// Which line each named subscription feeds.
    pub fn line_subscriptions(&self) -> impl Iterator<Item = (Uuid, &String)> {
        self.subscriptions_of
            .iter()
            .flat_map(|(line, all)| all.iter().map(|(id, _)| (*line, id)))
    }

    /// The day a subscription's quantity last rose, where its history shows it.
    pub fn raised_on(&self, external_id: &str) -> Option<NaiveDate> {
        let history = &self.running.get(external_id)?.history;
        let rises = history.iter().zip(history.iter().skip(1));
        rises
            .rev()
            .find(|(before, after)| after.1 > before.1)
            .map(|(_, after)| after.0)
    }

    /// The line on `day`; `meter_count` gives a meter's last good count by a day.
    pub fn of_line(
        &self,
        row: &LineRow,
        day: NaiveDate,
        meter_count: impl Fn(NaiveDate, &str) -> Option<Micro>,
    ) -> Result<LineFacts, Fault> {
        let stored: StoredRule = serde_json::from_str(&row.quantity_rule)?;
        let source_on = |on: NaiveDate| self.source(row, &stored, on, &meter_count);
        let billed = billed(&stored.rule, source_on(day).unwrap_or(Micro::ZERO), day)?;
        let to_catch_up = match invoiced_by(row, day)?
            .and_then(|then| Some((then, source_on(then)?)))
        {
            Some((then, before)) if !matches!(stored.rule.source, QuantitySource::Fixed { .. }) => {
                billed
                    .quantity
                    .minus(self::billed(&stored.rule, before, then)?.quantity)
            }
            _ => Micro::ZERO,
        };
        Ok(LineFacts {
            rule_source: match stored.rule.source {
                QuantitySource::Fixed { .. } => LineSource::Fixed,
                QuantitySource::Subscription => LineSource::Subscription,
                QuantitySource::Meter { .. } => LineSource::Meter,
            },
            billed,
            to_catch_up,
            unit_price: self
                .value_on(row, "price", day)
                .unwrap_or(micro(row.unit_price)),
            price_raised_on: Some(row.priced_on.0),
        })
    }

    fn source(
        &self,
        row: &LineRow,
        stored: &StoredRule,
        on: NaiveDate,
        meter_count: &impl Fn(NaiveDate, &str) -> Option<Micro>,
    ) -> Option<Micro> {
        match &stored.rule.source {
            QuantitySource::Fixed { quantity } => {
                Some(self.value_on(row, "quantity", on).unwrap_or(*quantity))
            }
            QuantitySource::Subscription => {
                let named = self.subscriptions_of.get(&row.id.0)?;
                let counted = named
                    .iter()
                    .filter(|(_, from)| from.is_none_or(|from| from <= on));
                let running = counted.filter_map(|(id, _)| self.running.get(id));
                Some(running.fold(Micro::ZERO, |sum, one| sum.plus(one.on(on))))
            }
            QuantitySource::Meter { .. } => meter_count(on, stored.meter.as_deref()?),
        }
    }

    fn value_on(&self, row: &LineRow, kind: &str, on: NaiveDate) -> Option<Micro> {
        let events = self.events.get(&row.id.0)?;
        let last = events
            .iter()
            .rev()
            .find(|e| e.kind == kind && e.effective_on.0 <= on)?;
        last.after_value.map(micro)
    }
}

fn billed(rule: &QuantityRule, source: Micro, on: NaiveDate) -> Result<Billed, Fault> {
    rule.billed(source, on).map_err(Fault::internal)
}

/// The day the running period was invoiced: its first day, in advance.
fn invoiced_by(row: &LineRow, day: NaiveDate) -> Result<Option<NaiveDate>, Fault> {
    if row.timing != "advance" {
        return Ok(None);
    }
    let end = row.ends_on.map(|day| day.0);
    let schedule = Schedule::new(cycle(&row.cycle)?, row.anchor_on.0, row.starts_on.0, end);
    let tile = schedule.ok().and_then(|schedule| schedule.tile_at(day));
    Ok(tile.map(|tile| tile.service.start()))
}

/// `contract_line.quantity_rule`: the rule, and which meter it reads.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct StoredRule {
    #[serde(flatten)]
    pub rule: QuantityRule,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meter: Option<String>,
}
