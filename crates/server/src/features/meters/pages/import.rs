//! Readings from a file: what each row will do, and then all or nothing.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

use super::LIST;
use crate::{
    app::App,
    fault::Fault,
    features::{
        home::Frame,
        meters::{
            from_file,
            readings::{self, Action, Outcome, Readings},
        },
    },
    http::{May, Sent, Who, Work},
    ui::{Badge, Field, Flash, Nav, Shell, View, format, see_other},
};

/// Rows that are shown; of a longer file those that need a look come first.
const SHOWN: usize = 500;

#[derive(Template)]
#[template(path = "features/meters/templates/import.html")]
pub struct ImportPage {
    shell: Shell,
    text: Field,
    preview: Option<Shown>,
    problem: Option<String>,
}

struct Shown {
    summary: String,
    read_as: &'static str,
    rows: Vec<ShownRow>,
    more: Option<String>,
    is_wrong: bool,
    button: Option<String>,
    text: String,
}

struct ShownRow {
    line: u64,
    client: String,
    meter: String,
    on: String,
    value: String,
    outcome: Badge,
    told: Vec<String>,
}

pub async fn show(Frame { shell, .. }: Frame, _: May<Work>) -> View<ImportPage> {
    View(page(shell, "", None, None))
}

fn page(shell: Shell, text: &str, preview: Option<Shown>, fault: Option<&Fault>) -> ImportPage {
    let wrong = fault.and_then(|fault| fault.fields().get("text").cloned());
    ImportPage {
        shell: shell.titled("Import readings", Nav::Meters),
        problem: fault.filter(|_| wrong.is_none()).map(Fault::to_string),
        text: Field::textarea("text", "Or paste rows")
            .value(text)
            .hint("Columns client, meter, day, value, by name or in this order. A client by its number or whole name, a day as 2026-11-30.")
            .error(wrong),
        preview,
    }
}

pub async fn take(
    Frame { shell, .. }: Frame,
    who: May<Work>,
    State(app): State<App>,
    Sent(sent): Sent,
) -> Result<Response, Fault> {
    let read = sent.and_then(|sent| {
        let (given, has_header) = from_file(&sent.text)?;
        let is_confirmed = !sent.field("confirm").is_empty();
        Ok((sent.text, given, has_header, is_confirmed))
    });
    let (text, given, has_header, is_confirmed) = match read {
        Ok(read) => read,
        Err(fault) => {
            let page = page(shell, "", None, Some(&fault));
            return Ok((fault.status(), View(page)).into_response());
        }
    };
    if is_confirmed {
        let mut tx = app.db.write(who.org).await?;
        match readings::keep(&app, &who, &mut tx, &given).await {
            Ok(kept) => {
                tx.commit().await?;
                let flash = Flash::done(format!("{}.", summary(&kept)));
                return Ok(see_other(LIST, &flash));
            }
            // Something changed since the rows were looked at.
            Err(Fault::Invalid { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    looked_at(&app, &who, shell, (&text, has_header), &given).await
}

async fn looked_at(
    app: &App,
    who: &Who,
    shell: Shell,
    (text, has_header): (&str, bool),
    given: &[readings::Given],
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    match readings::preview(app, who, &mut tx, given).await {
        Ok(found) => {
            let shown = shown(&found, text, has_header);
            Ok((StatusCode::OK, View(page(shell, text, Some(shown), None))).into_response())
        }
        Err(fault @ Fault::Invalid { .. }) => {
            let page = page(shell, text, None, Some(&fault));
            Ok((fault.status(), View(page)).into_response())
        }
        Err(other) => Err(other),
    }
}

fn summary(found: &Readings) -> String {
    format!(
        "{}, {}, {} known already",
        format::counted(found.new, "new reading", "new readings"),
        format::counted(found.corrections, "correction", "corrections"),
        format::count(found.same),
    )
}

fn shown(found: &Readings, text: &str, has_header: bool) -> Shown {
    let mut rows: Vec<&Outcome> = found.rows.iter().collect();
    if rows.len() > SHOWN {
        rows.sort_by_key(|row| (row.action != Action::Wrong, row.unusual.is_none()));
    }
    let more = u64::try_from(rows.len().saturating_sub(SHOWN)).unwrap_or(0);
    let is_wrong = found.wrong > 0;
    let changing = found.new + found.corrections;
    Shown {
        summary: if is_wrong {
            let wrong = format::counted(found.wrong, "row is", "rows are");
            format!("{}; {wrong} wrong.", summary(found))
        } else {
            format!("{}.", summary(found))
        },
        read_as: if has_header {
            "The first line was read as names of columns."
        } else {
            "Read as client, meter, day, value, in this order."
        },
        rows: rows.iter().take(SHOWN).map(|row| shown_row(row)).collect(),
        more: (more > 0).then(|| format::counted(more, "more row", "more rows")),
        is_wrong,
        button: (!is_wrong && changing > 0)
            .then(|| format!("Keep {}", format::counted(changing, "reading", "readings"))),
        text: text.to_owned(),
    }
}

fn shown_row(row: &Outcome) -> ShownRow {
    let outcome = match row.action {
        Action::New if row.unusual.is_some() => Badge::risk("New, unusual"),
        Action::New => Badge::good("New"),
        Action::Correction => Badge::info("Correction"),
        Action::Same => Badge::neutral("Known"),
        Action::Wrong => Badge::late("Wrong"),
    };
    let wrong = row.wrong.iter();
    let wrong = wrong.map(|(field, message)| format!("{field}: {message}"));
    let before = row
        .before
        .map(|before| format!("it said {}", before.0.normalize()));
    ShownRow {
        line: row.line,
        client: row.client.clone(),
        meter: row.meter.clone(),
        on: row.on.clone(),
        value: row.value.clone(),
        outcome,
        told: wrong.chain(before).chain(row.unusual.clone()).collect(),
    }
}
