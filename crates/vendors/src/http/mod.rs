//! How every vendor is spoken to: one [`Caller`] per connection and tenant.
//!
//! A call takes a slot from the [`Budget`], a token from [`Tokens`], goes out with time-outs, is
//! read up to a limit, teaches the budget what the headers say, and is tried again only where that
//! cannot do anything twice. What remains becomes one of the kinds of [`crate::Error`].

mod base_url;
mod budget;
mod call;
mod caller;
mod client;
mod limits;
mod memory_budget;
mod patience;
mod public_only;
mod tokens;
mod transport;

pub use base_url::{BaseUrl, BaseUrlError};
pub use budget::{Budget, Grant, Permit, Quota, Seen, Window};
pub use call::{IdempotencyKey, IdempotencyKeyError};
pub use client::{Timeouts, builder, client};
pub use memory_budget::MemoryBudget;
pub use patience::Patience;
pub use public_only::{NotPublic, PublicOnly, check_public, is_public};
pub use tokens::{MemoryTokens, TokenLock, TokenSet, TokenStore, Tokens};

pub(crate) use call::{Call, Reply, Unsendable, token_answer};
pub(crate) use caller::Caller;
pub(crate) use tokens::Renewal;
