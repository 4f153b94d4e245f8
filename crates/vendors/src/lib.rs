//! Clients for the vendors whose data BillingOne compares: Pax8, Xero and NinjaOne.
//!
//! Each vendor has one module with its wire types and its calls; all of them speak through
//! [`http`], which owns tokens, limits, retries, time-outs and the reading of errors.
//!
//! This crate refuses to know our database, our clock or our randomness: they are handed in
//! through [`Outside`], [`http::TokenStore`] and [`http::Budget`]. It never writes a secret to a
//! log or an error, never follows a redirect, and never panics over what a vendor sends.

pub mod http;
pub mod ninjaone;
pub mod pax8;
pub mod xero;

mod dates;
mod error;
mod lenient;
mod list;
#[cfg(test)]
mod mangled;
mod number;
mod page;
mod secret;
mod time;
mod words;

pub use error::{BoxError, Complaint, Error, Limit, Refusal};
pub use page::{BrokenElement, Cursor, Disturbance, Page};
pub use secret::Secret;
pub use time::{LeapingTime, Time};

use std::fmt;
use std::sync::Arc;

/// A vendor this crate speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Vendor {
    Pax8,
    Xero,
    NinjaOne,
}

impl Vendor {
    /// The name as the vendor writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pax8 => "Pax8",
            Self::Xero => "Xero",
            Self::NinjaOne => "NinjaOne",
        }
    }

    /// The name for configuration, storage and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pax8 => "pax8",
            Self::Xero => "xero",
            Self::NinjaOne => "ninjaone",
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Chance, handed in so that a seeded run repeats itself: a number from 0 up to, not including, `n`.
pub trait Chance: Send + Sync {
    fn below(&self, n: u64) -> u64;
}

impl<F: Fn(u64) -> u64 + Send + Sync> Chance for F {
    fn below(&self, n: u64) -> u64 {
        self(n)
    }
}

/// Everything the clients need from the world around them.
#[derive(Clone)]
pub struct Outside {
    /// Build it with [`http::client`], so that redirects are off and time-outs are on.
    pub http: reqwest::Client,
    pub time: Arc<dyn Time>,
    pub chance: Arc<dyn Chance>,
    pub budget: Arc<dyn http::Budget>,
    pub patience: http::Patience,
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside")
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}
