//! Sales invoices with their lines. Bills of suppliers are not read.

use billing::money::Currency;
use vendors::{
    Cursor, Error, Page,
    xero::{Invoice, InvoiceFilter, InvoiceType, LineAmounts, LineItem, Xero},
};

use super::net_and_tax;
use crate::{
    db::{At, Day, Value},
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

pub struct Invoices<'c>(pub &'c Xero);

impl Stream for Invoices<'_> {
    const NAME: &'static str = "invoices";
    const TITLE: &'static str = "Invoices";
    const TELLS_CHANGES: bool = true;
    type Item = Invoice;

    fn table(&self) -> &'static Table {
        &table::INVOICE
    }

    async fn page(
        &self,
        since: Option<At>,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Invoice>, Error> {
        let filter = InvoiceFilter {
            modified_since: since.map(|at| at.0),
            condition: Some(r#"Type=="ACCREC""#.to_owned()),
            ..InvoiceFilter::default()
        };
        self.0.invoices(&filter, cursor).await
    }

    fn id(invoice: &Invoice) -> String {
        invoice.invoice_id.clone()
    }

    fn is_kept(invoice: &Invoice) -> bool {
        invoice.kind == InvoiceType::Receivable
    }

    fn record(&self, run: &Run<'_>, invoice: &Invoice) -> Result<Record, Reason> {
        let currency = normal::currency(invoice.currency_code.as_deref(), run.currency)?;
        let amount = |field: &str, value| normal::minor(field, value, currency);
        let number = text(invoice.invoice_number.as_deref(), 255);
        let reference = text(invoice.reference.as_deref(), 255);
        let contact = text(invoice.contact.name.as_deref(), 500);
        let total = amount("Total", invoice.total)?;
        let paid = amount("AmountPaid", invoice.amount_paid)?;
        let credited = amount("AmountCredited", invoice.amount_credited)?;
        let due = match invoice.amount_due {
            Some(due) => amount("AmountDue", due)?,
            None => total.saturating_sub(paid).saturating_sub(credited),
        };
        let rate = invoice.currency_rate;
        let search_key = name_key(&format!("{number} {contact} {reference}"));
        let values = Values::of(18)
            .and(number.as_str())
            .and(reference)
            .and(invoice.contact.contact_id.as_str())
            .and(contact)
            .and(invoice.status.as_str())
            .and(Day(invoice.date.ok_or("it has no date")?))
            .and(day(invoice.due_date))
            .and(currency.code())
            .and(rate.map(|r| normal::rate("CurrencyRate", r)).transpose()?)
            .and(amount("SubTotal", invoice.sub_total)?)
            .and(amount("TotalTax", invoice.total_tax)?)
            .and(total)
            .and(paid)
            .and(credited)
            .and(due)
            .and(day(invoice.fully_paid_on_date))
            .and(invoice.updated_at.map(At))
            .and(search_key);
        let amounts = invoice.line_amount_types.as_ref();
        let lines = invoice.line_items.iter().enumerate();
        let parts = lines
            .map(|(n, item)| line(n, item, amounts, currency))
            .collect::<Result<Vec<_>, _>>()?;
        let key = invoice.invoice_id.clone();
        Ok(Record::new(self.table(), key, number, values, 0, parts))
    }
}

fn line(
    before: usize,
    item: &LineItem,
    amounts: Option<&LineAmounts>,
    currency: Currency,
) -> Result<Vec<Value>, Reason> {
    let (net, tax) = net_and_tax(item, amounts, currency)?;
    Ok(Values::of(9)
        .and(i64::try_from(before + 1).unwrap_or(i64::MAX))
        .and(text(item.description.as_deref(), 4000))
        .and(item.item_code.as_deref())
        .and(normal::exact_or_zero("Quantity", item.quantity)?)
        .and(normal::exact_or_zero("UnitAmount", item.unit_amount)?)
        .and(net)
        .and(tax)
        .and(item.tax_type.as_deref().unwrap_or_default())
        .and(item.account_code.as_deref().unwrap_or_default())
        .row())
}
