//! BillingOne, the server.
