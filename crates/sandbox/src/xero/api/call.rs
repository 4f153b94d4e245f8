//! One call on the API: whose books, when, with which query.

use std::convert::Infallible;
use std::sync::MutexGuard;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::Failure;
use crate::faults::Asked;
use crate::xero::gate::Tenant;
use crate::xero::ledger::Ledger;
use crate::xero::query::{BadQuery, ListQuery, Params, Type};
use crate::xero::state::Xero;
use crate::xero::wire::{Envelope, Moment, Pagination, to_bytes};

pub struct Call {
    pub xero: Xero,
    pub tenant: Uuid,
    pub now: DateTime<Utc>,
    pub params: Params,
    pub headers: HeaderMap,
    pub asked: Asked,
}

impl FromRequestParts<Xero> for Call {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, xero: &Xero) -> Result<Self, Infallible> {
        let tenant = parts
            .extensions
            .get::<Tenant>()
            .map_or(Uuid::nil(), |tenant| tenant.0);
        Ok(Self {
            tenant,
            now: xero.clock().now(),
            params: Params::parse(parts.uri.query().unwrap_or_default()),
            headers: parts.headers.clone(),
            asked: parts.extensions.get::<Asked>().copied().unwrap_or_default(),
            xero: xero.clone(),
        })
    }
}

impl Call {
    pub fn ledger(&self) -> Result<MutexGuard<'_, Ledger>, Failure> {
        self.xero.ledger(self.tenant).ok_or(Failure::NotFound)
    }

    pub fn list_query(
        &self,
        fields: &'static [(&'static str, Type)],
    ) -> Result<ListQuery, BadQuery> {
        ListQuery::parse(&self.params, &self.headers, fields)
    }

    /// False only if the client asked for a verdict on each record.
    pub fn summarises_errors(&self) -> bool {
        self.params.flag("summarizeErrors").unwrap_or(true)
    }

    /// The reply that every resource has.
    pub fn reply<T: Serialize>(
        &self,
        name: &'static str,
        rows: &[T],
        pagination: Option<Pagination>,
    ) -> Result<Response, Failure> {
        let envelope = Envelope {
            id: self.xero.next_reply_id(),
            at: Moment(self.now),
            pagination,
            name,
            rows,
        };
        json(&envelope)
    }
}

pub fn json<T: Serialize>(value: &T) -> Result<Response, Failure> {
    let bytes = to_bytes(value).map_err(|_| Failure::Broken)?;
    let mut response = Response::new(Body::from(bytes));
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}
