//! Bills of the distributor. An approved bill never changes, so its lines are read once; a wrong
//! one turns *Credited* and stays.

use billing::money::Currency;
use futures::{StreamExt as _, TryStreamExt as _};
use vendors::{
    Cursor, Error, Page,
    pax8::{Invoice, InvoiceItem, Pax8},
};

use super::AT_ONCE;
use crate::{
    db::{At, Day, Value},
    features::sync::{
        Broken,
        drive::{Run, Trouble},
        ingest::{Difference, Record, Stored, Table, Values, table},
        normal::{self, Reason},
        plan::Stream,
        streams::{day, text},
    },
};

pub struct Bills<'c>(pub &'c Pax8);

impl Stream for Bills<'_> {
    const NAME: &'static str = "bills";
    const TITLE: &'static str = "Bills";
    type Item = Invoice;

    fn table(&self) -> &'static Table {
        &table::BILL
    }

    async fn page(&self, _: Option<At>, cursor: Option<&Cursor>) -> Result<Page<Invoice>, Error> {
        self.0.invoices(None, cursor).await
    }

    fn id(bill: &Invoice) -> String {
        bill.id.clone()
    }

    fn record(&self, run: &Run<'_>, bill: &Invoice) -> Result<Record, Reason> {
        let currency = normal::currency(bill.currency_code.as_deref(), run.currency)?;
        let number = bill.external_id.clone().unwrap_or_else(|| bill.id.clone());
        let billed_on = bill.invoice_date.ok_or("it has no date")?;
        let status = bill.status.as_ref().map_or("Unpaid", |s| s.as_str());
        let total = normal::minor("total", bill.total.unwrap_or_default(), currency)?;
        let balance = normal::minor("balance", bill.balance.unwrap_or_default(), currency)?;
        let carried = bill.carried_balance.unwrap_or_default();
        let carried = normal::minor("carriedBalance", carried, currency)?;
        let values = header(
            &number,
            billed_on,
            bill.due_date,
            status,
            "actual",
            currency,
        )
        .and(total)
        .and(balance)
        .and(carried);
        let name = format!("Bill of {billed_on}");
        Ok(Record::new(
            self.table(),
            bill.id.clone(),
            name,
            values,
            0,
            Vec::new(),
        ))
    }

    async fn complete(
        &self,
        run: &Run<'_>,
        records: Vec<Record>,
        broken: &mut Vec<Broken>,
    ) -> Result<Vec<Record>, Trouble> {
        let mut tx = run.app.db.read(run.source.org).await?;
        let stored = Stored::of(&mut tx, self.table(), run.source, &records).await?;
        drop(tx);
        let read = futures::stream::iter(records)
            .map(async |mut record: Record| {
                let mut broken = Vec::new();
                if stored.difference(&record) != Difference::None {
                    let lines = self.lines(&record.key).await?;
                    broken = fill(run, &mut record, &lines, Self::NAME);
                }
                Ok::<_, Trouble>((record, broken))
            })
            .buffered(AT_ONCE)
            .try_collect::<Vec<_>>()
            .await?;
        let mut records = Vec::with_capacity(read.len());
        for (record, bad) in read {
            records.push(record);
            broken.extend(bad);
        }
        Ok(records)
    }
}

/// Every line of a bill, and what of it could not be read.
pub(super) struct Lines {
    pub items: Vec<InvoiceItem>,
    pub broken: Vec<vendors::BrokenElement>,
    /// The list moved while it was read.
    pub disturbed: bool,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self {
            items: Vec::new(),
            broken: Vec::new(),
            disturbed: false,
        }
    }

    pub(super) fn add(&mut self, page: Page<InvoiceItem>) -> Option<Cursor> {
        self.disturbed |= page.disturbed.is_some();
        self.items.extend(page.items);
        self.broken.extend(page.broken);
        page.next
    }
}

impl Bills<'_> {
    async fn lines(&self, bill: &str) -> Result<Lines, Error> {
        let mut lines = self.lines_once(bill).await?;
        if lines.disturbed {
            lines = self.lines_once(bill).await?;
        }
        Ok(lines)
    }

    async fn lines_once(&self, bill: &str) -> Result<Lines, Error> {
        let (mut lines, mut cursor) = (Lines::new(), None);
        loop {
            cursor = lines.add(self.0.invoice_items(bill, cursor.as_ref()).await?);
            if cursor.is_none() {
                return Ok(lines);
            }
        }
    }
}

pub(super) fn header(
    number: &str,
    billed_on: chrono::NaiveDate,
    due_on: Option<chrono::NaiveDate>,
    status: &str,
    kind: &str,
    currency: Currency,
) -> Values {
    Values::of(9)
        .and(number)
        .and(Day(billed_on))
        .and(day(due_on))
        .and(status)
        .and(kind)
        .and(currency.code())
}

/// Puts the lines under the bill. A bill with a line that cannot be kept is marked, so that the
/// next run reads it again.
pub(super) fn fill(run: &Run<'_>, record: &mut Record, lines: &Lines, stream: &str) -> Vec<Broken> {
    let broken_line = |id: Option<&str>, why: String| Broken {
        stream: format!("{stream} lines"),
        id: Some(id.map_or_else(|| record.key.clone(), str::to_owned)),
        why: format!("a line of bill {}: {why}", record.key),
    };
    let mut broken: Vec<Broken> = lines
        .broken
        .iter()
        .map(|element| broken_line(element.id.as_deref(), element.why.clone()))
        .collect();
    if lines.disturbed {
        broken.push(broken_line(
            None,
            "the list of lines moved while it was read".to_owned(),
        ));
    }
    let mut seen = std::collections::HashSet::new();
    // Lines of coming bills have no id yet; those cannot be told from each other.
    let mut items: Vec<&InvoiceItem> = lines.items.iter().collect();
    items.retain(|item| item.id.as_ref().is_none_or(|id| seen.insert(id)));
    let periods: Vec<_> = items
        .iter()
        .map(|i| (i.start_period, i.end_period))
        .collect();
    let mut parts = Vec::with_capacity(items.len());
    for (item, period) in items.into_iter().zip(normal::half_open(&periods)) {
        match line(run, item, period, parts.len()) {
            Ok(part) => parts.push(part),
            Err(why) => broken.push(broken_line(item.id.as_deref(), why)),
        }
    }
    record.parts = parts;
    if !broken.is_empty() {
        record.mark_incomplete();
    }
    broken
}

type Period = (Option<chrono::NaiveDate>, Option<chrono::NaiveDate>);

fn line(
    run: &Run<'_>,
    item: &InvoiceItem,
    period: Period,
    before: usize,
) -> Result<Vec<Value>, Reason> {
    let currency = normal::currency(item.currency_code.as_deref(), run.currency)?;
    let quantity = normal::exact_or_zero("quantity", item.quantity)?;
    let price = normal::exact_or_zero("price", item.price)?;
    let cost = normal::exact_or_zero("cost", item.cost)?;
    // What the client pays without tax; a line without a sum is quantity × price.
    let price_total = item.sub_total.or(item.total);
    let price_total = price_total.unwrap_or_else(|| product(quantity.0, price.0));
    let cost_total = item
        .cost_total
        .unwrap_or_else(|| product(quantity.0, cost.0));
    let product_name = item.product_name.as_deref().or(item.description.as_deref());
    Ok(Values::of(17)
        .and(i64::try_from(before + 1).unwrap_or(i64::MAX))
        .and(item.id.as_deref().unwrap_or_default())
        .and(
            item.kind
                .as_ref()
                .map_or("subscription", |kind| kind.as_str()),
        )
        .and(item.term.as_ref().map_or("", |term| term.as_str()))
        .and(item.company_id.as_deref())
        .and(item.product_id.as_deref())
        .and(item.subscription_id.as_deref())
        .and(text(product_name, 500))
        .and(text(item.description.as_deref(), 4000))
        .and(day(period.0))
        .and(day(period.1))
        .and(quantity)
        .and(price)
        .and(cost)
        .and(normal::minor("subTotal", price_total, currency)?)
        .and(normal::minor("costTotal", cost_total, currency)?)
        .and(currency.code())
        .row())
}

fn product(a: rust_decimal::Decimal, b: rust_decimal::Decimal) -> rust_decimal::Decimal {
    a.checked_mul(b).unwrap_or_default()
}
