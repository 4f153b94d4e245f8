//! Settings, Approvals: the rules, and who stands in for the person who looks.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};

use super::{
    Able, ApprovalRules, StandIn, able,
    form::{LIMIT, Pairs, Typed},
    rules, save, set_stand_in,
    stand_in::StandInInput,
    stand_ins, store,
};
use crate::{
    app::App,
    db::Day,
    fault::Fault,
    features::{
        home::Frame,
        sign_in::{self, api::origin},
    },
    http::{Administer, May, Peer, Permission, Read, Routes, Who, Work},
    ui::{Field, Flash, Nav, Shell, View, format, see_other},
};

const PLACE: &str = "/settings/approvals";
const WHY: &str = "Who has to approve is changed with a fresh factor only.";

pub fn routes() -> Routes {
    Routes::new()
        .route("/settings/approvals", get(show).post(change))
        .route("/settings/approvals/stand-in", post(away))
}

#[derive(Template)]
#[template(path = "features/approvals/templates/settings.html")]
struct SettingsPage {
    shell: Shell,
    version: i64,
    may_change: bool,
    may_approve: bool,
    limits: Vec<Field>,
    change: Field,
    approvers: Vec<Field>,
    rest: Vec<Field>,
    /// What the rules come to, for who cannot change them.
    told: Vec<String>,
    problem: Option<String>,
    approvers_error: Option<String>,
    stand_in: Vec<Field>,
    has_stand_in: bool,
    away: Vec<String>,
}

/// What was refused, and what had been typed.
struct Refusal {
    typed: Typed,
    fault: Fault,
    is_rules: bool,
}

async fn show(State(app): State<App>, _: May<Read>, frame: Frame) -> Result<Response, Fault> {
    page(&app, frame, None).await
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    refusal: Option<Refusal>,
) -> Result<Response, Fault> {
    let today = Day(who.today(app));
    let mut tx = app.db.read(who.org).await?;
    let now = rules(&mut tx, who.org).await?;
    let people = able(&mut tx, who.org).await?;
    let away = stand_ins(&mut tx, who.org, today).await?;
    let mut currencies = store::currencies(&mut tx, who.org).await?;
    let errors = refusal.as_ref().map(|refusal| refusal.fault.fields());
    let errors = errors.unwrap_or_default();
    let error = |field: &str| errors.get(field).cloned();
    let factor = sign_in::factor_field(app, &mut tx, &who, WHY, error("factor")).await?;
    drop(tx);
    currencies.retain(|currency| *currency != who.currency);
    currencies.insert(0, who.currency.clone());
    let status = refusal.as_ref().map(|refusal| refusal.fault.status());
    let of_rules = refusal.as_ref().filter(|refusal| refusal.is_rules);
    let typed = of_rules.map_or_else(|| Typed::of(&now), |refusal| refusal.typed.clone());
    let mine = away.iter().find(|one| one.person == who.person);
    let page = SettingsPage {
        version: typed.version,
        may_change: who.may(Permission::Administer),
        may_approve: who.may(Permission::Work),
        limits: limit_fields(&currencies, &typed, error),
        change: change_field(&typed, error),
        approvers: approver_fields(&people, &typed),
        approvers_error: error("approvers"),
        rest: [factor_check(&typed)].into_iter().chain(factor).collect(),
        told: told(&now, &people),
        problem: refusal
            .as_ref()
            .filter(|refusal| refusal.fault.fields().is_empty())
            .map(|refusal| refusal.fault.to_string()),
        stand_in: stand_in_fields(&who, &people, mine, refusal.as_ref()),
        has_stand_in: mine.is_some(),
        away: away.iter().map(sentence).collect(),
        shell: shell.titled("Approvals", Nav::Approvals),
    };
    Ok((status.unwrap_or(StatusCode::OK), View(page)).into_response())
}

fn limit_fields(
    currencies: &[String],
    typed: &Typed,
    error: impl Fn(&str) -> Option<String>,
) -> Vec<Field> {
    let field = |(at, currency): (usize, &String)| {
        let name = format!("{LIMIT}{currency}");
        let value = typed.limits.get(&name).cloned().unwrap_or_default();
        let wrong = error(&name).or_else(|| (at == 0).then(|| error("limits")).flatten());
        Field::decimal(&name, &format!("Above this amount, in {currency}"))
            .prefix(currency.clone())
            .value(value)
            .error(wrong)
    };
    currencies.iter().enumerate().map(field).collect()
}

fn change_field(typed: &Typed, error: impl Fn(&str) -> Option<String>) -> Field {
    Field::decimal(
        "change_percent",
        "When it differs from the last by more than",
    )
    .suffix("%")
    .value(&typed.change_percent)
    .error(error("change_percent").or_else(|| error("change_share")))
    .hint("Before tax, up or down. The first invoice of a contract counts as such.")
}

fn approver_fields(people: &[Able], typed: &Typed) -> Vec<Field> {
    let field = |one: &Able| {
        let id = one.person.to_string();
        Field::check("approver", &one.name)
            .id(format!("approver-{id}"))
            .checked(typed.approver.contains(&id))
            .value(id)
    };
    people.iter().map(field).collect()
}

fn factor_check(typed: &Typed) -> Field {
    Field::check("asks_factor", "Ask for a fresh factor each time")
        .checked(typed.asks_factor.is_some())
        .hint("Whoever approves above the limits shows once more who they are.")
}

fn stand_in_fields(
    who: &Who,
    people: &[Able],
    mine: Option<&StandIn>,
    refusal: Option<&Refusal>,
) -> Vec<Field> {
    let refused = refusal.filter(|refusal| !refusal.is_rules);
    let errors = refused.map(|refusal| refusal.fault.fields());
    let errors = errors.unwrap_or_default();
    let typed = refused.map(|refusal| &refusal.typed);
    let chosen = mine.map(|one| one.stand_in.to_string());
    let chosen = typed.map_or(chosen.unwrap_or_default(), |typed| typed.stand_in.clone());
    let until = mine.map(|one| one.through_on.to_string());
    let until = typed.map_or(until.unwrap_or_default(), |typed| typed.through_on.clone());
    let nobody = Field::select("stand_in", "Who approves in your place").option("", "Nobody");
    let others = people.iter().filter(|one| one.person != who.person);
    let choose = others.fold(nobody, |field, one| {
        field.option(one.person.to_string(), &one.name)
    });
    vec![
        choose.value(chosen).error(errors.get("stand_in").cloned()),
        Field::date("through_on", "Through")
            .value(until)
            .error(errors.get("through_on").cloned()),
    ]
}

fn told(rules: &ApprovalRules, people: &[Able]) -> Vec<String> {
    let mut told: Vec<String> = rules
        .limits
        .iter()
        .map(|limit| {
            let amount = format::money(limit.limit_minor, &limit.currency);
            format!("An invoice above {amount} needs two people.")
        })
        .collect();
    if let Some(percent) = rules.change_percent() {
        told.push(format!(
            "An invoice that differs from the last by more than {percent} % needs two people, and \
             so does the first of a contract."
        ));
    }
    let named: Vec<&str> = people
        .iter()
        .filter(|one| rules.approvers.contains(&one.person))
        .map(|one| one.name.as_str())
        .collect();
    if !named.is_empty() {
        told.push(format!("One of the two must be {}.", named.join(" or ")));
    }
    if told.is_empty() {
        told.push("One person is enough for every invoice.".to_owned());
    }
    told
}

fn sentence(one: &StandIn) -> String {
    format!(
        "{} approves in place of {} through {}.",
        one.stand_in_name,
        one.person_name,
        format::date(one.through_on.0)
    )
}

async fn refused(app: &App, frame: Frame, refusal: Refusal) -> Result<Response, Fault> {
    match refusal.fault {
        Fault::Invalid { .. } | Fault::Conflict { .. } | Fault::TooMany { .. } => {
            page(app, frame, Some(refusal)).await
        }
        other => Err(other),
    }
}

async fn change(
    State(app): State<App>,
    who: May<Administer>,
    frame: Frame,
    peer: Peer,
    headers: HeaderMap,
    Form(pairs): Form<Pairs>,
) -> Result<Response, Fault> {
    let typed = Typed::read(pairs);
    let origin = origin(&app, peer, &headers, "web");
    let factor = typed.factor.clone();
    let changed = async {
        let change = typed.change()?;
        let who = sign_in::with_fresh_factor(&app, who.0, factor, &origin).await?;
        let mut tx = app.db.write(who.org).await?;
        save(&app, &mut tx, &who, &change).await?;
        Ok(tx.commit().await?)
    };
    match changed.await {
        Ok(()) => Ok(see_other(PLACE, &Flash::done("Saved."))),
        Err(fault) => {
            let is_rules = true;
            let refusal = Refusal {
                typed,
                fault,
                is_rules,
            };
            refused(&app, frame, refusal).await
        }
    }
}

async fn away(
    State(app): State<App>,
    who: May<Work>,
    frame: Frame,
    Form(pairs): Form<Pairs>,
) -> Result<Response, Fault> {
    let typed = Typed::read(pairs);
    let changed = async {
        let new = match typed.stand_in.as_str() {
            "" => None,
            id => Some(StandInInput {
                stand_in: id
                    .parse()
                    .map_err(|_| Fault::field("stand_in", "choose a person"))?,
                through_on: typed.through_on.clone(),
            }),
        };
        let mut tx = app.db.write(who.org).await?;
        set_stand_in(&app, &mut tx, &who, new.as_ref()).await?;
        Ok(tx.commit().await?)
    };
    match changed.await {
        Ok(()) => Ok(see_other(PLACE, &Flash::done("Saved."))),
        Err(fault) => {
            let is_rules = false;
            let refusal = Refusal {
                typed,
                fault,
                is_rules,
            };
            refused(&app, frame, refusal).await
        }
    }
}
