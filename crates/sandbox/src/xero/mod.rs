//! Xero as a stateful server.
