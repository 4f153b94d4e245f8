//! Home as a page, and its figures alone for pages that keep themselves current.

use askama::Template;
use axum::{extract::State, routing::get};
use billing::aging::Aging;
use chrono::{DateTime, Timelike as _, Utc};

use super::{
    Amount, Frame, Home, Mrr, Next, Setup, What,
    attention::{Item, attention, hidden},
    home,
};
use crate::{
    app::App,
    fault::Fault,
    features::{
        account::{self, SessionRow},
        invoices,
        sign_in::device,
        sync::pages::ProgressPart,
    },
    http::{May, Permission, Read, Routes, Who},
    ui::{AgingBar, Figure, Nav, Notice, Shell, Stat, Tone, Trend, View, format, safe_html},
};

safe_html!(FiguresPart);

pub fn routes() -> Routes {
    Routes::new()
        .route("/", get(show))
        .route("/home/figures", get(figures))
}

#[derive(Template)]
#[template(path = "features/home/templates/home.html")]
pub struct HomePage {
    shell: Shell,
    greeting: String,
    may_sync: bool,
    progress: ProgressPart,
    figures: FiguresPart,
}

/// Everything that changes while one looks at it.
#[derive(Template)]
#[template(path = "features/home/templates/figures.html")]
pub struct FiguresPart {
    next: Next,
    syncs: bool,
    setup: Option<Setup>,
    may_work: bool,
    stats: Vec<Stat>,
    attention: Vec<Item>,
    hidden: Vec<Item>,
    mrr: Option<MrrCard>,
    aging: Vec<AgingCard>,
}

struct MrrCard {
    now: Vec<Figure>,
    trend: Trend,
    has_trend: bool,
}

struct AgingCard {
    bar: AgingBar,
    unallocated: Option<Figure>,
}

pub async fn show(
    Frame { who, shell }: Frame,
    _may: May<Read>,
    State(app): State<App>,
) -> Result<View<HomePage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let home = home(&app, &who, &mut tx).await?;
    let unseen = account::unseen(&mut tx, &who).await?;
    drop(tx);
    let shell = unseen.iter().fold(shell, |shell, session| {
        shell.with_notice(new_device(session))
    });
    Ok(View(HomePage {
        greeting: greeting(&who, shell.now),
        may_sync: who.may(Permission::Work) && !home.runs.is_empty(),
        progress: ProgressPart::showing(&home.runs),
        figures: FiguresPart::of(&who, home, &app),
        shell: shell.titled("Home", Nav::Home),
    }))
}

pub async fn figures(State(app): State<App>, who: May<Read>) -> Result<View<FiguresPart>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let home = home(&app, &who, &mut tx).await?;
    Ok(View(FiguresPart::of(&who, home, &app)))
}

/// Somebody signed in elsewhere on a device that had not been used before.
fn new_device(session: &SessionRow) -> Notice {
    let title = format!("New sign-in: {}", device(&session.user_agent));
    let text = format!(
        "From {}. If it was not you, end that session and change your password.",
        session.address
    );
    Notice::new(Tone::Risk, title, text).action("Look at your sessions", "/account/sessions")
}

/// By the clock of the reader.
fn greeting(who: &Who, now: DateTime<Utc>) -> String {
    let part = match now.with_timezone(&who.zone).hour() {
        5..12 => "Good morning",
        12..18 => "Good afternoon",
        _ => "Good evening",
    };
    match who.name.split_whitespace().next() {
        Some(name) => format!("{part}, {name}"),
        None => part.to_owned(),
    }
}

impl FiguresPart {
    fn of(who: &Who, home: Home, app: &App) -> Self {
        let this_month = format::month(who.today(app));
        Self {
            stats: stats(who, &home),
            attention: attention(who, &home.attention),
            hidden: hidden(who, &home.attention),
            mrr: home
                .mrr
                // While the organization is set up there is nothing to say of it yet.
                .filter(|mrr| !mrr.now.is_empty() || home.setup.is_done)
                .map(|mrr| mrr_card(who, &mrr, this_month)),
            aging: aging(who, home.aging.unwrap_or_default()),
            setup: Some(home.setup).filter(|setup| !setup.is_done),
            may_work: who.may(Permission::Work),
            syncs: home.next.what == What::StaleSource,
            next: home.next,
        }
    }
}

pub fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// The organization's own currency first.
pub fn figures_of(who: &Who, sums: &[Amount]) -> Vec<Figure> {
    let mut sums: Vec<&Amount> = sums.iter().filter(|sum| sum.minor != 0).collect();
    sums.sort_by_key(|sum| (sum.currency != who.currency, sum.currency.clone()));
    sums.into_iter()
        .map(|sum| Figure::new(sum.minor, &sum.currency))
        .collect()
}

/// Outstanding, overdue, draft; nothing before accounting has any invoice.
fn stats(who: &Who, home: &Home) -> Vec<Stat> {
    let (Some(outstanding), Some(overdue), Some(draft)) =
        (&home.outstanding, &home.overdue, &home.draft)
    else {
        return Vec::new();
    };
    if outstanding.is_empty() && draft.is_empty() {
        return Vec::new();
    }
    let stat = |name, status: &str, what, sums: &[invoices::Sum]| {
        let amounts: Vec<(String, i64)> = sums
            .iter()
            .map(|sum| (sum.currency.clone(), sum.minor))
            .collect();
        let count = sums.iter().map(|sum| sum.invoices).sum();
        let count = format::counted(unsigned(count), "invoice", "invoices");
        Stat::sums(name, &who.currency, &amounts)
            .note(format!("{what}, {count}"))
            .filter(format!("/invoices?status={status}"), false)
    };
    let late = if overdue.iter().any(|sum| sum.minor > 0) {
        Tone::Late
    } else {
        Tone::Neutral
    };
    vec![
        stat("Outstanding", "outstanding", "owed", outstanding),
        stat("Overdue", "overdue", "owed", overdue).tone(late),
        stat("Draft", "draft", "not sent yet", draft),
    ]
}

fn mrr_card(who: &Who, mrr: &Mrr, this_month: String) -> MrrCard {
    let own = |currency: &str| currency == who.currency;
    let mut points: Vec<(String, i64)> = mrr
        .past
        .iter()
        .filter(|month| own(&month.currency))
        .map(|month| (format::month(month.month_on.0), month.minor))
        .collect();
    let now = mrr.now.iter().find(|sum| own(&sum.currency));
    points.push((this_month, now.map_or(0, |sum| sum.minor)));
    MrrCard {
        now: figures_of(who, &mrr.now),
        has_trend: points.len() > 1,
        trend: Trend::new("MRR", &who.currency, points),
    }
}

fn aging(who: &Who, mut found: Vec<Aging>) -> Vec<AgingCard> {
    found.sort_by_key(|aging| (aging.currency.code() != who.currency, aging.currency));
    found.iter().map(aging_card).collect()
}

fn aging_card(aging: &Aging) -> AgingCard {
    let currency = aging.currency.code();
    let buckets = [
        ("Current", aging.current_minor),
        ("1–30 days", aging.days_1_to_30_minor),
        ("31–60 days", aging.days_31_to_60_minor),
        ("61–90 days", aging.days_61_to_90_minor),
        ("over 90 days", aging.over_90_minor),
    ];
    AgingCard {
        bar: buckets
            .into_iter()
            .fold(AgingBar::new(currency), |bar, (name, minor)| {
                bar.bucket(name, minor, None)
            }),
        unallocated: (aging.unallocated_minor != 0)
            .then(|| Figure::new(-aging.unallocated_minor, currency)),
    }
}
