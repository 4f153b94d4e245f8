//! The end of a month: what is still open, closing it with what was left open named, and the
//! evidence pack: everything that was invoiced, why, and who agreed, signed and checkable anywhere.

pub mod api;
mod open;
pub mod pack;
pub mod pages;
mod store;
#[cfg(test)]
mod tests;

use chrono::{Datelike as _, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

pub use open::{Item, Sum};
pub use pack::{BuildPack, Pack};

use crate::{
    app::App,
    db::{At, Day, DbError, OrgId, PersonId, Tx},
    fault::Fault,
    features::audit::{self, Act},
    http::Who,
    input::{self, Checks},
};

/// A calendar month by its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(NaiveDate);

impl Month {
    /// `2026-10`.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let day: Result<NaiveDate, _> = format!("{text}-01").parse();
        match day {
            Ok(day) if text.len() == 7 => Ok(Self(day)),
            _ => Err(Fault::NotFound("this month")),
        }
    }

    pub fn of(day: NaiveDate) -> Self {
        Self(day.with_day(1).unwrap_or(day))
    }

    pub fn first(self) -> NaiveDate {
        self.0
    }

    /// The first day after it.
    pub fn end(self) -> NaiveDate {
        self.0.checked_add_months(Months::new(1)).unwrap_or(self.0)
    }

    #[must_use]
    pub fn before(self) -> Self {
        Self(self.0.checked_sub_months(Months::new(1)).unwrap_or(self.0))
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

/// A month as it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = MonthEnd)]
pub struct MonthEnd {
    #[schema(example = "2026-10")]
    pub month: String,
    /// running | open | closed | reopened
    pub state: String,
    /// What is still open, each with what it comes to.
    pub open: Vec<Item>,
    /// What was invoiced in the month before tax, credited, and what contracts were worth at its
    /// end.
    pub invoiced: Vec<Sum>,
    pub credited: Vec<Sum>,
    pub mrr: Vec<Sum>,
    pub closed: Option<Closed>,
    /// Newest first.
    pub packs: Vec<Pack>,
    /// What to send back when it is closed or reopened.
    pub version: i64,
}

/// Who closed a month.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = MonthClosed)]
pub struct Closed {
    pub by: PersonId,
    pub by_name: Option<String>,
    pub at: At,
    pub note: String,
    /// What was open then and acknowledged.
    pub acknowledged: Vec<String>,
    /// Why it was opened again.
    pub reason: Option<String>,
}

/// One month.
pub async fn month(app: &App, who: &Who, tx: &mut Tx, month: Month) -> Result<MonthEnd, Fault> {
    let row = store::month(tx, who.org, Day(month.first())).await?;
    let is_over = month.end() <= who.today(app);
    let state = match &row {
        Some(row) => row.state.clone(),
        None if is_over => "open".to_owned(),
        None => "running".to_owned(),
    };
    let span = (Day(month.first()), Day(month.end()));
    Ok(MonthEnd {
        month: month.to_string(),
        state,
        open: open::items(tx, who.org, Day(month.end())).await?,
        invoiced: store::invoiced(tx, who.org, span).await?,
        credited: store::credited(tx, who.org, span).await?,
        mrr: store::mrr(tx, who.org, Day(month.first())).await?,
        version: row.as_ref().map_or(0, |row| row.version),
        closed: row.map(Closed::from),
        packs: pack::of_month(tx, who.org, month).await?,
    })
}

impl From<store::MonthRow> for Closed {
    fn from(row: store::MonthRow) -> Self {
        Self {
            by: row.closed_by,
            by_name: row.closed_by_name,
            at: row.closed_at,
            note: row.note,
            acknowledged: row.acknowledged.lines().map(str::to_owned).collect(),
            reason: row.reason,
        }
    }
}

/// A month to be closed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = CloseMonthInput)]
pub struct CloseInput {
    /// The version you saw; 0 for a month that was never closed.
    pub version: i64,
    pub note: String,
    /// The keys of everything that is still open, so that nothing is closed over unseen.
    pub acknowledged: Vec<String>,
}

/// Closes a month. It locks nothing: it says who looked, when, and what was open.
///
/// # Errors
/// 409 while it runs, or is closed; 422 where something open was not acknowledged.
pub async fn close(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    month: Month,
    input: &CloseInput,
) -> Result<(), Fault> {
    let now = self::month(app, who, tx, month).await?;
    match now.state.as_str() {
        "running" => {
            let message = "this month is not over; close it from its last day on";
            return Err(Fault::conflict("month_runs", message));
        }
        "closed" => {
            return Err(Fault::conflict(
                "month_closed",
                "this month is closed already",
            ));
        }
        _ => {}
    }
    if now.version != input.version {
        return Err(DbError::Stale.into());
    }
    let mut checks = Checks::default();
    let note = checks.take("note", input::free_line(&input.note, 500));
    for item in &now.open {
        if !input.acknowledged.contains(&item.key) {
            checks.wrong(
                format!("acknowledged.{}", item.key),
                format!("say that you know: {}", item.said()),
            );
        }
    }
    checks.done()?;
    let left: Vec<String> = now.open.iter().map(Item::said).collect();
    let new = store::NewClose {
        month_on: Day(month.first()),
        note: &note.unwrap_or_default(),
        acknowledged: &left.join("\n"),
        by: who.person,
        at: app.now(),
    };
    store::close(tx, who.org, &new).await?;
    let detail = json!({ "month": now.month, "left_open": left });
    record(app, who, tx, "month.closed", &detail).await
}

/// A month to be opened again.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ReopenMonthInput)]
pub struct ReopenInput {
    pub version: i64,
    pub reason: String,
}

/// # Errors
/// 409 unless it is closed; 422 without a reason.
pub async fn reopen(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    month: Month,
    input: &ReopenInput,
) -> Result<(), Fault> {
    let mut checks = Checks::default();
    let reason = checks.take("reason", input::line(&input.reason, 500));
    checks.done()?;
    let row = store::month(tx, who.org, Day(month.first())).await?;
    let Some(row) = row.filter(|row| row.state == "closed") else {
        return Err(Fault::conflict("month_open", "this month is not closed"));
    };
    if row.version != input.version {
        return Err(DbError::Stale.into());
    }
    let reason = reason.unwrap_or_default();
    store::reopen(tx, who.org, Day(month.first()), &reason).await?;
    let detail = json!({ "month": month.to_string(), "reason": reason });
    record(app, who, tx, "month.reopened", &detail).await
}

async fn record(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    action: &str,
    detail: &serde_json::Value,
) -> Result<(), Fault> {
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action,
        subject_kind: "month",
        subject: None,
    };
    audit::record(app, tx, act, detail).await
}

/// The months of the last two years with where each stands, newest first.
pub async fn recent(app: &App, who: &Who, tx: &mut Tx) -> Result<Vec<(Month, String)>, Fault> {
    let known = store::states(tx, who.org).await?;
    let mut month = Month::of(who.today(app));
    let mut months = Vec::new();
    for place in 0..24 {
        let own = known.iter().find(|(on, _)| on.0 == month.first());
        let state = match own {
            Some((_, state)) => state.clone(),
            None if place == 0 => "running".to_owned(),
            None => "open".to_owned(),
        };
        months.push((month, state));
        month = month.before();
    }
    Ok(months)
}

/// For pages and packs alike.
pub(crate) fn major(minor: i64, currency: &str) -> String {
    let digits = crate::ui::format::minor_digits(currency);
    rust_decimal::Decimal::new(minor, digits).to_string()
}

/// Asks for a pack of a month; a job makes it.
pub async fn ask_for_pack(app: &App, who: &Who, tx: &mut Tx, month: Month) -> Result<Pack, Fault> {
    let id = pack::request(app, who, tx, month).await?;
    let detail = json!({ "month": month.to_string() });
    record(app, who, tx, "month.packed", &detail).await?;
    pack::one(tx, who.org, id).await
}

/// The organization's name, for papers about it.
pub(crate) async fn name_of(tx: &mut Tx, org: OrgId) -> Result<String, Fault> {
    Ok(store::organization(tx, org).await?)
}
