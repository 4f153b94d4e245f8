//! The product, cut by feature. Inside each the same file name means the same thing: `mod.rs`
//! types and use cases, `store.rs` all its SQL, `pages.rs` HTML, `api.rs` JSON, `jobs.rs` jobs.

pub mod account;
pub mod approvals;
pub mod audit;
pub mod catalog;
pub mod chart_of_accounts;
pub mod clients;
pub mod connections;
pub mod contract_templates;
pub mod contracts;
pub mod credit_notes;
pub mod deliveries;
pub mod entity_profiles;
pub mod generated_invoices;
pub mod home;
pub mod invoice_previews;
pub mod invoices;
pub mod mail;
pub mod mappings;
pub mod meters;
pub mod missed_billing;
pub mod month_end;
pub mod numbering;
pub mod organizations;
pub mod passkeys;
pub mod reconciliation;
pub mod repeating_invoices;
pub mod settings;
pub mod sign_in;
pub mod subscriptions;
pub mod sync;
pub mod team;
pub mod vendor_bills;
