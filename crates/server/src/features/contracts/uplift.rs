//! Rises on a contract's anniversaries: agreed once, announced ahead, and each looked at by a
//! person before it happens. Nothing rises by itself.

use std::collections::{HashMap, HashSet};

use billing::price::{Uplift, anniversary_before, next_anniversary};
use chrono::Days;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{
    Contract, Line, Rise, agree,
    input::micro,
    lines::lines_with_uplift,
    lines_of_contract,
    renew::{can_rise, is_named, percent, raise},
    store::{self, RisingRow, UpliftLineRow, UpliftRow},
};
use crate::{
    app::App,
    db::{ContractId, ContractLineId, Day, Exact, OrgId, Tx},
    fault::Fault,
    http::Who,
    input::{self, Checks},
    paging::{After, Page, Window},
};

/// Rises on the anniversaries of a contract's start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ContractUplift {
    pub contract: ContractId,
    /// 0 while nothing is agreed.
    pub version: i64,
    /// How long before the day it is to be reviewed.
    pub announce_days: i64,
    /// The next anniversary.
    pub next_on: Day,
    pub lines: Vec<UpliftLine>,
}

/// How much a line rises: one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UpliftLine {
    pub line: ContractLineId,
    pub percent: Option<Exact>,
    /// Per unit.
    pub amount: Option<Exact>,
}

/// What is agreed of anniversaries, all of it anew; without lines nothing rises any more.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpliftInput {
    /// The version you saw; 0 where nothing was agreed.
    pub version: i64,
    /// How long before the day it is to be reviewed: 0 to 365.
    pub announce_days: i64,
    pub lines: Vec<UpliftLineInput>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpliftLineInput {
    /// The line's id or reference.
    pub line: String,
    /// Either this, more than 0 and at most 100,
    #[schema(example = "4")]
    pub percent: Option<String>,
    /// or this, per unit.
    #[schema(example = "1.50")]
    pub amount: Option<String>,
}

/// What is agreed of a contract's anniversaries.
pub async fn uplift(
    tx: &mut Tx,
    org: OrgId,
    contract: &Contract,
    today: Day,
) -> Result<ContractUplift, Fault> {
    let row = store::uplift(tx, org, contract.id).await?;
    let lines = store::uplift_lines(tx, org, contract.id).await?;
    let lines = lines.into_iter().map(|row| {
        let of = |kind: &str| (row.kind == kind).then_some(row.value);
        UpliftLine {
            line: row.line_id,
            percent: of("percent"),
            amount: of("amount"),
        }
    });
    Ok(ContractUplift {
        contract: contract.id,
        version: row.as_ref().map_or(0, |row| row.version),
        announce_days: row.as_ref().map_or(ANNOUNCE_DAYS, |row| row.announce_days),
        next_on: Day(next_anniversary(contract.terms.starts_on.0, today.0)),
        lines: lines.collect(),
    })
}

/// Unless said.
const ANNOUNCE_DAYS: i64 = 60;
const LONGEST_ANNOUNCE_DAYS: i64 = 365;

/// Agrees on rises, from the version the caller saw. Anniversaries up to today are not touched.
///
/// # Errors
/// 409 for an ended contract or a stale version; 422 with every wrong field.
pub async fn set_uplift(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    contract: &Contract,
    input: &UpliftInput,
) -> Result<ContractUplift, Fault> {
    if contract.terms.status == "ended" {
        return Err(Fault::conflict("contract_ended", "this contract has ended"));
    }
    let today = Day(who.today(app));
    let before = uplift(tx, who.org, contract, today).await?;
    if before.version != input.version {
        return Err(crate::db::DbError::Stale.into());
    }
    let mut checks = Checks::default();
    if !(0..=LONGEST_ANNOUNCE_DAYS).contains(&input.announce_days) {
        checks.wrong("announce_days", "say 0 to 365 days");
    }
    let lines = lines_of_contract(tx, who.org, contract.id).await?;
    let mut rows: Vec<UpliftLineRow> = Vec::new();
    for (at, typed) in input.lines.iter().enumerate() {
        let prefix = format!("lines[{at}].");
        if let Some(row) = typed.checked(&lines, &mut checks, &prefix) {
            if rows.iter().any(|other| other.line_id == row.line_id) {
                checks.wrong(format!("{prefix}line"), "this line is named twice");
            }
            rows.push(row);
        }
    }
    checks.done()?;
    let row = UpliftRow {
        announce_days: input.announce_days,
        since_on: match before.version {
            0 => today.max(contract.terms.starts_on),
            _ => store::uplift(tx, who.org, contract.id)
                .await?
                .map_or(today, |row| row.since_on),
        },
        version: before.version + 1,
    };
    store::write_uplift(tx, who.org, contract.id, &row).await?;
    for row in &rows {
        store::insert_uplift_line(tx, who.org, contract.id, row).await?;
    }
    let after = uplift(tx, who.org, contract, today).await?;
    let detail = json!({ "before": before, "after": after });
    agree::record(app, who, tx, "contract.uplift_set", contract.id, &detail).await?;
    Ok(after)
}

impl UpliftLineInput {
    fn checked(&self, lines: &[Line], checks: &mut Checks, prefix: &str) -> Option<UpliftLineRow> {
        let field = |name: &str| format!("{prefix}{name}");
        let line = lines.iter().find(|line| is_named(line, self.line.trim()));
        if line.is_none() {
            checks.wrong(field("line"), "this contract has no such line");
        }
        let by_percent = checks.optional(field("percent"), self.percent.as_deref(), percent);
        let amount = self.amount.as_deref();
        let by_amount = checks.optional(field("amount"), amount, input::not_negative);
        let (kind, value) = match (by_percent, by_amount) {
            (Some(percent), None) => ("percent", Exact::from_micros(percent.0)),
            (None, Some(amount)) => ("amount", amount),
            _ => {
                checks.wrong(field("percent"), "say either a percentage or an amount");
                return None;
            }
        };
        Some(UpliftLineRow {
            line_id: line?.id,
            kind: kind.to_owned(),
            value,
        })
    }
}

/// A rise that somebody has yet to decide on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ComingUplift {
    #[serde(flatten)]
    pub rise: Rise,
    pub contract: ContractId,
    pub contract_name: String,
    pub client_name: String,
    pub effective_on: Day,
    /// From this day on it is to be reviewed.
    pub announced_on: Day,
    pub is_due: bool,
    pub percent: Option<Exact>,
    pub amount: Option<Exact>,
}

/// Every undecided rise of the next anniversary, and of the last one where nobody decided; the
/// nearest first.
pub async fn coming_uplifts(
    tx: &mut Tx,
    org: OrgId,
    today: Day,
) -> Result<Vec<ComingUplift>, Fault> {
    let decided: HashSet<(ContractLineId, Day)> =
        store::decided(tx, org).await?.into_iter().collect();
    uplifts(tx, org, today, |rise| !decided.contains(rise)).await
}

/// Rises of the same anniversaries that somebody has skipped; that can be taken back.
pub async fn skipped_uplifts(
    tx: &mut Tx,
    org: OrgId,
    today: Day,
) -> Result<Vec<ComingUplift>, Fault> {
    let skipped: HashSet<(ContractLineId, Day)> =
        store::skipped(tx, org).await?.into_iter().collect();
    uplifts(tx, org, today, |rise| skipped.contains(rise)).await
}

async fn uplifts(
    tx: &mut Tx,
    org: OrgId,
    today: Day,
    is_wanted: impl Fn(&(ContractLineId, Day)) -> bool,
) -> Result<Vec<ComingUplift>, Fault> {
    let lines = lines_with_uplift(tx, org).await?;
    let lines: HashMap<ContractLineId, Line> =
        lines.into_iter().map(|line| (line.id, line)).collect();
    let mut coming = Vec::new();
    for row in store::rising(tx, org).await? {
        let Some(line) = lines.get(&row.line.line_id) else {
            continue;
        };
        for day in anniversaries(&row, today) {
            if is_wanted(&(line.id, day)) && can_rise(line, day) {
                coming.push(one(&row, line, day, today)?);
            }
        }
    }
    coming.sort_by_key(|uplift| (uplift.effective_on, uplift.rise.line));
    Ok(coming)
}

/// One page of them.
pub fn page_of_uplifts(coming: Vec<ComingUplift>, window: &Window) -> Page<ComingUplift> {
    let place = |uplift: &ComingUplift| (uplift.effective_on.to_string(), uplift.rise.line.0);
    let after = window.after.as_ref();
    let after = after.map(|after| (after.text().unwrap_or_default().to_owned(), after.id));
    let mut rest: Vec<ComingUplift> = coming
        .into_iter()
        .filter(|uplift| after.as_ref().is_none_or(|after| place(uplift) > *after))
        .collect();
    rest.truncate(usize::try_from(window.rows()).unwrap_or(usize::MAX));
    window.page(rest, |uplift| {
        let (day, line) = place(uplift);
        After::of_text(&day, line)
    })
}

fn anniversaries(row: &RisingRow, today: Day) -> impl Iterator<Item = Day> + use<> {
    let start = row.starts_on.0;
    let next = next_anniversary(start, today.0);
    let last = anniversary_before(start, next).filter(|last| *last > row.since_on.0);
    last.into_iter().chain([next]).map(Day)
}

fn one(row: &RisingRow, line: &Line, day: Day, today: Day) -> Result<ComingUplift, Fault> {
    let value = micro(row.line.value);
    let is_percent = row.line.kind == "percent";
    let uplift = if is_percent {
        Uplift::Percent(value)
    } else {
        Uplift::Amount(value)
    };
    let ahead = Days::new(u64::try_from(row.announce_days).unwrap_or(0));
    let announced_on = Day(day.0.checked_sub_days(ahead).unwrap_or(day.0));
    Ok(ComingUplift {
        rise: Rise::of(line, uplift, day)?,
        contract: row.contract_id,
        contract_name: row.contract_name.clone(),
        client_name: row.client_name.clone(),
        effective_on: day,
        announced_on,
        is_due: announced_on <= today,
        percent: is_percent.then_some(row.line.value),
        amount: (!is_percent).then_some(row.line.value),
    })
}

/// What a person decides of one rise.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DecisionInput {
    /// The line's id.
    pub line: String,
    /// The anniversary, as it stands in the list.
    pub effective_on: String,
    /// confirm: the price rises on the day; skip: it does not, this time; reopen: what was skipped
    /// waits to be decided again
    pub decision: String,
}

/// Confirms or skips one rise, or takes a skip back; what it was.
///
/// # Errors
/// 404 where no such rise waits.
pub async fn decide_uplift(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    input: &DecisionInput,
) -> Result<ComingUplift, Fault> {
    let mut checks = Checks::default();
    let line = input.line.trim().parse::<ContractLineId>();
    let line = line.map_err(|_| Fault::NotFound("this uplift"))?;
    let on = checks.take("effective_on", input::day(&input.effective_on));
    let decision = input::one_of(&input.decision, &["confirm", "skip", "reopen"]);
    let decision = checks.take("decision", decision);
    let (Some(on), Some(decision)) = (on, decision) else {
        return Err(checks.fault());
    };
    let today = Day(who.today(app));
    let waiting = match decision {
        "reopen" => skipped_uplifts(tx, who.org, today).await?,
        _ => coming_uplifts(tx, who.org, today).await?,
    };
    let found = waiting
        .into_iter()
        .find(|one| one.rise.line == line && one.effective_on == on);
    let uplift = found.ok_or(Fault::NotFound("this uplift"))?;
    if decision == "reopen" {
        store::take_skip_back(tx, who.org, line, on).await?;
        let detail = json!({ "uplift": uplift });
        let action = "contract.uplift_reopened";
        agree::record(app, who, tx, action, uplift.contract, &detail).await?;
        return Ok(uplift);
    }
    let (word, event) = if decision == "confirm" {
        let line = super::line(tx, who.org, line).await?;
        let event = raise(app, who, tx, &line, on, &uplift.rise).await?;
        ("confirmed", Some(event))
    } else {
        ("skipped", None)
    };
    let row = store::Decided {
        line,
        effective_on: on,
        decision: word,
        event,
        person: who.person,
        at: app.now(),
    };
    store::write_decision(tx, who.org, &row).await?;
    let action = format!("contract.uplift_{word}");
    let detail = json!({ "uplift": uplift });
    agree::record(app, who, tx, &action, uplift.contract, &detail).await?;
    Ok(uplift)
}
