//! Settings › Organization › Numbering.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{NumberSeries, Series, SeriesChange};
use crate::{
    app::App,
    fault::Fault,
    features::home::Frame,
    http::{Administer, May, Routes},
    ui::{Field, Flash, Nav, Shell, View, see_other},
};

const NUMBERING: &str = "/settings/organization/numbering";

pub fn routes() -> Routes {
    Routes::new()
        .route("/settings/organization/numbering", get(show))
        .route("/settings/organization/numbering/{name}", post(save))
}

struct Card {
    heading: &'static str,
    place: String,
    anchor: &'static str,
    version: i64,
    example: String,
    fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "features/numbering/templates/numbering.html")]
struct NumberingPage {
    shell: Shell,
    problem: Option<String>,
    cards: Vec<Card>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    version: i64,
    prefix: String,
    next: String,
    width: String,
}

impl Typed {
    fn of(series: &NumberSeries) -> Self {
        Self {
            version: series.version,
            prefix: series.prefix.clone(),
            next: series.next.to_string(),
            width: series.width.to_string(),
        }
    }

    fn change(&self) -> Result<SeriesChange, Fault> {
        let number = |field: &str, text: &str| {
            let number = text.trim().parse();
            number.map_err(|_| Fault::field(field, "write a whole number"))
        };
        Ok(SeriesChange {
            version: self.version,
            prefix: self.prefix.trim().to_owned(),
            next: number("next", &self.next)?,
            width: number("width", &self.width)?,
        })
    }
}

fn heading(name: Series) -> &'static str {
    match name {
        Series::Invoice => "Invoices",
        Series::CreditNote => "Credit notes",
        Series::Payment => "Payments that are booked here",
    }
}

fn card(series: &NumberSeries, refused: Option<&(Series, Typed, Fault)>) -> Card {
    let refused = refused.filter(|(name, _, _)| *name == series.name);
    let typed = refused.map_or_else(|| Typed::of(series), |(_, typed, _)| typed.clone());
    let wrong = refused.map(|(_, _, fault)| fault.fields());
    let wrong = wrong.unwrap_or_default();
    let word = series.name.word();
    let field = |name: &str, label: &str, value: &str| {
        Field::text(name, label)
            .id(format!("{word}-{name}"))
            .value(value)
            .error(wrong.get(name).cloned())
    };
    Card {
        heading: heading(series.name),
        place: format!("{NUMBERING}/{word}"),
        anchor: word,
        version: typed.version,
        example: series.example.clone(),
        fields: vec![
            field("prefix", "Begins with", &typed.prefix)
                .hint("Letters, digits, and any of - _ / . #"),
            field("next", "Next number", &typed.next).required(),
            field("width", "Digits", &typed.width)
                .hint("Filled up with zeros.")
                .required(),
        ],
    }
}

pub async fn show(
    State(app): State<App>,
    _: May<Administer>,
    frame: Frame,
) -> Result<Response, Fault> {
    page(&app, frame, None).await
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    refused: Option<(Series, Typed, Fault)>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let all = super::all(&mut tx, who.org).await?;
    drop(tx);
    let status = refused.as_ref().map(|(_, _, fault)| fault.status());
    let cards = all.iter().map(|series| card(series, refused.as_ref()));
    let page = View(NumberingPage {
        shell: shell.titled("Numbering", Nav::Organization),
        cards: cards.collect(),
        problem: refused
            .filter(|(_, _, fault)| fault.fields().is_empty())
            .map(|(_, _, fault)| fault.to_string()),
    });
    Ok((status.unwrap_or(StatusCode::OK), page).into_response())
}

pub async fn save(
    State(app): State<App>,
    who: May<Administer>,
    frame: Frame,
    Path(name): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let name = Series::read(&name)?;
    let saved = async {
        let change = typed.change()?;
        let mut tx = app.db.write(who.org).await?;
        let after = super::change(&app, &mut tx, &who, name, &change).await?;
        tx.commit().await?;
        Ok(after)
    };
    match saved.await {
        Ok(after) => {
            let said = format!("Saved. The next is {}.", after.example);
            Ok(see_other(NUMBERING, &Flash::done(said)))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            page(&app, frame, Some((name, typed, fault))).await
        }
        Err(other) => Err(other),
    }
}
