//! The real binary as a process that is killed, stopped, copied and started again: nothing is lost,
//! nothing is doubled. The vendors are a sandbox in the test, which stays up like real ones would.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "these are tests"
)]

#[path = "../../src/testing/database.rs"]
mod database;

mod client;
mod content;
mod copies;
mod demo;
mod house;
mod kills;
mod random;
mod stop;
mod story;

// `database.rs` belongs to the library's own tests too and says `crate::db`.
use billingone::db;
