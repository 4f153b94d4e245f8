//! The catalog and which vendor products are what in it.

mod item;
mod items;
mod mappings;

pub use item::{change, change_status, create, detail, new};
pub use items::{csv, list};
pub use mappings::Products;
