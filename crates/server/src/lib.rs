//! BillingOne, the finance desk of a managed service provider: storage, jobs, pages and API.
//!
//! `ARCHITECTURE.md` is the map. `app.rs` makes everything that has an effect; features get it
//! as an argument.

pub mod db;
