//! What the jobs share that write into the ledger exactly once, be it an invoice, a credit note or a
//! payment: how a write ends other than well, and what is done about it.

use vendors::{http::IdempotencyKey, xero::Xero};

use super::{Connection, client::Client, open};
use crate::{app::App, db::OrgId, fault::Fault, queue::JobError};

/// Why a write did not come through.
pub enum Outcome {
    /// Definite: nothing new exists there. In the ledger's own words.
    Refused(String),
    /// It exists there, and not as it was meant.
    Differs(String),
    Vendor(vendors::Error),
    Other(Fault),
}

impl From<Fault> for Outcome {
    fn from(fault: Fault) -> Self {
        Self::Other(fault)
    }
}

impl From<vendors::Error> for Outcome {
    fn from(error: vendors::Error) -> Self {
        match error {
            vendors::Error::Refused(refusal) => Self::Refused(refusal.to_string()),
            other => Self::Vendor(other),
        }
    }
}

impl Outcome {
    /// As the conversion, with what is to be done about a refusal put behind it.
    pub fn advised(error: vendors::Error, advise: impl Fn(&str) -> String) -> Self {
        match error {
            vendors::Error::Refused(refusal) => Self::Refused(advise(&refusal.to_string())),
            other => Self::Vendor(other),
        }
    }

    /// What a person should know while it is tried again; a vendor that asks for patience is no
    /// problem.
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::Vendor(vendors::Error::RetryAt { .. }) => None,
            Self::Vendor(error) => Some(error.to_string()),
            _ => None,
        }
    }

    /// When it is tried again, if at all.
    pub fn into_job_error(self) -> JobError {
        match self {
            Self::Vendor(vendors::Error::RetryAt { when, why, .. }) => JobError::Later {
                at: when,
                why: why.to_string(),
            },
            Self::Vendor(error) => JobError::retry(error),
            Self::Other(fault) => fault.into(),
            Self::Refused(why) | Self::Differs(why) => JobError::fail(anyhow::anyhow!(why)),
        }
    }
}

/// A client of the ledger; none where the connection is to something else.
pub async fn ledger(
    app: &App,
    org: OrgId,
    connection: &Connection,
) -> Result<Option<Xero>, JobError> {
    match open(app, org, connection).await.map_err(JobError::retry)? {
        Client::Xero(ledger) => Ok(Some(ledger)),
        _ => Ok(None),
    }
}

pub fn key(text: String) -> Result<IdempotencyKey, Fault> {
    IdempotencyKey::new(text).map_err(Fault::internal)
}
