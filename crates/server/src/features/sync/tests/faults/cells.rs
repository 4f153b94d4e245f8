//! What there is to spoil and how each kind of fault spoils it.

use sandbox::faults::{FaultKind, Vendor};

/// What requests of a list have in their path.
pub const LISTS: [(Vendor, &[&str]); 3] = [
    (
        Vendor::Pax8,
        &[
            "/token",
            "/companies",
            "/products",
            "/subscriptions?",
            "/history",
            "/invoices?",
            "/items",
            "/draftItems",
        ],
    ),
    (
        Vendor::Xero,
        &[
            "/connect/token",
            "/Organisation",
            "/Contacts",
            "/Items",
            "/TaxRates",
            "/Accounts",
            "/Invoices",
            "/CreditNotes",
            "/Payments",
            "/RepeatingInvoices",
        ],
    ),
    (
        Vendor::Ninjaone,
        &["/oauth/token", "/organizations", "/devices"],
    ),
];

pub fn lists() -> impl Iterator<Item = (Vendor, &'static str)> {
    LISTS
        .into_iter()
        .flat_map(|(vendor, paths)| paths.iter().map(move |path| (vendor, *path)))
}

/// How it ends while a fault lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// As without it.
    Same,
    /// The list moves each time it is read: what came is kept, and the run lists the doubt.
    Moves,
    /// As without it, but for a word nobody knows, which is kept as it came.
    AsItCame,
    /// The run says until when it waits.
    Waits,
    /// The connection needs attention and says why.
    Attention,
}

/// A kind that is missing here does not compile.
pub fn lasting(kind: FaultKind) -> Lasting {
    match kind {
        FaultKind::LimitMinute | FaultKind::LimitDay => Lasting::Waits,
        FaultKind::ServerError
        | FaultKind::HtmlUnavailable
        | FaultKind::TruncatedBody
        | FaultKind::DroppedConnection
        | FaultKind::LostAnswer
        | FaultKind::ExpiredToken => Lasting::Attention,
        FaultKind::Slow => Lasting::Same,
        FaultKind::DuplicatedPage | FaultKind::ShiftedPage => Lasting::Moves,
        FaultKind::UnknownEnum => Lasting::AsItCame,
    }
}

/// Whether there is anything to play: who asks for a token shows none, and what comes whole has
/// no pages.
pub fn plays(kind: FaultKind, path: &str) -> bool {
    const WHOLE: [&str; 6] = [
        "/history",
        "/Organisation",
        "/Items",
        "/TaxRates",
        "/Accounts",
        "/RepeatingInvoices",
    ];
    let is_token = path.ends_with("/token");
    match lasting(kind) {
        Lasting::Moves => !is_token && !WHOLE.contains(&path),
        Lasting::AsItCame => !is_token,
        _ => !(is_token && kind == FaultKind::ExpiredToken),
    }
}

/// Milliseconds of the fault: of lateness, or of the wait that is asked for.
pub fn ms(kind: FaultKind) -> u64 {
    match kind {
        FaultKind::Slow => 5,
        FaultKind::LimitMinute => 61_000,
        FaultKind::LimitDay => 122_000,
        _ => 0,
    }
}
