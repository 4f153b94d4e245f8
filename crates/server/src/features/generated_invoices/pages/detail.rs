//! One draft: its lines and why, what stands in its way, what can be decided, what became of it.

use askama::Template;
use axum::extract::{Path, State};

use super::{
    after::After,
    agreed::{Approval, Different, asks, different},
    delivery::{self, Papers},
    place_of_line,
    why::{Why, why},
    words,
};
use crate::{
    app::App,
    db::GeneratedInvoiceId,
    fault::Fault,
    features::{
        generated_invoices::{Detail, DraftView, LineView, api::parse, detail},
        home::Frame,
        invoices,
    },
    http::{May, Permission, Pick, Read, Who},
    ui::{
        Badge, Compare, Event, Field, Figure, Moment, Nav, Notice, Quantity, Shell, Timeline, Tone,
        UnitPrice, View, address, format,
    },
};

struct Line {
    /// Where it is edited, by who may.
    edit_href: Option<String>,
    description: String,
    /// Its item, kind of charge and period.
    about: String,
    quantity: Quantity,
    unit_price: UnitPrice,
    tax: String,
    net: Figure,
    why: Option<Why>,
}

/// Where it stands in accounting.
struct Ledger {
    facts: Vec<(&'static str, String)>,
    /// The invoice as last read from there.
    invoice: Option<String>,
}

#[derive(Template)]
#[template(path = "features/generated_invoices/templates/detail.html")]
pub struct DetailPage {
    shell: Shell,
    id: GeneratedInvoiceId,
    version: i64,
    client: String,
    client_href: String,
    contract_href: Option<String>,
    state: Badge,
    notices: Vec<Notice>,
    lines: Vec<Line>,
    net: Figure,
    taxes: Vec<(String, Figure)>,
    total: Figure,
    compare: Option<Compare>,
    differences: Vec<Different>,
    facts: Vec<(&'static str, String)>,
    ledger: Option<Ledger>,
    papers: Papers,
    after: After,
    can_approve: bool,
    can_edit: bool,
    note: Option<String>,
    approval: Approval,
    /// Asked for where holds must be released.
    release: Option<Field>,
    post_href: Option<String>,
    can_unapprove: bool,
    can_reject: bool,
    reject: Field,
    reject_is_open: bool,
    is_posting: bool,
    history: Timeline,
}

/// An answer that was refused, shown again with the reason.
pub enum Refused {
    Nothing,
    Release(String, Fault),
    Reject(String, Fault),
    Factor(Fault),
    Approval(Fault),
}

pub async fn show(
    frame: Frame,
    State(app): State<App>,
    _may: May<Read>,
    Path(id): Path<String>,
) -> Result<View<DetailPage>, Fault> {
    page(&app, frame, parse(&id)?, &Refused::Nothing).await
}

pub async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    id: GeneratedInvoiceId,
    refused: &Refused,
) -> Result<View<DetailPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let found = detail(&mut tx, who.org, id).await?;
    let invoice = match &found.draft.ledger_external_id {
        Some(external_id) => invoices::of_ledger(&mut tx, who.org, external_id).await?,
        None => None,
    };
    let asks = asks(app, &mut tx, &who, &found, refused).await?;
    let after = After::of(&mut tx, &who, &found.draft).await?;
    drop(tx);
    let draft = &found.draft;
    let may_work = who.may(Permission::Work);
    let is_stopped = !found.stops.is_empty();
    let can_approve = may_work && draft.status == "draft" && !is_stopped;
    let can_edit = may_work && matches!(draft.status.as_str(), "draft" | "approved");
    let pick = Pick {
        id,
        version: draft.version,
    }
    .to_string();
    let figure = |minor: i64| Figure::new(minor, draft.currency.clone());
    Ok(View(DetailPage {
        id,
        version: draft.version,
        client: draft.client_name.clone(),
        client_href: format!("/clients/{}", draft.client_id),
        contract_href: draft.contract_id.map(|id| format!("/contracts/{id}")),
        state: words::state(draft),
        notices: notices(&found),
        lines: lines(&found, can_edit),
        net: figure(draft.net_minor),
        taxes: taxes(&found),
        total: figure(draft.total_minor),
        compare: compared(draft, found.last_net_minor),
        differences: different(&found),
        facts: facts(draft),
        ledger: ledger(draft, invoice.map(|id| format!("/invoices/{id}"))),
        papers: delivery::papers(&found, &who),
        after,
        can_approve,
        can_edit,
        note: draft.note.clone().filter(|note| !note.is_empty()),
        approval: asks.approval(&found, &who, can_approve, refused),
        release: (can_approve && !found.holds.is_empty()).then(|| release(refused)),
        post_href: (may_work && draft.status == "approved")
            .then(|| address("/generated-invoices/post", &[("pick", &pick)])),
        can_unapprove: may_work && draft.status == "approved",
        can_reject: can_edit,
        reject: reject(refused),
        reject_is_open: matches!(refused, Refused::Reject(..)),
        is_posting: draft.status == "posting",
        history: timeline(&found, &who),
        shell: shell.titled(
            format!("Draft for {}", draft.client_name),
            Nav::GeneratedInvoices,
        ),
    }))
}

fn notices(found: &Detail) -> Vec<Notice> {
    let stops = found
        .stops
        .iter()
        .map(|stop| Notice::new(Tone::Late, "This cannot go out.", stop.clone()));
    let is_open = found.draft.status == "draft";
    let holds = found
        .holds
        .iter()
        .filter(|_| is_open)
        .map(|hold| Notice::new(Tone::Risk, "Look again.", hold.clone()));
    let problem = found
        .draft
        .problem
        .clone()
        .map(|problem| match found.draft.status.as_str() {
            "rejected" => Notice::new(Tone::Neutral, "Rejected.", problem),
            _ => Notice::new(Tone::Late, "Accounting did not take it.", problem),
        });
    stops.chain(holds).chain(problem).collect()
}

fn lines(found: &Detail, can_edit: bool) -> Vec<Line> {
    let lines = found.lines.iter();
    lines
        .map(|line| shown(line, &found.draft, can_edit))
        .collect()
}

fn shown(line: &LineView, draft: &DraftView, can_edit: bool) -> Line {
    let currency = draft.currency.as_str();
    let period = line
        .starts_on
        .zip(line.ends_on)
        .map(|(start, end)| format::period(start.0, end.0));
    let kind = words::charge(&line.charge_kind).to_owned();
    let about = [
        line.item_code.clone().unwrap_or_default(),
        kind,
        period.unwrap_or_default(),
        words::count(line),
    ];
    let about: Vec<String> = about.into_iter().filter(|text| !text.is_empty()).collect();
    let micros = |exact: crate::db::Exact| exact.to_micros().unwrap_or_default();
    Line {
        edit_href: can_edit.then(|| place_of_line(draft.id, line.id)),
        description: line.description.clone(),
        about: about.join(" · "),
        quantity: Quantity::micros(micros(line.quantity)),
        unit_price: UnitPrice::micros(micros(line.unit_price), currency),
        tax: format!(
            "{} {}",
            format::percent(micros(line.tax_rate)),
            line.tax_type
        ),
        net: Figure::new(line.net_minor, currency),
        why: why(line, currency),
    }
}

/// Tax by its code, in the order of the lines.
fn taxes(found: &Detail) -> Vec<(String, Figure)> {
    let mut sums: Vec<(String, i64)> = Vec::new();
    for line in &found.lines {
        let rate = format::percent(line.tax_rate.to_micros().unwrap_or_default());
        let name = format!("Tax, {} {rate}", line.tax_type);
        match sums.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum = sum.saturating_add(line.tax_minor),
            None => sums.push((name, line.tax_minor)),
        }
    }
    let figure = |(name, minor)| (name, Figure::new(minor, found.draft.currency.clone()));
    sums.into_iter().map(figure).collect()
}

fn compared(draft: &DraftView, last: Option<i64>) -> Option<Compare> {
    let last = last?;
    let money = |minor: i64| format::money(minor, &draft.currency);
    let difference = draft.net_minor.saturating_sub(last);
    let rows = Compare::new("Last invoice", "This one")
        .row("Before tax", money(last), money(draft.net_minor))
        .row("Difference", None, Some(money(difference)));
    Some(rows)
}

fn facts(draft: &DraftView) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Dated", format::date(draft.issued_on.0))];
    facts.extend(draft.due_on.map(|day| ("Due", format::date(day.0))));
    facts.push(("Reference", draft.reference.clone()));
    facts
}

fn ledger(draft: &DraftView, invoice: Option<String>) -> Option<Ledger> {
    let number = draft.number.clone()?;
    let mut facts = vec![("Number", number)];
    let status = draft.ledger_status.as_deref().map(words::ledger_status);
    let status = status.unwrap_or(match draft.post_state.as_deref() {
        Some("refused") => "Not there: it was refused",
        Some("sent_unknown") => "Sent; the answer is awaited",
        _ => "On its way",
    });
    facts.push(("In accounting", status.to_owned()));
    Some(Ledger { facts, invoice })
}

fn release(refused: &Refused) -> Field {
    let field = Field::textarea("release", "Why may it pass?").required();
    let field = field.hint("The reason is kept with the approval.");
    match refused {
        Refused::Release(typed, fault) => field.value(typed).error(Some(fault.to_string())),
        _ => field,
    }
}

fn reject(refused: &Refused) -> Field {
    let field = Field::textarea("reason", "Why").required();
    let field = field.hint("What it covers can be drafted again.");
    match refused {
        Refused::Reject(typed, fault) => field.value(typed).error(Some(fault.to_string())),
        _ => field,
    }
}

fn timeline(found: &Detail, who: &Who) -> Timeline {
    let events = found.history.iter().map(|row| {
        let data: serde_json::Value = serde_json::from_str(&row.detail).unwrap_or_default();
        let text = |name: &str| data.get(name).and_then(serde_json::Value::as_str);
        let detail = ["reason", "released", "problem", "number"]
            .into_iter()
            .find_map(text);
        Event {
            tone: match row.action.as_str() {
                "draft.approved" | "draft.posted" => Tone::Good,
                "draft.refused" => Tone::Late,
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
