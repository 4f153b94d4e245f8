//! How states, acts and kinds of charge are called on screen.

use crate::{
    features::generated_invoices::{DraftView, LineView},
    ui::{Badge, format},
};

pub fn state(draft: &DraftView) -> Badge {
    match draft.status.as_str() {
        "draft" if draft.stops != "[]" => Badge::late("Stopped"),
        "draft" if draft.holds != "[]" => Badge::risk("Held"),
        "draft" if draft.awaits_another => Badge::info("Needs a second person"),
        "draft" => Badge::neutral("Draft"),
        "approved" if draft.problem.is_some() => Badge::late("Refused"),
        "approved" => Badge::info("Ready to post"),
        "posting" if draft.problem.is_some() => Badge::risk("Posting, with a problem"),
        "posting" => Badge::info("Posting"),
        "posted" if draft.ledger_status.as_deref() == Some("DRAFT") => {
            Badge::risk("In Xero, not approved")
        }
        "posted" => Badge::good("Posted"),
        "part_paid" => Badge::info("Part paid"),
        "paid" => Badge::good("Paid"),
        "rejected" => Badge::neutral("Rejected"),
        "void" => Badge::neutral("Void"),
        other => Badge::neutral(other.to_owned()),
    }
}

/// What became of the letter with an invoice.
pub fn delivery(word: &str) -> Badge {
    match word {
        "queued" => Badge::info("On its way"),
        "sent" => Badge::good("Sent"),
        "failed" => Badge::late("Failed"),
        _ => Badge::neutral("Not sent"),
    }
}

/// The ledger's own word, as people say it.
pub fn ledger_status(word: &str) -> &str {
    match word {
        "DRAFT" => "Draft, not approved",
        "SUBMITTED" => "Awaiting approval",
        "AUTHORISED" => "Awaiting payment",
        "PAID" => "Paid",
        "VOIDED" => "Voided",
        "DELETED" => "Deleted",
        other => other,
    }
}

pub fn act(action: &str) -> &'static str {
    match action {
        "draft.made" => "Made",
        "draft.approved" => "Approved",
        "draft.agreed" => "Approved by one of two",
        "draft.edited" => "Edited",
        "draft.unapproved" => "Approval taken back",
        "draft.rejected" => "Rejected",
        "draft.recounted" => "Worked out with a newer count",
        "draft.posting" => "Posting begun",
        "draft.posted" => "Posted",
        "draft.refused" => "Refused by accounting",
        "draft.delivery_queued" => "Letter written",
        "draft.delivered" => "Letter sent",
        "draft.delivery_failed" => "Letter not sent",
        "draft.paying" => "Marked paid",
        "draft.payment_booked" => "Payment booked",
        "draft.payment_refused" => "Payment refused by accounting",
        "draft.ledger_changed" => "Changed in accounting",
        _ => "Noted",
    }
}

/// Which count a metered line took, where it is not that of its own day.
pub fn count(line: &LineView) -> String {
    if line.count_missing_on.is_some() {
        return "Not counted yet".to_owned();
    }
    let carried = line.counted.filter(|count| count.is_carried);
    carried.map_or_else(String::new, |count| {
        format!("Last good count, of {}", format::date(count.last_good_on))
    })
}

/// Why a line is not what it was last time.
pub fn reason(word: &str, is_gone: bool) -> &'static str {
    match word {
        "begins_or_ends" if is_gone => "Has ended",
        "begins_or_ends" => "Begins",
        "cadence" if is_gone => "Not its turn this time",
        "cadence" => "Its turn comes now",
        "quantity" => "Another quantity was agreed or bought",
        "price" => "Another price was agreed",
        "part_period" => "Another part of a period",
        "once_only" if is_gone => "Was for last time only",
        "once_only" => "This once",
        "count" => "Another count",
        _ => "Entered by a person",
    }
}

pub fn charge(kind: &str) -> &'static str {
    match kind {
        "catch_up" => "Catch-up",
        "usage" => "Usage",
        "one_off" => "One-off",
        "bill_back" => "From a finding",
        _ => "",
    }
}

/// Where a payment of ours stands.
pub fn payment(state: &str) -> Badge {
    match state {
        "booked" => Badge::good("Booked"),
        "refused" => Badge::late("Refused"),
        _ => Badge::info("On its way"),
    }
}
