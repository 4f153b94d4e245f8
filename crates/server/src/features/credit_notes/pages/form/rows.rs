//! The rows of the form: the client, the lines of an invoice, free lines.

use super::{Of, Offered, Typed};
use crate::{
    db::{ClientId, GeneratedCreditNoteId, GeneratedInvoiceId, Tx},
    fault::Fault,
    features::{
        credit_notes::{store, store::CreditableRow},
        generated_invoices,
    },
    http::Who,
    ui::{Field, Figure, format},
};

/// Rows for free lines that are offered at once; more come with editing.
const FREE_ROWS: usize = 5;

pub(super) async fn clients(tx: &mut Tx, who: &Who, typed: &Typed) -> Result<Field, Fault> {
    let known = store::clients(tx, who.org).await?;
    let field = Field::select("client", "Client")
        .value(&typed.client)
        .required();
    let field = field.option("", "Choose a client");
    let field = field.hint("To credit an invoice, open it and choose Credit.");
    let add = |field: Field, (id, name): (ClientId, String)| field.option(id.to_string(), name);
    Ok(known.into_iter().fold(field, add))
}

pub(super) async fn offered(
    tx: &mut Tx,
    who: &Who,
    of: &Of<'_>,
    invoice: GeneratedInvoiceId,
    typed: &Typed,
    fault: Option<&Fault>,
) -> Result<Vec<Offered>, Fault> {
    let row = generated_invoices::store::draft(tx, who.org, invoice).await?;
    let row = row.ok_or(Fault::NotFound("this invoice"))?;
    if !matches!(row.status.as_str(), "posted" | "part_paid" | "paid") {
        return Err(Fault::conflict(
            "not_posted",
            "only an invoice that stands in accounting can be credited",
        ));
    }
    let except: Option<GeneratedCreditNoteId> = of.note.map(|note| note.note.id);
    let rows = store::creditable(tx, who.org, invoice, except).await?;
    let wrong = fault.map(Fault::fields).unwrap_or_default();
    // The errors of the use case name a line by its place among those with an amount.
    let mut sent = 0;
    let mut offered = Vec::with_capacity(rows.len());
    for line in rows {
        let id = line.id.to_string();
        let place = typed.line.iter().position(|typed| *typed == id);
        let amount = place.and_then(|place| typed.amount.get(place)).cloned();
        let amount = amount.unwrap_or_default();
        let mut error = wrong.get(&format!("amount.{id}")).cloned();
        if !amount.trim().is_empty() {
            let at = |name: &str| wrong.get(&format!("lines.{sent}.{name}")).cloned();
            error = error.or_else(|| at("net_minor")).or_else(|| at("line"));
            sent += 1;
        }
        offered.push(line_offered(line, &row.currency, &amount, error));
    }
    Ok(offered)
}

fn line_offered(
    line: CreditableRow,
    currency: &str,
    amount: &str,
    error: Option<String>,
) -> Offered {
    let left = line.net_minor.saturating_sub(line.credited_net_minor);
    let period = line.starts_on.zip(line.ends_on);
    let period = period.map(|(start, end)| format::period(start.0, end.0));
    let field = Field::decimal("amount", "Credit, before tax")
        .id(format!("amount-{}", line.id))
        .value(amount)
        .prefix(currency)
        .error(error);
    Offered {
        id: line.id,
        about: period.unwrap_or_default(),
        net: Figure::new(line.net_minor, currency),
        left: Figure::new(left.max(0), currency),
        amount: (left > 0).then_some(field),
        description: line.description,
    }
}

pub(super) fn free_rows(typed: &Typed, fault: Option<&Fault>) -> Vec<Vec<Field>> {
    let wrong = fault.map(Fault::fields).unwrap_or_default();
    let rows = FREE_ROWS.max(typed.description.len().saturating_add(1));
    (0..rows)
        .map(|row| {
            let sent = typed.place_sent(row);
            let field = |field: Field, name: &str, list: &[String]| {
                let value = list.get(row).cloned().unwrap_or_default();
                let error = sent.and_then(|at| wrong.get(&format!("lines.{at}.{name}")).cloned());
                field.id(format!("{name}-{row}")).value(value).error(error)
            };
            vec![
                field(
                    Field::text("description", "Description"),
                    "description",
                    &typed.description,
                ),
                field(
                    Field::decimal("quantity", "Quantity").hint("1 unless said."),
                    "quantity",
                    &typed.quantity,
                ),
                field(
                    Field::decimal("unit_price", "Price"),
                    "unit_price",
                    &typed.unit_price,
                ),
                field(
                    Field::text("tax_type", "Tax code").list("tax-types"),
                    "tax_type",
                    &typed.tax_type,
                ),
                field(
                    Field::text("account_code", "Revenue account").list("accounts"),
                    "account_code",
                    &typed.account_code,
                ),
            ]
        })
        .collect()
}
