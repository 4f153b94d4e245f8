//! Pax8, the distributor: companies, products, subscriptions, orders, bills, usage and webhooks.
//!
//! Pax8 has no "changed since" filter and no idempotency key: lists are swept in full with an
//! explicit order, and nothing here changes anything at Pax8 but our own webhooks.

mod client;
mod companies;
mod invoices;
mod orders;
mod paging;
mod products;
mod refusal;
mod subscriptions;
mod token;
mod usage;
mod webhook_calls;
mod webhooks;

pub use client::{Pax8, Settings};
pub use companies::{Address, Company, CompanyStatus, Contact, ContactRole, ContactType};
pub use invoices::{
    ChargeType, DraftMonth, Invoice, InvoiceItem, InvoiceStatus, ItemTerm, ItemType, RateType,
};
pub use orders::{Order, OrderLine, OrderedBy};
pub use products::{Pricing, PricingType, Product, Rate};
pub use subscriptions::{
    BillingTerm, Commitment, Subscription, SubscriptionFilter, SubscriptionStatus,
};
pub use usage::{UsageLine, UsageSummary};
pub use webhook_calls::{Delivery, DeliveryTopic, is_authorized};
pub use webhooks::{
    FilterDefinition, NewWebhook, TopicDefinition, Webhook, WebhookAction, WebhookCondition,
    WebhookTopic,
};
