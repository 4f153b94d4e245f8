//! One finding: what happened, why it is worth that much, what it rests on, what can be done.

use askama::Template;
use axum::extract::{Path, State};
use chrono::Days;

use super::{arithmetic, parse, rows, words};
use crate::{
    app::App,
    db::{FindingId, Tx},
    fault::Fault,
    features::{
        home::Frame,
        missed_billing::{
            EventRow, FindingView,
            apply::{self, OptionView},
            behind::behind,
            detail,
        },
    },
    http::{May, Permission, Read, Who},
    ui::{
        Badge, Choices, Compare, Event, Evidence, Field, Figure, Moment, Nav, Shell, SixNumbers,
        Steps, Timeline, Tone, View, address, format,
    },
};

#[derive(Template)]
#[template(path = "features/missed_billing/templates/detail.html")]
pub struct DetailPage {
    shell: Shell,
    id: FindingId,
    version: i64,
    about: String,
    /// Leads to the client, where it has one.
    client: Option<String>,
    kind: &'static str,
    sentence: String,
    badges: Vec<Badge>,
    worth: Figure,
    /// The amount itself, where it is due once.
    once: Option<Figure>,
    /// Sums of the same finding in other currencies.
    also: Vec<Figure>,
    is_estimated: bool,
    numbers: Option<SixNumbers>,
    steps: Steps,
    evidence: Vec<Evidence>,
    change: Option<Change>,
    elsewhere: Option<Elsewhere>,
    may_work: bool,
    can_decide: bool,
    can_undo: bool,
    snooze: Form,
    ignore: Form,
    facts: Vec<(&'static str, String)>,
    history: Timeline,
}

/// What applying it would do.
struct Change {
    sentence: String,
    compare: Option<Compare>,
    when: Choices,
}

/// Where it is settled, if BillingOne cannot.
struct Elsewhere {
    text: String,
    action: Option<(&'static str, String)>,
}

/// A question in a dialog; open where the answer was refused.
struct Form {
    field: Field,
    is_open: bool,
}

/// An answer that was refused, shown again with the reason.
pub enum Refused {
    Nothing,
    When(Fault),
    Snooze(String, Fault),
    Ignore(String, Fault),
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
    id: FindingId,
    refused: &Refused,
) -> Result<View<DetailPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let (view, history) = detail(&mut tx, who.org, id).await?;
    let options = apply::options(app, &who, &mut tx, &view).await?;
    let evidence = evidence(&mut tx, &who, &view).await?;
    drop(tx);
    let finding = &view.evidence.finding;
    let badges = [Some(words::severity(&view.severity)), words::state(&view)];
    let is_settled = matches!(view.state.as_str(), "applied" | "closed");
    Ok(View(DetailPage {
        id,
        version: view.version,
        about: words::about(&view),
        client: view.client_id.map(|client| format!("/clients/{client}")),
        kind: words::kind_word(&view.kind),
        sentence: words::told(&view, &who),
        badges: badges.into_iter().flatten().collect(),
        worth: words::worth(&view),
        once: view
            .one_off_minor
            .map(|minor| Figure::new(minor, view.currency.clone()).per("once")),
        also: finding
            .also
            .iter()
            .map(|money| Figure::new(money.minor, money.currency.code()).per("a month"))
            .collect(),
        is_estimated: view.estimated,
        numbers: finding
            .numbers
            .map(|numbers| rows::six_numbers(finding, &numbers)),
        steps: arithmetic::steps(finding),
        evidence,
        change: change(&view, &options, refused),
        elsewhere: elsewhere(&view, &options),
        may_work: who.may(Permission::Work),
        can_decide: !is_settled,
        can_undo: !matches!(view.state.as_str(), "open" | "closed"),
        snooze: snooze(app, &who, refused),
        ignore: ignore(refused),
        facts: facts(&view),
        history: timeline(history, &who),
        shell: shell.titled(words::about(&view), Nav::MissedBilling),
    }))
}

async fn evidence(tx: &mut Tx, who: &Who, view: &FindingView) -> Result<Vec<Evidence>, Fault> {
    let rows = behind(tx, who.org, &view.evidence).await?;
    Ok(rows::tables(&rows, who))
}

fn change(view: &FindingView, options: &[OptionView], refused: &Refused) -> Option<Change> {
    let first = options.first()?;
    let gives_back = view.side == "to_give_back";
    let choices = Choices::new("when", "When does it start to count?", first.when);
    let when = options.iter().fold(choices, |choices, option| {
        let figure = Figure::new(option.now_minor, option.currency.clone());
        choices.choice(
            option.when,
            words::when_title(option.when),
            words::when_hint(option.when, gives_back),
            Some(figure.per("on the next draft")),
        )
    });
    let error = match refused {
        Refused::When(fault) => Some(fault.to_string()),
        _ => None,
    };
    let compare = first.compared.as_ref().map(|compared| {
        let row = (
            compared.what.clone(),
            compared.before.clone(),
            compared.after.clone(),
        );
        Compare::new("Now", "After").row(row.0, row.1, row.2)
    });
    Some(Change {
        sentence: first.change.clone(),
        compare,
        when: when.error(error),
    })
}

fn elsewhere(view: &FindingView, options: &[OptionView]) -> Option<Elsewhere> {
    if !options.is_empty() || view.state != "open" {
        return None;
    }
    let client = view.client_id.map(|id| id.to_string()).unwrap_or_default();
    let (text, action) = match view.kind.as_str() {
        "unmapped_company" => (
            "Say which of your clients this company is; then its subscriptions are compared with \
             that client's contract."
                .to_owned(),
            Some((
                "Map it to a client",
                address("/client-mappings", &[("q", &view.title)]),
            )),
        ),
        "unmapped_product" => (
            "Say which catalog item this product is; then what clients bought of it is compared \
             with their contracts."
                .to_owned(),
            Some((
                "Map it",
                address("/product-mappings", &[("q", &view.title)]),
            )),
        ),
        "skipped_period" => (
            "The period is still open on the contract: generating drafts for this client invoices \
             it."
            .to_owned(),
            Some((
                "Generate a draft",
                address("/generated-invoices/generate", &[("client", &client)]),
            )),
        ),
        "vendor_overcharge" => (
            "Ask the distributor for a credit. This closes when its bill is corrected.".to_owned(),
            None,
        ),
        "unused_licence" => (
            "Reduce the seats at the distributor, or hand them out. This closes when the numbers \
             agree."
                .to_owned(),
            None,
        ),
        _ => (
            format!(
                "The client has no active contract in {} to put this on.",
                view.currency
            ),
            Some((
                "Create a contract",
                address("/contracts/create", &[("client", &client)]),
            )),
        ),
    };
    Some(Elsewhere { text, action })
}

fn snooze(app: &App, who: &Who, refused: &Refused) -> Form {
    let today = who.today(app);
    let usual = today
        .checked_add_days(Days::new(14))
        .unwrap_or(today)
        .to_string();
    let field = Field::date("until", "Until").required();
    let field = field.hint("It comes back on that day if it is still so.");
    match refused {
        Refused::Snooze(typed, fault) => Form {
            field: field.value(typed).error(Some(fault.to_string())),
            is_open: true,
        },
        _ => Form {
            field: field.value(usual),
            is_open: false,
        },
    }
}

fn ignore(refused: &Refused) -> Form {
    let field = Field::textarea("reason", "Why").required();
    let field = field.hint("It comes back only if it grows beyond what it is now.");
    match refused {
        Refused::Ignore(typed, fault) => Form {
            field: field.value(typed).error(Some(fault.to_string())),
            is_open: true,
        },
        _ => Form {
            field,
            is_open: false,
        },
    }
}

fn facts(view: &FindingView) -> Vec<(&'static str, String)> {
    let mut facts = vec![("First seen", format::date(view.first_seen_on.0))];
    let item = view.item_name.clone().or_else(|| Some(view.title.clone()));
    facts.extend(
        item.filter(|item| !item.is_empty())
            .map(|item| ("Item", item)),
    );
    facts.push(("Reference", view.subject.clone()));
    facts.extend(view.reason.clone().map(|reason| ("Reason", reason)));
    facts.extend(view.closed_why.clone().map(|why| ("Closed because", why)));
    facts
}

fn timeline(history: Vec<EventRow>, who: &Who) -> Timeline {
    let events = history.into_iter().map(|event| Event {
        tone: match event.kind.as_str() {
            "applied" | "closed" => Tone::Good,
            "found" | "reopened" | "woke" => Tone::Risk,
            _ => Tone::Neutral,
        },
        when: Moment::instant(event.at.0, who.zone),
        title: words::event(&event.kind).to_owned(),
        detail: said(&event),
        by: event.person_name.unwrap_or_else(|| "BillingOne".to_owned()),
    });
    Timeline {
        events: events.collect(),
    }
}

/// What the event's data says to a person.
fn said(event: &EventRow) -> String {
    let data: serde_json::Value = serde_json::from_str(&event.detail).unwrap_or_default();
    let text = |name: &str| data.get(name).and_then(serde_json::Value::as_str);
    let until = text("until")
        .and_then(|day| day.parse().ok())
        .map(|day| format!("until {}", format::date(day)));
    let applied = text("change").map(|change| {
        let when = text("when").map(words::when_title).unwrap_or_default();
        format!("{when}. {change}")
    });
    let why = ["reason", "why"]
        .into_iter()
        .find_map(text)
        .map(str::to_owned);
    until.or(applied).or(why).unwrap_or_default()
}
