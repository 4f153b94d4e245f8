//! What a run computed, small enough to be compared: sums and, per kind, findings and their worth.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use billing::Micro;
use billing::reconcile::Outcome;
use serde_json::{Value, json};

/// Rows, the sums of their numbers, and for each kind the number of findings and their cents.
pub fn sums(outcome: &Outcome) -> Value {
    let mut sums = [0_i64; 4];
    for row in &outcome.rows {
        let numbers = row.numbers();
        let columns = [
            numbers.bought,
            numbers.contracted,
            numbers.invoiced,
            numbers.paid,
        ];
        for (sum, number) in sums.iter_mut().zip(columns) {
            *sum += number.unwrap_or(Micro::ZERO).0;
        }
    }
    let mut kinds: BTreeMap<&str, (u64, i64)> = BTreeMap::new();
    for finding in &outcome.findings {
        let (count, cents) = kinds.entry(finding.kind().as_str()).or_default();
        *count += 1;
        *cents += finding.impact.minor;
    }
    json!({ "rows": outcome.rows.len(), "sums": sums, "findings": kinds })
}

/// Differs as soon as anything in the outcome does.
pub fn fingerprint(outcome: &Outcome) -> Value {
    let mut hasher = DefaultHasher::new();
    for row in &outcome.rows {
        format!("{row:?}").hash(&mut hasher);
    }
    for finding in &outcome.findings {
        format!("{finding:?}").hash(&mut hasher);
    }
    json!(format!("{:016x}", hasher.finish()))
}
