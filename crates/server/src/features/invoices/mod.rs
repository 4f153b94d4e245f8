//! Invoices that exist in accounting, as last synced. Read only: they are changed in the ledger,
//! or made as drafts under `generated_invoices`.

pub mod api;
pub mod pages;
mod receivables;
mod store;
#[cfg(test)]
mod tests;

pub use receivables::{Receivables, receivables};
pub use store::of_ledger;

use chrono::{Datelike as _, Days, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    db::{ClientId, ConnectionId, Day, Exact, GeneratedInvoiceId, InvoiceId, OrgId, Tx},
    fault::Fault,
    features::{clients::search_pattern, connections, sync::CreditAllocation},
};

/// Where an invoice stands, in our words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = InvoiceState)]
pub enum State {
    Draft,
    /// The ledger's SUBMITTED: not owed yet.
    AwaitingApproval,
    /// Owed, not past due.
    AwaitingPayment,
    /// Owed, due before today.
    Overdue,
    Paid,
    Voided,
}

impl State {
    fn of(status: &str, due_on: Option<Day>, today: NaiveDate) -> Self {
        match status {
            "DRAFT" => Self::Draft,
            "SUBMITTED" => Self::AwaitingApproval,
            "PAID" => Self::Paid,
            "VOIDED" | "DELETED" => Self::Voided,
            _ if due_on.is_some_and(|due| due.0 < today) => Self::Overdue,
            _ => Self::AwaitingPayment,
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::AwaitingApproval => "Awaiting approval",
            Self::AwaitingPayment => "Awaiting payment",
            Self::Overdue => "Overdue",
            Self::Paid => "Paid",
            Self::Voided => "Voided",
        }
    }
}

/// Which invoices are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// All but voided ones.
    #[default]
    All,
    /// With a payment dated in the running month, part payments included.
    PaidThisMonth,
    /// Awaiting payment or overdue.
    Outstanding,
    Draft,
    AwaitingApproval,
    AwaitingPayment,
    Overdue,
    Paid,
    Voided,
}

impl Show {
    pub const EACH: [Self; 9] = [
        Self::All,
        Self::PaidThisMonth,
        Self::Outstanding,
        Self::Draft,
        Self::AwaitingApproval,
        Self::AwaitingPayment,
        Self::Overdue,
        Self::Paid,
        Self::Voided,
    ];

    /// The word in addresses and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::PaidThisMonth => "paid_this_month",
            Self::Outstanding => "outstanding",
            Self::Draft => "draft",
            Self::AwaitingApproval => "awaiting_approval",
            Self::AwaitingPayment => "awaiting_payment",
            Self::Overdue => "overdue",
            Self::Paid => "paid",
            Self::Voided => "voided",
        }
    }

    pub fn typed(text: &str) -> Result<Self, Fault> {
        if text.is_empty() {
            return Ok(Self::All);
        }
        let found = Self::EACH.into_iter().find(|show| show.as_str() == text);
        found.ok_or_else(|| Fault::field("status", "there is no such status"))
    }
}

/// An invoice in the ledger.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InvoiceView {
    pub id: InvoiceId,
    pub number: String,
    pub reference: String,
    /// The client its contact is mapped to.
    pub client_id: Option<ClientId>,
    /// The client's name; the contact's where nobody mapped it.
    pub client_name: String,
    pub state: State,
    pub issued_on: Day,
    pub due_on: Option<Day>,
    pub currency: String,
    pub total_minor: i64,
    pub paid_minor: i64,
    /// Credits set against it.
    pub credited_minor: i64,
    pub due_minor: i64,
}

#[derive(Debug, Default, Clone)]
pub struct Filter {
    pub show: Show,
    pub client: Option<ClientId>,
    pub search: Option<String>,
    /// The last row of the page before.
    pub after: Option<(Day, InvoiceId)>,
    pub limit: i64,
}

/// Newest first.
pub async fn list(
    tx: &mut Tx,
    org: OrgId,
    filter: &Filter,
    today: NaiveDate,
) -> Result<Vec<InvoiceView>, Fault> {
    let pattern = filter.search.as_deref().and_then(search_pattern);
    let rows = store::list(tx, org, filter, pattern.as_deref(), today).await?;
    Ok(rows.into_iter().map(|row| row.view(today)).collect())
}

/// A sum of invoices in one currency; currencies are never added up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct Sum {
    pub currency: String,
    pub invoices: i64,
    pub minor: i64,
}

/// The cards above the list.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = InvoiceSums)]
pub struct Sums {
    /// Payments dated this month.
    pub paid_this_month: Vec<Sum>,
    /// Owed: awaiting payment and overdue.
    pub outstanding: Vec<Sum>,
    pub draft: Vec<Sum>,
    pub overdue: Vec<Sum>,
}

pub async fn sums(tx: &mut Tx, org: OrgId, today: NaiveDate) -> Result<Sums, Fault> {
    let paid_this_month = store::paid(tx, org, month(today)).await?;
    let open = receivables(tx, org, today).await?;
    Ok(Sums {
        paid_this_month,
        outstanding: open.outstanding,
        draft: open.draft,
        overdue: open.overdue,
    })
}

/// The first day of the running month and of the next.
fn month(today: NaiveDate) -> (Day, Day) {
    let first = today.with_day(1).unwrap_or(today);
    let next = first
        .checked_add_days(Days::new(32))
        .and_then(|day| day.with_day(1));
    (Day(first), Day(next.unwrap_or(NaiveDate::MAX)))
}

/// A line as the ledger has it.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = InvoiceLineView)]
pub struct LineView {
    pub line_no: i64,
    pub description: String,
    pub item_code: Option<String>,
    pub quantity: Exact,
    pub unit_price: Exact,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub tax_type: String,
    pub account_code: String,
}

/// A payment, or a credit note set against the invoice.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Settlement {
    pub on: Option<Day>,
    /// `payment` or `credit_note`.
    pub kind: &'static str,
    /// The credit note's number.
    pub number: Option<String>,
    pub amount_minor: i64,
}

/// One invoice with everything that belongs to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = InvoiceDetail)]
pub struct Detail {
    #[serde(flatten)]
    pub invoice: InvoiceView,
    pub subtotal_minor: i64,
    pub tax_minor: i64,
    pub lines: Vec<LineView>,
    /// Oldest first.
    pub settled: Vec<Settlement>,
    /// Where it can be opened in the ledger.
    pub external_url: Option<String>,
    /// The draft it was made from, where BillingOne made it.
    pub generated_invoice_id: Option<GeneratedInvoiceId>,
}

pub async fn detail(
    tx: &mut Tx,
    org: OrgId,
    id: InvoiceId,
    today: NaiveDate,
) -> Result<Detail, Fault> {
    let row = store::one(tx, org, id)
        .await?
        .ok_or(Fault::NotFound("this invoice"))?;
    let connection = connections::one(tx, org, row.connection_id).await?;
    let mut settled: Vec<Settlement> =
        store::payments(tx, org, row.connection_id, &row.external_id)
            .await?
            .into_iter()
            .map(|(on, amount_minor)| Settlement {
                on: Some(on),
                kind: "payment",
                number: None,
                amount_minor,
            })
            .collect();
    settled.extend(credits(tx, org, row.connection_id, &row.external_id).await?);
    settled.sort_by_key(|one| one.on);
    Ok(Detail {
        lines: store::lines(tx, org, id).await?,
        generated_invoice_id: store::made_as(tx, org, row.connection_id, &row.external_id).await?,
        external_url: external_url(&connection, &row.external_id),
        subtotal_minor: row.subtotal_minor,
        tax_minor: row.tax_minor,
        settled,
        invoice: row.listed.view(today),
    })
}

async fn credits(
    tx: &mut Tx,
    org: OrgId,
    connection: ConnectionId,
    external_id: &str,
) -> Result<Vec<Settlement>, Fault> {
    let mut found = Vec::new();
    for (number, allocations) in store::credit_notes(tx, org, connection, external_id).await? {
        let allocations: Vec<CreditAllocation> = serde_json::from_str(&allocations)?;
        let own = allocations
            .into_iter()
            .filter(|part| part.invoice_external_id == external_id);
        found.extend(own.map(|part| Settlement {
            on: part.on.map(Day),
            kind: "credit_note",
            number: Some(number.clone()),
            amount_minor: part.amount_minor,
        }));
    }
    Ok(found)
}

/// Xero's own page of the invoice.
fn external_url(connection: &connections::Connection, external_id: &str) -> Option<String> {
    if connection.vendor != "xero" {
        return None;
    }
    let page = format!("/AccountsReceivable/View.aspx?InvoiceID={external_id}");
    let code = connection
        .settings()
        .ledger
        .and_then(|ledger| ledger.short_code);
    Some(match code {
        Some(code) => format!(
            "https://go.xero.com/organisationlogin/default.aspx?shortcode={code}&redirecturl={page}"
        ),
        None => format!("https://go.xero.com{page}"),
    })
}
