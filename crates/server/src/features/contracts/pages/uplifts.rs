//! Rises that come, each with before and after, to be confirmed or skipped.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;

use super::renew::RiseRow;
use crate::{
    app::App,
    db::Day,
    fault::Fault,
    features::{
        contracts::{self, ComingUplift, DecisionInput, coming_uplifts, skipped_uplifts},
        home::Frame,
    },
    http::{CsvFile, May, Paging, Permission, Work},
    ui::{Badge, Flash, Href, Moment, Nav, Pager, Shell, Tabs, View, format, see_other},
};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// due (unless said) | all | skipped
    show: String,
    #[serde(flatten)]
    paging: Paging,
}

impl Asked {
    fn href(&self) -> Href {
        Href::to("/contracts/uplifts").with("show", &self.show)
    }

    fn shows(&self, uplift: &ComingUplift) -> bool {
        uplift.is_due || !self.show.is_empty()
    }
}

#[derive(Template)]
#[template(path = "features/contracts/templates/uplifts.html")]
pub struct UpliftsPage {
    shell: Shell,
    tabs: Tabs,
    rows: Vec<Row>,
    shows_all: bool,
    is_skipped: bool,
    may_work: bool,
    pager: Pager,
}

struct Row {
    line: String,
    effective_on: String,
    client: String,
    contract: String,
    href: String,
    on: Moment,
    state: Badge,
    rise: RiseRow,
    by: String,
}

fn by(uplift: &ComingUplift) -> String {
    match (uplift.percent, uplift.amount) {
        (Some(percent), _) => format!("{percent} %"),
        (None, Some(amount)) => format!("{amount} {} a unit", uplift.rise.currency),
        (None, None) => String::new(),
    }
}

pub async fn list(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<View<UpliftsPage>, Fault> {
    let window = asked.paging.window("day")?;
    let today = Day(who.today(&app));
    let mut tx = app.db.read(who.org).await?;
    let all = coming_uplifts(&mut tx, who.org, today).await?;
    let skipped = skipped_uplifts(&mut tx, who.org, today).await?;
    let due = all.iter().filter(|uplift| uplift.is_due).count();
    let (every, left_out) = (all.len(), skipped.len());
    let is_skipped = asked.show == "skipped";
    let wanted = if is_skipped { skipped } else { all };
    let shown = wanted.into_iter().filter(|uplift| asked.shows(uplift));
    let page = contracts::page_of_uplifts(shown.collect(), &window);
    let pager = Pager {
        shown: format::counted(page.items.len() as u64, "uplift", "uplifts"),
        first: window.after.as_ref().map(|_| asked.href().into()),
        next: page
            .next_cursor
            .as_ref()
            .map(|cursor| asked.href().with("cursor", cursor).into()),
        csv: Some(asked.href().at("/contracts/uplifts.csv").into()),
    };
    let rows = page.items.into_iter().map(|uplift| Row {
        line: uplift.rise.line.to_string(),
        effective_on: uplift.effective_on.to_string(),
        href: format!("/contracts/{}", uplift.contract),
        on: Moment::date(uplift.effective_on.0),
        state: match (uplift.is_due, uplift.effective_on <= today) {
            _ if is_skipped => Badge::neutral("Skipped"),
            (true, true) => Badge::late("Its day has come"),
            (true, false) => Badge::risk("To review"),
            _ => Badge::neutral("Later"),
        },
        by: by(&uplift),
        rise: RiseRow::of(&uplift.rise, &who),
        client: uplift.client_name,
        contract: uplift.contract_name,
    });
    Ok(View(UpliftsPage {
        shell: shell.titled("Coming uplifts", Nav::Contracts),
        tabs: tabs(&asked, [due, every, left_out]),
        rows: rows.collect(),
        shows_all: asked.show == "all",
        is_skipped,
        may_work: who.may(Permission::Work),
        pager,
    }))
}

/// How many are to be reviewed, come at all, and were skipped.
fn tabs(asked: &Asked, counts: [usize; 3]) -> Tabs {
    let words = [("", "To review"), ("all", "All"), ("skipped", "Skipped")];
    let shown = match asked.show.as_str() {
        known @ ("all" | "skipped") => known,
        _ => "",
    };
    let tabs = words.into_iter().zip(counts);
    tabs.fold(Tabs::new("Which"), |tabs, ((word, title), count)| {
        let href = asked.href().with("show", word);
        tabs.tab(title, href, Some(count as u64), word == shown)
    })
}

/// The rows now filtered.
pub async fn csv(
    Frame { who, .. }: Frame,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let today = Day(who.today(&app));
    let all = if asked.show == "skipped" {
        skipped_uplifts(&mut tx, who.org, today).await?
    } else {
        coming_uplifts(&mut tx, who.org, today).await?
    };
    let head = [
        "client",
        "contract",
        "line",
        "effective_on",
        "announced_on",
        "currency",
        "price_before",
        "price_after",
        "percent",
        "amount",
    ];
    let mut file = CsvFile::new("uplifts", &head)?;
    let text = |exact: Option<crate::db::Exact>| exact.map(|exact| exact.to_string());
    for uplift in all.into_iter().filter(|uplift| asked.shows(uplift)) {
        file.row(&[
            uplift.client_name,
            uplift.contract_name,
            uplift.rise.description,
            uplift.effective_on.to_string(),
            uplift.announced_on.to_string(),
            uplift.rise.currency,
            uplift.rise.before.to_string(),
            uplift.rise.after.to_string(),
            text(uplift.percent).unwrap_or_default(),
            text(uplift.amount).unwrap_or_default(),
        ])?;
    }
    file.into_response()
}

/// One decision as a browser sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Decided {
    line: String,
    effective_on: String,
    decision: String,
}

pub async fn decide(
    who: May<Work>,
    State(app): State<App>,
    Form(typed): Form<Decided>,
) -> Result<Response, Fault> {
    let input = DecisionInput {
        line: typed.line,
        effective_on: typed.effective_on,
        decision: typed.decision,
    };
    let mut tx = app.db.write(who.org).await?;
    let flash = match contracts::decide_uplift(&app, &who, &mut tx, &input).await {
        Ok(uplift) => {
            tx.commit().await?;
            let what = &uplift.rise.description;
            let on = format::date(uplift.effective_on.0);
            Flash::done(match input.decision.as_str() {
                "confirm" => format!("{what} rises on {on}."),
                "reopen" => format!("{what} waits to be decided again."),
                _ => format!("{what} does not rise on {on}."),
            })
        }
        // Somebody else was faster: the list says where it stands now.
        Err(Fault::NotFound(_)) => Flash::problem("This uplift is decided already, or gone."),
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            Flash::problem(fault.to_string())
        }
        Err(other) => return Err(other),
    };
    Ok(see_other("/contracts/uplifts", &flash))
}
