//! Settings that are about the product itself rather than one feature: for now, its jobs.

pub mod pages;
#[cfg(test)]
mod tests;
