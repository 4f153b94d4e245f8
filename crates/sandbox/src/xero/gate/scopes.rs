//! Which scopes open which resource: the broad ones of older applications and the granular ones of
//! those made since March 2026.

use axum::http::Method;

/// Any one of these is enough for the call. `path` may stand with or without the API's prefix.
pub fn needed(method: &Method, path: &str) -> Vec<&'static str> {
    let path = path.strip_prefix("/api.xro/2.0").unwrap_or(path);
    let resource = path
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    let is_read = method == Method::GET;
    let (writing, reading): (&[&str], &[&str]) = match resource.to_ascii_lowercase().as_str() {
        "contacts" => (&["accounting.contacts"], &["accounting.contacts.read"]),
        "payments" => (
            &["accounting.transactions", "accounting.payments"],
            &["accounting.transactions.read", "accounting.payments.read"],
        ),
        "items" => (
            &["accounting.settings", "accounting.invoices"],
            &["accounting.settings.read", "accounting.invoices.read"],
        ),
        "accounts" | "taxrates" | "organisation" | "brandingthemes" | "trackingcategories" => {
            (&["accounting.settings"], &["accounting.settings.read"])
        }
        _ => (
            &["accounting.transactions", "accounting.invoices"],
            &["accounting.transactions.read", "accounting.invoices.read"],
        ),
    };
    let mut scopes = writing.to_vec();
    if is_read {
        scopes.extend_from_slice(reading);
    }
    scopes
}
