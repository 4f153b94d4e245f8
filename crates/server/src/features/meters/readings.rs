//! Readings of own meters, many at once: first what each would do, then all of them or nothing. The
//! same readings twice change nothing the second time; another value for a day is a correction.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{Meter, store};
use crate::{
    app::App,
    db::{ClientId, Day, Exact, MeterId, MeterReadingId, OrgId, Tx},
    fault::Fault,
    features::{
        audit::{self, Act},
        clients::{self, Client, name_key},
        generated_invoices::review::ReviewDrafts,
        reconciliation::jobs::Reconcile,
    },
    http::Who,
    input, queue,
};

/// More are for several calls.
pub const MOST: usize = 5_000;

/// A reading as somebody gives it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = MeterReadingInput)]
pub struct Given {
    /// The client's id, number, or whole name.
    #[schema(example = "C001")]
    pub client: String,
    /// The meter's code.
    #[schema(example = "backup-gb")]
    pub meter: String,
    #[schema(example = "2026-11-30")]
    pub on: String,
    #[schema(example = "812.5")]
    pub value: String,
    /// Where it stands in a file.
    #[serde(skip)]
    pub line: u64,
}

/// Many readings.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = MeterReadingsInput)]
pub struct ReadingsInput {
    pub readings: Vec<Given>,
    /// Only say what each would do.
    pub preview: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MeterReadingAction)]
pub enum Action {
    New,
    /// It is known already.
    Same,
    /// Another value stood there; it is kept beside the new one.
    Correction,
    Wrong,
}

/// What a reading does.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = MeterReadingOutcome)]
pub struct Outcome {
    /// Its place, from 1; in a file its line.
    pub line: u64,
    pub client: String,
    pub meter: String,
    pub on: String,
    pub value: String,
    pub action: Action,
    /// What stood there before.
    pub before: Option<Exact>,
    /// Far from the reading before it: more than twice, or less than half.
    pub unusual: Option<String>,
    /// By field.
    pub wrong: BTreeMap<String, String>,
    #[serde(skip)]
    write: Option<Write>,
}

#[derive(Debug, Clone)]
struct Write {
    meter: MeterId,
    client: ClientId,
    on: Day,
    value: Exact,
    replaces: Option<MeterReadingId>,
}

/// What many readings do.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = MeterReadings)]
pub struct Readings {
    pub rows: Vec<Outcome>,
    pub new: u64,
    pub same: u64,
    pub corrections: u64,
    pub wrong: u64,
    /// False for a preview.
    pub is_written: bool,
}

impl Readings {
    fn of(rows: Vec<Outcome>) -> Self {
        let count = |action: Action| {
            let rows = rows.iter().filter(|row| row.action == action);
            u64::try_from(rows.count()).unwrap_or(u64::MAX)
        };
        Self {
            new: count(Action::New),
            same: count(Action::Same),
            corrections: count(Action::Correction),
            wrong: count(Action::Wrong),
            is_written: false,
            rows,
        }
    }
}

/// What stands for a client on a meter, by day.
type Days = BTreeMap<Day, (Option<MeterReadingId>, Exact, u64)>;

/// What readings are checked against.
struct Plan {
    today: Day,
    meters: HashMap<String, Meter>,
    clients: HashMap<String, Vec<Client>>,
    standing: HashMap<(MeterId, ClientId), Days>,
}

impl Plan {
    async fn load(tx: &mut Tx, org: OrgId, today: Day, given: &[Given]) -> Result<Self, Fault> {
        let meters = store::meters(tx, org).await?;
        let meters: HashMap<String, Meter> = meters
            .into_iter()
            .map(|meter| (meter.code.clone(), meter))
            .collect();
        let mut names: HashMap<String, Vec<Client>> = HashMap::new();
        for client in clients::every(tx, org).await? {
            let mut keys = vec![
                client.id.to_string(),
                name_key(&client.reference),
                name_key(&client.name),
            ];
            keys.sort();
            keys.dedup();
            for key in keys {
                names.entry(key).or_default().push(client.clone());
            }
        }
        let mut plan = Self {
            today,
            meters,
            clients: names,
            standing: HashMap::new(),
        };
        let mut named: Vec<&str> = given.iter().map(|one| one.meter.trim()).collect();
        named.sort_unstable();
        named.dedup();
        for code in named {
            let Some(meter) = plan.meters.get(code).map(|meter| meter.id) else {
                continue;
            };
            for row in store::known(tx, org, meter).await? {
                let days = plan.standing.entry((meter, row.client_id)).or_default();
                days.insert(row.taken_on, (Some(row.id), row.value, 0));
            }
        }
        Ok(plan)
    }

    fn client(&self, typed: &str) -> Result<&Client, String> {
        let typed = typed.trim();
        let found = self.clients.get(typed);
        let found = found.or_else(|| self.clients.get(&name_key(typed)));
        match found.map(Vec::as_slice) {
            None | Some([]) => Err("there is no client with this id, number or name".to_owned()),
            Some([client]) if client.is_archived() => Err("this client is archived".to_owned()),
            Some([client]) => Ok(client),
            Some(_) => Err("several clients are called so; say its number".to_owned()),
        }
    }

    fn meter(&self, typed: &str) -> Result<&Meter, String> {
        match self.meters.get(typed.trim()) {
            Some(meter) if meter.is_archived() => Err("this meter is archived".to_owned()),
            Some(meter) => Ok(meter),
            None if super::BUILT_IN
                .iter()
                .any(|(code, _)| *code == typed.trim()) =>
            {
                Err("a connected tool counts this one; nobody else can".to_owned())
            }
            None => Err("there is no meter with this code; add it first".to_owned()),
        }
    }

    fn day(&self, typed: &str) -> Result<Day, String> {
        let day = input::day(typed)?;
        if day > self.today {
            return Err("this day has not come yet".to_owned());
        }
        Ok(day)
    }

    fn outcome(&mut self, given: &Given) -> Outcome {
        let mut wrong = BTreeMap::new();
        let mut note = |field: &str, message: String| {
            wrong.insert(field.to_owned(), message);
        };
        let client = self.client(&given.client).map(|client| client.id);
        let meter = self.meter(&given.meter).map(|meter| meter.id);
        let on = self.day(&given.on);
        let value = input::not_negative(&given.value);
        if let Err(message) = &client {
            note("client", message.clone());
        }
        if let Err(message) = &meter {
            note("meter", message.clone());
        }
        if let Err(message) = &on {
            note("on", message.clone());
        }
        if let Err(message) = &value {
            note("value", message.clone());
        }
        let mut outcome = Outcome {
            line: given.line,
            client: given.client.trim().to_owned(),
            meter: given.meter.trim().to_owned(),
            on: given.on.trim().to_owned(),
            value: given.value.trim().to_owned(),
            action: Action::Wrong,
            before: None,
            unusual: None,
            wrong,
            write: None,
        };
        if let (Ok(client), Ok(meter), Ok(on), Ok(value)) = (client, meter, on, value) {
            let write = Write {
                meter,
                client,
                on,
                value,
                replaces: None,
            };
            self.place(&mut outcome, write);
        }
        outcome
    }

    /// Puts a reading among those that stand.
    fn place(&mut self, outcome: &mut Outcome, mut write: Write) {
        let days = self
            .standing
            .entry((write.meter, write.client))
            .or_default();
        match days.get(&write.on) {
            Some((_, known, _)) if *known == write.value => outcome.action = Action::Same,
            Some((_, _, line)) if *line > 0 => {
                let message = format!("line {line} says another value for this day");
                outcome.wrong.insert("value".to_owned(), message);
                return;
            }
            Some((id, known, _)) => {
                outcome.action = Action::Correction;
                outcome.before = Some(*known);
                write.replaces = *id;
            }
            None => outcome.action = Action::New,
        }
        let last = days.range(..write.on).next_back();
        outcome.unusual = last.and_then(|(on, (_, last, _))| unusual(*on, *last, write.value));
        let id = write.replaces;
        days.insert(write.on, (id, write.value, outcome.line));
        if outcome.action != Action::Same {
            outcome.write = Some(write);
        }
    }
}

/// What is far from the reading before it, in words.
fn unusual(last_on: Day, last: Exact, value: Exact) -> Option<String> {
    let (last, value) = (last.0, value.0);
    if last <= Decimal::ZERO {
        return None;
    }
    let is_far = value > last * Decimal::TWO || value * Decimal::TWO < last;
    is_far.then(|| format!("{last_on} it was {}", last.normalize()))
}

/// What readings would do. Nothing is written.
///
/// # Errors
/// 422 where there are none, or too many.
pub async fn preview(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    given: &[Given],
) -> Result<Readings, Fault> {
    if given.is_empty() {
        return Err(Fault::field("readings", "there are no readings"));
    }
    if given.len() > MOST {
        let message = format!("at most {MOST} readings at once, please");
        return Err(Fault::field("readings", message));
    }
    let mut plan = Plan::load(tx, who.org, Day(who.today(app)), given).await?;
    let rows = given.iter().map(|one| plan.outcome(one)).collect();
    Ok(Readings::of(rows))
}

/// Keeps readings, all of them or none.
///
/// # Errors
/// 422 that names every wrong field by its place.
pub async fn keep(app: &App, who: &Who, tx: &mut Tx, given: &[Given]) -> Result<Readings, Fault> {
    let mut readings = preview(app, who, tx, given).await?;
    if readings.wrong > 0 {
        return Err(wrong(&readings));
    }
    for row in &readings.rows {
        let Some(write) = &row.write else {
            continue;
        };
        if let Some(old) = write.replaces {
            store::correct(tx, who.org, old, app.now()).await?;
        }
        let new = store::NewReading {
            id: app.new_id(),
            meter: write.meter,
            client: write.client,
            taken_on: write.on,
            value: write.value,
            recorded_at: app.now(),
            recorded_by: who.person,
        };
        store::insert_reading(tx, who.org, &new).await?;
    }
    if readings.new + readings.corrections > 0 {
        let act = Act {
            org: who.org,
            person: Some(who.person),
            action: "meter.read",
            subject_kind: "meter",
            subject: None,
        };
        // What rests on counts is worked out again: the numbers, and drafts that waited for one.
        queue::enqueue(app, tx, &ReviewDrafts { org: who.org }).await?;
        queue::enqueue(app, tx, &Reconcile { org: who.org }).await?;
        let detail = json!({ "new": readings.new, "corrections": readings.corrections });
        audit::record(app, tx, act, &detail).await?;
    }
    readings.is_written = true;
    Ok(readings)
}

fn wrong(readings: &Readings) -> Fault {
    let rows = (0..).zip(&readings.rows);
    let fields = rows.flat_map(|(place, row): (usize, &Outcome)| {
        let wrong = row.wrong.iter();
        wrong.map(move |(field, message)| (format!("readings[{place}].{field}"), message.clone()))
    });
    Fault::Invalid {
        code: "invalid_field",
        message: "nothing was written: some readings are wrong".to_owned(),
        fields: fields.collect(),
    }
}
