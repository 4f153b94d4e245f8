//! The finding tables.

pub mod behind;
mod findings;
mod history;
mod list;
mod one_offs;
mod settling;
mod worth;

pub use findings::{
    Content, Known, NewState, check_version, insert, known, line_made_for, remember_line,
    set_state, update,
};
pub use history::{Event, EventRow, contract_events, events, insert_event};
pub use list::{FindingRow, counts, list, one, ready_by_client, sums};
pub use one_offs::{
    NewOneOff, drafted_one_offs, insert_one_off, unwaive, waive, withdraw_one_offs,
};
pub use settling::{contract_for, covered_until, item, remove_line};
pub use worth::{ledger_rates, names};
