//! The HTTP client all vendors share.

use std::time::Duration;

/// Time-outs of the connection; the whole call is bounded by [`super::Patience::total`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub read: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(30),
        }
    }
}

/// A client that follows no redirect (a token must not travel to another host), sends no referer
/// and gives up in time. The process must have installed a rustls crypto provider before.
pub fn client(timeouts: Timeouts) -> Result<reqwest::Client, reqwest::Error> {
    builder(timeouts).build()
}

/// The same client, which in addition connects to public addresses only: for URLs that a person
/// typed. Check the URL itself with [`super::check_public`] first.
pub fn builder(timeouts: Timeouts) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(timeouts.connect)
        .read_timeout(timeouts.read)
        .pool_idle_timeout(Duration::from_secs(30))
        .user_agent(concat!("BillingOne/", env!("CARGO_PKG_VERSION")))
}
