//! NinjaOne, the monitoring tool: which organizations there are and which devices they have.

mod client;
mod devices;
mod organizations;
mod paging;
mod token;

pub use client::{NinjaOne, Settings};
pub use devices::{ApprovalStatus, Device, NodeClass};
pub use organizations::Organization;
