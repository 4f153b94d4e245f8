//! The catalog and which vendor products are what in it.

mod import;
mod item;
mod items;
mod mappings;

pub use import::{show as import_page, take as import_file};
pub use item::{change, change_status, create, detail, new};
pub use items::{csv, list};
pub use mappings::Products;
