//! What is still open at the end of a month.

use billing::finding::Kind;
use serde::Serialize;
use utoipa::ToSchema;

use super::store;
use crate::{
    db::{Day, OrgId, Tx},
    fault::Fault,
    features::missed_billing::pages::kind_word,
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
    /// What the sums are: `a month`, `to invoice`, `to give back`.
    pub per: String,
    /// Where exactly these are.
    pub href: String,
}

impl Item {
    /// "Drafts to approve: 3, GBP 120.00 to invoice".
    pub fn said(&self) -> String {
        let count = format::count(u64::try_from(self.count).unwrap_or(0));
        let sums = self.sums.iter();
        let sums: Vec<String> = sums
            .map(|sum| {
                let amount = super::major(sum.minor, &sum.currency);
                format!(", {} {amount} {}", sum.currency, self.per)
            })
            .collect();
        format!("{}: {count}{}", self.title, sums.concat())
    }
}

/// A key, the title, what its sums are, and where the things are.
const KINDS: [(&str, &str, &str, &str); 5] = [
    (
        "draft",
        "Drafts to approve",
        "to invoice",
        "/generated-invoices",
    ),
    (
        "approved",
        "Drafts to post",
        "to invoice",
        "/generated-invoices?status=ready",
    ),
    (
        "posting",
        "Invoices on their way",
        "to invoice",
        "/generated-invoices?status=ready",
    ),
    (
        "credits",
        "Credit notes that are not posted",
        "to give back",
        "/credit-notes",
    ),
    (
        "one_offs",
        "One-offs that wait for a draft",
        "to invoice",
        "/generated-invoices/generate",
    ),
];

/// Everything that is open of what began before `end`.
pub async fn items(tx: &mut Tx, org: OrgId, end: Day) -> Result<Vec<Item>, Fault> {
    let findings = store::open_findings(tx, org, end).await?;
    let by_kind = Kind::ALL.into_iter().map(|kind| {
        let place = format!("/missed-billing?tab=all&kind={}", kind.as_str());
        let title = kind_word(kind.as_str());
        item((kind.as_str(), title, "a month", &place), &findings)
    });
    let mut items: Vec<Item> = by_kind.flatten().collect();
    let mut rows = store::open_drafts(tx, org, end).await?;
    rows.extend(store::open_credits(tx, org, end).await?);
    rows.extend(store::waiting_one_offs(tx, org).await?);
    items.extend(KINDS.into_iter().filter_map(|kind| item(kind, &rows)));
    let broken = store::broken_sources(tx, org).await?;
    if broken > 0 {
        items.push(Item {
            key: "sources".to_owned(),
            title: "Sources that need attention".to_owned(),
            count: broken,
            sums: Vec::new(),
            per: String::new(),
            href: "/settings/integrations".to_owned(),
        });
    }
    Ok(items)
}

/// What is open of one sort; none where nothing is.
fn item(
    (key, title, per, href): (&str, &str, &str, &str),
    rows: &[store::OpenRow],
) -> Option<Item> {
    let own: Vec<&store::OpenRow> = rows.iter().filter(|row| row.key == key).collect();
    let sums = own.iter().filter(|row| row.minor != 0).map(|row| Sum {
        currency: row.currency.clone(),
        minor: row.minor,
    });
    (!own.is_empty()).then(|| Item {
        key: key.to_owned(),
        title: title.to_owned(),
        count: own.iter().map(|row| row.count).sum(),
        sums: sums.collect(),
        per: per.to_owned(),
        href: href.to_owned(),
    })
}
