//! What reconciliation reads, and the rows it writes.

mod agreed;
pub mod behind;
mod bought;
mod counted;
mod ledger;
pub mod rows;

pub use agreed::{
    EventRow, LineRow, clients, coverage, items, line_events, line_subscriptions, lines,
    organization, references,
};
pub use bought::{
    BillLineRow, BillRow, BillShape, SubscriptionRow, bill_lines, bill_shapes, bills, companies,
    products, subscription_events, subscriptions,
};
pub use counted::{counts, snapshots};
pub use ledger::{credit_notes, foreign_lines, loose_lines, own_lines};
