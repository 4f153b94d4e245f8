//! The tables of generated invoices, and what planning reads of others.

mod agree;
mod ahead;
mod covering;
mod drafts;
mod edit;
mod last;
mod list;
mod payments;
mod planning;
mod posting;
mod review;
mod runs;
pub mod scope;

pub use agree::{NewVoice, agreements, editors, give_voice, withdraw_voices};
pub use ahead::{ahead, making_ahead};
pub use covering::{Taking, draft_one_off, move_coverage, move_one_offs, take_coverage};
pub use drafts::{
    DraftRow, LineRow, Move, NewDraft, NewLine, Surroundings, draft, insert_draft, insert_line,
    lines, set_content, set_status, surroundings,
};
pub use edit::{
    TypedAmount, WrittenLine, add_line, back_to_draft, order_lines, remove_line, set_invoice,
    write_line,
};
pub use last::{LastLine, LastRow, last_invoice, last_lines};
pub use list::{counts, history, list, view};
pub use payments::{
    NewPayment, Payable, PaymentRow, insert_payment, payable, payment, payment_accounts, payments,
    set_payment, touch,
};
pub use planning::{
    ContractRow, CoveredRow, ForeignLine, OneOffRow, TermsRow, contact_terms, contracts, covered,
    foreign_lines, last_nets, ledger, tax_rates, waiting_one_offs,
};
pub use posting::{
    LedgerNews, Progress, begin_posting, end_posting, ledger_news, set_ledger_status, set_progress,
};
pub use review::{OpenDraft, add_up, open_drafts, set_counted, set_reference};

pub use runs::{
    NewRun, RunRow, Step, ask_to_stop, clients_after, clients_to_invoice, end_run, insert_run,
    move_on, open_run, run, runs,
};

/// The word `billing` gives a value at rest.
pub fn word(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_value(value).ok();
    json.and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
