//! Subscriptions with their history, which is read only where something changed.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use futures::{StreamExt as _, TryStreamExt as _};
use vendors::{
    Cursor, Error, Page,
    pax8::{Pax8, Subscription, SubscriptionFilter},
};

use super::AT_ONCE;
use crate::{
    db::{At, Bind as _, Day, Exact, Value},
    features::{
        clients::name_key,
        sync::{
            Broken,
            drive::{Run, Trouble},
            ingest::{Difference, Record, Stored, Table, Values, key_list, table},
            normal::{self, Reason},
            plan::Stream,
            store::costs::{self, Cost},
            streams::day,
        },
    },
};

pub struct Subscriptions<'c>(pub &'c Pax8);

impl Stream for Subscriptions<'_> {
    const NAME: &'static str = "subscriptions";
    const TITLE: &'static str = "Subscriptions";
    type Item = Subscription;

    fn table(&self) -> &'static Table {
        &table::SUBSCRIPTION
    }

    async fn page(
        &self,
        _: Option<At>,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Subscription>, Error> {
        let everything = SubscriptionFilter::default();
        self.0.subscriptions(&everything, cursor).await
    }

    fn id(subscription: &Subscription) -> String {
        subscription.id.clone()
    }

    fn record(&self, run: &Run<'_>, one: &Subscription) -> Result<Record, Reason> {
        let currency = normal::currency(one.currency_code.as_deref(), run.currency)?;
        let starts_on = starts_on(one).ok_or("it has no start date")?;
        let product = super::super::text(one.product_name.as_deref(), 500);
        let commitment = one.commitment_term.as_ref();
        let state = state(one)?;
        let values = Values::of(20)
            .and(one.company_id.as_str())
            .and(one.product_id.as_str())
            .and(one.parent_subscription_id.as_deref())
            .and(product.as_str())
            .and(state.quantity)
            .and(state.unit_price)
            .and(state.unit_cost)
            .and(currency.code())
            .and(one.status.as_str())
            .and(one.billing_term.as_ref().map_or("Monthly", |t| t.as_str()))
            .and(Day(starts_on))
            .and(day(one.end_date))
            .and(day(one.billing_start))
            .and(commitment.and_then(|term| term.term.as_deref()))
            .and(day(commitment.and_then(|term| term.end_date)))
            .and(day(one.created_date.map(|at| at.date_naive())))
            .and(one.updated_date.map(At))
            .and(name_key(&format!("{product} {}", one.id)))
            .and(None::<Exact>)
            .and(None::<Day>);
        let mut record = Record::new(self.table(), one.id.clone(), product, values, 2, Vec::new());
        // Until history says more, the subscription was always as it is.
        record.parts = vec![event(starts_on, &state)];
        Ok(record)
    }

    async fn complete(
        &self,
        run: &Run<'_>,
        mut records: Vec<Record>,
        broken: &mut Vec<Broken>,
    ) -> Result<Vec<Record>, Trouble> {
        let (differ, costs) = changed(run, self.table(), &records).await?;
        let histories: HashMap<String, History> = futures::stream::iter(differ)
            .map(async |id| {
                Ok::<_, Trouble>((id.clone(), self.history(&id, broken_of(&id)).await?))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        for record in &mut records {
            if let Some(history) = histories.get(&record.key) {
                broken.extend(history.broken.iter().cloned());
                if !history.states.is_empty() {
                    record.parts = history.states.iter().map(|(on, s)| event(*on, s)).collect();
                }
            }
            let known = costs.get(&record.key);
            let states = histories.get(&record.key).map(|h| h.states.as_slice());
            let rise = last_rise(record, states.unwrap_or_default(), known, run.today);
            set_rise(record, rise);
        }
        Ok(records)
    }
}

impl Subscriptions<'_> {
    async fn history(
        &self,
        id: &str,
        broken: impl Fn(String) -> Broken,
    ) -> Result<History, Trouble> {
        let page = match self.0.subscription_history(id).await {
            Ok(page) => page,
            // Gone since the list was read; the next run will say so.
            Err(Error::NotFound { .. }) => return Ok(History::default()),
            Err(error) => return Err(error.into()),
        };
        let mut history = History::default();
        let unreadable = page.broken.into_iter().map(|element| broken(element.why));
        history.broken.extend(unreadable);
        for past in &page.items {
            match (starts_on(past), state(past)) {
                (Some(on), Ok(state)) => history.states.push((on, state)),
                (None, _) => history
                    .broken
                    .push(broken("a past state has no date".to_owned())),
                (_, Err(why)) => history.broken.push(broken(why)),
            }
        }
        history.states.sort_by_key(|(on, _)| *on);
        // Of several states that began on one day the last one counts.
        history.states.reverse();
        history.states.dedup_by_key(|(on, _)| *on);
        history.states.reverse();
        Ok(history)
    }
}

fn broken_of(id: &str) -> impl Fn(String) -> Broken {
    let id = id.to_owned();
    move |why| Broken {
        stream: "subscription history".to_owned(),
        id: Some(id.clone()),
        why,
    }
}

#[derive(Default)]
struct History {
    /// Oldest first, each with the day it took effect.
    states: Vec<(NaiveDate, State)>,
    broken: Vec<Broken>,
}

/// What of a subscription can change over time.
#[derive(Debug, Clone)]
struct State {
    quantity: Exact,
    unit_price: Exact,
    unit_cost: Exact,
    status: String,
}

fn state(one: &Subscription) -> Result<State, Reason> {
    Ok(State {
        quantity: normal::exact("quantity", one.quantity)?,
        unit_price: normal::exact_or_zero("price", one.price)?,
        unit_cost: normal::exact_or_zero("partnerCost", one.partner_cost)?,
        status: one.status.as_str().to_owned(),
    })
}

fn starts_on(one: &Subscription) -> Option<NaiveDate> {
    one.start_date
        .or(one.billing_start)
        .or_else(|| one.created_date.map(|at| at.date_naive()))
}

fn event(on: NaiveDate, state: &State) -> Vec<Value> {
    Values::of(5)
        .and(At(on.and_time(NaiveTime::MIN).and_utc()))
        .and(state.quantity)
        .and(state.unit_price)
        .and(state.unit_cost)
        .and(state.status.as_str())
        .row()
}

/// Which subscriptions have a history worth reading, and what was known of everybody's cost.
async fn changed(
    run: &Run<'_>,
    table: &Table,
    records: &[Record],
) -> Result<(Vec<String>, HashMap<String, Cost>), Trouble> {
    let mut tx = run.app.db.read(run.source.org).await?;
    let stored = Stored::of(&mut tx, table, run.source, records).await?;
    let keys = key_list(records.iter().map(|record| record.key.as_str()));
    let costs = costs::of(&mut tx, run.source.org, run.source.connection, &keys).await?;
    let differ = records
        .iter()
        .filter(|record| match stored.difference(record) {
            Difference::None => false,
            Difference::Changed => true,
            Difference::Added => was_ever_changed(record),
        })
        .map(|record| record.key.clone())
        .collect();
    let costs = costs
        .into_iter()
        .map(|cost| (cost.external_id.clone(), cost));
    Ok((differ, costs.collect()))
}

/// Pax8 dates creation and last change; far apart means that something changed in between.
fn was_ever_changed(record: &Record) -> bool {
    let at = |column: &str| position(column).and_then(|at| record.values.get(at));
    let (Some(Value::Text(Some(created))), Some(Value::Int(Some(updated)))) =
        (at("created_on"), at("vendor_updated_at"))
    else {
        return true;
    };
    created.parse::<NaiveDate>().map_or(true, |created| {
        let updated = At::from_micros(*updated).0;
        updated - created.and_time(NaiveTime::MIN).and_utc() > TimeDelta::days(2)
    })
}

fn position(column: &str) -> Option<usize> {
    table::own_columns(&table::SUBSCRIPTION).position(|own| own.0 == column)
}

/// The cost before its last rise, and the day of it.
type Rise = Option<(Exact, Day)>;

/// From history where it tells, else by comparison with what was stored. A cost that came down
/// again ends the matter.
fn last_rise(
    record: &Record,
    states: &[(NaiveDate, State)],
    known: Option<&Cost>,
    today: NaiveDate,
) -> Rise {
    let cost = position("unit_cost")
        .and_then(|at| record.values.get(at))
        .and_then(|value| match value {
            Value::Int(Some(micros)) => Some(Exact::from_micros(*micros)),
            _ => None,
        })?;
    let mut steps = states.windows(2).rev();
    let change = steps.find_map(|pair| match pair {
        [(_, before), (on, after)] if before.unit_cost != after.unit_cost => {
            Some((before.unit_cost, after.unit_cost, Day(*on)))
        }
        _ => None,
    });
    if let Some((before, after, on)) = change
        && after == cost
    {
        return (before < after).then_some((before, on));
    }
    let known = known?;
    if known.unit_cost == cost {
        return known.previous_unit_cost.zip(known.cost_changed_on);
    }
    (known.unit_cost < cost).then_some((known.unit_cost, Day(today)))
}

fn set_rise(record: &mut Record, rise: Rise) {
    let (before, on) = rise.unzip();
    for (column, value) in [
        ("previous_unit_cost", before.into_value()),
        ("cost_changed_on", on.into_value()),
    ] {
        if let Some(slot) = position(column).and_then(|at| record.values.get_mut(at)) {
            *slot = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn exact(text: &str) -> Exact {
        Exact(text.parse().unwrap())
    }

    fn costing(on: &str, cost: &str) -> (NaiveDate, State) {
        let state = State {
            quantity: exact("5"),
            unit_price: exact("22"),
            unit_cost: exact(cost),
            status: "Active".to_owned(),
        };
        (day(on), state)
    }

    fn record(cost: &str) -> Record {
        let mut values = Values::of(20);
        for column in table::own_columns(&table::SUBSCRIPTION) {
            values = match column.0 {
                "unit_cost" => values.and(exact(cost)),
                _ if column.1 == crate::db::Kind::Int => values.and(None::<i64>),
                _ => values.and(None::<String>),
            };
        }
        let name = "Business Premium".to_owned();
        Record::new(
            &table::SUBSCRIPTION,
            "s".to_owned(),
            name,
            values,
            2,
            Vec::new(),
        )
    }

    fn known(cost: &str, previous: Option<(&str, &str)>) -> Cost {
        Cost {
            external_id: "s".to_owned(),
            unit_cost: exact(cost),
            previous_unit_cost: previous.map(|(cost, _)| exact(cost)),
            cost_changed_on: previous.map(|(_, on)| Day(day(on))),
        }
    }

    #[test]
    fn a_rise_is_found_in_history_or_against_what_was_stored() {
        let today = day("2026-11-12");
        let rise = |cost: &str, states: &[(NaiveDate, State)], known: Option<&Cost>| {
            last_rise(&record(cost), states, known, today)
                .map(|(before, on)| (before.to_string(), on.to_string()))
        };
        let said = |cost: &str, on: &str| Some((cost.to_owned(), on.to_owned()));
        let up = [
            costing("2026-01-01", "18.7"),
            costing("2026-10-20", "19.64"),
        ];
        let down = [costing("2026-01-01", "20"), costing("2026-10-20", "19.64")];
        assert_eq!(rise("19.64", &up, None), said("18.7", "2026-10-20"));
        assert_eq!(rise("19.64", &down, Some(&known("20", None))), None);
        assert_eq!(
            rise("19.64", &[], Some(&known("18.7", None))),
            said("18.7", "2026-11-12")
        );
        let stays = known("19.64", Some(("18.7", "2026-10-20")));
        assert_eq!(rise("19.64", &[], Some(&stays)), said("18.7", "2026-10-20"));
        assert_eq!(rise("19.64", &[], None), None);
    }
}
