//! JSON bodies, read so that nothing the caller said is overlooked.

use serde::{Deserialize as _, de::DeserializeOwned};

use crate::fault::Fault;

/// Reads a JSON body into `T`, whose `deny_unknown_fields` refuses what it does not know by name.
///
/// # Errors
/// 422 with the reason and the place in the text.
pub fn json_body<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| {
        let code = if error.is_syntax() || error.is_eof() {
            "not_json"
        } else {
            "bad_body"
        };
        Fault::invalid(code, format!("the body cannot be read: {error}"))
    })
}

/// For a field of a change: absent leaves it as it is, `null` takes it away.
pub fn given<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(clippy::option_option, reason = "absent, null and given differ")]
    struct Change {
        #[serde(default, deserialize_with = "given")]
        cost: Option<Option<String>>,
    }

    #[test]
    fn absent_null_and_unknown_are_three_things() {
        assert_eq!(json_body::<Change>(b"{}").unwrap().cost, None);
        assert_eq!(
            json_body::<Change>(br#"{"cost":null}"#).unwrap().cost,
            Some(None)
        );
        let refused = json_body::<Change>(br#"{"price":"1"}"#).unwrap_err();
        assert!(refused.to_string().contains("unknown field `price`"));
    }
}
