//! One contract: its lines and where each quantity now stands, what comes, what was covered.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};

use super::{contract_id, cycle_words, rule_words, standing_badge, timing_words};
use crate::{
    app::App,
    db::{Day, Exact, Tx},
    fault::Fault,
    features::{
        contracts::{
            self, Contract, Line, LineEvent, Renewal, Standing,
            change::UPLIFT,
            coverage::Coverage,
            lines_of_contract, store,
            timeline::{self, TimelineInvoice},
        },
        home::Frame,
    },
    http::{Paging, Permission, Who},
    ui::{
        Badge, Event, Figure, Moment, Nav, Quantity, Shell, Stat, Timeline, Tone, UnitPrice, View,
        format,
    },
};

#[derive(Template)]
#[template(path = "features/contracts/templates/detail.html")]
pub struct DetailPage {
    shell: Shell,
    contract: Contract,
    badge: Badge,
    stats: Vec<Stat>,
    facts: Vec<(&'static str, String)>,
    lines: Vec<LineRow>,
    coming: Vec<Next>,
    coverage: Vec<Covered>,
    history: Timeline,
    renewals: Vec<String>,
    save_as: String,
    may_work: bool,
    may_end: bool,
    may_renew: bool,
}

/// A line in a table.
pub struct LineRow {
    pub id: String,
    pub href: String,
    pub item: String,
    pub code: String,
    pub description: String,
    pub rule: String,
    pub quantity: Quantity,
    pub is_measured: bool,
    pub price: UnitPrice,
    pub per: &'static str,
    pub monthly: Option<Figure>,
    pub billed: String,
    pub ends: Option<Moment>,
}

/// Lines as every contract page shows them.
pub(super) fn line_rows(lines: &[Line], who: &Who, day: Day) -> Vec<LineRow> {
    lines.iter().map(|line| line_row(line, who, day)).collect()
}

fn line_row(line: &Line, who: &Who, day: Day) -> LineRow {
    let quantity = line.quantity_now.and_then(|exact| exact.to_micros().ok());
    let fixed = line.fixed_quantity_on(day).map(|micro| micro.0);
    let price = line.price_on(day);
    LineRow {
        id: line.id.to_string(),
        href: format!("/contracts/{}/lines/{}", line.contract_id, line.id),
        item: line.item_name.clone(),
        code: line.item_code.clone(),
        description: line.terms.description.clone(),
        rule: rule_words(line),
        is_measured: quantity.or(fixed).is_some(),
        quantity: Quantity::micros(quantity.or(fixed)),
        price: UnitPrice::micros(price.0, &line.currency),
        per: match line.terms.price_per.0 {
            billing::charge::PricePer::Month => "a month",
            billing::charge::PricePer::Term => "a period",
        },
        monthly: line
            .monthly_minor
            .filter(|_| who.may(Permission::ReadCost))
            .map(|minor| Figure::new(minor, &line.currency)),
        billed: format!(
            "{} {}",
            cycle_words(&line.terms.cycle.text()),
            timing_words(&line.terms.timing.text())
        ),
        ends: line.terms.ends_on.map(|day| Moment::date(day.0)),
    }
}

struct Next {
    period: String,
    total: Option<Figure>,
    problem: Option<String>,
    changes: Vec<(String, Figure)>,
}

/// One coverage record.
pub struct Covered {
    pub period: String,
    pub what: String,
    pub state: Badge,
    pub href: Option<String>,
    pub reason: String,
}

pub(super) fn covered(row: Coverage) -> Covered {
    let state = match row.state.as_str() {
        "posted" => Badge::good("Invoiced"),
        "drafted" => Badge::info("On a draft"),
        "credited" => Badge::risk("Credited"),
        "nil" => Badge::neutral("Nothing to charge"),
        "waived" => Badge::neutral("Waived"),
        _ => Badge::risk("Planned"),
    };
    let draft = row
        .generated_invoice_id
        .map(|id| format!("/generated-invoices/{id}"));
    Covered {
        period: format::period(row.starts_on.0, row.ends_on.0),
        what: format!("{} · {}", row.item_code, row.charge_kind.replace('_', " ")),
        state,
        href: draft.or(row.invoice_id.map(|id| format!("/invoices/{id}"))),
        reason: row.reason.unwrap_or_default(),
    }
}

const COVERAGE: &str = "48";

pub async fn detail(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let today = Day(who.today(&app));
    let mut tx = app.db.read(who.org).await?;
    let contract = contracts::contract(&mut tx, who.org, contract_id(&id)?).await?;
    let lines = lines_of_contract(&mut tx, who.org, contract.id).await?;
    let standing = contract.terms.standing(today);
    let timeline = timeline::timeline(&mut tx, who.org, &contract, today).await?;
    let coming = timeline.invoices.into_iter();
    let coming = coming.map(|invoice| next(invoice, &timeline.currency));
    let renewals = store::renewals(&mut tx, who.org, contract.id).await?;
    let coverage = newest_coverage(&mut tx, &who, &contract).await?;
    let may_work = who.may(Permission::Work);
    let page = DetailPage {
        shell: shell.titled(contract.terms.name.clone(), Nav::Contracts),
        badge: standing_badge(standing),
        stats: stats(&contract, &lines, &who, standing),
        facts: facts(&contract),
        lines: line_rows(&lines, &who, today),
        coming: coming.collect(),
        coverage,
        history: history(&lines, &who),
        may_work,
        save_as: format!("/contracts/{}/template", contract.id),
        renewals: renewals.iter().map(renewed).collect(),
        may_end: may_work && contract.terms.status == "active",
        may_renew: may_work
            && contract.terms.status == "active"
            && contract.terms.ends_on.is_some(),
        contract,
    };
    Ok(View(page).into_response())
}

fn stats(contract: &Contract, lines: &[Line], who: &Who, standing: Standing) -> Vec<Stat> {
    let mut stats = Vec::new();
    let values: Option<i64> = lines.iter().map(|line| line.monthly_minor).sum();
    if who.may(Permission::ReadCost) && standing != Standing::Draft {
        stats.push(match values {
            Some(minor) => Stat::money(
                "MRR",
                Figure::new(minor, &contract.terms.currency).per("a month"),
            ),
            None => Stat::text("MRR", "none").note("a quantity has not been counted yet"),
        });
    }
    stats.push(Stat::count("Lines", lines.len() as u64));
    stats.push(match contract.terms.ends_on {
        Some(day) => Stat::text("Renewal", format::date(day.0)),
        None => Stat::text("Renewal", "rolls on"),
    });
    stats
}

fn facts(contract: &Contract) -> Vec<(&'static str, String)> {
    let terms = &contract.terms;
    let mut facts = vec![
        ("Reference", terms.reference.clone()),
        (
            "Invoiced",
            format!(
                "{} {}",
                cycle_words(&terms.cycle.text()),
                timing_words(&terms.timing.text())
            ),
        ),
        ("Started", format::date(terms.starts_on.0)),
        ("Billed here from", format::date(terms.bill_from.0)),
        ("Currency", terms.currency.clone()),
    ];
    if let Some(order) = &terms.purchase_order {
        facts.push(("Purchase order", order.clone()));
    }
    facts
}

fn next(invoice: TimelineInvoice, currency: &str) -> Next {
    Next {
        period: format::period(invoice.starts_on.0, invoice.ends_on.0),
        total: invoice.net_minor.map(|minor| Figure::new(minor, currency)),
        problem: invoice.problem,
        changes: invoice
            .changes
            .into_iter()
            .map(|change| {
                let amount = Figure::new(change.amount_minor, currency).change();
                (change.sentence, amount)
            })
            .collect(),
    }
}

fn renewed(renewal: &Renewal) -> String {
    format::period(renewal.starts_on.0, renewal.ends_on.0)
}

async fn newest_coverage(
    tx: &mut Tx,
    who: &Who,
    contract: &Contract,
) -> Result<Vec<Covered>, Fault> {
    let paging = Paging {
        limit: Some(COVERAGE.to_owned()),
        ..Paging::default()
    };
    let window = paging.window("newest")?;
    let rows = store::newest_coverage(tx, who.org, contract.id, window.limit).await?;
    Ok(rows.into_iter().map(covered).collect())
}

/// What happened to the lines, newest first.
fn history(lines: &[Line], who: &Who) -> Timeline {
    let mut events: Vec<(&Line, &LineEvent)> = lines
        .iter()
        .flat_map(|line| line.events.iter().map(move |event| (line, event)))
        .collect();
    events.sort_by_key(|(_, event)| std::cmp::Reverse((event.recorded_at, event.id)));
    Timeline {
        events: events
            .into_iter()
            .map(|(line, event)| told(line, event, who))
            .collect(),
    }
}

/// One change of a line, in words.
pub(super) fn told(line: &Line, event: &LineEvent, who: &Who) -> Event {
    let value = |exact: Option<Exact>| exact.map(|exact| exact.to_string()).unwrap_or_default();
    let (before, after) = (value(event.before_value), value(event.after_value));
    let from = format::date(event.effective_on.0);
    let title = match event.kind.as_str() {
        "quantity" => format!("{}: {before} → {after} from {from}", line.item_name),
        "price" => format!(
            "{}: price {before} → {after} {} from {from}",
            line.item_name, line.currency
        ),
        "subscription" => format!("{}: one more subscription from {from}", line.item_name),
        _ => format!("{}: ended from {from}", line.item_name),
    };
    let by = match (event.finding_id, event.applied_as.as_deref()) {
        (Some(_), _) => "A finding was applied",
        (None, Some(UPLIFT)) => "An uplift that was agreed",
        _ => "By hand",
    };
    Event {
        tone: if event.undone_at.is_some() {
            Tone::Neutral
        } else {
            Tone::Info
        },
        when: Moment::instant(event.recorded_at.0, who.zone),
        by: by.to_owned(),
        title,
        detail: match event.undone_at {
            Some(_) => "Taken back.".to_owned(),
            None => String::new(),
        },
    }
}
