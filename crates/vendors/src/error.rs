//! What can go wrong with a vendor, said so that a person knows what to do next and the worker
//! knows whether to wait, to give up or to ask.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::Vendor;

/// An error from what the product lent us (its token store or its budget).
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// A vendor call that did not succeed. `Display` is a sentence for a person.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// A limit is used up for longer than a worker should sleep: park the work until `when`.
    #[error(
        "{vendor} lets us continue at {} UTC: {why}. Nothing needs to be done, it goes on by itself.",
        .when.format("%Y-%m-%d %H:%M:%S")
    )]
    RetryAt {
        vendor: Vendor,
        when: DateTime<Utc>,
        why: Limit,
    },

    /// The credentials or the consent are dead. Trying again does not help; a person must connect.
    #[error(
        "The connection to {vendor} no longer works: {why}. Open Settings, Integrations and connect {vendor} again."
    )]
    ReconnectNeeded { vendor: Vendor, why: String },

    /// The vendor understood the request and said no. Nothing was changed there.
    #[error("{0}")]
    Refused(Box<Refusal>),

    /// The thing asked for is not there.
    #[error("{vendor} does not know {what}. It may have been deleted there: sync and look again.")]
    NotFound { vendor: Vendor, what: String },

    /// An answer came that cannot be read. `excerpt` is its beginning, for the log.
    #[error(
        "{vendor} sent an answer that cannot be read: {what}. Try again later; if it stays so, report it with the time it happened."
    )]
    Broken {
        vendor: Vendor,
        what: String,
        excerpt: String,
        maybe_done: bool,
    },

    /// No answer, or only server errors, after all tries.
    #[error(
        "{vendor} cannot be reached: {why}. It is tried again by itself; if it lasts, look at the status page of {vendor}."
    )]
    Unreachable {
        vendor: Vendor,
        why: String,
        maybe_done: bool,
    },

    /// Our own token store or budget failed; the vendor is not to blame.
    #[error(
        "What we keep about the connection to {vendor} could not be read or written. Look at the database and the disk, then try again."
    )]
    Kept {
        vendor: Vendor,
        #[source]
        source: Arc<dyn StdError + Send + Sync>,
    },
}

impl Error {
    pub(crate) fn kept(vendor: Vendor, source: BoxError) -> Self {
        Self::Kept {
            vendor,
            source: Arc::from(source),
        }
    }

    /// A token endpoint's no that is not about credentials: an address is wrong, or a proxy speaks.
    pub(crate) fn no_token(vendor: Vendor, status: u16) -> Self {
        let text = format!(
            "it gave no token (status {status}); check its token address in the configuration"
        );
        let complaints = vec![Complaint::new(text)];
        Self::Refused(Box::new(Refusal {
            vendor,
            status,
            code: None,
            complaints,
        }))
    }

    pub(crate) fn broken(vendor: Vendor, what: impl Into<String>, body: &[u8]) -> Self {
        Self::Broken {
            vendor,
            what: what.into(),
            excerpt: excerpt(body),
            maybe_done: false,
        }
    }

    /// True when the vendor may have acted although we have no readable answer: look there before
    /// sending the same thing again with a new key.
    pub fn maybe_done(&self) -> bool {
        matches!(
            self,
            Self::Broken {
                maybe_done: true,
                ..
            } | Self::Unreachable {
                maybe_done: true,
                ..
            }
        )
    }

    /// A stable word for machines: metrics, stored connection states, the API.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RetryAt { .. } => "retry_at",
            Self::ReconnectNeeded { .. } => "reconnect_needed",
            Self::Refused(_) => "refused",
            Self::NotFound { .. } => "not_found",
            Self::Broken { .. } => "broken_answer",
            Self::Unreachable { .. } => "unreachable",
            Self::Kept { .. } => "kept",
        }
    }

    pub fn vendor(&self) -> Vendor {
        match self {
            Self::Refused(refusal) => refusal.vendor,
            Self::RetryAt { vendor, .. }
            | Self::ReconnectNeeded { vendor, .. }
            | Self::NotFound { vendor, .. }
            | Self::Broken { vendor, .. }
            | Self::Unreachable { vendor, .. }
            | Self::Kept { vendor, .. } => *vendor,
        }
    }
}

/// Which of the vendor's limits stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    Minute,
    Day,
    Concurrent,
    /// The vendor asked for a pause without naming a limit.
    Busy,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minute => "its number of calls a minute is used up",
            Self::Day => "its number of calls a day is used up",
            Self::Concurrent => "it allows no more calls at the same time",
            Self::Busy => "it asked for a pause",
        })
    }
}

/// The vendor's no, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub vendor: Vendor,
    /// The HTTP status; 200 where a vendor reports errors per element.
    pub status: u16,
    /// The vendor's own code or type, such as `ValidationException`.
    pub code: Option<String>,
    pub complaints: Vec<Complaint>,
}

/// One reason of a [`Refusal`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    pub text: String,
    /// The field or path the vendor points at, where it does.
    pub field: Option<String>,
}

impl Complaint {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            field: None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} refused this", self.vendor)?;
        for (n, complaint) in self.complaints.iter().enumerate() {
            f.write_str(if n == 0 { ": " } else { "; " })?;
            f.write_str(complaint.text.trim_end_matches('.'))?;
            if let Some(field) = &complaint.field {
                write!(f, " ({field})")?;
            }
        }
        if self.complaints.is_empty() {
            write!(f, " with status {}", self.status)?;
        }
        f.write_str(". Correct it and try again.")
    }
}

/// The beginning of a body, short enough for a log line and cut at a character.
pub(crate) fn excerpt(body: &[u8]) -> String {
    const LONGEST_CHARS: usize = 300;
    let start = body
        .get(..body.len().min(LONGEST_CHARS * 4))
        .unwrap_or_default();
    String::from_utf8_lossy(start)
        .chars()
        .take(LONGEST_CHARS)
        .collect()
}
