//! The Supabase project that keeps the accounts, where the operator has one (decision 21): what is
//! asked of it, and which of its tokens are believed.

mod keys;
mod project;

pub use keys::{Keys, Theirs, believed, count as count_keys};
pub use project::{Account, Enrolled, Entered, Project, Refusal, Tokens};

use crate::app::App;

/// Whether a project keeps the accounts.
pub fn keeps_accounts(app: &App) -> bool {
    app.config.auth.supabase.is_configured()
}
