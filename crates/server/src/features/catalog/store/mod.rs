//! All SQL of the catalog.

mod items;
mod links;

pub use items::*;
pub use links::*;
