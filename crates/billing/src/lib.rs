//! The rules of money: what is owed, for which days, at what price, and why.
//!
//! Values in, values out. Nothing here reads a clock, a database or the network, nothing is a
//! float, and nothing panics on input: a rule that cannot be applied says so in an error. The
//! caller keeps names and rows; this crate keeps the arithmetic and the reasons.
//!
//! Reading order: [`money`], [`fraction`], [`period`], [`policy`] are the vocabulary;
//! [`charge`] turns a contract line into invoice lines; [`reconcile`] turns everything that is
//! known about clients into [`finding`]s; [`draft`] is an invoice until it is posted,
//! [`due`] when it is to be paid, [`credit`] what of it is given back, and [`coverage`] what of a
//! contract has been invoiced. [`bill`], [`commitment`] and [`price`] are the distributor's side;
//! [`repeating`] is what the ledger bills by itself;
//! [`timeline`] says what changes from one invoice to the next; [`mrr`], [`aging`] and
//! [`statement`] are the reports.

pub mod aging;
pub mod bill;
pub mod charge;
pub mod commitment;
pub mod coverage;
pub mod credit;
pub mod draft;
pub mod due;
pub mod explanation;
pub mod finding;
pub mod fraction;
pub mod id;
pub mod micro;
pub mod money;
pub mod mrr;
pub mod period;
pub mod policy;
pub mod price;
pub mod proration;
pub mod quantity;
pub mod reconcile;
pub mod repeating;
pub mod statement;
pub mod timeline;

pub use fraction::Fraction;
pub use id::Id;
pub use micro::Micro;
pub use money::{Currency, Money};
pub use period::Period;
pub use policy::Policy;
