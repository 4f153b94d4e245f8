//! The rows as comma-separated files, for the reference.

use std::fmt::Display;
use std::fs::File;
use std::io::{BufWriter, Result, Write as _};
use std::path::Path;

use billing::reconcile::Facts;

use crate::rows::{BILL_FROM, THIS_MONTH};

pub fn write(facts: &Facts, folder: &Path) -> Result<()> {
    let mut items = create(folder, "item", "item,unit_price")?;
    for (n, item) in facts.items.iter().enumerate() {
        let price = item.price.map_or(0, |price| price.unit_price.0);
        writeln!(items, "{n},{price}")?;
    }
    let mut products = create(folder, "product", "product,item")?;
    for (n, product) in facts.products.iter().enumerate() {
        writeln!(products, "{n},{}", or_none(product.item.map(|item| item.0)))?;
    }
    let mut lines = create(folder, "line", "client,item,quantity,unit_price")?;
    for line in &facts.lines {
        let (quantity, price) = (line.quantity.0, line.unit_price.0);
        writeln!(
            lines,
            "{},{},{quantity},{price}",
            line.client.0, line.item.0
        )?;
    }
    subscriptions(facts, folder)?;
    ledger(facts, folder)?;
    let mut days = create(folder, "day", "service_date,bill_from,this_month")?;
    writeln!(days, "{},{BILL_FROM},{THIS_MONTH}", facts.service_date)
}

fn subscriptions(facts: &Facts, folder: &Path) -> Result<()> {
    let head = "client,product,quantity,cost,term_months,is_trial,starts_on,ends_on,\
                previous_cost,cost_changed_on";
    let mut file = create(folder, "subscription", head)?;
    for sold in &facts.subscriptions {
        writeln!(
            file,
            "{},{},{},{},{},{},{},{},{},{}",
            sold.company.0,
            sold.product.0,
            sold.quantity.0,
            sold.cost.0,
            or_none(sold.term_months),
            sold.is_trial,
            sold.start,
            or_none(sold.end),
            or_none(sold.previous_cost.map(|cost| cost.0)),
            or_none(sold.cost_changed_on),
        )?;
    }
    Ok(())
}

fn ledger(facts: &Facts, folder: &Path) -> Result<()> {
    let mut file = create(folder, "ledger", "client,item,quantity,dated_on,paid,total")?;
    for row in &facts.ledger {
        writeln!(
            file,
            "{},{},{},{},{},{}",
            row.client.0,
            or_none(row.item.map(|item| item.0)),
            row.quantity.0,
            row.date,
            row.document_paid_minor,
            row.document_total_minor,
        )?;
    }
    Ok(())
}

fn create(folder: &Path, table: &str, head: &str) -> Result<BufWriter<File>> {
    let mut file = BufWriter::new(File::create(folder.join(format!("{table}.csv")))?);
    writeln!(file, "{head}")?;
    Ok(file)
}

fn or_none(value: Option<impl Display>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}
