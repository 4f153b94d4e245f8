//! Addresses of our own pages, with their query.

use url::form_urlencoded::Serializer;

/// `path?name=value&…`; what is empty is left out.
pub fn address(path: &str, query: &[(&str, &str)]) -> String {
    let mut written = Serializer::new(String::new());
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        written.append_pair(name, value);
    }
    let written = written.finish();
    if written.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{written}")
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn empty_filters_leave_no_trace() {
        assert_eq!(
            address("/clients", &[("q", ""), ("status", "")]),
            "/clients"
        );
        assert_eq!(
            address("/clients", &[("q", "Zoë & Co"), ("status", "")]),
            "/clients?q=Zo%C3%AB+%26+Co"
        );
    }
}
