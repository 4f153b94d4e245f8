//! What everyone sees first: the frame around every page, and Home.

mod frame;
mod store;

pub use frame::Frame;
