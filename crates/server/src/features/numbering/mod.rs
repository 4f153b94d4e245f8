//! The numbers of invoices, credit notes and payments: a series each, taken one by one in the
//! transaction that begins posting, so that no number is given twice and none is lost.

pub mod api;
pub mod pages;
mod store;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    app::App,
    db::{DbError, OrgId, Tx},
    fault::Fault,
    features::audit::{self, Act},
    http::Who,
    input::Checks,
};

/// What is numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Series {
    Invoice,
    CreditNote,
    Payment,
}

impl Series {
    pub const ALL: [Self; 3] = [Self::Invoice, Self::CreditNote, Self::Payment];

    pub fn word(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
            Self::Payment => "payment",
        }
    }

    fn read(word: &str) -> Result<Self, Fault> {
        let found = Self::ALL.into_iter().find(|series| series.word() == word);
        found.ok_or(Fault::NotFound("this series of numbers"))
    }

    /// How it begins until somebody says otherwise.
    fn first_prefix(self) -> &'static str {
        match self {
            Self::Invoice => "B1-",
            Self::CreditNote => "B1-CN-",
            Self::Payment => "B1-PAY-",
        }
    }
}

/// How the numbers of a series look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NumberSeries {
    pub name: Series,
    pub prefix: String,
    /// The number that is given next.
    pub next: i64,
    /// Digits, filled up with zeros.
    pub width: i64,
    /// What the next one looks like whole.
    pub example: String,
    pub version: i64,
}

impl NumberSeries {
    fn of(name: Series, row: store::SeriesRow) -> Self {
        Self {
            example: written(&row.prefix, row.next, row.width),
            name,
            prefix: row.prefix,
            next: row.next,
            width: row.width,
            version: row.version,
        }
    }
}

fn written(prefix: &str, number: i64, width: i64) -> String {
    let width = usize::try_from(width).unwrap_or(0);
    format!("{prefix}{number:0width$}")
}

/// The next number of a series. It is taken once and never again.
pub async fn take(tx: &mut Tx, org: OrgId, series: Series) -> Result<String, DbError> {
    store::begin(tx, org, series.word(), series.first_prefix()).await?;
    let (prefix, taken, width) = store::take(tx, org, series.word()).await?;
    Ok(written(&prefix, taken, width))
}

/// One series; as it would begin where no number was given yet.
pub async fn series(tx: &mut Tx, org: OrgId, name: Series) -> Result<NumberSeries, Fault> {
    let row = store::series(tx, org, name.word()).await?;
    let row = row.unwrap_or_else(|| store::SeriesRow {
        prefix: name.first_prefix().to_owned(),
        next: 1,
        width: 5,
        version: 0,
    });
    Ok(NumberSeries::of(name, row))
}

/// All of them.
pub async fn all(tx: &mut Tx, org: OrgId) -> Result<Vec<NumberSeries>, Fault> {
    let mut all = Vec::with_capacity(Series::ALL.len());
    for name in Series::ALL {
        all.push(series(tx, org, name).await?);
    }
    Ok(all)
}

/// How a series goes on from now.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesChange {
    /// The version you saw; 0 where no number was given yet.
    pub version: i64,
    /// Up to 20 letters, digits, and any of `- _ / . #`.
    pub prefix: String,
    /// The number that is given next.
    pub next: i64,
    /// Digits, filled up with zeros: 1 to 10.
    pub width: i64,
}

const LONGEST_PREFIX: usize = 20;
const WIDEST: i64 = 10;
const LARGEST: i64 = 9_999_999_999;

impl SeriesChange {
    fn check(&self) -> Result<(), Fault> {
        let mut checks = Checks::default();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_/.#".contains(c);
        if self.prefix.len() > LONGEST_PREFIX || !self.prefix.chars().all(is_plain) {
            let text = "up to 20 letters, digits, and any of - _ / . #";
            checks.wrong("prefix", text);
        }
        if !(1..=LARGEST).contains(&self.next) {
            checks.wrong("next", format!("choose between 1 and {LARGEST}"));
        }
        if !(1..=WIDEST).contains(&self.width) {
            checks.wrong("width", format!("choose between 1 and {WIDEST} digits"));
        }
        checks.done()
    }
}

/// Changes how a series goes on. What was numbered keeps its number.
///
/// # Errors
/// 409 when it has another version by now; 422 where numbers from `next` on are taken, by documents
/// of ours or in the ledger.
pub async fn change(
    app: &App,
    tx: &mut Tx,
    who: &Who,
    name: Series,
    change: &SeriesChange,
) -> Result<NumberSeries, Fault> {
    change.check()?;
    let before = series(tx, who.org, name).await?;
    if before.version != change.version {
        return Err(DbError::Stale.into());
    }
    refuse_taken(tx, who.org, name, change).await?;
    store::begin(tx, who.org, name.word(), name.first_prefix()).await?;
    store::update(tx, who.org, name.word(), change).await?;
    let after = series(tx, who.org, name).await?;
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action: "numbering.changed",
        subject_kind: "organization",
        subject: Some(who.org.0),
    };
    let detail = json!({ "before": before, "after": after });
    audit::record(app, tx, act, &detail).await?;
    Ok(after)
}

/// A number that is in use from `next` on would be given a second time.
async fn refuse_taken(
    tx: &mut Tx,
    org: OrgId,
    name: Series,
    change: &SeriesChange,
) -> Result<(), Fault> {
    let taken = store::numbers(tx, org, name, &change.prefix).await?;
    let highest = taken
        .iter()
        .filter_map(|number| number.strip_prefix(change.prefix.as_str())?.parse().ok())
        .max();
    match highest {
        Some(highest) if highest >= change.next => Err(Fault::field(
            "next",
            format!(
                "{} is taken already; go on from {} at least",
                written(&change.prefix, highest, change.width),
                highest.saturating_add(1)
            ),
        )),
        _ => Ok(()),
    }
}
