//! Small tolerances: `null` where a list belongs, `"false"` where a boolean does.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The default where the vendor wrote `null`.
pub(crate) fn null_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A boolean that may be absent, null or in quotes (Xero does that in places).
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    match raw.trim_matches('"') {
        text if text.eq_ignore_ascii_case("true") => Ok(true),
        text if text.eq_ignore_ascii_case("false") => Ok(false),
        "" | "null" => Ok(false),
        other => Err(D::Error::custom(format!(
            "`{}` is neither true nor false",
            other.chars().take(40).collect::<String>()
        ))),
    }
}

/// A text for which empty means absent.
pub(crate) fn filled<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(d)?.filter(|text| !text.is_empty()))
}
