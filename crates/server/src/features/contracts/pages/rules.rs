//! Dynamic quantity rules: every line whose quantity is worked out.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;

use crate::{
    app::App,
    db::Day,
    fault::Fault,
    features::{
        contracts::{
            QuantityRuleView, page_of_rules, quantity_rules,
            rules::{ExcludedUnits, Which},
        },
        home::Frame,
    },
    http::{CsvFile, May, Paging, Read},
    ui::{Badge, Field, Href, Nav, Pager, Quantity, Shell, Tabs, View, format},
};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    /// excluding, ending, or nothing for all.
    show: String,
    #[serde(flatten)]
    paging: Paging,
}

impl Asked {
    fn href(&self) -> Href {
        Href::to("/quantity-rules")
            .with("q", &self.q)
            .with("show", &self.show)
    }
}

struct Row {
    href: String,
    client: String,
    what: String,
    reference: String,
    rule: String,
    exclusions: Vec<(String, Option<Badge>)>,
    now: Option<Quantity>,
}

#[derive(Template)]
#[template(path = "features/contracts/templates/rules.html")]
pub struct RulesPage {
    shell: Shell,
    tabs: Tabs,
    show: String,
    search: Field,
    rows: Vec<Row>,
    is_filtered: bool,
    pager: Pager,
}

fn said(one: &ExcludedUnits) -> (String, Option<Badge>) {
    let until = one
        .expires_on
        .map(|day| format!(", until {}", format::date(day.0)))
        .unwrap_or_default();
    let state = match one.state.as_str() {
        "over" => Some(Badge::neutral("Over")),
        "ending" => Some(Badge::risk("Ends soon")),
        _ => None,
    };
    let quantity = one.quantity.0.normalize();
    (format!("{quantity} × {}{until}", one.reason), state)
}

impl From<QuantityRuleView> for Row {
    fn from(rule: QuantityRuleView) -> Self {
        let now = rule.quantity_now.and_then(|now| now.to_micros().ok());
        Self {
            href: format!("/contracts/{}/lines/{}", rule.contract, rule.line),
            exclusions: rule.exclusions.iter().map(said).collect(),
            now: now.map(Quantity::micros),
            client: rule.client_name,
            what: rule.description,
            reference: rule.reference,
            rule: rule.words,
        }
    }
}

pub async fn list(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    _: May<Read>,
    Query(asked): Query<Asked>,
) -> Result<View<RulesPage>, Fault> {
    let window = asked.paging.window("client")?;
    let today = Day(who.today(&app));
    let which = Which::read(&asked.show);
    let mut tx = app.db.read(who.org).await?;
    let found = quantity_rules(&mut tx, who.org, today, (which, &asked.q)).await?;
    drop(tx);
    let count = found.len() as u64;
    let page = page_of_rules(found, &window);
    let pager = Pager {
        shown: format::counted(count, "rule", "rules"),
        first: window.after.as_ref().map(|_| asked.href().into()),
        next: page
            .next_cursor
            .as_ref()
            .map(|cursor| asked.href().with("cursor", cursor).into()),
        csv: Some(asked.href().at("/quantity-rules.csv").into()),
    };
    Ok(View(RulesPage {
        shell: shell.titled("Dynamic quantity rules", Nav::QuantityRules),
        tabs: tabs(&asked, which),
        search: Field::search("q", "Client, line or item").value(&asked.q),
        rows: page.items.into_iter().map(Row::from).collect(),
        is_filtered: !asked.q.is_empty() || which != Which::All,
        show: asked.show,
        pager,
    }))
}

fn tabs(asked: &Asked, which: Which) -> Tabs {
    let all = [
        ("", "All", Which::All),
        ("excluding", "With exclusions", Which::Excluding),
        ("ending", "Exclusions that end", Which::Ending),
    ];
    all.into_iter()
        .fold(Tabs::new("Which rules"), |tabs, (word, title, own)| {
            tabs.tab(title, asked.href().with("show", word), None, own == which)
        })
}

/// The rows now filtered.
pub async fn csv(
    State(app): State<App>,
    who: May<Read>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let today = Day(who.today(&app));
    let which = (Which::read(&asked.show), asked.q.as_str());
    let mut tx = app.db.read(who.org).await?;
    let found = quantity_rules(&mut tx, who.org, today, which).await?;
    drop(tx);
    let head = [
        "client",
        "line",
        "item",
        "description",
        "rule",
        "exclusions",
        "included",
        "minimum",
        "quantity_now",
    ];
    let mut file = CsvFile::new("quantity-rules", &head)?;
    for rule in found {
        let exclusions: Vec<String> = rule.exclusions.iter().map(|one| said(one).0).collect();
        file.row(&[
            rule.client_name,
            rule.reference,
            rule.item_code,
            rule.description,
            rule.words,
            exclusions.join("; "),
            rule.included.0.normalize().to_string(),
            rule.minimum
                .map(|minimum| minimum.0.normalize().to_string())
                .unwrap_or_default(),
            rule.quantity_now
                .map(|now| now.0.normalize().to_string())
                .unwrap_or_default(),
        ])?;
    }
    file.into_response()
}
