//! Rows that a person ticked in a list, each as they saw it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, de::Error as _};

/// One ticked row: which, and at what version. Travels in forms as `id.version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pick<Id> {
    pub id: Id,
    pub version: i64,
}

impl<Id: fmt::Display> fmt::Display for Pick<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.id, self.version)
    }
}

impl<'de, Id: FromStr> Deserialize<'de> for Pick<Id> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = text.rsplit_once('.').and_then(|(id, version)| {
            Some(Self {
                id: id.parse().ok()?,
                version: version.parse().ok()?,
            })
        });
        read.ok_or_else(|| D::Error::custom("this is no ticked row"))
    }
}

#[cfg(test)]
mod tests {
    use super::Pick;
    use crate::db::FindingId;

    #[test]
    fn a_tick_reads_back() {
        let pick = Pick {
            id: FindingId(uuid::Uuid::from_u128(7)),
            version: 3,
        };
        let json = serde_json::Value::String(pick.to_string());
        assert_eq!(
            serde_json::from_value::<Pick<FindingId>>(json).unwrap(),
            pick
        );
        assert!(serde_json::from_str::<Pick<FindingId>>("\"fin_7\"").is_err());
    }
}
