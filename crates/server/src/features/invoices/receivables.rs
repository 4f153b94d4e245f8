//! What clients owe by the ledger, and how late it is.

use billing::{
    Id, Money,
    aging::{Aging, Document, Kind, aging},
};
use chrono::NaiveDate;

use super::{
    Sum,
    store::{self, UnsettledRow},
};
use crate::{
    db::{OrgId, Tx},
    fault::Fault,
    features::reconciliation::currency,
};

/// What is open today; sums per currency.
#[derive(Debug, Clone, Default)]
pub struct Receivables {
    /// Awaiting payment and overdue.
    pub outstanding: Vec<Sum>,
    pub overdue: Vec<Sum>,
    /// Drafts in the ledger: not owed yet.
    pub draft: Vec<Sum>,
    /// What is outstanding by days past due, and credits that no invoice has used up.
    pub aging: Vec<Aging>,
}

pub async fn receivables(tx: &mut Tx, org: OrgId, today: NaiveDate) -> Result<Receivables, Fault> {
    let mut found = Receivables::default();
    let mut documents = Vec::new();
    for row in store::unsettled(tx, org).await? {
        let sum = |minor: i64| Sum {
            currency: row.currency.clone(),
            invoices: row.documents,
            minor,
        };
        match row.status.as_str() {
            "AUTHORISED" => {
                add(&mut found.outstanding, &sum(row.due_minor));
                if row.due_on.is_some_and(|due| due.0 < today) {
                    add(&mut found.overdue, &sum(row.due_minor));
                }
                documents.push(document(&row, Kind::Invoice, today)?);
            }
            "DRAFT" => add(&mut found.draft, &sum(row.total_minor)),
            "CREDIT" => documents.push(document(&row, Kind::Credit, today)?),
            _ => {}
        }
    }
    found.aging = aging(&documents, today).map_err(Fault::internal)?;
    Ok(found)
}

/// All documents of one due date as one, as much as is open of them.
fn document(row: &UnsettledRow, kind: Kind, today: NaiveDate) -> Result<Document, Fault> {
    Ok(Document {
        client: Id(0),
        kind,
        date: today,
        due: row.due_on.map(|due| due.0),
        total: Money::new(row.due_minor, currency(&row.currency)?),
        settled: Vec::new(),
    })
}

fn add(sums: &mut Vec<Sum>, more: &Sum) {
    match sums.iter_mut().find(|sum| sum.currency == more.currency) {
        Some(sum) => {
            sum.invoices = sum.invoices.saturating_add(more.invoices);
            sum.minor = sum.minor.saturating_add(more.minor);
        }
        None => sums.push(more.clone()),
    }
}
