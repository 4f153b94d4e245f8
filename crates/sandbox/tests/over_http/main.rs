//! The sandbox as its clients meet it: over HTTP, with time, faults and webhooks.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]
#![expect(
    clippy::indexing_slicing,
    reason = "a missing field is null, which no assertion expects"
)]

mod control;
mod faults;
mod journal;
mod ninjaone;
mod pax8;
mod prism;
mod support;
mod webhooks;
