//! Repeating sales invoices. What is no longer listed has ended.

use billing::{money::Currency, repeating::goes_on};
use serde::{Deserialize, Serialize};
use vendors::{
    Cursor, Error, Page,
    xero::{InvoiceStatus, InvoiceType, LineAmounts, LineItem, RepeatingInvoice, Xero},
};

use super::net_and_tax;
use crate::{
    db::{At, Exact},
    features::{
        clients::name_key,
        sync::{
            drive::Run,
            ingest::{Record, Table, Values, table},
            normal::{self, Reason},
            plan::Stream,
            streams::{day, text},
        },
    },
};

/// A line of a repeating invoice, as stored in `repeating_invoice.lines`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatingLine {
    pub item_code: Option<String>,
    pub description: String,
    pub quantity: Exact,
    /// With the tax inside where the document's amounts hold it.
    pub unit_price: Exact,
    /// Without tax, after discount.
    pub net_minor: i64,
    pub tax_minor: i64,
    pub tax_type: Option<String>,
    pub account_code: Option<String>,
}

pub struct RepeatingInvoices<'c>(pub &'c Xero);

impl Stream for RepeatingInvoices<'_> {
    const NAME: &'static str = "repeating_invoices";
    const TITLE: &'static str = "Repeating invoices";
    type Item = RepeatingInvoice;

    fn table(&self) -> &'static Table {
        &table::REPEATING_INVOICE
    }

    async fn page(
        &self,
        _: Option<At>,
        _: Option<&Cursor>,
    ) -> Result<Page<RepeatingInvoice>, Error> {
        self.0.repeating_invoices().await
    }

    fn id(template: &RepeatingInvoice) -> String {
        template.repeating_invoice_id.clone()
    }

    /// Of clients. A deleted one bills nobody any more.
    fn is_kept(template: &RepeatingInvoice) -> bool {
        template.kind == InvoiceType::Receivable && template.status != InvoiceStatus::Deleted
    }

    fn record(&self, run: &Run<'_>, template: &RepeatingInvoice) -> Result<Record, Reason> {
        let currency = normal::currency(template.currency_code.as_deref(), run.currency)?;
        let amount = |field: &str, value| normal::minor(field, value, currency);
        let schedule = &template.schedule;
        let contact = text(template.contact.name.as_deref(), 500);
        let reference = text(template.reference.as_deref(), 255);
        let name = name_of(template);
        let amounts = template.line_amount_types.as_ref();
        let lines = template.line_items.iter();
        let lines = lines
            .map(|item| line(item, amounts, currency))
            .collect::<Result<Vec<_>, _>>()?;
        let json = |error: serde_json::Error| error.to_string();
        let search_key = name_key(&format!("{name} {contact} {reference}"));
        let values = Values::of(17)
            .and(template.contact.contact_id.as_str())
            .and(contact)
            .and(reference)
            .and(name.as_str())
            .and(template.status.as_str())
            .and(currency.code())
            .and(schedule.period.unwrap_or(1))
            .and(
                schedule
                    .unit
                    .as_ref()
                    .map_or("MONTHLY", |unit| unit.as_str()),
            )
            .and(day(schedule.start_date))
            .and(day(schedule.next_scheduled_date))
            .and(day(schedule.end_date))
            .and(goes_on(schedule.next_scheduled_date, schedule.end_date))
            .and(amount("SubTotal", template.sub_total)?)
            .and(amount("TotalTax", template.total_tax)?)
            .and(amount("Total", template.total)?)
            .and(serde_json::to_string(&lines).map_err(json)?)
            .and(search_key);
        let key = template.repeating_invoice_id.clone();
        Ok(Record::new(self.table(), key, name, values, 0, Vec::new()))
    }
}

/// Its reference, else what its first line says.
fn name_of(template: &RepeatingInvoice) -> String {
    let lines = template.line_items.iter();
    let mut said = lines.filter_map(|line| line.description.as_deref());
    let name = template.reference.as_deref().or_else(|| said.next());
    text(Some(name.unwrap_or("Repeating invoice")), 120)
}

fn line(
    item: &LineItem,
    amounts: Option<&LineAmounts>,
    currency: Currency,
) -> Result<RepeatingLine, Reason> {
    let (net_minor, tax_minor) = net_and_tax(item, amounts, currency)?;
    Ok(RepeatingLine {
        item_code: item.item_code.clone(),
        description: text(item.description.as_deref(), 4000),
        quantity: normal::exact_or_zero("Quantity", item.quantity)?,
        unit_price: normal::exact_or_zero("UnitAmount", item.unit_amount)?,
        net_minor,
        tax_minor,
        tax_type: item.tax_type.clone(),
        account_code: item.account_code.clone(),
    })
}
