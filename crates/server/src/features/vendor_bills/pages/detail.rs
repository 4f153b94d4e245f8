//! One bill: what it costs, what replaces it, and how it was predicted.

use askama::Template;
use axum::extract::{Path, Query, State as Shared};
use serde::Deserialize;

use super::{
    LIST, badges,
    lines::{self, Group},
};
use crate::{
    app::App,
    fault::Fault,
    features::{
        connections::vendor_title,
        home::Frame,
        vendor_bills::{self, Difference, State, VendorBill, VendorBillDetail, api::parse},
    },
    http::{May, Permission, ReadCost, Who},
    ui::{Badge, Choices, Figure, Href, Nav, Pager, Shell, Tabs, View, format},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// unmatched, or nothing for all.
    pub show: String,
    /// The first line shown, counted from 0.
    pub from: usize,
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
    /// What nobody has to pass on; none where there is no such line.
    own: Option<Figure>,
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
    let (groups, pager) = lines::groups(&place, found, asked);
    let passed_on = bill.matched_minor.saturating_add(bill.unmatched_minor);
    let own = bill.cost_minor.saturating_sub(passed_on);
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
        own: (own != 0).then(|| figure(own)),
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
        tabs: lines::tabs(&place, found, asked),
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
