//! The catalog and which vendor products are what in it.

mod items;
pub mod mappings;

pub use items::{change, change_status, create, csv, detail, list, new};
