//! The lines of a bill by client, with what each is matched with.

use axum::{
    extract::{Path, State as Shared},
    response::Response,
};

use super::detail::Asked;
use crate::{
    app::App,
    db::{Day, Exact},
    fault::Fault,
    features::{
        missed_billing,
        vendor_bills::{self, Header, Line, LineState, VendorBillDetail, api::parse},
    },
    http::{CsvFile, May, ReadCost},
    ui::{Badge, Figure, Href, Pager, Quantity, Tabs, UnitPrice, format},
};

/// Longer bills are shown in parts.
const LINES: usize = 300;

pub struct Group {
    pub client: String,
    pub href: Option<String>,
    pub cost: Figure,
    pub lines: Vec<Shown>,
}

pub struct Shown {
    pub product: String,
    pub about: String,
    pub period: String,
    pub quantity: Quantity,
    pub unit_cost: UnitPrice,
    pub cost: Figure,
    pub state: Badge,
    pub links: Vec<(String, String)>,
}

fn is_shown(asked: &Asked, line: &Line) -> bool {
    asked.show != "unmatched" || line.state == LineState::Unmatched
}

pub fn tabs(place: &str, found: &VendorBillDetail, asked: &Asked) -> Tabs {
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
pub fn groups(place: &str, found: &VendorBillDetail, asked: &Asked) -> (Vec<Group>, Pager) {
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
    let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
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
