//! Base addresses of vendors. They come from configuration only, never from what a vendor sent.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// An http(s) address without query or fragment, below which a vendor's paths hang.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Why a text cannot be a base address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` cannot be the address of a vendor: {why}")]
pub struct BaseUrlError {
    pub text: String,
    pub why: &'static str,
}

impl BaseUrl {
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let refuse = |why| BaseUrlError {
            text: text.to_owned(),
            why,
        };
        let url = Url::parse(text).map_err(|_| refuse("it is not a complete URL"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refuse("it must begin with https:// (http:// is for tests)"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("it must not contain a user name or password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("it must not contain ? or #"));
        }
        Ok(Self(url))
    }

    /// The address itself, for a call without further path.
    pub fn url(&self) -> Url {
        self.0.clone()
    }

    /// The address with path segments added, each percent-encoded, and a query.
    pub(crate) fn at(&self, segments: &[&str], query: &[(&str, String)]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        if !query.is_empty() {
            let pairs = query.iter().map(|(name, value)| (*name, value.as_str()));
            let encoded = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(pairs)
                .finish()
                // A plus sign means a space in forms only; vendors decode it differently.
                .replace('+', "%20");
            url.set_query(Some(&encoded));
        }
        url
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        Self::parse(text)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::BaseUrl;

    #[test]
    fn paths_and_queries_are_encoded() {
        for base in [
            "https://api.example.com/api.xro/2.0",
            "https://api.example.com/api.xro/2.0/",
        ] {
            let url = BaseUrl::parse(base).unwrap().at(
                &["Invoices", "INV/1 ?#..é"],
                &[("where", r#"Type=="ACCREC" AND Name=="a+b&c""#.to_owned())],
            );
            assert_eq!(
                url.as_str(),
                "https://api.example.com/api.xro/2.0/Invoices/INV%2F1%20%3F%23..%C3%A9\
                 ?where=Type%3D%3D%22ACCREC%22%20AND%20Name%3D%3D%22a%2Bb%26c%22"
            );
        }
        let root = BaseUrl::parse("http://127.0.0.1:9").unwrap();
        assert_eq!(
            root.at(&["Invoices"], &[]).as_str(),
            "http://127.0.0.1:9/Invoices"
        );
    }

    #[test]
    fn odd_addresses_are_refused_with_a_reason() {
        for text in [
            "",
            "api.xero.com",
            "file:///etc/passwd",
            "https://u:p@x/",
            "https://x/?a",
            "https://x/#a",
        ] {
            let error = BaseUrl::parse(text).unwrap_err();
            assert!(
                error.to_string().contains("cannot be the address"),
                "{error}"
            );
        }
    }
}
