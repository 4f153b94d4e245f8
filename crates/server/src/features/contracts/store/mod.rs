//! All SQL of contracts.

mod contracts;
mod coverage;
mod events;
mod lines;
mod sources;
mod uplifts;

pub use contracts::*;
pub use coverage::*;
pub use events::*;
pub use lines::*;
pub use sources::*;
pub use uplifts::*;

/// `$first, $first+1, …`: as many as there are values.
fn marks(first: usize, count: usize) -> String {
    let marks: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    marks.join(", ")
}
