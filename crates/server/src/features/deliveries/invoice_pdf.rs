//! An invoice on paper: who writes, whom to, what for, with tax by its rate, and how to pay.

use billing::Micro;

use super::paperwork::Paperwork;
use crate::{
    db::Exact,
    features::generated_invoices::store::LineRow,
    paper::{Align, Cell, Column, Flow, LEFT, Look, Paper, Picture, RIGHT},
    ui::format,
};

/// The largest logo.
const LOGO: (i32, i32) = (1800, 560);
/// Where the facts on the right begin, and their values end.
const FACTS: i32 = 3500;
/// Where the sums begin.
const SUMS: i32 = 3300;

pub fn draw(paperwork: &Paperwork) -> anyhow::Result<Vec<u8>> {
    let row = &paperwork.document.row;
    let watermark = watermark(paperwork);
    let title = format!("Invoice {}", paperwork.number());
    let mut flow = Flow::begin(Paper::new(&title, watermark)?);
    head(&mut flow, paperwork)?;
    let columns = columns(&row.currency);
    let lines = &paperwork.document.lines;
    let cells = lines.iter().map(|line| cells(line, &row.currency));
    flow.table(&columns, cells);
    sums(&mut flow, paperwork);
    payment(&mut flow, paperwork);
    let tax_number = &paperwork.letterhead.tax_number;
    let foot = [
        paperwork.letterhead.legal_name.as_str(),
        tax_number.as_str(),
        title.as_str(),
    ];
    let foot: Vec<&str> = foot.into_iter().filter(|part| !part.is_empty()).collect();
    flow.finish(&foot.join(" · "))
}

/// What is no invoice says so on every page.
fn watermark(paperwork: &Paperwork) -> Option<&'static str> {
    let row = &paperwork.document.row;
    match row.status.as_str() {
        _ if super::is_authorised(&paperwork.view) => None,
        "void" => Some("Void"),
        "rejected" => Some("Rejected"),
        _ => Some("Draft"),
    }
}

fn head(flow: &mut Flow, paperwork: &Paperwork) -> anyhow::Result<()> {
    let top = flow.y;
    if let Some(logo) = &paperwork.logo {
        let logo = Picture::of_webp(logo)?;
        let size = logo.within(LOGO.0, LOGO.1);
        flow.paper.picture(logo, LEFT, flow.y, size);
        flow.space(size.1 + 60);
    }
    let letterhead = &paperwork.letterhead;
    flow.paragraph(LEFT, FACTS - 200, Look::NAME, &letterhead.legal_name);
    flow.space(20);
    let mut about = vec![letterhead.address.clone()];
    about.extend(named("Tax number", &letterhead.tax_number));
    about.push(letterhead.email.clone());
    for text in about.iter().filter(|text| !text.is_empty()) {
        flow.paragraph(LEFT, FACTS - 200, Look::QUIET, text);
    }
    let left_end = flow.y;
    flow.y = top + 170;
    // Said in words too: readers that do not see hear no watermark.
    let title = match watermark(paperwork) {
        Some(what) => format!("{what} invoice"),
        None => "Invoice".to_owned(),
    };
    flow.paper.text_to(RIGHT, flow.y, Look::TITLE, &title);
    flow.space(140);
    for (name, value) in facts(paperwork) {
        flow.y += Look::TEXT.leading();
        flow.paper.text(FACTS, flow.y, Look::QUIET, name);
        for line in flow.broken(&value, RIGHT - FACTS - 700, Look::STRONG) {
            flow.paper.text_to(RIGHT, flow.y, Look::STRONG, &line);
            flow.y += Look::TEXT.leading();
        }
        flow.y -= Look::TEXT.leading();
    }
    flow.y = flow.y.max(left_end) + 260;
    flow.paragraph(LEFT, FACTS, Look::HEAD, "Invoice to");
    flow.paragraph(LEFT, FACTS, Look::STRONG, paperwork.client_name());
    let profile = &paperwork.profile;
    let mut about = vec![profile.contact_name.clone(), profile.address.clone()];
    about.extend(named("Tax number", &profile.tax_number));
    for text in about.iter().filter(|text| !text.is_empty()) {
        flow.paragraph(LEFT, FACTS, Look::TEXT, text);
    }
    flow.space(260);
    Ok(())
}

fn named(name: &str, value: &str) -> Option<String> {
    (!value.is_empty()).then(|| format!("{name} {value}"))
}

fn facts(paperwork: &Paperwork) -> Vec<(&'static str, String)> {
    let row = &paperwork.document.row;
    let mut facts = vec![
        ("Number", paperwork.number().to_owned()),
        ("Date", format::date(row.issued_on.0)),
    ];
    facts.extend(row.due_on.map(|day| ("Due", format::date(day.0))));
    if !row.reference.is_empty() {
        facts.push(("Reference", row.reference.clone()));
    }
    facts.push(("Currency", row.currency.clone()));
    facts
}

fn columns(currency: &str) -> [Column; 5] {
    let right = |head: &str, left, right| Column {
        head: head.to_owned(),
        left,
        right,
        align: Align::Right,
    };
    [
        Column {
            head: "Description".to_owned(),
            left: LEFT + 40,
            right: 3000,
            align: Align::Left,
        },
        right("Quantity", 3050, 3550),
        right("Unit price", 3600, 4250),
        right("Tax", 4300, 4700),
        right(&format!("Net {currency}"), 4750, RIGHT - 40),
    ]
}

fn cells(line: &LineRow, currency: &str) -> Vec<Cell> {
    let micros = |exact: Exact| exact.to_micros().unwrap_or_default();
    let (quantity, price) = (micros(line.sent_quantity), micros(line.sent_unit_amount));
    let period = line.starts_on.zip(line.ends_on);
    // Most descriptions name their period already.
    let period = period
        .filter(|(start, _)| !line.description.contains(&format::date(start.0)))
        .map(|(start, end)| format::period(start.0, end.0));
    // A part of a period goes out as one piece of its amount; what it is a part of is said.
    let whole = (micros(line.quantity), micros(line.unit_price));
    let part = (whole != (quantity, price) && whole.0 != 0).then(|| {
        let price = format::price_digits(whole.1, currency);
        format!("in part: {} × {price}", format::quantity(whole.0))
    });
    let about: Vec<String> = period.into_iter().chain(part).collect();
    vec![
        Cell::of(line.description.clone()).about(about.join(" · ")),
        Cell::of(format::quantity(quantity)),
        Cell::of(format::price_digits(price, currency)),
        Cell::of(format::percent(micros(line.tax_rate))),
        Cell::of(plain(line.net_minor, currency)),
    ]
}

/// An amount without its currency, which the column's head says.
fn plain(minor: i64, currency: &str) -> String {
    let shown = format::money(minor, currency);
    let amount = shown.strip_prefix(currency).unwrap_or(&shown);
    amount.trim_start().to_owned()
}

/// Net and tax by rate, the highest first.
fn by_rate(lines: &[LineRow]) -> Vec<(i64, i64, i64)> {
    let mut rates: Vec<(i64, i64, i64)> = Vec::new();
    for line in lines {
        let rate = line.tax_rate.to_micros().unwrap_or_default();
        match rates.iter_mut().find(|(known, _, _)| *known == rate) {
            Some((_, net, tax)) => {
                *net = net.saturating_add(line.net_minor);
                *tax = tax.saturating_add(line.tax_minor);
            }
            None => rates.push((rate, line.net_minor, line.tax_minor)),
        }
    }
    rates.sort_by_key(|(rate, _, _)| std::cmp::Reverse(*rate));
    rates
}

fn sums(flow: &mut Flow, paperwork: &Paperwork) {
    let row = &paperwork.document.row;
    let rates = by_rate(&paperwork.document.lines);
    let rows = i32::try_from(rates.len()).unwrap_or(1) + 3;
    flow.make_room((rows * 150 + 200).min(3000));
    flow.space(80);
    let line = |flow: &mut Flow, look: Look, name: &str, minor: i64| {
        flow.y += 150;
        flow.paper.text(SUMS, flow.y, look, name);
        let amount = format::money(minor, &row.currency);
        flow.paper.text_to(RIGHT - 40, flow.y, look, &amount);
    };
    line(flow, Look::TEXT, "Total before tax", row.net_minor);
    for (rate, net, tax) in rates {
        let rate = format::percent(Micro(rate).0);
        let name = format!("Tax {rate} on {}", plain(net, &row.currency));
        line(flow, Look::TEXT, &name, tax);
    }
    flow.space(50);
    flow.rule_from(SUMS);
    flow.space(20);
    line(flow, Look::NAME, "Total", row.total_minor);
    flow.space(200);
}

fn payment(flow: &mut Flow, paperwork: &Paperwork) {
    let payment = &paperwork.letterhead.payment;
    if payment.is_empty() {
        return;
    }
    flow.make_room(500);
    flow.paragraph(LEFT, RIGHT, Look::STRONG, "How to pay");
    flow.space(20);
    flow.paragraph(LEFT, RIGHT, Look::TEXT, payment);
    if let Some(number) = &paperwork.document.row.number {
        let ask = format!("Please name {number} with your payment.");
        flow.paragraph(LEFT, RIGHT, Look::TEXT, &ask);
    }
}
