//! What a posted invoice leads to: its credit notes.

use crate::{
    db::Tx,
    fault::Fault,
    features::{credit_notes, generated_invoices::DraftView},
    http::{Permission, Who},
    ui::{Badge, Figure, address},
};

/// A credit note of the invoice.
pub struct Credit {
    pub href: String,
    pub named: String,
    pub state: Badge,
    pub total: Figure,
}

pub struct After {
    pub credits: Vec<Credit>,
    /// Where it is credited, while it stands in accounting.
    pub credit_href: Option<String>,
}

impl After {
    pub async fn of(tx: &mut Tx, who: &Who, draft: &DraftView) -> Result<Self, Fault> {
        let notes = credit_notes::of_invoice(tx, who.org, draft.id).await?;
        let credits = notes.iter().map(|note| Credit {
            href: credit_notes::pages::place_of(note.id),
            named: note.number.clone().unwrap_or_else(|| note.reason.clone()),
            state: credit_notes::pages::state(note),
            total: Figure::new(note.total_minor, note.currency.clone()),
        });
        let is_posted = matches!(draft.status.as_str(), "posted" | "part_paid" | "paid");
        let may_work = who.may(Permission::Work);
        Ok(Self {
            credits: credits.collect(),
            credit_href: (may_work && is_posted).then(|| {
                let invoice = draft.id.to_string();
                address("/credit-notes/create", &[("invoice", &invoice)])
            }),
        })
    }
}
