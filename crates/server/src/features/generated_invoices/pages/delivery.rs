//! What the client gets of an invoice: the papers, and what became of the letters.

use super::{place_of, words};
use crate::{
    features::{
        deliveries::{DeliveryView, is_authorised},
        generated_invoices::Detail,
    },
    http::{Permission, Who},
    ui::{Badge, Moment},
};

/// One letter.
pub struct Letter {
    pub state: Badge,
    pub when: Moment,
    pub to: String,
    /// Who wrote it, and with what.
    pub about: String,
    pub problem: Option<String>,
}

pub struct Papers {
    pub own: String,
    pub explanation: String,
    /// The ledger's own PDF and page, for what is in the ledger.
    pub of_ledger: Option<String>,
    pub online: Option<String>,
    pub delivery: Badge,
    pub send: Option<String>,
    pub is_first: bool,
    pub letters: Vec<Letter>,
    /// A letter is on its way: the page looks again by itself.
    pub is_moving: bool,
}

pub fn papers(found: &Detail, who: &Who) -> Papers {
    let draft = &found.draft;
    let place = place_of(draft.id);
    let is_in_ledger = draft.ledger_external_id.is_some() && draft.status != "posting";
    let is_moving = draft.delivery == "queued";
    let can_send = is_authorised(draft) && who.may(Permission::Work) && !is_moving;
    Papers {
        own: format!("{place}/invoice.pdf"),
        explanation: format!("{place}/explanation"),
        of_ledger: is_in_ledger.then(|| format!("{place}/ledger.pdf")),
        online: is_authorised(draft).then(|| format!("{place}/online-invoice")),
        delivery: words::delivery(&draft.delivery),
        send: can_send.then(|| format!("{place}/send")),
        is_first: draft.delivery == "not_sent",
        letters: found
            .deliveries
            .iter()
            .map(|letter| shown(letter, who))
            .collect(),
        is_moving,
    }
}

fn shown(letter: &DeliveryView, who: &Who) -> Letter {
    let by = letter.requested_by.as_deref().unwrap_or("Somebody");
    let whose = match letter.document.as_str() {
        "ledger" => "with Xero's PDF",
        _ => "with BillingOne's PDF",
    };
    let why = if letter.with_explanation {
        " and the explanation"
    } else {
        ""
    };
    let when = letter.settled_at.unwrap_or(letter.requested_at);
    Letter {
        state: words::delivery(&letter.state),
        when: Moment::instant(when.0, who.zone),
        to: letter.recipients.join(", "),
        about: format!("by {by}, {whose}{why}"),
        problem: letter.problem.clone(),
    }
}
