//! The catalog from a file: what each of its rows does, and then all or nothing.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};

use crate::{
    app::App,
    db::Tx,
    fault::Fault,
    features::{
        catalog::{
            import::{self, Action, Import, ImportInput, Row},
            store,
        },
        home::Frame,
    },
    http::{May, Sent, Who, Work},
    ui::{Badge, Field, Flash, Nav, Shell, View, format, see_other},
};

/// Rows that are shown; of a longer file the wrong ones come first.
const SHOWN: usize = 500;

#[derive(Template)]
#[template(path = "features/catalog/templates/import.html")]
pub struct ImportPage {
    shell: Shell,
    fields: Vec<Field>,
    tax_types: Vec<(String, String)>,
    accounts: Vec<(String, String)>,
    preview: Option<Shown>,
    problem: Option<String>,
}

struct Shown {
    summary: String,
    read_as: String,
    rows: Vec<ShownRow>,
    /// How many more there are.
    more: Option<String>,
    is_wrong: bool,
    /// What the button does; none where there is nothing to do.
    button: Option<String>,
    /// The file, to be sent once more with the confirmation.
    hidden: Vec<(&'static str, String)>,
}

struct ShownRow {
    line: u64,
    code: String,
    name: String,
    outcome: Badge,
    told: Vec<String>,
}

pub async fn show(
    Frame { shell, .. }: Frame,
    who: May<Work>,
    State(app): State<App>,
) -> Result<View<ImportPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let mut input = ImportInput::default();
    if let Some((account, tax)) = store::usual_codes(&mut tx, who.org).await? {
        input.account_code = account;
        input.tax_type = tax;
    }
    page(shell, &who, &mut tx, &input, None, None).await
}

pub async fn take(
    Frame { shell, .. }: Frame,
    who: May<Work>,
    State(app): State<App>,
    Sent(sent): Sent,
) -> Result<Response, Fault> {
    let sent = match sent {
        Ok(sent) => sent,
        Err(fault) => {
            let mut tx = app.db.read(who.org).await?;
            let nothing = ImportInput::default();
            let page = page(shell, &who, &mut tx, &nothing, None, Some(&fault)).await?;
            return Ok((fault.status(), page).into_response());
        }
    };
    let is_confirmed = !sent.field("confirm").is_empty();
    let input = ImportInput {
        preview: !is_confirmed,
        tax_type: sent.field("tax_type").trim().to_owned(),
        account_code: sent.field("account_code").trim().to_owned(),
        seen: is_confirmed.then(|| sent.field("seen").to_owned()),
        text: sent.text,
    };
    if is_confirmed {
        confirm(&app, &who, shell, &input).await
    } else {
        again(&app, &who, shell, &input, None).await
    }
}

async fn confirm(
    app: &App,
    who: &Who,
    shell: Shell,
    input: &ImportInput,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    match import::import(app, who, &mut tx, input).await {
        Ok(done) => {
            tx.commit().await?;
            let flash = Flash::done(format!("{}.", summary(&done)));
            Ok(see_other("/catalog", &flash))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            drop(tx);
            again(app, who, shell, input, Some(fault)).await
        }
        Err(fault) => Err(fault),
    }
}

/// The rows once more, or why there are none.
async fn again(
    app: &App,
    who: &Who,
    shell: Shell,
    input: &ImportInput,
    refused: Option<Fault>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    match import::preview(app, who, &mut tx, input).await {
        Ok(found) => {
            let shown = shown(&found, input);
            let fault = refused.as_ref();
            let page = page(shell, who, &mut tx, input, Some(shown), fault).await?;
            let status = fault.map_or(axum::http::StatusCode::OK, Fault::status);
            Ok((status, page).into_response())
        }
        Err(fault @ Fault::Invalid { .. }) => {
            let page = page(shell, who, &mut tx, input, None, Some(&fault)).await?;
            Ok((fault.status(), page).into_response())
        }
        Err(fault) => Err(fault),
    }
}

async fn page(
    shell: Shell,
    who: &Who,
    tx: &mut Tx,
    input: &ImportInput,
    preview: Option<Shown>,
    refused: Option<&Fault>,
) -> Result<View<ImportPage>, Fault> {
    let wrong = refused.and_then(|fault| fault.fields().get("text").cloned());
    let problem = refused.filter(|_| wrong.is_none()).map(Fault::to_string);
    Ok(View(ImportPage {
        shell: shell.titled("Import catalog", Nav::Catalog),
        fields: vec![
            Field::textarea("text", "Or paste rows")
                .value(&input.text)
                .hint(
                    "Columns by name, such as code, name, price, cost, tax; or without names in \
                     this order: code, name, description, price, cost, tax.",
                )
                .error(wrong),
            Field::text("tax_type", "Tax code of new items")
                .value(&input.tax_type)
                .list("tax-types")
                .hint("For rows that say none."),
            Field::text("account_code", "Revenue account of new items")
                .value(&input.account_code)
                .list("accounts")
                .hint("For rows that say none."),
        ],
        tax_types: store::tax_types(tx, who.org).await?,
        accounts: store::revenue_accounts(tx, who.org).await?,
        preview,
        problem,
    }))
}

fn summary(import: &Import) -> String {
    let items = |count: u64| format::counted(count, "item", "items");
    let done = if import.is_written { "" } else { "to be " };
    format!(
        "{} {done}created, {} {done}updated, {} as they are",
        items(import.created),
        format::count(import.updated),
        format::count(import.skipped),
    )
}

fn shown(import: &Import, input: &ImportInput) -> Shown {
    let mut rows: Vec<&Row> = import.rows.iter().collect();
    if rows.len() > SHOWN {
        rows.sort_by_key(|row| row.action != Action::Wrong);
    }
    let more = u64::try_from(rows.len().saturating_sub(SHOWN)).unwrap_or(0);
    let changing = import.created + import.updated;
    let is_wrong = import.wrong > 0;
    Shown {
        summary: if is_wrong {
            let wrong = format::counted(import.wrong, "row is", "rows are");
            format!("{}; {wrong} wrong.", summary(import))
        } else {
            format!("{}.", summary(import))
        },
        read_as: read_as(import),
        rows: rows.iter().take(SHOWN).map(|row| shown_row(row)).collect(),
        more: (more > 0).then(|| format::counted(more, "more row", "more rows")),
        is_wrong,
        button: (!is_wrong && changing > 0)
            .then(|| format!("Write {}", format::counted(changing, "item", "items"))),
        hidden: vec![
            ("text", input.text.clone()),
            ("tax_type", input.tax_type.clone()),
            ("account_code", input.account_code.clone()),
            ("seen", import.seen.clone()),
        ],
    }
}

fn read_as(import: &Import) -> String {
    let header = if import.has_header {
        "The first line was read as names of columns."
    } else {
        "Read as code, name, description, price, cost, tax, in this order."
    };
    if import.ignored_columns.is_empty() {
        header.to_owned()
    } else {
        let names = import.ignored_columns.join(", ");
        format!("{header} Columns that mean nothing here: {names}.")
    }
}

fn shown_row(row: &Row) -> ShownRow {
    let outcome = match row.action {
        Action::Create => Badge::good("Create"),
        Action::Update => Badge::info("Update"),
        Action::Skip => Badge::neutral("As it is"),
        Action::Wrong => Badge::late("Wrong"),
    };
    let wrong = row.wrong.iter();
    let wrong = wrong.map(|cell| format!("{}: {}", cell.column, cell.message));
    let changes = row.changes.iter().map(|change| {
        let or_none = |text: &str| if text.is_empty() { "none" } else { text }.to_owned();
        let (before, after) = (or_none(&change.before), or_none(&change.after));
        format!("{}: {before} → {after}", change.field)
    });
    ShownRow {
        line: row.line,
        code: row.code.clone(),
        name: row.name.clone(),
        outcome,
        told: wrong.chain(changes).collect(),
    }
}
