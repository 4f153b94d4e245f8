//! The bills of this month and the next as they would be now: predictions, kept beside the real
//! bills and replaced with every run.

use chrono::{Datelike as _, Months, NaiveDate};
use rust_decimal::Decimal;
use vendors::pax8::{DraftMonth, Pax8};

use super::bills::{Lines, fill, header};
use crate::{
    db::replay,
    fault::Fault,
    features::sync::{
        Broken, broken,
        drive::{Run, Trouble},
        ingest::{self, Record, table},
        normal, plan,
        store::{self, Progress},
    },
};

const NAME: &str = "drafts";
const TITLE: &str = "Predicted bills";

pub async fn read_drafts(run: &Run<'_>, step: i64, client: &Pax8) -> Result<(), Trouble> {
    if plan::is_done(run, NAME).await? {
        return Ok(());
    }
    let first = run.today.with_day(1).unwrap_or(run.today);
    let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
    let (mut bills, mut broken, mut came) = (Vec::new(), Vec::new(), 0);
    for (month, from) in [(DraftMonth::This, first), (DraftMonth::Next, next)] {
        let mut lines = lines(client, month).await?;
        if lines.disturbed {
            lines = self::lines(client, month).await?;
        }
        came += lines.items.len();
        // After the real bill was made there is nothing to predict; what was predicted stays.
        if lines.items.is_empty() {
            continue;
        }
        match predicted(run, from, &lines, &mut broken) {
            Ok(bill) => bills.push(bill),
            Err(why) => broken.push(Broken {
                stream: NAME.to_owned(),
                id: None,
                why,
            }),
        }
    }
    let came = i64::try_from(came).unwrap_or(i64::MAX);
    replay(|| write(run, step, &bills, &broken, came)).await?;
    Ok(())
}

async fn lines(client: &Pax8, month: DraftMonth) -> Result<Lines, vendors::Error> {
    let (mut lines, mut cursor) = (Lines::new(), None);
    loop {
        cursor = lines.add(client.draft_items(month, cursor.as_ref()).await?);
        if cursor.is_none() {
            return Ok(lines);
        }
    }
}

fn predicted(
    run: &Run<'_>,
    from: NaiveDate,
    lines: &Lines,
    broken: &mut Vec<Broken>,
) -> Result<Record, String> {
    let code = lines
        .items
        .iter()
        .find_map(|item| item.currency_code.as_deref());
    let currency = normal::currency(code, run.currency)?;
    let of_month = format!("{}-{:02}", from.year(), from.month());
    let total: Decimal = lines
        .items
        .iter()
        .filter_map(|item| item.cost_total)
        .try_fold(Decimal::ZERO, Decimal::checked_add)
        .ok_or("the total is too large")?;
    let total = normal::minor("total", total, currency)?;
    let number = format!("Prediction {of_month}");
    let values = header(&number, from, None, "Draft", "predicted", currency)
        .and(total)
        .and(total)
        .and(0_i64);
    let key = format!("draft:{of_month}");
    let lines_hash = lines_hash(lines);
    let mut record = Record::new(&table::BILL, key, number, values, 0, vec![lines_hash]);
    broken.extend(fill(run, &mut record, lines, NAME));
    Ok(record)
}

/// Unlike a real bill's, a prediction's lines move; so they take part in what is compared.
fn lines_hash(lines: &Lines) -> Vec<crate::db::Value> {
    let of = |item: &vendors::pax8::InvoiceItem| {
        let amounts = [item.quantity, item.price, item.cost, item.cost_total]
            .map(|amount| amount.map_or_else(String::new, |amount| amount.normalize().to_string()));
        let place = [&item.company_id, &item.product_id, &item.subscription_id];
        let place = place.map(|id| id.as_deref().unwrap_or_default());
        let period = [item.start_period, item.end_period];
        format!("{place:?}{period:?}{amounts:?}")
    };
    let mut all: Vec<String> = lines.items.iter().map(of).collect();
    all.sort_unstable();
    all.into_iter().map(Into::into).collect()
}

async fn write(
    run: &Run<'_>,
    step: i64,
    bills: &[Record],
    broken: &[Broken],
    came: i64,
) -> Result<(), Fault> {
    let mut tx = run.app.db.write(run.source.org).await?;
    let page = ingest::Page {
        table: &table::BILL,
        stream: NAME,
        records: bills,
        broken: &[],
        marks: true,
        room: bills.len(),
    };
    let tally = ingest::write(run.app, &mut tx, run.source, &page).await?;
    broken::keep(&mut tx, run, broken).await?;
    let progress = Progress {
        step: TITLE,
        steps_done: step + 1,
        read: came,
        added: tally.added,
        changed: tally.changed,
        removed: 0,
    };
    store::add_progress(&mut tx, run.source.org, run.source.run, &progress).await?;
    plan::mark_done(run, &mut tx, NAME).await?;
    Ok(tx.commit().await?)
}
