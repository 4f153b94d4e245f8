//! One request over the wire, and what became of it.

use std::time::Duration;

use bytes::BytesMut;
use reqwest::header::{AUTHORIZATION, HeaderValue};

use super::call::{Call, Reply};
use crate::{Secret, Vendor};

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct Lost {
    pub why: String,
    /// The request may have reached the vendor.
    pub sent: bool,
    /// The answer came but is larger than we read: trying again does not help.
    pub too_large: bool,
}

/// Sends and reads to the end, within the time and size allowed.
pub(crate) async fn send(
    http: &reqwest::Client,
    vendor: Vendor,
    call: &Call,
    bearer: Option<&Secret>,
    total: Duration,
    body_limit_bytes: usize,
) -> Result<Reply, Lost> {
    let mut request = http
        .request(call.method.clone(), call.url.clone())
        .headers(call.headers.clone())
        .timeout(total);
    if let Some(bearer) = bearer {
        request = request.header(AUTHORIZATION, authorization(bearer)?);
    }
    if !call.body.is_empty() {
        request = request.body(call.body.clone());
    }
    let answer = request.send().await.map_err(|error| lost(&error))?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = read(answer, body_limit_bytes).await?.freeze();
    Ok(Reply {
        vendor,
        status,
        headers,
        body,
    })
}

fn authorization(bearer: &Secret) -> Result<HeaderValue, Lost> {
    let mut value =
        HeaderValue::from_str(&format!("Bearer {}", bearer.expose())).map_err(|_| Lost {
            why: "its token cannot be sent".to_owned(),
            sent: false,
            too_large: false,
        })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Reads piece by piece, so that an endless answer costs no more memory than the limit.
async fn read(mut answer: reqwest::Response, limit_bytes: usize) -> Result<BytesMut, Lost> {
    let too_large = || Lost {
        why: format!(
            "its answer is larger than {} MB",
            limit_bytes / (1024 * 1024)
        ),
        sent: true,
        too_large: true,
    };
    let announced = answer
        .content_length()
        .and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > limit_bytes) {
        return Err(too_large());
    }
    let mut body = BytesMut::with_capacity(announced.unwrap_or(8 * 1024));
    while let Some(piece) = answer.chunk().await.map_err(|error| lost(&error))? {
        if body.len() + piece.len() > limit_bytes {
            return Err(too_large());
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn lost(error: &reqwest::Error) -> Lost {
    let connecting = error.is_connect() || error.is_builder();
    let why = if error.is_connect() && error.is_timeout() {
        "connecting took too long"
    } else if error.is_connect() {
        "no connection could be made"
    } else if error.is_timeout() {
        "it took too long to answer"
    } else if error.is_body() || error.is_decode() {
        "the connection broke in the middle of the answer"
    } else if error.is_builder() {
        "the request could not be made"
    } else {
        "the connection broke before an answer came"
    };
    Lost {
        why: why.to_owned(),
        sent: !connecting,
        too_large: false,
    }
}
