//! The tables of our credit notes, and what making one reads of others.

mod list;
mod notes;
mod posting;
mod sources;

pub use list::{counts, list, view};
pub use notes::{
    LineRow, Move, NewLine, NewNote, NoteContent, NoteRow, delete_lines, insert_line, insert_note,
    lines, note, set_content, set_status,
};
pub use posting::{
    End, LedgerState, Progress, begin_posting, credit_coverage, end_posting, ledger_news,
    set_ledger_state, set_progress, uncredit_coverage,
};
pub use sources::{
    CreditableRow, accounts, clients, creditable, ledger, surroundings, tax_names, tax_rates,
};
