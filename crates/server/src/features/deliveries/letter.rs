//! What a letter with an invoice says, before somebody edits it.

use super::paperwork::Paperwork;
use crate::ui::{Locale, format};

/// A letter as it is offered.
#[derive(Debug, Clone)]
pub struct Offer {
    pub recipients: Vec<String>,
    pub subject: String,
    pub text: String,
    /// ledger | own: whose PDF goes along.
    pub document: &'static str,
    /// The names of what is attached: the invoice, and the explanation if it is wanted.
    pub invoice_file: String,
    pub explanation_file: String,
}

impl Offer {
    pub fn of(paperwork: &Paperwork, is_in_ledger: bool) -> Self {
        Locale::of_others(|| {
            let number = paperwork.number();
            Self {
                recipients: paperwork.profile.recipients(),
                subject: format!("Invoice {number} from {}", paperwork.letterhead.legal_name),
                text: text(paperwork),
                document: if is_in_ledger { "ledger" } else { "own" },
                invoice_file: super::file_name("invoice", number),
                explanation_file: super::file_name("explanation", number),
            }
        })
    }
}

fn text(paperwork: &Paperwork) -> String {
    let row = &paperwork.document.row;
    let greeting = match paperwork.profile.contact_name.as_str() {
        "" => "Hello,".to_owned(),
        name => format!("Dear {name},"),
    };
    let total = format::money(row.total_minor, &row.currency);
    let due = row
        .due_on
        .map(|day| format!(", due on {}", format::date(day.0)));
    let what = format!(
        "please find attached our invoice {} of {} over {total}{}.",
        paperwork.number(),
        format::date(row.issued_on.0),
        due.unwrap_or_default()
    );
    let reference = match row.reference.as_str() {
        "" => None,
        reference => Some(format!("Your reference: {reference}")),
    };
    let payment = match paperwork.letterhead.payment.as_str() {
        "" => None,
        payment => Some(format!("How to pay:\n{payment}")),
    };
    let parts = [Some(greeting), Some(what), reference, payment];
    let end = format!("Kind regards\n{}", paperwork.letterhead.legal_name);
    let parts = parts.into_iter().flatten().chain([end]);
    parts.collect::<Vec<_>>().join("\n\n")
}
