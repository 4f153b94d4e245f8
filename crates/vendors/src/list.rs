//! Reading a list answer straight from its bytes into typed elements.
//!
//! The fast path makes no intermediate tree. Only when an element does not fit is the page read a
//! second time, element by element, so that one bad element costs itself and not the page.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::page::BrokenElement;

/// An element of a vendor's list.
pub(crate) trait Listed: DeserializeOwned {
    /// The JSON field that holds its id.
    const ID: &'static str;
}

/// A list as read.
pub(crate) struct List<T, M> {
    pub items: Vec<T>,
    pub broken: Vec<BrokenElement>,
    pub meta: Option<M>,
}

/// Reads `{…, key: [elements], meta_key: M, …}`, whatever the order and whatever else is there.
pub(crate) fn enveloped<T: Listed, M: DeserializeOwned>(
    body: &[u8],
    key: &'static str,
    meta_key: &'static str,
) -> Result<List<T, M>, serde_json::Error> {
    if let Ok((items, meta)) = envelope::<T, M>(body, key, meta_key) {
        return Ok(List {
            items,
            broken: Vec::new(),
            meta,
        });
    }
    let (raw, meta) = envelope::<&RawValue, M>(body, key, meta_key)?;
    let (items, broken) = one_by_one(&raw);
    Ok(List {
        items,
        broken,
        meta,
    })
}

/// Reads a bare `[elements]`.
pub(crate) fn bare<T: Listed>(body: &[u8]) -> Result<List<T, ()>, serde_json::Error> {
    if let Ok(items) = serde_json::from_slice(body) {
        return Ok(List {
            items,
            broken: Vec::new(),
            meta: None,
        });
    }
    let (items, broken) = one_by_one(&serde_json::from_slice::<Vec<&RawValue>>(body)?);
    Ok(List {
        items,
        broken,
        meta: None,
    })
}

/// The elements of a list, not yet read.
pub(crate) fn raw<'b>(
    body: &'b [u8],
    key: &'static str,
) -> Result<Vec<&'b RawValue>, serde_json::Error> {
    envelope::<&RawValue, IgnoredAny>(body, key, "").map(|(elements, _)| elements)
}

fn one_by_one<T: Listed>(raw: &[&RawValue]) -> (Vec<T>, Vec<BrokenElement>) {
    let mut items = Vec::with_capacity(raw.len());
    let mut broken = Vec::new();
    for element in raw {
        match serde_json::from_str(element.get()) {
            Ok(item) => items.push(item),
            Err(error) => broken.push(BrokenElement {
                id: id_of(element.get(), T::ID),
                why: error.to_string(),
            }),
        }
    }
    (items, broken)
}

fn id_of(element: &str, field: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(element).ok()?;
    match value.get(field)? {
        serde_json::Value::String(id) => Some(id.clone()),
        serde_json::Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

fn envelope<'de, E: Deserialize<'de>, M: Deserialize<'de>>(
    body: &'de [u8],
    key: &'static str,
    meta_key: &'static str,
) -> Result<(Vec<E>, Option<M>), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = Envelope {
        key,
        meta_key,
        reads: PhantomData,
    }
    .deserialize(&mut reader)?;
    reader.end()?;
    Ok(read)
}

struct Envelope<E, M> {
    key: &'static str,
    meta_key: &'static str,
    reads: PhantomData<(E, M)>,
}

impl<'de, E: Deserialize<'de>, M: Deserialize<'de>> DeserializeSeed<'de> for Envelope<E, M> {
    type Value = (Vec<E>, Option<M>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, E: Deserialize<'de>, M: Deserialize<'de>> Visitor<'de> for Envelope<E, M> {
    type Value = (Vec<E>, Option<M>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with a list `{}`", self.key)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        enum Key {
            List,
            Meta,
            Other,
        }
        struct KeySeed(&'static str, &'static str);
        impl<'de> DeserializeSeed<'de> for KeySeed {
            type Value = Key;
            fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Key, D::Error> {
                d.deserialize_str(crate::words::WordVisitor(|text: &str| match text {
                    _ if text == self.0 => Key::List,
                    _ if text == self.1 => Key::Meta,
                    _ => Key::Other,
                }))
            }
        }
        let (mut items, mut meta) = (None, None);
        while let Some(key) = map.next_key_seed(KeySeed(self.key, self.meta_key))? {
            match key {
                Key::List => items = map.next_value::<Option<Vec<E>>>()?,
                Key::Meta => meta = map.next_value()?,
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let items = items.ok_or_else(|| serde::de::Error::missing_field(self.key))?;
        Ok((items, meta))
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;
    use serde::Deserialize;

    use super::{Listed, bare, enveloped};

    #[derive(Debug, Deserialize, PartialEq)]
    struct Thing {
        id: String,
        #[serde(deserialize_with = "crate::number::exact")]
        price: Decimal,
    }

    impl Listed for Thing {
        const ID: &'static str = "id";
    }

    #[derive(Debug, Deserialize)]
    struct Meta {
        number: u64,
    }

    #[test]
    fn one_bad_element_does_not_lose_the_page() {
        let body = br#"{"new":[{}],"page":{"number":3,"x":1},
            "content":[{"id":"a","price":1.25},{"id":"b","price":"dear"},{"price":1},{"id":"c","price":2}]}"#;
        let list = enveloped::<Thing, Meta>(body, "content", "page").unwrap();
        assert_eq!(list.meta.unwrap().number, 3);
        assert_eq!(
            list.items.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(),
            ["a", "c"]
        );
        assert_eq!(list.broken.len(), 2);
        assert_eq!(list.broken[0].id.as_deref(), Some("b"));
        assert!(list.broken[0].why.contains("dear"), "{:?}", list.broken);
        assert_eq!(list.broken[1].id, None);
    }

    #[test]
    fn what_is_no_list_is_an_error() {
        for body in [
            "",
            "{",
            "null",
            "[]",
            "{}",
            r#"{"content":3}"#,
            r#"{"content":[{"id":"a","price":1}"#,
        ] {
            assert!(
                enveloped::<Thing, Meta>(body.as_bytes(), "content", "page").is_err(),
                "{body}"
            );
        }
        assert!(bare::<Thing>(br#"{"id":1}"#).is_err());
        assert_eq!(
            bare::<Thing>(br#"[{"id":"a","price":1},7]"#)
                .unwrap()
                .broken
                .len(),
            1
        );
    }
}
