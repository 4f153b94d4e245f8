//! What is in a pack, file by file. The same month gives the same bytes.

use serde::Serialize;

use super::super::{Month, major, name_of, store};
use crate::{
    app::App,
    db::{At, Day, OrgId, Tx},
    fault::Fault,
    features::{
        credit_notes::{self, Detail as CreditDetail},
        deliveries,
        generated_invoices::{self, Detail},
    },
};

/// Their names with their bytes, in the order of their names.
pub type Files = std::collections::BTreeMap<String, Vec<u8>>;

const README: &str = "\
This pack holds what was invoiced and credited in one month, why each line is what it is, and who
agreed to it.

manifest.json   every other file with its size and SHA-256
manifest.jwt    the signature over manifest.json (ES256), by the key that the manifest names
invoices/       each invoice as data with the explanation of each line, and as PDF
credit-notes/   each credit note as data
*.csv           the same as tables; findings, coverage and what was done

To check all of it, without the server that made it:

    billingone verify-pack evidence.zip --key FINGERPRINT

The fingerprint of the key stands on the page the pack was downloaded from. Every invoice line is
worked out again from its own explanation.
";

/// Everything of a month.
pub async fn of_month(app: &App, org: OrgId, month: Month) -> Result<Files, Fault> {
    let mut files = Files::new();
    files.insert("README.txt".to_owned(), README.as_bytes().to_vec());
    let span = (Day(month.first()), Day(month.end()));
    let mut tx = app.db.read(org).await?;
    let ids = store::invoices(&mut tx, org, span).await?;
    let mut invoices = Vec::with_capacity(ids.len());
    for id in &ids {
        invoices.push(generated_invoices::detail(&mut tx, org, *id).await?);
    }
    let mut credits = Vec::new();
    for id in store::credit_notes(&mut tx, org, span).await? {
        credits.push(credit_notes::detail(&mut tx, org, id).await?);
    }
    others(&mut tx, org, month, &mut files).await?;
    drop(tx);
    files.insert(
        "invoices.csv".to_owned(),
        table(&INVOICE, invoices.iter().map(invoice_row))?,
    );
    let lines = invoices.iter().flat_map(line_rows);
    files.insert("lines.csv".to_owned(), table(&LINE, lines)?);
    files.insert(
        "credit-notes.csv".to_owned(),
        table(&CREDIT, credits.iter().map(credit_row))?,
    );
    for invoice in &invoices {
        let number = invoice.draft.number.as_deref().unwrap_or_default();
        let name = format!("invoices/{}", plain(number));
        files.insert(format!("{name}.json"), json(invoice)?);
        let (_, pdf) = deliveries::invoice_pdf(app, org, invoice.draft.id).await?;
        files.insert(format!("{name}.pdf"), pdf);
    }
    for note in &credits {
        let number = note.note.number.as_deref().unwrap_or_default();
        files.insert(format!("credit-notes/{}.json", plain(number)), json(note)?);
    }
    Ok(files)
}

fn plain(number: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    number
        .chars()
        .map(|c| if kept(c) { c } else { '_' })
        .collect()
}

async fn others(tx: &mut Tx, org: OrgId, month: Month, files: &mut Files) -> Result<(), Fault> {
    let begin = |day: chrono::NaiveDate| At(day.and_time(chrono::NaiveTime::MIN).and_utc());
    let (from, until) = (begin(month.first()), begin(month.end()));
    let days = (Day(month.first()), Day(month.end()));
    let findings = store::findings(tx, org, (from, days.1)).await?;
    let rows = findings.into_iter().map(|row| {
        vec![
            row.kind,
            row.subject,
            row.side,
            row.severity,
            major(row.impact_minor, &row.currency),
            row.currency,
            row.state,
            row.reason.unwrap_or_default(),
            row.first_seen_on.to_string(),
            row.closed_why.unwrap_or_default(),
        ]
    });
    files.insert("findings.csv".to_owned(), table(&FINDING, rows)?);
    let coverage = store::coverage(tx, org, days).await?;
    let rows = coverage.into_iter().map(|row| {
        vec![
            row.contract,
            row.line,
            row.starts_on.to_string(),
            row.ends_on.to_string(),
            row.charge_kind,
            row.state,
            row.invoice.unwrap_or_default(),
            row.reason.unwrap_or_default(),
        ]
    });
    files.insert("coverage.csv".to_owned(), table(&COVERAGE, rows)?);
    let acts = store::acts(tx, org, (from, until)).await?;
    let rows = acts.into_iter().map(|row| {
        let by = row.by_name.unwrap_or_else(|| "BillingOne".to_owned());
        vec![row.at.to_string(), by, row.action, row.detail]
    });
    files.insert("acts.csv".to_owned(), table(&ACT, rows)?);
    let mrr = store::mrr(tx, org, days.0).await?;
    let rows = mrr.into_iter();
    let rows = rows.map(|sum| {
        vec![
            month.to_string(),
            major(sum.minor, &sum.currency),
            sum.currency,
        ]
    });
    files.insert("mrr.csv".to_owned(), table(&MRR, rows)?);
    let name = name_of(tx, org).await?;
    files.insert(
        "organization.txt".to_owned(),
        format!("{name}\n").into_bytes(),
    );
    Ok(())
}

const INVOICE: [&str; 10] = [
    "number",
    "client",
    "reference",
    "status",
    "issued_on",
    "due_on",
    "net",
    "tax",
    "total",
    "currency",
];
const LINE: [&str; 10] = [
    "number",
    "description",
    "quantity",
    "unit_price",
    "net",
    "tax",
    "tax_type",
    "account",
    "starts_on",
    "ends_on",
];
const CREDIT: [&str; 9] = [
    "number",
    "client",
    "invoice",
    "status",
    "issued_on",
    "reason",
    "net",
    "tax",
    "total",
];
const FINDING: [&str; 10] = [
    "kind",
    "subject",
    "side",
    "severity",
    "a_month",
    "currency",
    "state",
    "reason",
    "first_seen_on",
    "closed_because",
];
const COVERAGE: [&str; 8] = [
    "contract",
    "line",
    "starts_on",
    "ends_on",
    "kind",
    "state",
    "invoice",
    "reason",
];
const ACT: [&str; 4] = ["at", "by", "act", "detail"];
const MRR: [&str; 3] = ["month", "mrr", "currency"];

fn invoice_row(invoice: &Detail) -> Vec<String> {
    let draft = &invoice.draft;
    let amount = |minor: i64| major(minor, &draft.currency);
    vec![
        draft.number.clone().unwrap_or_default(),
        draft.client_name.clone(),
        draft.reference.clone(),
        draft.status.clone(),
        draft.issued_on.to_string(),
        draft.due_on.map(|day| day.to_string()).unwrap_or_default(),
        amount(draft.net_minor),
        amount(draft.tax_minor),
        amount(draft.total_minor),
        draft.currency.clone(),
    ]
}

fn line_rows(invoice: &Detail) -> impl Iterator<Item = Vec<String>> {
    let draft = &invoice.draft;
    invoice.lines.iter().map(|line| {
        let amount = |minor: i64| major(minor, &draft.currency);
        let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        vec![
            draft.number.clone().unwrap_or_default(),
            line.description.clone(),
            line.quantity.0.normalize().to_string(),
            line.unit_price.0.normalize().to_string(),
            amount(line.net_minor),
            amount(line.tax_minor),
            line.tax_type.clone(),
            line.account_code.clone(),
            day(line.starts_on),
            day(line.ends_on),
        ]
    })
}

fn credit_row(detail: &CreditDetail) -> Vec<String> {
    let note = &detail.note;
    let amount = |minor: i64| major(minor, &note.currency);
    vec![
        note.number.clone().unwrap_or_default(),
        note.client_name.clone(),
        note.invoice_number.clone().unwrap_or_default(),
        note.status.clone(),
        note.issued_on.to_string(),
        note.reason.clone(),
        amount(note.net_minor),
        amount(note.tax_minor),
        amount(note.total_minor),
    ]
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Fault> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>, Fault> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).map_err(Fault::internal)?;
    for row in rows {
        writer.write_record(&row).map_err(Fault::internal)?;
    }
    writer
        .into_inner()
        .map_err(|error| Fault::internal(error.into_error()))
}
