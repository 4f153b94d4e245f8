//! Making and editing: from what was chosen or typed to lines with amounts and tax.

mod lines;

use billing::credit::Action;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    decide::{after, not_in_ledger, seen, tell},
    document, state_word,
    store::{self, NewLine, NewNote, NoteContent},
};
use crate::{
    app::App,
    db::{
        ClientId, ConnectionId, Day, GeneratedCreditNoteId, GeneratedInvoiceId, GeneratedLineId,
        OrgId, Tx,
    },
    fault::Fault,
    features::{clients, generated_invoices},
    http::Who,
    input::{self, Checks},
};

/// A credit note to be made: of one of our posted invoices, or free for a client.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreditNoteInput)]
pub struct NoteInput {
    /// The posted invoice of ours that it credits.
    #[serde(default)]
    pub invoice: Option<GeneratedInvoiceId>,
    /// Without an invoice, for whom it is.
    #[serde(default)]
    pub client: Option<ClientId>,
    /// Today unless said.
    #[serde(default)]
    pub issued_on: Option<NaiveDate>,
    /// Why; the client reads it as the reference.
    pub reason: String,
    pub lines: Vec<LineInput>,
}

/// What changes; the rest stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreditNoteChange)]
pub struct NoteChange {
    pub version: i64,
    #[serde(default)]
    pub issued_on: Option<NaiveDate>,
    #[serde(default)]
    pub reason: Option<String>,
    #[serde(default)]
    pub lines: Option<Vec<LineInput>>,
}

/// Of an invoice: which line, and how much of it. Free: what, how many, at what price.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = CreditLineInput)]
pub struct LineInput {
    /// The invoice's line that is credited.
    pub line: Option<GeneratedLineId>,
    /// How much of it before tax; all that is left of it unless said.
    pub net_minor: Option<i64>,
    pub description: Option<String>,
    pub quantity: Option<String>,
    /// At most four decimal places, because accounting keeps no more.
    pub unit_price: Option<String>,
    pub item_code: Option<String>,
    pub tax_type: Option<String>,
    pub account_code: Option<String>,
}

/// Whom it is for and what it credits.
struct Party {
    client: ClientId,
    client_name: String,
    invoice: Option<(GeneratedInvoiceId, String)>,
    currency: String,
    connection: Option<ConnectionId>,
}

pub async fn create(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    input: &NoteInput,
) -> Result<GeneratedCreditNoteId, Fault> {
    let party = party(tx, who.org, input).await?;
    let mut checks = Checks::default();
    let reason = checks.take("reason", input::line(&input.reason, 255));
    let issued_on = input.issued_on.unwrap_or_else(|| who.today(app));
    check_day(&mut checks, issued_on, who.today(app));
    let lines = lines::lines(tx, who.org, &party, None, &input.lines, &mut checks).await?;
    let (Some(reason), true) = (reason, checks.is_fine()) else {
        return Err(checks.fault());
    };
    let id: GeneratedCreditNoteId = app.new_id();
    let number = party.invoice.as_ref().map_or("", |(_, number)| number);
    let search_key = format!("{} {number} {reason}", party.client_name).to_lowercase();
    let new = NewNote {
        id,
        client: party.client,
        invoice: party.invoice.as_ref().map(|(id, _)| *id),
        currency: &party.currency,
        connection: party.connection,
        search_key,
        now: app.now(),
    };
    store::insert_note(tx, who.org, &new, Day(issued_on), &reason).await?;
    write_lines(app, tx, who.org, id, &lines).await?;
    let total = judge(tx, who.org, id, Day(issued_on), &reason).await?;
    let detail = json!({ "lines": lines.len(), "total_minor": total, "reason": reason });
    tell(app, who, tx, id, "credit_note.made", &detail).await?;
    Ok(id)
}

/// Edits it; an approval falls with the content it was bound to.
pub async fn update(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: GeneratedCreditNoteId,
    change: &NoteChange,
) -> Result<(), Fault> {
    let document = seen(tx, who, id, change.version).await?;
    let state = after(&document, Action::Edit)?;
    not_in_ledger(&document)?;
    let row = &document.row;
    let party = Party {
        client: row.client_id,
        client_name: String::new(),
        invoice: row.generated_invoice_id.map(|id| (id, String::new())),
        currency: row.currency.clone(),
        connection: row.connection_id,
    };
    let mut checks = Checks::default();
    let typed = change.reason.as_deref().unwrap_or(&row.reason);
    let reason = checks.take("reason", input::line(typed, 255));
    let issued_on = change.issued_on.unwrap_or(row.issued_on.0);
    check_day(&mut checks, issued_on, who.today(app));
    let lines = match &change.lines {
        Some(typed) => Some(lines::lines(tx, who.org, &party, Some(id), typed, &mut checks).await?),
        None => None,
    };
    let (Some(reason), true) = (reason, checks.is_fine()) else {
        return Err(checks.fault());
    };
    let new = store::Move {
        id,
        version: change.version,
        status: state_word(state),
        approved: None,
        problem: None,
    };
    store::set_status(tx, who.org, &new).await?;
    if let Some(lines) = &lines {
        store::delete_lines(tx, who.org, id).await?;
        write_lines(app, tx, who.org, id, lines).await?;
    }
    let total = judge(tx, who.org, id, Day(issued_on), &reason).await?;
    let detail = json!({ "total_minor": total, "reason": reason });
    tell(app, who, tx, id, "credit_note.edited", &detail).await
}

async fn party(tx: &mut Tx, org: OrgId, input: &NoteInput) -> Result<Party, Fault> {
    if let Some(id) = input.invoice {
        let row = generated_invoices::store::draft(tx, org, id).await?;
        let row = row.ok_or(Fault::NotFound("this draft"))?;
        if !matches!(row.status.as_str(), "posted" | "part_paid" | "paid") {
            return Err(Fault::conflict(
                "not_posted",
                "only an invoice that stands in accounting can be credited; edit or reject a draft",
            ));
        }
        let client = clients::client(tx, org, row.client_id).await?;
        return Ok(Party {
            client: row.client_id,
            client_name: client.name,
            invoice: Some((id, row.number.unwrap_or_default())),
            currency: row.currency,
            connection: row.connection_id,
        });
    }
    let client = input
        .client
        .ok_or_else(|| Fault::field("client", "choose a client or an invoice"))?;
    let client = clients::client(tx, org, client).await?;
    Ok(Party {
        client: client.id,
        client_name: client.name,
        invoice: None,
        currency: client.currency,
        connection: store::ledger(tx, org).await?,
    })
}

fn check_day(checks: &mut Checks, day: NaiveDate, today: NaiveDate) {
    if (day - today).num_days().abs() > 400 {
        checks.wrong("issued_on", "choose a day within a year of today");
    }
}

async fn write_lines(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedCreditNoteId,
    lines: &[NewLine],
) -> Result<(), Fault> {
    for (position, line) in (1..).zip(lines) {
        store::insert_line(tx, org, id, app.new_id(), position, line).await?;
    }
    Ok(())
}

/// Stores what it comes to and the hash of what it says; the total.
async fn judge(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedCreditNoteId,
    issued_on: Day,
    reason: &str,
) -> Result<i64, Fault> {
    let lines = store::lines(tx, org, id).await?;
    let sum =
        |of: fn(&store::LineRow) -> i64| lines.iter().map(of).try_fold(0_i64, i64::checked_add);
    let too_large = || Fault::field("lines", "the total is too large");
    let net_minor = sum(|line| line.net_minor).ok_or_else(too_large)?;
    let tax_minor = sum(|line| line.tax_minor).ok_or_else(too_large)?;
    let total_minor = net_minor.checked_add(tax_minor).ok_or_else(too_large)?;
    let mut content = NoteContent {
        id,
        issued_on,
        reason,
        net_minor,
        tax_minor,
        total_minor,
        hash: Vec::new(),
    };
    store::set_content(tx, org, &content).await?;
    content.hash = document(tx, org, id).await?.content_hash();
    store::set_content(tx, org, &content).await?;
    Ok(total_minor)
}
