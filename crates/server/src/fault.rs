//! What went wrong, as a person and a program must hear it. Use cases return it; the doors
//! (pages, API, jobs) decide how it looks.

use std::collections::BTreeMap;

use axum::http::StatusCode;

use crate::db::{Contention, DbError};

#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Unknown, foreign or malformed ids alike: nobody learns which.
    #[error("{0} was not found")]
    NotFound(&'static str),
    #[error("sign in to go on")]
    SignedOut,
    /// The person has a second factor that this session has not shown.
    #[error("enter the code of your authenticator app to go on")]
    SecondFactor,
    /// The person has no second factor, and their organization asks for one.
    #[error("your organization asks for a second factor; add an authenticator app to go on")]
    MustEnroll,
    #[error("your role does not allow this: {0}")]
    Forbidden(&'static str),
    /// A sentence that says what to do next; `fields` name what to correct.
    #[error("{message}")]
    Invalid {
        code: &'static str,
        message: String,
        fields: BTreeMap<String, String>,
    },
    /// The thing changed since it was read, or is not in a state that allows the act.
    #[error("{message}")]
    Conflict { code: &'static str, message: String },
    #[error("too many attempts; try again in {retry_after_seconds} seconds")]
    TooMany { retry_after_seconds: u64 },
    /// Something outside does not answer; trying again later may help.
    #[error("{message}")]
    Unavailable { message: String },
    /// Another transaction got in between; the whole request may be run again.
    #[error("another change got in between; try again")]
    Contended,
    #[error("something went wrong on our side")]
    Internal(#[source] anyhow::Error),
}

impl Fault {
    pub fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid {
            code,
            message: message.into(),
            fields: BTreeMap::new(),
        }
    }

    /// One wrong field of a form or body.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let fields = BTreeMap::from([(field.to_owned(), message.clone())]);
        Self::Invalid {
            code: "invalid_field",
            message,
            fields,
        }
    }

    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict {
            code,
            message: message.into(),
        }
    }

    /// A NUL, which PostgreSQL keeps in no text.
    pub fn not_text() -> Self {
        Self::invalid(
            "not_text",
            "a text holds a character that cannot be stored (NUL); remove it and try again",
        )
    }

    pub fn internal(error: impl Into<anyhow::Error>) -> Self {
        Self::Internal(error.into())
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::SecondFactor | Self::MustEnroll | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable { .. } | Self::Contended => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::SignedOut => "signed_out",
            Self::SecondFactor => "insufficient_aal",
            Self::MustEnroll => "mfa_enrollment_required",
            Self::Forbidden(_) => "forbidden",
            Self::Invalid { code, .. } | Self::Conflict { code, .. } => code,
            Self::TooMany { .. } => "too_many_attempts",
            Self::Unavailable { .. } => "unavailable",
            Self::Contended => "contended",
            Self::Internal(_) => "internal",
        }
    }

    pub fn fields(&self) -> BTreeMap<String, String> {
        match self {
            Self::Invalid { fields, .. } => fields.clone(),
            _ => BTreeMap::new(),
        }
    }
}

impl From<DbError> for Fault {
    fn from(error: DbError) -> Self {
        match error {
            DbError::NotFound => Self::NotFound("this"),
            DbError::Stale => Self::conflict(
                "stale",
                "somebody changed this in the meantime; look at the new state and try again",
            ),
            DbError::Contended(_) => Self::Contended,
            DbError::Full(_) => Self::Unavailable {
                message: "the disk is full, so nothing was saved; free some space and try again"
                    .to_owned(),
            },
            DbError::NotText(_) => Self::not_text(),
            other => Self::Internal(other.into()),
        }
    }
}

impl Contention for Fault {
    fn is_contention(&self) -> bool {
        matches!(self, Self::Contended)
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.into())
    }
}
