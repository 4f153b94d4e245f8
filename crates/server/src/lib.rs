//! BillingOne, the finance desk of a managed service provider: storage, jobs, pages and API.
//!
//! `ARCHITECTURE.md` is the map. `app.rs` makes everything that has an effect; features get it
//! as an argument.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod failpoint;
pub mod fault;
pub mod features;
pub mod http;
pub mod input;
pub mod jobs;
pub mod lifetime;
pub mod paging;
pub mod paper;
pub mod places;
pub mod queue;
pub mod role;
pub mod routes;
pub mod seal;
pub mod sheet;
pub mod supabase;
#[cfg(test)]
mod testing;
pub mod ui;
