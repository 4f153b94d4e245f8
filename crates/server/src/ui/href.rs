//! Addresses of lists, with their filters in the query.

use std::fmt;

use url::form_urlencoded::Serializer;

/// A path and its query. Empty values are left out, so that a list has one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Href {
    path: String,
    pairs: Vec<(&'static str, String)>,
}

impl Href {
    pub fn to(path: impl Into<String>) -> Href {
        Href {
            path: path.into(),
            pairs: Vec::new(),
        }
    }

    /// Sets a parameter, in place of what it was.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl AsRef<str>) -> Href {
        self.pairs.retain(|(known, _)| *known != name);
        if !value.as_ref().is_empty() {
            self.pairs.push((name, value.as_ref().to_owned()));
        }
        self
    }

    /// The same query elsewhere.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Href {
        self.path = path.into();
        self
    }
}

impl fmt::Display for Href {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if self.pairs.is_empty() {
            return Ok(());
        }
        let mut query = Serializer::new(String::new());
        query.extend_pairs(&self.pairs);
        write!(f, "?{}", query.finish())
    }
}

impl From<Href> for String {
    fn from(href: Href) -> String {
        href.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Href;

    #[test]
    fn a_list_has_one_address() {
        let href = Href::to("/clients").with("q", "a&b").with("status", "");
        assert_eq!(href.to_string(), "/clients?q=a%26b");
        let other = href.with("q", "").at("/clients.csv");
        assert_eq!(other.to_string(), "/clients.csv");
    }
}
