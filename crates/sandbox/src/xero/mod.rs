//! Xero as a stateful server.
//!
//! One or more organisations with their books, the consent that opens them to a client, and the
//! accounting API over them, as far as a billing system needs it: contacts, invoices, payments,
//! credit notes, items, tax rates, accounts. It keeps Xero's own rules and nobody else's; anything
//! it does not know it refuses rather than guesses.

mod amount;
mod api;
mod auth;
mod gate;
mod hooks;
mod ids;
mod input;
mod ledger;
mod query;
mod records;
mod rules;
mod state;
mod table;
mod wire;

pub use amount::{Amount, Currency};
pub use hooks::{HookRefused, HookState};
pub use ledger::{Ledger, SeedError};
pub use records::*;
pub use state::{Limits, Settings, Xero, router};
