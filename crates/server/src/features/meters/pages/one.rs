//! One meter: what it showed last for each client, what was corrected, and entering a reading.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{form::meter_id, list::is_silent, place_of};
use crate::{
    app::App,
    db::Day,
    fault::Fault,
    features::{
        clients,
        home::Frame,
        meters::{
            self, LastReading, Listed, corrected,
            readings::{self, Given},
        },
        reconciliation,
    },
    http::{May, Permission, Read, Who, Work, csv_file, done},
    ui::{Badge, Field, Flash, Moment, Nav, Quantity, Shell, View, format},
};

struct Row {
    href: String,
    client: String,
    taken_on: Moment,
    value: Quantity,
    state: Option<Badge>,
}

struct CorrectedRow {
    client: String,
    taken_on: Moment,
    before: Quantity,
    now: Quantity,
    at: Moment,
}

#[derive(Template)]
#[template(path = "features/meters/templates/one.html")]
pub struct MeterPage {
    shell: Shell,
    meter: Listed,
    edit_place: String,
    readings_place: String,
    uses: String,
    rows: Vec<Row>,
    corrected: Vec<CorrectedRow>,
    /// Asked for where somebody may enter a reading.
    fields: Vec<Field>,
    clients: Vec<String>,
    problem: Option<String>,
    may_edit: bool,
    csv: String,
}

fn quantity(value: crate::db::Exact) -> Quantity {
    Quantity::micros(value.to_micros().unwrap_or(i64::MAX))
}

/// A meter of ours by its id, another by its code.
async fn found(
    app: &App,
    tx: &mut crate::db::Tx,
    who: &Who,
    id: &str,
) -> Result<(Listed, Vec<LastReading>), Fault> {
    let code = match meter_id(id) {
        Ok(id) => meters::one(tx, who.org, id).await?.code,
        Err(_) => id.to_owned(),
    };
    meters::detail(tx, who.org, &code, Day(who.today(app))).await
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    client: String,
    on: String,
    value: String,
}

pub async fn show(
    frame: Frame,
    State(app): State<App>,
    _: May<Read>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let typed = Typed {
        on: frame.who.today(&app).to_string(),
        ..Typed::default()
    };
    page(&app, frame, &id, &typed, None).await
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    id: &str,
    typed: &Typed,
    fault: Option<Fault>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let (meter, last) = found(app, &mut tx, &who, id).await?;
    let after = reconciliation::policy(&mut tx, who.org)
        .await?
        .count_stale_after_days;
    let fixed = match meter.id {
        Some(id) => corrected(&mut tx, who.org, id).await?,
        None => Vec::new(),
    };
    let takes_readings =
        meter.id.is_some() && meter.status == "active" && who.may(Permission::Work);
    let clients = if takes_readings {
        let every = clients::every(&mut tx, who.org).await?.into_iter();
        every
            .filter(|client| !client.is_archived())
            .map(|client| client.name)
            .collect()
    } else {
        Vec::new()
    };
    drop(tx);
    let rows = last.iter().map(|row| Row {
        href: format!("/clients/{}", row.client_id),
        client: row.client_name.clone(),
        taken_on: Moment::date(row.taken_on.0),
        value: quantity(row.value),
        state: is_silent(row.taken_on.0, app, &who, after).then(|| Badge::risk("Silent")),
    });
    let corrected = fixed.into_iter().map(|row| CorrectedRow {
        client: row.client_name,
        taken_on: Moment::date(row.taken_on.0),
        before: quantity(row.value),
        now: quantity(row.now),
        at: Moment::instant(row.corrected_at.0, who.zone),
    });
    let wrong = fault.as_ref().map(Fault::fields).unwrap_or_default();
    let status = fault.as_ref().map_or(StatusCode::OK, Fault::status);
    let own_place = place_of(id);
    let page = MeterPage {
        uses: uses(&meter),
        rows: rows.collect(),
        corrected: corrected.collect(),
        fields: if takes_readings {
            fields(typed, &wrong)
        } else {
            Vec::new()
        },
        clients,
        problem: fault
            .filter(|_| wrong.is_empty())
            .map(|fault| fault.to_string()),
        edit_place: format!("{own_place}/edit"),
        readings_place: format!("{own_place}/readings"),
        may_edit: meter.id.is_some() && who.may(Permission::Work),
        csv: format!("{own_place}/export.csv"),
        shell: shell.titled(&meter.name, Nav::Meters),
        meter,
    };
    Ok((status, View(page)).into_response())
}

fn uses(meter: &Listed) -> String {
    let count = |count: i64, one: &str, many: &str| {
        format::counted(u64::try_from(count).unwrap_or(0), one, many)
    };
    format!(
        "{}, {}",
        count(meter.items, "catalog item", "catalog items"),
        count(meter.lines, "contract line", "contract lines")
    )
}

fn fields(typed: &Typed, wrong: &std::collections::BTreeMap<String, String>) -> Vec<Field> {
    let error = |field: &str| wrong.get(&format!("readings[0].{field}")).cloned();
    vec![
        Field::text("client", "Client")
            .value(&typed.client)
            .error(error("client"))
            .list("clients")
            .required(),
        Field::date("on", "Day")
            .value(&typed.on)
            .error(error("on"))
            .required(),
        Field::decimal("value", "Reading")
            .value(&typed.value)
            .error(error("value").or_else(|| error("meter")))
            .required(),
    ]
}

/// Enters one reading.
pub async fn add(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let meter = meters::one(&mut tx, who.org, meter_id(&id)?).await?;
    let given = Given {
        client: typed.client.clone(),
        meter: meter.code,
        on: typed.on.clone(),
        value: typed.value.clone(),
        line: 1,
    };
    match readings::keep(&app, &who, &mut tx, &[given]).await {
        Ok(kept) => {
            tx.commit().await?;
            let said = match (kept.corrections, kept.same) {
                (1, _) => "The reading was corrected. The former one is kept below.",
                (_, 1) => "This is known already.",
                _ => "The reading was kept.",
            };
            let unusual = kept.rows.first().and_then(|row| row.unusual.as_ref());
            let flash = match unusual {
                Some(unusual) => Flash::problem(format!("{said} It is unusual: {unusual}.")),
                None => Flash::done(said),
            };
            Ok(done(&place_of(&id), &flash))
        }
        Err(fault @ Fault::Invalid { .. }) => {
            drop(tx);
            page(&app, frame, &id, &typed, Some(fault)).await
        }
        Err(other) => Err(other),
    }
}

/// What it showed last for each client.
pub async fn export(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let (meter, last) = found(&app, &mut tx, &who, &id).await?;
    drop(tx);
    let header = ["client", "meter", "day", "value"];
    let rows = last.iter().map(|row| {
        vec![
            row.client_name.clone(),
            meter.code.clone(),
            row.taken_on.to_string(),
            row.value.0.normalize().to_string(),
        ]
    });
    csv_file(&format!("meter-{}", meter.code), &header, rows)
}
