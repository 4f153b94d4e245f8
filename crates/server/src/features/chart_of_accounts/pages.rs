//! The chart of accounts for people.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{Account, Chart, Kind, Missing, Replacement, TaxRate, Uses, chart};
use crate::{
    app::App,
    fault::Fault,
    features::{clients::name_key, home::Frame},
    http::{May, Permission, Read, Routes, Work, csv_file, done},
    ui::{Badge, Field, Flash, Nav, Shell, Tabs, View, address, format},
};

const CHART: &str = "/chart-of-accounts";

pub fn routes() -> Routes {
    Routes::new()
        .route("/chart-of-accounts", get(show))
        .route("/chart-of-accounts/export.csv", get(export))
        .route("/chart-of-accounts/replace", post(replace))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    /// `revenue` (unless said), `all`, or `tax`.
    show: String,
}

impl Asked {
    fn show(&self) -> &str {
        match self.show.as_str() {
            known @ ("all" | "tax") => known,
            _ => "revenue",
        }
    }

    fn at(&self, path: &str, show: &str) -> String {
        address(path, &[("q", &self.q), ("show", show)])
    }

    fn finds(&self, texts: [&str; 2]) -> bool {
        let typed = name_key(&self.q);
        typed.is_empty() || texts.iter().any(|text| name_key(text).contains(&typed))
    }
}

struct Row {
    code: String,
    name: String,
    /// The account's type, or the rate.
    about: String,
    tax: String,
    used: String,
    state: Option<Badge>,
}

impl Row {
    fn of_account(account: &Account) -> Self {
        Self {
            code: account.code.clone(),
            name: account.name.clone(),
            about: words(&account.kind),
            tax: account.tax_type.clone(),
            used: used(account.uses),
            state: (account.status != "ACTIVE").then(|| Badge::neutral("Archived")),
        }
    }

    fn of_tax(rate: &TaxRate) -> Self {
        let state = if rate.status == "ACTIVE" {
            (!rate.applies_to_revenue).then(|| Badge::neutral("Not for sales"))
        } else {
            Some(Badge::neutral("Archived"))
        };
        Self {
            code: rate.code.clone(),
            name: rate.name.clone(),
            about: percent(rate.rate.0),
            tax: String::new(),
            used: used(rate.uses),
            state,
        }
    }
}

fn percent(rate: Decimal) -> String {
    format!("{} %", (rate * Decimal::ONE_HUNDRED).normalize())
}

/// `CURRLIAB` and the like are the ledger's own; a capital is enough to read them.
fn words(kind: &str) -> String {
    let lower = kind.to_lowercase();
    let mut letters = lower.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn used(uses: Uses) -> String {
    let count = |count: i64, one: &str, many: &str| {
        let count = u64::try_from(count).unwrap_or(0);
        (count > 0).then(|| format::counted(count, one, many))
    };
    let parts = [
        count(uses.items, "catalog item", "catalog items"),
        count(uses.lines, "contract line", "contract lines"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A code that is missed, with the form that replaces it.
struct Gap {
    title: String,
    text: String,
    kind: &'static str,
    code: String,
    to: Field,
}

fn gap(missing: &Missing, chart: &Chart, refused: Option<&(Typed, Fault)>) -> Gap {
    let (kind, what) = match missing.kind {
        Kind::Account => ("account", "Account"),
        Kind::TaxRate => ("tax_rate", "Tax code"),
    };
    let refused = refused.filter(|(typed, _)| typed.kind == kind && typed.from == missing.code);
    let field = Field::select("to", "Replace it by")
        .id(format!(
            "{kind}-{}",
            name_key(&missing.code).replace(' ', "-")
        ))
        .option("", "Choose")
        .value(
            refused
                .map(|(typed, _)| typed.to.clone())
                .unwrap_or_default(),
        )
        .error(refused.and_then(|(_, fault)| fault.fields().get("to").cloned()))
        .required();
    let choices: Vec<(String, String)> = match missing.kind {
        Kind::Account => {
            let good = chart.accounts.iter().filter(|one| one.takes_revenue());
            good.map(|one| (one.code.clone(), one.name.clone()))
                .collect()
        }
        Kind::TaxRate => {
            let good = chart.tax_rates.iter().filter(|one| one.takes_sales());
            good.map(|one| (one.code.clone(), one.name.clone()))
                .collect()
        }
    };
    let to = choices.into_iter().fold(field, |field, (code, name)| {
        let label = format!("{code} · {name}");
        field.option(code, label)
    });
    Gap {
        title: format!("{what} {} is not in the ledger for sales", missing.code),
        text: format!("{}. Drafts with it are stopped.", used(missing.uses)),
        kind,
        code: missing.code.clone(),
        to,
    }
}

#[derive(Template)]
#[template(path = "features/chart_of_accounts/templates/chart.html")]
struct ChartPage {
    shell: Shell,
    show: String,
    tabs: Tabs,
    search: Field,
    rows: Vec<Row>,
    gaps: Vec<Gap>,
    problem: Option<String>,
    is_empty: bool,
    is_tax: bool,
    may_work: bool,
    csv: String,
}

pub async fn show(
    frame: Frame,
    State(app): State<App>,
    _: May<Read>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    page(&app, frame, &asked, None).await
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    asked: &Asked,
    refused: Option<(Typed, Fault)>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let chart = chart(&mut tx, who.org).await?;
    drop(tx);
    let status = refused.as_ref().map(|(_, fault)| fault.status());
    let gaps = chart.missing.iter();
    let gaps = gaps.map(|missing| gap(missing, &chart, refused.as_ref()));
    let page = View(ChartPage {
        shell: shell.titled("Chart of accounts", Nav::ChartOfAccounts),
        show: asked.show().to_owned(),
        tabs: tabs(asked, &chart),
        search: Field::search("q", "Code or name").value(&asked.q),
        rows: rows(asked, &chart),
        gaps: gaps.collect(),
        problem: refused
            .as_ref()
            .filter(|(_, fault)| fault.fields().is_empty())
            .map(|(_, fault)| fault.to_string()),
        is_empty: chart.accounts.is_empty() && chart.tax_rates.is_empty(),
        is_tax: asked.show() == "tax",
        may_work: who.may(Permission::Work),
        csv: asked.at("/chart-of-accounts/export.csv", asked.show()),
    });
    Ok((status.unwrap_or(StatusCode::OK), page).into_response())
}

fn tabs(asked: &Asked, chart: &Chart) -> Tabs {
    let revenue = chart.accounts.iter().filter(|one| one.class == "REVENUE");
    let counts = [
        ("revenue", "Revenue", revenue.count()),
        ("all", "All accounts", chart.accounts.len()),
        ("tax", "Tax rates", chart.tax_rates.len()),
    ];
    let tabs = Tabs::new("Accounts and tax rates");
    counts.into_iter().fold(tabs, |tabs, (word, title, count)| {
        let is_current = asked.show() == word;
        tabs.tab(title, asked.at(CHART, word), count as u64, is_current)
    })
}

fn rows(asked: &Asked, chart: &Chart) -> Vec<Row> {
    if asked.show() == "tax" {
        let rates = chart.tax_rates.iter();
        let found = rates.filter(|one| asked.finds([&one.code, &one.name]));
        return found.map(Row::of_tax).collect();
    }
    let accounts = chart.accounts.iter();
    let found = accounts.filter(|one| {
        (asked.show() == "all" || one.class == "REVENUE") && asked.finds([&one.code, &one.name])
    });
    found.map(Row::of_account).collect()
}

/// The rows now filtered.
pub async fn export(
    State(app): State<App>,
    who: May<Read>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let chart = chart(&mut tx, who.org).await?;
    drop(tx);
    let header = ["code", "name", "type_or_rate", "tax", "used_by"];
    let rows = rows(&asked, &chart).into_iter();
    let rows = rows.map(|row| vec![row.code, row.name, row.about, row.tax, row.used]);
    csv_file("chart-of-accounts", &header, rows)
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    kind: String,
    from: String,
    to: String,
}

pub async fn replace(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let wanted = Replacement {
        kind: match typed.kind.as_str() {
            "account" => Kind::Account,
            "tax_rate" => Kind::TaxRate,
            _ => return Err(Fault::field("kind", "say account or tax_rate")),
        },
        from: typed.from.clone(),
        to: typed.to.clone(),
    };
    let replaced = async {
        let mut tx = app.db.write(who.org).await?;
        let uses = super::replace(&app, &mut tx, &who, &wanted).await?;
        tx.commit().await?;
        Ok(uses)
    };
    match replaced.await {
        Ok(uses) => {
            let said = format!("{} has {} now.", used(uses), typed.to);
            Ok(done(CHART, &Flash::done(said)))
        }
        Err(fault @ Fault::Invalid { .. }) => {
            page(&app, frame, &Asked::default(), Some((typed, fault))).await
        }
        Err(other) => Err(other),
    }
}
