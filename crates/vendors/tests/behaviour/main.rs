//! The clients against far servers that behave and misbehave, on a clock that leaps over waits.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these are tests"
)]

mod faults;
mod limits;
mod ninjaone;
mod pages;
mod pax8;
mod secrets;
mod stage;
mod tokens;
mod wire;
mod xero_reads;
mod xero_writes;
