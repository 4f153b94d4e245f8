//! Xero, the ledger: consent and tokens, reading what is booked, and writing invoices.
//!
//! [`XeroApp`] is our registration at Xero (consent, tokens, connections); [`Xero`] makes the calls
//! for one tenant. Amounts are read and written with four unit decimals (`unitdp=4`), so that
//! reading and writing back never rounds a price.

mod accounts;
mod app;
mod contacts;
mod credit_notes;
mod crediting;
mod invoices;
mod items;
mod looks;
mod notifications;
mod organisation;
mod paging;
mod payments;
mod reading;
mod refusal;
mod repeating;
mod tax_rates;
mod tenant;
mod token;
mod writing;

pub use accounts::{Account, AccountStatus};
pub use app::{Connection, Settings, XeroApp};
pub use contacts::{
    Contact, ContactAddress, ContactPerson, ContactPhone, ContactStatus, PaymentTerms, Terms,
    TermsFrom,
};
pub use credit_notes::{Allocation, CreditNote, CreditNoteType};
pub use crediting::{NewAllocation, NewCreditNote};
pub use invoices::{
    CreditApplied, Invoice, InvoiceFilter, InvoiceStatus, InvoiceType, LineAmounts, LineItem,
    PaymentMade,
};
pub use items::{Item, ItemPrice};
pub use looks::{BrandingTheme, Tracking, TrackingCategory, TrackingOption, TrackingStatus};
pub use notifications::{Event, EventCategory, Notification, is_signed};
pub use organisation::Organisation;
#[doc(hidden)]
pub use paging::parse_invoices;
pub use payments::{AccountRef, CreditNoteRef, Payment, PaymentOf, PaymentStatus, PaymentType};
pub use reading::{ContactRef, InvoiceRef};
pub use repeating::{RepeatingInvoice, Schedule, ScheduleUnit};
pub use tax_rates::{TaxComponent, TaxRate, TaxRateStatus};
pub use tenant::Xero;
pub use token::Consent;
pub use writing::{InvoiceMove, NewInvoice, NewLine, NewPayment, Written};
