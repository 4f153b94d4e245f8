//! Receivables by age, as they were open at a date.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::Id;
use crate::money::{Currency, Money, MoneyError};

/// A document as it stood: an invoice, or money the client has with us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub client: Id,
    pub kind: Kind,
    pub date: NaiveDate,
    /// Of an invoice; its own date where it has none.
    pub due: Option<NaiveDate>,
    pub total: Money,
    /// What settled it, payments and allocated credits alike, by date.
    pub settled: Vec<(NaiveDate, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Invoice,
    /// A credit note, overpayment or prepayment: what is not allocated stands in its own column.
    Credit,
}

/// What is open, by days past due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aging {
    pub currency: Currency,
    pub current_minor: i64,
    pub days_1_to_30_minor: i64,
    pub days_31_to_60_minor: i64,
    pub days_61_to_90_minor: i64,
    pub over_90_minor: i64,
    /// Unallocated credits, overpayments and prepayments, as a positive amount.
    pub unallocated_minor: i64,
}

impl Aging {
    fn none(currency: Currency) -> Aging {
        Aging {
            currency,
            current_minor: 0,
            days_1_to_30_minor: 0,
            days_31_to_60_minor: 0,
            days_61_to_90_minor: 0,
            over_90_minor: 0,
            unallocated_minor: 0,
        }
    }

    fn bucket(&mut self, days_late: i64) -> &mut i64 {
        match days_late {
            ..=0 => &mut self.current_minor,
            1..=30 => &mut self.days_1_to_30_minor,
            31..=60 => &mut self.days_31_to_60_minor,
            61..=90 => &mut self.days_61_to_90_minor,
            _ => &mut self.over_90_minor,
        }
    }

    /// All buckets less unallocated money: equal to receivables in the ledger.
    pub fn receivable(&self) -> Result<Money, MoneyError> {
        let open = [
            self.current_minor,
            self.days_1_to_30_minor,
            self.days_31_to_60_minor,
            self.days_61_to_90_minor,
            self.over_90_minor,
        ];
        let sum = open
            .iter()
            .try_fold(0_i64, |sum, part| sum.checked_add(*part));
        let minor = sum.and_then(|sum| sum.checked_sub(self.unallocated_minor));
        Ok(Money::new(
            minor.ok_or(MoneyError::TooLarge)?,
            self.currency,
        ))
    }
}

/// Receivables at the end of `at`, one for each client and currency. Payments after it are put
/// back, documents after it are not there yet.
pub fn aging_by_client(
    documents: &[Document],
    at: NaiveDate,
) -> Result<BTreeMap<(Id, Currency), Aging>, MoneyError> {
    let mut by_client = BTreeMap::new();
    for document in documents.iter().filter(|document| document.date <= at) {
        let currency = document.total.currency;
        let aging: &mut Aging = by_client
            .entry((document.client, currency))
            .or_insert_with(|| Aging::none(currency));
        let open = open_minor(document, at)?;
        let column = match document.kind {
            Kind::Invoice => aging.bucket((at - document.due.unwrap_or(document.date)).num_days()),
            Kind::Credit => &mut aging.unallocated_minor,
        };
        *column = column.checked_add(open).ok_or(MoneyError::TooLarge)?;
    }
    Ok(by_client)
}

/// All clients together, one for each currency.
pub fn aging(documents: &[Document], at: NaiveDate) -> Result<Vec<Aging>, MoneyError> {
    let everyone: Vec<Document> = documents
        .iter()
        .map(|document| Document {
            client: Id(0),
            ..document.clone()
        })
        .collect();
    Ok(aging_by_client(&everyone, at)?.into_values().collect())
}

fn open_minor(document: &Document, at: NaiveDate) -> Result<i64, MoneyError> {
    let by_then = document.settled.iter().filter(|(on, _)| *on <= at);
    by_then
        .map(|(_, minor)| *minor)
        .try_fold(document.total.minor, i64::checked_sub)
        .ok_or(MoneyError::TooLarge)
}
