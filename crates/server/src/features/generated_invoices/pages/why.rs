//! "Why is it this amount", as a page shows it.

use crate::{
    features::generated_invoices::{
        LineView,
        explained::{Reader, explained},
    },
    ui::Steps,
};

/// The reason of one line.
pub struct Why {
    pub rule: String,
    pub steps: Steps,
    /// The finding it came from.
    pub finding: Option<String>,
}

/// The reason, as far as it was stored.
pub fn why(line: &LineView, currency: &str) -> Option<Why> {
    let told = explained(line, currency, Reader::Team)?;
    let steps = told.steps.into_iter().fold(Steps::new(), |steps, step| {
        steps.step(step.sign, step.what, step.because, step.value)
    });
    Some(Why {
        rule: told.rule,
        steps: match told.result {
            Some((what, value)) => steps.result(what, value),
            None => steps,
        },
        finding: told.finding.map(|id| format!("/missed-billing/{id}")),
    })
}
