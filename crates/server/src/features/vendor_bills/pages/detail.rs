//! One bill: what it costs, what replaces it, how it was predicted, and its lines by client.

use askama::Template;
use axum::{
    extract::{Path, Query, State as Shared},
    response::Response,
};
use serde::Deserialize;

use super::{LIST, badges};
use crate::{
    app::App,
    db::Exact,
    fault::Fault,
    features::{
        connections::vendor_title,
        home::Frame,
        missed_billing,
        vendor_bills::{
            self, Difference, Header, Line, LineState, State, VendorBill, VendorBillDetail,
            api::parse,
        },
    },
    http::{CsvFile, May, Permission, ReadCost, Who},
    ui::{
        Badge, Choices, Figure, Href, Nav, Pager, Quantity, Shell, Tabs, UnitPrice, View, format,
    },
};

/// Longer bills are shown in parts.
const LINES: usize = 300;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// unmatched, or nothing for all.
    show: String,
    /// The first line shown, counted from 0.
    from: usize,
}

struct Group {
    client: String,
    href: Option<String>,
    cost: Figure,
    lines: Vec<Shown>,
}

struct Shown {
    product: String,
    about: String,
    period: String,
    quantity: Quantity,
    unit_cost: UnitPrice,
    cost: Figure,
    state: Badge,
    links: Vec<(String, String)>,
}

struct Differing {
    client: String,
    product: String,
    predicted: Option<Figure>,
    billed: Option<Figure>,
    difference: Figure,
}

#[derive(Template)]
#[template(path = "features/vendor_bills/templates/detail.html")]
pub struct DetailPage {
    shell: Shell,
    title: String,
    badges: Vec<Badge>,
    problem: Option<String>,
    facts: Vec<(&'static str, String)>,
    cost: Figure,
    matched: Figure,
    unmatched: Figure,
    settling: Vec<(&'static str, Figure)>,
    total: Figure,
    /// Sentences about the chain of corrections, with where each leads.
    chain: Vec<(String, Option<String>)>,
    action: String,
    options: Option<Choices>,
    undo: Option<String>,
    picks: Vec<String>,
    differences: Vec<Differing>,
    is_predicted: bool,
    has_prediction: bool,
    tabs: Tabs,
    groups: Vec<Group>,
    pager: Pager,
}

pub async fn show(
    Frame { who, shell }: Frame,
    _may: May<ReadCost>,
    Shared(app): Shared<App>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<View<DetailPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let found = vendor_bills::detail(&mut tx, who.org, parse(&id)?).await?;
    Ok(page(shell, &who, &found, &asked, None))
}

pub fn page(
    shell: Shell,
    who: &Who,
    found: &VendorBillDetail,
    asked: &Asked,
    refused: Option<&Fault>,
) -> View<DetailPage> {
    let bill = &found.bill;
    let header = &bill.header;
    let figure = |minor: i64| Figure::new(minor, header.currency.clone());
    let place = format!("{LIST}/{}", header.id);
    let title = match bill.state {
        State::Predicted => header.number.clone(),
        _ => format!("Bill {}", header.number),
    };
    let error = refused.and_then(|fault| fault.fields().get("replacement").cloned());
    let may_work = who.may(Permission::Work);
    let (groups, pager) = lines(&place, found, asked);
    View(DetailPage {
        shell: shell.titled(title.clone(), Nav::VendorBills),
        title,
        badges: badges(bill),
        problem: refused
            .filter(|fault| fault.fields().is_empty())
            .map(ToString::to_string),
        facts: facts(bill),
        cost: figure(bill.cost_minor),
        matched: figure(bill.matched_minor),
        unmatched: figure(bill.unmatched_minor),
        settling: settling(bill),
        total: figure(header.total_minor),
        chain: chain(bill),
        action: format!("{place}/replacement"),
        options: (bill.state == State::InCorrection && may_work && !found.options.is_empty())
            .then(|| options(found).error(error)),
        undo: (bill.is_picked && may_work).then(|| undo(&place, bill)),
        picks: found.picks.iter().map(|pick| said(pick, who)).collect(),
        differences: found.differences.iter().map(differing).collect(),
        is_predicted: bill.state == State::Predicted,
        has_prediction: bill.predicted_minor.is_some(),
        tabs: tabs(&place, found, asked),
        groups,
        pager,
    })
}

fn facts(bill: &VendorBill) -> Vec<(&'static str, String)> {
    let header = &bill.header;
    let mut facts = vec![
        ("Distributor", vendor_title(&header.vendor).to_owned()),
        ("For", format::month(bill.starts_on.0)),
        ("Dated", format::date(header.billed_on.0)),
    ];
    facts.extend(header.due_on.map(|day| ("Due", format::date(day.0))));
    facts.push(("Vendor status", header.vendor_status.clone()));
    if let Some(predicted) = bill.predicted_minor {
        let predicted = format::money(predicted, &header.currency);
        facts.push(("Predicted", predicted));
    }
    facts
}

/// Credits and what was carried over: they settle, and are no cost.
fn settling(bill: &VendorBill) -> Vec<(&'static str, Figure)> {
    let header = &bill.header;
    let rows = [
        ("Credits on this bill", bill.settled_minor),
        ("Carried over from earlier bills", header.carried_minor),
        ("Still to be paid", header.balance_minor),
    ];
    rows.into_iter()
        .filter(|(_, minor)| *minor != 0 && bill.state != State::Predicted)
        .map(|(name, minor)| (name, Figure::new(minor, header.currency.clone())))
        .collect()
}

fn chain(bill: &VendorBill) -> Vec<(String, Option<String>)> {
    let href = |id| Some(format!("{LIST}/{id}"));
    let mut told = Vec::new();
    match (bill.state, &bill.replaced_by) {
        (State::InCorrection, _) => told.push((
            "Credited, and more than one bill or none could take its place. Until somebody picks, \
             its cost stands and its month raises nothing."
                .to_owned(),
            None,
        )),
        (State::Contested, _) => told.push((
            "It may take the place of a credited bill. Until somebody picks, it does not count \
             beside it."
                .to_owned(),
            Some(format!("{LIST}?state=in_correction")),
        )),
        (_, Some(other)) if bill.is_picked => {
            told.push((
                format!("Replaced by {}, as picked.", other.number),
                href(other.id),
            ));
        }
        (_, Some(other)) => told.push((
            format!("Replaced by {}, the only bill that fits.", other.number),
            href(other.id),
        )),
        _ => {}
    }
    for other in &bill.replaces {
        let sentence = format!("Takes the place of {}, which was credited.", other.number);
        told.push((sentence, href(other.id)));
    }
    told
}

fn options(found: &VendorBillDetail) -> Choices {
    let currency = &found.bill.header.currency;
    let choices = Choices::new("replacement", "Which bill takes its place?", "");
    found.options.iter().fold(choices, |choices, option| {
        let fits = if option.fits {
            "same month and companies"
        } else {
            "another month or other companies"
        };
        choices.choice(
            option.id.to_string(),
            format!("{}, {}", option.number, format::date(option.billed_on.0)),
            fits,
            Some(Figure::new(option.total_minor, currency.clone())),
        )
    })
}

fn undo(place: &str, bill: &VendorBill) -> String {
    let picked = bill.replaced_by.as_ref().map(|other| other.id.to_string());
    Href::to(format!("{place}/replacement/undo"))
        .with("seen", picked.unwrap_or_default())
        .into()
}

fn said(pick: &vendor_bills::Pick, who: &Who) -> String {
    let what = if pick.action.ends_with("picked") {
        "picked what takes its place"
    } else {
        "took the pick back"
    };
    format!(
        "{}: {} {what}.",
        format::instant(pick.at.0, who.zone),
        pick.by
    )
}

fn differing(one: &Difference) -> Differing {
    let figure = |minor: i64| Figure::new(minor, one.currency.clone());
    Differing {
        client: one.client.clone(),
        product: one.product.clone(),
        predicted: one.predicted_minor.map(figure),
        billed: one.billed_minor.map(figure),
        difference: figure(one.difference_minor).change(),
    }
}

fn is_shown(asked: &Asked, line: &Line) -> bool {
    asked.show != "unmatched" || line.state == LineState::Unmatched
}

fn tabs(place: &str, found: &VendorBillDetail, asked: &Asked) -> Tabs {
    let all = u64::try_from(found.lines.len()).unwrap_or(0);
    let unmatched = asked.show == "unmatched";
    Tabs::new("Lines")
        .tab("All lines", Href::to(place), Some(all), !unmatched)
        .tab(
            "Unmatched",
            Href::to(place).with("show", "unmatched"),
            Some(found.bill.unmatched_lines),
            unmatched,
        )
}

/// By client; those with something that nobody passes on first, because the lines are.
fn lines(place: &str, found: &VendorBillDetail, asked: &Asked) -> (Vec<Group>, Pager) {
    let currency = &found.bill.header.currency;
    let wanted: Vec<&Line> = found
        .lines
        .iter()
        .filter(|line| is_shown(asked, line))
        .collect();
    let mut clients: Vec<((_, &str), Vec<&Line>)> = Vec::new();
    for line in wanted.iter().skip(asked.from).take(LINES) {
        // Two clients may share a name.
        let whose = (line.client_id, line.whose());
        match clients.iter_mut().find(|(known, _)| *known == whose) {
            Some((_, lines)) => lines.push(line),
            None => clients.push((whose, vec![line])),
        }
    }
    let shown: usize = clients.iter().map(|(_, lines)| lines.len()).sum();
    let href = |from: usize| {
        let href = Href::to(place).with("show", &asked.show);
        href.with("from", from.to_string()).into()
    };
    let next = asked.from.saturating_add(LINES);
    let pager = Pager {
        shown: format::counted(shown as u64, "line", "lines"),
        first: (asked.from > 0).then(|| Href::to(place).with("show", &asked.show).into()),
        next: (next < wanted.len()).then(|| href(next)),
        csv: Some(format!("{place}/lines.csv")),
    };
    let groups = clients.into_iter().map(|((id, client), lines)| Group {
        client: client.to_owned(),
        href: id.map(|id| format!("/clients/{id}")),
        cost: Figure::new(
            lines
                .iter()
                .filter(|line| line.is_cost())
                .fold(0_i64, |sum, line| sum.saturating_add(line.cost_minor)),
            currency.clone(),
        ),
        lines: lines.into_iter().map(one).collect(),
    });
    (groups.collect(), pager)
}

fn one(line: &Line) -> Shown {
    let micros = |exact: Exact| exact.to_micros().unwrap_or_default();
    let about = if line.term.is_empty() {
        line.kind.clone()
    } else {
        format!("{} · {}", line.kind, line.term)
    };
    Shown {
        product: line.product.clone(),
        about,
        period: match (line.starts_on, line.ends_on) {
            (Some(start), Some(end)) => format::period(start.0, end.0),
            (Some(start), None) => format::date(start.0),
            _ => String::new(),
        },
        quantity: Quantity::micros(micros(line.quantity)),
        unit_cost: UnitPrice::micros(micros(line.unit_cost), line.currency.clone()),
        cost: Figure::new(line.cost_minor, line.currency.clone()),
        state: state(line.state),
        links: links(line),
    }
}

fn state(state: LineState) -> Badge {
    match state {
        LineState::Unmatched => Badge::risk("Unmatched"),
        LineState::Matched => Badge::good("Matched"),
        LineState::OwnUse => Badge::neutral("Own use"),
        LineState::NothingOwed => Badge::neutral("Nothing owed"),
        LineState::Settles => Badge::neutral("Settles, no cost"),
    }
}

/// What it is matched with, and the finding that says more.
fn links(line: &Line) -> Vec<(String, String)> {
    let mut links = Vec::new();
    if let Some(agreed) = &line.contract_line {
        let href = format!("/contracts/{}", agreed.contract_id);
        links.push((format!("Contract line {}", agreed.reference), href));
    }
    if let Some(passed) = &line.passed_on_by {
        let numbered = match passed.number.as_str() {
            "" => "A draft invoice".to_owned(),
            number => format!("Invoice {number}"),
        };
        if let Some(id) = passed.generated_invoice_id {
            links.push((numbered, format!("/generated-invoices/{id}")));
        } else if let Some(id) = passed.invoice_id {
            links.push((numbered, format!("/invoices/{id}")));
        } else if let Some(client) = line.client_id {
            let href = format!("/clients/{client}");
            links.push(("A one-off on the next draft".to_owned(), href));
        }
    }
    if let Some(finding) = &line.finding {
        let title = missed_billing::pages::kind_word(&finding.kind).to_owned();
        links.push((title, format!("/missed-billing/{}", finding.id)));
    }
    links
}

/// Every line of the bill.
pub async fn export(
    who: May<ReadCost>,
    Shared(app): Shared<App>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let found = vendor_bills::detail(&mut tx, who.org, parse(&id)?).await?;
    let head = [
        "bill",
        "client",
        "product",
        "type",
        "term",
        "starts_on",
        "ends_on",
        "quantity",
        "unit_cost",
        "cost",
        "currency",
        "state",
        "contract_line",
        "invoice",
        "finding",
    ];
    let mut file = CsvFile::new("vendor-bill-lines", &head)?;
    for line in &found.lines {
        file.row(&cells(&found.bill.header, line))?;
    }
    file.into_response()
}

fn cells(header: &Header, line: &Line) -> [String; 15] {
    let day = |day: Option<crate::db::Day>| day.map(|day| day.to_string()).unwrap_or_default();
    let state = serde_json::to_value(line.state).ok();
    let state = state.as_ref().and_then(serde_json::Value::as_str);
    [
        header.number.clone(),
        line.whose().to_owned(),
        line.product.clone(),
        line.kind.clone(),
        line.term.clone(),
        day(line.starts_on),
        day(line.ends_on),
        line.quantity.to_string(),
        line.unit_cost.to_string(),
        format::plain_amount(line.cost_minor, &line.currency),
        line.currency.clone(),
        state.unwrap_or_default().to_owned(),
        line.contract_line
            .as_ref()
            .map(|agreed| agreed.reference.clone())
            .unwrap_or_default(),
        line.passed_on_by
            .as_ref()
            .map(|passed| passed.number.clone())
            .unwrap_or_default(),
        line.finding
            .as_ref()
            .map(|finding| finding.kind.clone())
            .unwrap_or_default(),
    ]
}
