//! What stands in the way of a credit note and what accounting refused, as sentences that say what
//! to mend and where.

use billing::draft::Stop;

use crate::ui::format;

/// Each thing to do once, however many lines it is about.
pub fn stop_sentences(stops: &[Stop]) -> Vec<String> {
    let mut said = Vec::new();
    for sentence in stops.iter().map(stop_sentence) {
        if !said.contains(&sentence) {
            said.push(sentence);
        }
    }
    said
}

fn stop_sentence(stop: &Stop) -> String {
    match stop {
        Stop::TaxCodeMissing { .. } => "A line has no tax code; edit the credit note.".into(),
        Stop::TaxCodeRefused { code, .. } => format!(
            "The ledger does not take the tax code {code} for sales any more; make it active \
             there and sync."
        ),
        Stop::AccountCodeMissing { .. } => {
            "A line has no revenue account; edit the credit note.".into()
        }
        Stop::AccountCodeRefused { code, .. } => format!(
            "The ledger does not know the account {code} any more; make it active there and sync."
        ),
        Stop::LedgerLocked { through } => format!(
            "Accounting is locked through {}; edit the credit note and give it a later date.",
            format::date(*through)
        ),
        other => crate::features::generated_invoices::stop_sentences(std::slice::from_ref(other))
            .join(" "),
    }
}

/// What a refusal of the ledger asks for, by the words it is known to say.
const ADVICE: [(&[&str], &str); 6] = [
    (
        &["lock date", "locked"],
        "Move the lock date in Xero under Accounting, Lock dates, or edit the date here; then post \
         again.",
    ),
    (
        &["must be unique", "already exists"],
        "The number is taken in Xero: rename or delete the credit note that has it there, then post \
         again.",
    ),
    (
        &["tax type", "taxtype", "tax code"],
        "Make the tax code active in Xero under Accounting, Tax rates, sync, and post again.",
    ),
    (
        &["account"],
        "Make the account active in Xero under Accounting, Chart of accounts, sync, and post again.",
    ),
    (
        &["contact", "archived"],
        "Restore the client's contact in Xero, or link another under Client mappings; then post \
         again.",
    ),
    (
        &["amount outstanding", "remaining credit"],
        "The invoice owes less than that by now: sync, then set the credit against it in Xero.",
    ),
];

/// The ledger's own words, and where to mend what they complain about.
pub fn advised(refusal: &str) -> String {
    let words = refusal.to_lowercase();
    let known = ADVICE
        .iter()
        .find(|(said, _)| said.iter().any(|part| words.contains(part)));
    match known {
        Some((_, advice)) => {
            let said = refusal.trim_end_matches(" Correct it and try again.");
            format!("{said} {advice}")
        }
        None => refusal.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::advised;

    #[test]
    fn a_known_refusal_says_where_to_mend_it() {
        for (refusal, advice) in [
            (
                "Xero refused this: The document date cannot be before the period lock date.",
                "Lock dates",
            ),
            (
                "Xero refused this: Credit note # must be unique. Correct it and try again.",
                "rename or delete",
            ),
            (
                "Xero refused this: Account code '9' is not valid.",
                "Chart of accounts",
            ),
        ] {
            let said = advised(refusal);
            assert!(said.contains(advice), "{said}");
            assert!(!said.contains("Correct it and try again"), "{said}");
        }
        assert_eq!(advised("Something else."), "Something else.");
    }
}
