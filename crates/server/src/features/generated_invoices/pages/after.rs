//! What a posted invoice leads to: payments that we book, and its credit notes.

use super::{place_of, words};
use crate::{
    db::Tx,
    fault::Fault,
    features::{
        credit_notes,
        generated_invoices::{DraftView, pay},
    },
    http::{Permission, Who},
    ui::{Badge, Figure, Moment, address},
};

/// A credit note of the invoice.
pub struct Credit {
    pub href: String,
    pub named: String,
    pub state: Badge,
    pub total: Figure,
}

/// A payment that we booked on it, or are booking.
pub struct Payment {
    pub account: String,
    pub reference: String,
    pub problem: Option<String>,
    pub paid: Moment,
    pub state: Badge,
    pub amount: Figure,
}

pub struct After {
    pub payments: Vec<Payment>,
    /// Where it is marked paid, while it owes something.
    pub pay_href: Option<String>,
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
        let money = pay::payments(tx, who.org, draft.id).await?;
        let payments = money.payments.into_iter().map(|payment| Payment {
            account: payment.account_name,
            reference: payment.reference,
            problem: payment.problem,
            paid: Moment::date(payment.paid_on.0),
            state: words::payment(&payment.state),
            amount: Figure::new(payment.amount_minor, money.currency.clone()),
        });
        let is_posted = matches!(draft.status.as_str(), "posted" | "part_paid" | "paid");
        let may_work = who.may(Permission::Work);
        let owes = pay::is_payable(draft) && money.owed_minor > 0;
        Ok(Self {
            payments: payments.collect(),
            pay_href: (may_work && owes).then(|| format!("{}/pay", place_of(draft.id))),
            credits: credits.collect(),
            credit_href: (may_work && is_posted).then(|| {
                let invoice = draft.id.to_string();
                address("/credit-notes/create", &[("invoice", &invoice)])
            }),
        })
    }
}
