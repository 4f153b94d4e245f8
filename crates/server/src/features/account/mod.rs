//! One's own account: who one is, how one signs in, where one is signed in, and what happened. It belongs to a
//! person and is the same in every organization of theirs.

pub mod avatar;
pub mod pages;
mod profile;
mod security;
mod sessions;
mod store;
#[cfg(test)]
pub(crate) mod tests;

pub use sessions::unseen;
pub use store::SessionRow;
