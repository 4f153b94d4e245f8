//! What is known about lines' quantities over time: changes that were agreed, subscriptions as
//! the vendor tells them, counts of a meter. Read for many lines at once.

use std::collections::{HashMap, HashSet};

use billing::{
    Micro,
    charge::{Change, Event, History},
    explanation::{SourceKind, SourceRow},
    quantity::{CountState, QuantitySource, Reading},
};
use chrono::NaiveDate;
use uuid::Uuid;

use super::{
    input::micro,
    line::{Followed, Line, billing_id},
    store,
};
use crate::{
    db::{At, ContractLineId, Day, OrgId, Tx},
    fault::Fault,
    features::meters,
};

/// A subscription's quantity over time.
#[derive(Debug, Clone)]
pub struct SubscriptionCourse {
    pub id: Uuid,
    pub external_id: String,
    pub starts_on: NaiveDate,
    pub ends_on: Option<NaiveDate>,
    pub quantity_now: Micro,
    /// Oldest first: from when what quantity.
    pub changes: Vec<(At, Micro)>,
}

impl SubscriptionCourse {
    /// The quantity on a day; zero before its start and from its end.
    pub fn on(&self, day: NaiveDate) -> Micro {
        if day < self.starts_on || self.ends_on.is_some_and(|end| day >= end) {
            return Micro::ZERO;
        }
        let known = self
            .changes
            .iter()
            .rev()
            .find(|(at, _)| at.0.date_naive() <= day);
        known
            .or(self.changes.first())
            .map_or(self.quantity_now, |(_, quantity)| *quantity)
    }

    /// The days on which the quantity may differ from the day before.
    fn days(&self) -> impl Iterator<Item = (NaiveDate, Option<At>)> + '_ {
        let changes = self
            .changes
            .iter()
            .map(|(at, _)| (at.0.date_naive(), Some(*at)));
        [(self.starts_on, None)]
            .into_iter()
            .chain(changes)
            .chain(self.ends_on.map(|end| (end, None)))
    }
}

/// A line's history, up to and with `until`.
pub async fn history_of(
    tx: &mut Tx,
    org: OrgId,
    line: &Line,
    until: NaiveDate,
) -> Result<History, Fault> {
    let mut all = histories(tx, org, std::slice::from_ref(line), until).await?;
    Ok(all.remove(&line.id).unwrap_or_default())
}

/// The histories of lines, up to and with `until`. Every statement is asked once for all of them.
pub async fn histories(
    tx: &mut Tx,
    org: OrgId,
    lines: &[Line],
    until: NaiveDate,
) -> Result<HashMap<ContractLineId, History>, Fault> {
    let followed: HashSet<&str> = lines
        .iter()
        .flat_map(|line| &line.follows)
        .map(|follow| follow.subscription_external_id.as_str())
        .collect();
    let courses = courses(tx, org, &followed).await?;
    let clients: HashSet<Uuid> = lines
        .iter()
        .filter(|line| line.terms.rule.meter.is_some())
        .map(|line| line.client_id.0)
        .collect();
    let counts = counts(tx, org, &clients, until).await?;
    Ok(lines
        .iter()
        .map(|line| (line.id, history(line, &courses, &counts, until)))
        .collect())
}

type Counts = HashMap<(Uuid, String), Vec<Reading>>;

fn history(
    line: &Line,
    courses: &HashMap<String, SubscriptionCourse>,
    counts: &Counts,
    until: NaiveDate,
) -> History {
    match &line.terms.rule.rule.source {
        QuantitySource::Fixed { .. } => History {
            events: line.quantity_events(),
            ..History::default()
        },
        QuantitySource::Subscription => {
            let mut history = History::default();
            for follow in &line.follows {
                if let Some(course) = courses.get(&follow.subscription_external_id) {
                    add_course(&mut history, line, follow, course, until);
                }
            }
            history.events.sort_by_key(|event| event.on);
            history
        }
        QuantitySource::Meter { .. } => {
            let meter = line.terms.rule.meter.clone().unwrap_or_default();
            let readings = counts.get(&(line.client_id.0, meter));
            let readings = readings.cloned().unwrap_or_default();
            let rows = readings.iter().rev().filter(|reading| reading.is_good());
            History {
                rows: rows
                    .take(1)
                    .filter_map(|reading| {
                        Some(SourceRow {
                            kind: SourceKind::Count,
                            id: reading.row?,
                            value: reading.value,
                            on: Some(reading.on),
                            seen_at: reading.taken_at,
                        })
                    })
                    .collect(),
                readings,
                ..History::default()
            }
        }
    }
}

/// One subscription's changes, as the line sees them: nothing before the line's start or the day
/// it began to follow.
fn add_course(
    history: &mut History,
    line: &Line,
    follow: &Followed,
    course: &SubscriptionCourse,
    until: NaiveDate,
) {
    let start = line.terms.starts_on.0;
    let counts_from = follow.counts_from.map_or(start, |day| day.0.max(start));
    let on = |day: NaiveDate| {
        if day < counts_from {
            Micro::ZERO
        } else {
            course.on(day)
        }
    };
    history.opening = history.opening.plus(on(start));
    let mut days: Vec<(NaiveDate, Option<At>)> = course
        .days()
        .chain([(counts_from, None)])
        .filter(|(day, _)| *day > start && *day <= until)
        .collect();
    days.sort_by_key(|(day, at)| (*day, std::cmp::Reverse(*at)));
    days.dedup_by_key(|(day, _)| *day);
    let mut before = on(start);
    for (day, seen_at) in days {
        let now = on(day);
        if now != before {
            history.events.push(Event {
                row: Some(billing_id(course.id)),
                on: day,
                change: Change::Add(now.minus(before)),
                seen_at: seen_at.map(|at| at.0),
                is_billed: false,
            });
        }
        before = now;
    }
    history.rows.push(SourceRow {
        kind: SourceKind::Subscription,
        id: billing_id(course.id),
        value: on(until),
        on: Some(until),
        seen_at: None,
    });
}

/// More than this many are not named one by one: those of all lines are read.
const NAMED: usize = 500;

async fn courses(
    tx: &mut Tx,
    org: OrgId,
    followed: &HashSet<&str>,
) -> Result<HashMap<String, SubscriptionCourse>, Fault> {
    let ids: Vec<&str> = followed.iter().copied().collect();
    let wanted = match ids.len() {
        0 => return Ok(HashMap::new()),
        1..=NAMED => store::Followed::These(&ids),
        _ => store::Followed::ByAnyLine,
    };
    let mut changes: HashMap<Uuid, Vec<(At, Micro)>> = HashMap::new();
    for change in store::followed_changes(tx, org, wanted).await? {
        let changes = changes.entry(change.subscription_id.0).or_default();
        changes.push((change.happened_at, micro(change.quantity)));
    }
    let rows = store::followed_subscriptions(tx, org, wanted).await?;
    let courses = rows.into_iter().map(|row| {
        let course = SubscriptionCourse {
            id: row.id.0,
            external_id: row.external_id.clone(),
            starts_on: row.starts_on.0,
            ends_on: row.ends_on.map(|day| day.0),
            quantity_now: micro(row.quantity),
            changes: changes.remove(&row.id.0).unwrap_or_default(),
        };
        (row.external_id, course)
    });
    Ok(courses.collect())
}

/// What was read on the organization's own meters. No tool counts those, so none is counted twice.
async fn add_readings(
    tx: &mut Tx,
    org: OrgId,
    clients: &HashSet<Uuid>,
    until: NaiveDate,
    counts: &mut Counts,
) -> Result<(), Fault> {
    for row in meters::standing(tx, org, (None, Day(until))).await? {
        if !clients.contains(&row.client_id.0) {
            continue;
        }
        let reading = Reading {
            on: row.taken_on.0,
            value: micro(row.value),
            state: CountState::Complete,
            taken_at: Some(row.recorded_at.0),
            row: Some(billing_id(row.id.0)),
            units: Vec::new(),
        };
        let of_meter = counts.entry((row.client_id.0, row.meter));
        of_meter.or_default().push(reading);
    }
    Ok(())
}

/// Counts of clients' meters by day, oldest first. A client with several vendor records has the
/// sum of their counts of one snapshot.
async fn counts(
    tx: &mut Tx,
    org: OrgId,
    clients: &HashSet<Uuid>,
    until: NaiveDate,
) -> Result<Counts, Fault> {
    let mut counts: Counts = HashMap::new();
    if clients.is_empty() {
        return Ok(counts);
    }
    for row in store::meter_counts(tx, org, Day(until)).await? {
        if !clients.contains(&row.client_id.0) {
            continue;
        }
        let state = if row.complete {
            CountState::Complete
        } else {
            CountState::Partial
        };
        let value = i32::try_from(row.count).map_or(Micro(i64::MAX), Micro::whole);
        let reading = Reading {
            on: row.taken_on.0,
            value,
            state,
            taken_at: Some(row.taken_at.0),
            row: Some(billing_id(row.snapshot_id.0)),
            units: Vec::new(),
        };
        counts
            .entry((row.client_id.0, row.meter))
            .or_default()
            .push(reading);
    }
    add_readings(tx, org, clients, until, &mut counts).await?;
    Ok(counts)
}
