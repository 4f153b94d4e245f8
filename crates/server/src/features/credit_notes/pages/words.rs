//! How states and acts are called on screen.

use crate::{features::credit_notes::NoteView, ui::Badge};

pub fn state(note: &NoteView) -> Badge {
    match note.status.as_str() {
        "draft" => Badge::neutral("Draft"),
        "approved" if note.problem.is_some() => Badge::late("Refused"),
        "approved" => Badge::info("Ready to post"),
        "posting" if note.problem.is_some() => Badge::risk("Posting, with a problem"),
        "posting" => Badge::info("Posting"),
        "posted" if note.ledger_status.as_deref() == Some("DRAFT") => {
            Badge::risk("In Xero, not approved")
        }
        "posted" if note.generated_invoice_id.is_some() => Badge::risk("Not set against it"),
        "posted" => Badge::good("Posted"),
        "allocated" => Badge::good("Set against it"),
        "rejected" => Badge::neutral("Rejected"),
        "void" => Badge::neutral("Void"),
        other => Badge::neutral(other.to_owned()),
    }
}

/// The ledger's own word, as people say it.
pub fn ledger_status(word: &str) -> &str {
    match word {
        "DRAFT" => "Draft, not approved",
        "SUBMITTED" => "Awaiting approval",
        "AUTHORISED" => "Open",
        "PAID" => "Used up",
        "VOIDED" => "Voided",
        "DELETED" => "Deleted",
        other => other,
    }
}

pub fn act(action: &str) -> &'static str {
    match action {
        "credit_note.made" => "Made",
        "credit_note.edited" => "Edited",
        "credit_note.approved" => "Approved",
        "credit_note.rejected" => "Rejected",
        "credit_note.posting" => "Posting begun",
        "credit_note.posted" => "Posted",
        "credit_note.refused" => "Refused by accounting",
        "credit_note.ledger_changed" => "Changed in accounting",
        _ => "Noted",
    }
}
