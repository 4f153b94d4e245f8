//! Invoices that accounting makes by itself again and again, as last synced. While one still bills
//! a client, that client's drafts are stopped; a person may say that it bills something else.

pub mod api;
pub mod pages;
mod store;
#[cfg(test)]
mod tests;

use billing::repeating::Every;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    app::App,
    db::{At, ClientId, Day, OrgId, PersonId, RepeatingInvoiceId, Tx},
    fault::Fault,
    features::{
        audit::{self, Act},
        generated_invoices::review::ReviewDrafts,
        sync::RepeatingLine,
    },
    http::Who,
    input, queue,
    ui::format,
};

pub use store::{Filter, RepeatingRow};

/// Whether it bills, in our words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RepeatingState)]
pub enum State {
    /// It still bills, and stops the client's drafts.
    Active,
    /// It still bills, but something that we do not.
    NotOurs,
    /// No other invoice will come of it.
    Ended,
}

impl State {
    pub fn title(self) -> &'static str {
        match self {
            Self::Active => "Still repeats",
            Self::NotOurs => "Not ours",
            Self::Ended => "Ended",
        }
    }
}

/// A repeating invoice in accounting.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RepeatingInvoice {
    pub id: RepeatingInvoiceId,
    /// Its reference, else its first line.
    pub name: String,
    /// None while its contact is nobody's.
    pub client_id: Option<ClientId>,
    pub client_name: String,
    pub reference: String,
    pub state: State,
    /// Whether its invoices begin as drafts in accounting.
    pub makes_drafts: bool,
    /// `month`, `quarter`, `2 weeks`.
    pub every: String,
    pub starts_on: Option<Day>,
    pub next_on: Option<Day>,
    /// Its last day, itself included.
    pub ends_on: Option<Day>,
    pub currency: String,
    pub subtotal_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
    /// Why it bills something else.
    pub not_ours_reason: Option<String>,
}

/// One of its lines.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Line {
    pub description: String,
    pub item_code: Option<String>,
    #[schema(value_type = String)]
    pub quantity: crate::db::Exact,
    #[schema(value_type = String)]
    pub unit_price: crate::db::Exact,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub tax_type: Option<String>,
    pub account_code: Option<String>,
}

/// One with its lines.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RepeatingDetail)]
pub struct Detail {
    pub invoice: RepeatingInvoice,
    pub lines: Vec<Line>,
    /// Who said that it is not ours, and when.
    pub not_ours_by: Option<PersonId>,
    pub not_ours_at: Option<At>,
}

impl RepeatingInvoice {
    fn of(row: &RepeatingRow) -> Self {
        let state = match row.not_ours_reason {
            _ if !row.is_active || row.removed_at.is_some() => State::Ended,
            Some(_) => State::NotOurs,
            None => State::Active,
        };
        Self {
            id: row.id,
            name: row.name.clone(),
            client_id: row.client_id,
            client_name: row.client_name.clone(),
            reference: row.reference.clone(),
            state,
            makes_drafts: row.status == "DRAFT",
            every: every(&row.unit, row.period),
            starts_on: row.starts_on,
            next_on: row.next_on,
            ends_on: row.ends_on,
            currency: row.currency.clone(),
            subtotal_minor: row.subtotal_minor,
            tax_minor: row.tax_minor,
            total_minor: row.total_minor,
            not_ours_reason: row.not_ours_reason.clone(),
        }
    }
}

fn every(unit: &str, period: i64) -> String {
    let count = u32::try_from(period).unwrap_or(1).max(1);
    match unit {
        "WEEKLY" => Every::Weeks(count).words(),
        _ => Every::Months(count).words(),
    }
}

/// What still bills a client beside us, each as people know it.
pub async fn standing(tx: &mut Tx, org: OrgId, client: ClientId) -> Result<Vec<String>, Fault> {
    let rows = store::standing(tx, org, client).await?;
    let named = rows.into_iter().map(|row| {
        let total = format::money(row.total_minor, &row.currency);
        format!(
            "“{}”, {total} every {}",
            row.name,
            every(&row.unit, row.period)
        )
    });
    Ok(named.collect())
}

pub async fn list(
    tx: &mut Tx,
    org: OrgId,
    filter: &Filter,
) -> Result<Vec<RepeatingInvoice>, Fault> {
    let rows = store::list(tx, org, filter).await?;
    Ok(rows.iter().map(RepeatingInvoice::of).collect())
}

pub async fn detail(tx: &mut Tx, org: OrgId, id: RepeatingInvoiceId) -> Result<Detail, Fault> {
    let row = store::one(tx, org, id).await?;
    let row = row.ok_or(Fault::NotFound("this repeating invoice"))?;
    let lines: Vec<RepeatingLine> = serde_json::from_str(&row.lines)?;
    let line = |line: RepeatingLine| Line {
        description: line.description,
        item_code: line.item_code,
        quantity: line.quantity,
        unit_price: line.unit_price,
        net_minor: line.net_minor,
        tax_minor: line.tax_minor,
        tax_type: line.tax_type,
        account_code: line.account_code,
    };
    Ok(Detail {
        invoice: RepeatingInvoice::of(&row),
        lines: lines.into_iter().map(line).collect(),
        not_ours_by: row.not_ours_by,
        not_ours_at: row.not_ours_at,
    })
}

const LONGEST_REASON: usize = 500;

/// Says that it bills something else, so that it stops no draft. Saying so again changes the reason.
///
/// # Errors
/// 422 without a reason.
pub async fn disown(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: RepeatingInvoiceId,
    reason: &str,
) -> Result<Detail, Fault> {
    let reason = input::line(reason, LONGEST_REASON);
    let reason = reason.map_err(|message| Fault::field("reason", message))?;
    decide(app, who, tx, id, Some(&reason)).await
}

/// Takes that back: while it still bills, it stops the client's drafts again.
pub async fn own(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: RepeatingInvoiceId,
) -> Result<Detail, Fault> {
    decide(app, who, tx, id, None).await
}

async fn decide(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: RepeatingInvoiceId,
    reason: Option<&str>,
) -> Result<Detail, Fault> {
    let before = detail(tx, who.org, id).await?.invoice.not_ours_reason;
    if before.as_deref() == reason {
        return detail(tx, who.org, id).await;
    }
    store::set_not_ours(tx, who.org, id, reason, who.person, app.now()).await?;
    queue::enqueue(app, tx, &ReviewDrafts { org: who.org }).await?;
    let action = match reason {
        Some(_) => "repeating_invoice.not_ours",
        None => "repeating_invoice.ours",
    };
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action,
        subject_kind: "repeating_invoice",
        subject: Some(id.0),
    };
    audit::record(app, tx, act, &json!({ "before": before, "after": reason })).await?;
    detail(tx, who.org, id).await
}
