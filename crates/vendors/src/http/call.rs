//! One request and one answer.

use std::fmt;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::{Error, Vendor};

/// A key under which a vendor does a thing once only, however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// A key a vendor would not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("An idempotency key has 1 to 128 visible ASCII characters.")]
pub struct IdempotencyKeyError;

impl IdempotencyKey {
    pub fn new(key: impl Into<String>) -> Result<Self, IdempotencyKeyError> {
        let key = key.into();
        let fits = (1..=128).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        if fits {
            Ok(Self(key))
        } else {
            Err(IdempotencyKeyError)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A request to a vendor, token and limits not yet added.
pub(crate) struct Call {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Sending it twice does nothing twice.
    pub repeatable: bool,
    /// What is asked for, in words for a person: "invoice INV-0001".
    pub what: String,
}

impl Call {
    pub fn get(url: Url, what: impl Into<String>) -> Self {
        Self::new(Method::GET, url, what).repeatable()
    }

    pub fn new(method: Method, url: Url, what: impl Into<String>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let what = what.into();
        Self {
            method,
            url,
            headers,
            body: Bytes::new(),
            repeatable: false,
            what,
        }
    }

    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Adds a header; a value that cannot be one is refused by name.
    pub fn header(mut self, name: HeaderName, value: &str) -> Result<Self, Unsendable> {
        let value = HeaderValue::from_str(value).map_err(|_| Unsendable("a header"))?;
        self.headers.insert(name, value);
        Ok(self)
    }

    pub fn json(mut self, body: &impl Serialize) -> Result<Self, Unsendable> {
        self.body = serde_json::to_vec(body)
            .map_err(|_| Unsendable("its body"))?
            .into();
        self.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(self)
    }

    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.body = Bytes::from(form);
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        self.headers.insert(CONTENT_TYPE, kind);
        self
    }

    /// Adds the key and thereby makes the call repeatable.
    pub fn idempotent(mut self, key: &IdempotencyKey) -> Result<Self, Unsendable> {
        self = self.header(HeaderName::from_static("idempotency-key"), key.as_str())?;
        Ok(self.repeatable())
    }

    /// True when an answer that got lost leaves open whether something was done.
    pub fn changes_something(&self) -> bool {
        self.method != Method::GET
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither headers nor body: both may hold secrets.
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("path", &self.url.path())
            .field("repeatable", &self.repeatable)
            .finish_non_exhaustive()
    }
}

/// A value that cannot be put into a request.
#[derive(Debug)]
pub(crate) struct Unsendable(&'static str);

impl Unsendable {
    pub fn refused(self, vendor: Vendor) -> Error {
        let text = format!("{} holds something that cannot be sent", self.0);
        Error::Refused(Box::new(crate::Refusal {
            vendor,
            status: 0,
            code: Some("unsendable".to_owned()),
            complaints: vec![crate::Complaint::new(text)],
        }))
    }
}

/// An answer, read to its end.
pub(crate) struct Reply {
    pub vendor: Vendor,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    /// The body, when it says that it is JSON. Error pages of proxies do not.
    pub fn json_bytes(&self) -> Result<&[u8], Error> {
        let kind = self.content_type();
        let essence = kind
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        if essence == "application/json" || essence == "text/json" || essence.ends_with("+json") {
            return Ok(&self.body);
        }
        let kind = if kind.is_empty() {
            "nothing it names"
        } else {
            kind
        };
        let what = format!(
            "it is {} instead of JSON",
            kind.chars().take(60).collect::<String>()
        );
        Err(Error::broken(self.vendor, what, &self.body))
    }

    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(self.json_bytes()?).map_err(|error| self.unreadable(&error))
    }

    pub fn unreadable(&self, error: &serde_json::Error) -> Error {
        let what = if error.is_eof() {
            format!("it ends in the middle, after {} bytes", self.body.len())
        } else {
            error.to_string()
        };
        Error::broken(self.vendor, what, &self.body)
    }

    fn content_type(&self) -> &str {
        self.header(CONTENT_TYPE.as_str()).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Reads a token endpoint's answer; what cannot be read is not quoted, it may hold tokens.
pub(crate) fn token_answer<T: DeserializeOwned>(reply: &Reply) -> Result<T, Error> {
    reply.json().map_err(|error| match error {
        Error::Broken { vendor, .. } => Error::broken(vendor, "it is not a token", b""),
        other => other,
    })
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({}, {} bytes)", self.status, self.body.len())
    }
}
