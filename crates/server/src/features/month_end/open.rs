//! What is still open at the end of a month.

use serde::Serialize;
use utoipa::ToSchema;

use super::store;
use crate::{
    db::{Day, OrgId, Tx},
    fault::Fault,
    ui::format,
};

/// Money in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = MonthSum)]
pub struct Sum {
    pub currency: String,
    pub minor: i64,
}

/// Things of one sort that are open.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = MonthItem)]
pub struct Item {
    /// What it is acknowledged by.
    pub key: String,
    pub title: String,
    pub count: i64,
    pub sums: Vec<Sum>,
    /// Where exactly these are.
    pub href: String,
}

impl Item {
    /// "3 drafts to approve, GBP 120.00".
    pub fn said(&self) -> String {
        let count = format::count(u64::try_from(self.count).unwrap_or(0));
        let sums = self.sums.iter();
        let sums: Vec<String> = sums
            .map(|sum| {
                format!(
                    ", {} {}",
                    sum.currency,
                    super::major(sum.minor, &sum.currency)
                )
            })
            .collect();
        format!("{}: {count}{}", self.title, sums.concat())
    }
}

/// A key, the title, and where the things are.
const KINDS: [(&str, &str, &str); 9] = [
    (
        "skipped",
        "Periods nobody invoiced",
        "/missed-billing?tab=all&kind=skipped_period",
    ),
    (
        "unmapped",
        "Money that is not mapped",
        "/missed-billing?tab=all",
    ),
    ("to_bill", "Other findings to bill", "/missed-billing"),
    ("to_give_back", "Findings to give back", "/missed-billing"),
    ("draft", "Drafts to approve", "/generated-invoices"),
    (
        "approved",
        "Drafts to post",
        "/generated-invoices?status=ready",
    ),
    (
        "posting",
        "Invoices on their way",
        "/generated-invoices?status=ready",
    ),
    (
        "credits",
        "Credit notes that are not posted",
        "/credit-notes",
    ),
    (
        "one_offs",
        "One-offs that wait for a draft",
        "/generated-invoices/generate",
    ),
];

/// Everything that is open of what began before `end`.
pub async fn items(tx: &mut Tx, org: OrgId, end: Day) -> Result<Vec<Item>, Fault> {
    let mut rows = store::open_findings(tx, org, end).await?;
    rows.extend(store::open_drafts(tx, org, end).await?);
    rows.extend(store::open_credits(tx, org, end).await?);
    rows.extend(store::waiting_one_offs(tx, org).await?);
    let mut items = Vec::new();
    for (key, title, href) in KINDS {
        let own: Vec<&store::OpenRow> = rows.iter().filter(|row| row.key == key).collect();
        if own.is_empty() {
            continue;
        }
        let sums = own.iter().filter(|row| row.minor != 0).map(|row| Sum {
            currency: row.currency.clone(),
            minor: row.minor,
        });
        items.push(Item {
            key: key.to_owned(),
            title: title.to_owned(),
            count: own.iter().map(|row| row.count).sum(),
            sums: sums.collect(),
            href: href.to_owned(),
        });
    }
    let broken = store::broken_sources(tx, org).await?;
    if broken > 0 {
        items.push(Item {
            key: "sources".to_owned(),
            title: "Sources that need attention".to_owned(),
            count: broken,
            sums: Vec::new(),
            href: "/settings/integrations".to_owned(),
        });
    }
    Ok(items)
}
