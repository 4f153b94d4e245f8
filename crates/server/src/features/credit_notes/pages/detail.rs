//! One credit note: its lines, what stands in its way, what can be decided, what became of it.

use askama::Template;
use axum::extract::{Path, State};

use super::{place_of, words};
use crate::{
    app::App,
    db::GeneratedCreditNoteId,
    fault::Fault,
    features::{
        credit_notes::{Detail, LineView, NoteView, api::parse, detail},
        home::Frame,
    },
    http::{May, Permission, Read, Who},
    ui::{
        Badge, Event, Field, Figure, Moment, Nav, Notice, Quantity, Shell, Timeline, Tone,
        UnitPrice, View, format,
    },
};

struct Line {
    description: String,
    item: String,
    quantity: Quantity,
    unit_price: UnitPrice,
    tax: String,
    net: Figure,
}

#[derive(Template)]
#[template(path = "features/credit_notes/templates/detail.html")]
pub struct DetailPage {
    shell: Shell,
    place: String,
    version: i64,
    title: String,
    client: String,
    client_href: String,
    invoice: Option<(String, String)>,
    state: Badge,
    notices: Vec<Notice>,
    lines: Vec<Line>,
    net: Figure,
    tax: Figure,
    total: Figure,
    facts: Vec<(&'static str, String)>,
    ledger: Vec<(&'static str, String)>,
    can_approve: bool,
    can_edit: bool,
    can_post: bool,
    can_reject: bool,
    reject: Field,
    reject_is_open: bool,
    is_posting: bool,
    history: Timeline,
}

/// A rejection that was refused, shown again with the reason.
pub type Refused = Option<(String, Fault)>;

pub async fn show(
    frame: Frame,
    State(app): State<App>,
    _may: May<Read>,
    Path(id): Path<String>,
) -> Result<View<DetailPage>, Fault> {
    page(&app, frame, parse(&id)?, &None).await
}

pub async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    id: GeneratedCreditNoteId,
    refused: &Refused,
) -> Result<View<DetailPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let found = detail(&mut tx, who.org, id).await?;
    drop(tx);
    let note = &found.note;
    let may_work = who.may(Permission::Work);
    let is_open = may_work && matches!(note.status.as_str(), "draft" | "approved");
    let is_clean = is_open && note.ledger_external_id.is_none();
    let title = match &note.number {
        Some(number) => format!("Credit note {number}"),
        None => format!("Credit note for {}", note.client_name),
    };
    let figure = |minor: i64| Figure::new(minor, note.currency.clone());
    let invoice = note.generated_invoice_id.map(|id| {
        let number = note.invoice_number.clone().unwrap_or_default();
        (format!("/generated-invoices/{id}"), number)
    });
    Ok(View(DetailPage {
        place: place_of(id),
        version: note.version,
        client: note.client_name.clone(),
        client_href: format!("/clients/{}", note.client_id),
        invoice,
        state: words::state(note),
        notices: notices(&found),
        lines: found
            .lines
            .iter()
            .map(|line| shown(line, &note.currency))
            .collect(),
        net: figure(note.net_minor),
        tax: figure(note.tax_minor),
        total: figure(note.total_minor),
        facts: vec![
            ("Dated", format::date(note.issued_on.0)),
            ("Reason", note.reason.clone()),
        ],
        ledger: ledger(note),
        can_approve: is_open && note.status == "draft" && found.stops.is_empty(),
        can_edit: is_clean,
        can_post: is_open && note.status == "approved" && found.stops.is_empty(),
        can_reject: is_clean,
        reject: reject(refused),
        reject_is_open: refused.is_some(),
        is_posting: note.status == "posting",
        history: timeline(&found, &who),
        shell: shell.titled(title.clone(), Nav::CreditNotes),
        title,
    }))
}

fn notices(found: &Detail) -> Vec<Notice> {
    let stops = found
        .stops
        .iter()
        .map(|stop| Notice::new(Tone::Late, "This cannot go out.", stop.clone()));
    let problem = found
        .note
        .problem
        .clone()
        .map(|problem| match found.note.status.as_str() {
            "rejected" => Notice::new(Tone::Neutral, "Rejected.", problem),
            "posted" => Notice::new(Tone::Risk, "It is set against no invoice.", problem),
            _ => Notice::new(Tone::Late, "Accounting did not take it.", problem),
        });
    let waits = found.unallocated_minor;
    let partly = (found.note.status == "allocated" && waits > 0).then(|| {
        let waits = format::money(waits, &found.note.currency);
        let text = format!(
            "{waits} of it waits on the client's account, because the invoice owed less; refund it \
             or set it against another invoice in accounting."
        );
        Notice::new(Tone::Risk, "Part of it is set against no invoice.", text)
    });
    stops.chain(problem).chain(partly).collect()
}

fn shown(line: &LineView, currency: &str) -> Line {
    let micros = |exact: crate::db::Exact| exact.to_micros().unwrap_or_default();
    Line {
        description: line.description.clone(),
        item: line.item_code.clone().unwrap_or_default(),
        quantity: Quantity::micros(micros(line.quantity)),
        unit_price: UnitPrice::micros(micros(line.unit_price), currency),
        tax: format!(
            "{} {}",
            format::percent(micros(line.tax_rate)),
            line.tax_type
        ),
        net: Figure::new(line.net_minor, currency),
    }
}

/// Where it stands in accounting; nothing before posting began.
fn ledger(note: &NoteView) -> Vec<(&'static str, String)> {
    let Some(number) = note.number.clone() else {
        return Vec::new();
    };
    let status = note.ledger_status.as_deref().map(words::ledger_status);
    let status = status.unwrap_or(match note.post_state.as_deref() {
        Some("refused") => "Not there: it was refused",
        Some("sent_unknown") => "Sent; the answer is awaited",
        _ => "On its way",
    });
    let mut facts = vec![("Number", number), ("In accounting", status.to_owned())];
    if matches!(note.status.as_str(), "posted" | "allocated") {
        let money = |minor| format::money(minor, &note.currency);
        facts.push(("Set against invoices", money(note.allocated_minor)));
        facts.push(("Waits on the account", money(note.unallocated_minor())));
    }
    facts
}

fn reject(refused: &Refused) -> Field {
    let field = Field::textarea("reason", "Why").required();
    let field = field.hint("What it would have credited is left again.");
    match refused {
        Some((typed, fault)) => field.value(typed).error(Some(fault.to_string())),
        None => field,
    }
}

fn timeline(found: &Detail, who: &Who) -> Timeline {
    let events = found.history.iter().map(|row| {
        let data: serde_json::Value = serde_json::from_str(&row.detail).unwrap_or_default();
        let text = |name: &str| data.get(name).and_then(serde_json::Value::as_str);
        let detail = ["reason", "problem", "why", "number"]
            .into_iter()
            .find_map(text);
        Event {
            tone: match row.action.as_str() {
                "credit_note.approved" | "credit_note.posted" => Tone::Good,
                "credit_note.refused" => Tone::Late,
                _ => Tone::Neutral,
            },
            when: Moment::instant(row.at.0, who.zone),
            by: row.by.clone().unwrap_or_else(|| "BillingOne".to_owned()),
            title: words::act(&row.action).to_owned(),
            detail: detail.unwrap_or_default().to_owned(),
        }
    });
    Timeline {
        events: events.collect(),
    }
}
