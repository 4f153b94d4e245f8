//! Xero over HTTP: what a client sees, in our tests and in the eyes of the vendor's own tools.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fall over; that is how it tells"
)]

mod asking;
mod consent;
mod money;
mod prism;
mod python;
mod reading;
mod support;
mod webhooks;
mod writing;
