//! The little of CBOR that authenticators write (CTAP2 canonical form): whole numbers, texts, byte
//! strings, lists and maps of a stated length. Whatever else stands there is refused.

use std::collections::BTreeMap;

/// What was read. Maps keep the last of two equal keys out: canonical form has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Whole(i64),
    Bytes(Vec<u8>),
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<Key, Value>),
    /// True, false, null.
    Simple(u8),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Whole(i64),
    Text(String),
}

/// These bytes are not what an authenticator writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no canonical CBOR")]
pub struct Garbled;

/// CTAP2 allows four; a certificate chain inside an attestation needs no more.
const DEEPEST: u8 = 8;

/// Reads one value and says what is left behind it.
pub fn read(bytes: &[u8]) -> Result<(Value, &[u8]), Garbled> {
    let mut reader = Reader(bytes);
    let value = reader.value(DEEPEST)?;
    Ok((value, reader.0))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Garbled> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Garbled)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self, bytes: usize) -> Result<u64, Garbled> {
        let taken = self.take(bytes)?;
        Ok(taken
            .iter()
            .fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
    }

    /// The kind of what follows, and its number or length.
    fn head(&mut self) -> Result<(u8, u64), Garbled> {
        let first = *self.take(1)?.first().ok_or(Garbled)?;
        let number = match first & 0x1f {
            small @ 0..=23 => u64::from(small),
            24 => self.number(1)?,
            25 => self.number(2)?,
            26 => self.number(4)?,
            27 => self.number(8)?,
            _ => return Err(Garbled),
        };
        Ok((first >> 5, number))
    }

    fn value(&mut self, depth: u8) -> Result<Value, Garbled> {
        let deeper = depth.checked_sub(1).ok_or(Garbled)?;
        let (kind, number) = self.head()?;
        let whole = || i64::try_from(number).map_err(|_| Garbled);
        let length = || usize::try_from(number).map_err(|_| Garbled);
        Ok(match kind {
            0 => Value::Whole(whole()?),
            1 => Value::Whole(-1 - whole()?),
            2 => Value::Bytes(self.take(length()?)?.to_vec()),
            3 => Value::Text(self.text(length()?)?),
            4 => {
                let mut list = Vec::new();
                for _ in 0..number {
                    list.push(self.value(deeper)?);
                }
                Value::List(list)
            }
            5 => self.map(number, deeper)?,
            7 if (20..=22).contains(&number) => {
                Value::Simple(u8::try_from(number).map_err(|_| Garbled)?)
            }
            _ => return Err(Garbled),
        })
    }

    fn text(&mut self, length: usize) -> Result<String, Garbled> {
        let bytes = self.take(length)?.to_vec();
        String::from_utf8(bytes).map_err(|_| Garbled)
    }

    fn map(&mut self, entries: u64, depth: u8) -> Result<Value, Garbled> {
        let mut map = BTreeMap::new();
        for _ in 0..entries {
            let key = match self.value(depth)? {
                Value::Whole(number) => Key::Whole(number),
                Value::Text(text) => Key::Text(text),
                _ => return Err(Garbled),
            };
            if map.insert(key, self.value(depth)?).is_some() {
                return Err(Garbled);
            }
        }
        Ok(Value::Map(map))
    }
}

impl Value {
    /// What a map has under a word.
    pub fn named(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(map) => map.get(&Key::Text(name.to_owned())),
            _ => None,
        }
    }

    /// What a map has under a number.
    pub fn numbered(&self, number: i64) -> Option<&Self> {
        match self {
            Self::Map(map) => map.get(&Key::Whole(number)),
            _ => None,
        }
    }

    pub fn whole(&self) -> Option<i64> {
        match self {
            Self::Whole(number) => Some(*number),
            _ => None,
        }
    }

    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Result<Value, Garbled> {
        let bytes = hex::decode(text).unwrap();
        let (value, rest) = read(&bytes)?;
        assert!(rest.is_empty());
        Ok(value)
    }

    #[test]
    fn values_of_rfc_8949_are_read() {
        assert_eq!(all("1903e8"), Ok(Value::Whole(1000)));
        assert_eq!(all("3903e7"), Ok(Value::Whole(-1000)));
        assert_eq!(all("4401020304"), Ok(Value::Bytes(vec![1, 2, 3, 4])));
        assert_eq!(all("6161"), Ok(Value::Text("a".to_owned())));
        let map = all("a201020326").unwrap();
        assert_eq!(map.numbered(1).and_then(Value::whole), Some(2));
        assert_eq!(map.numbered(3).and_then(Value::whole), Some(-7));
        let map = all("a26161016162820203").unwrap();
        assert_eq!(map.named("a"), Some(&Value::Whole(1)));
        assert!(matches!(map.named("b"), Some(Value::List(list)) if list.len() == 2));
    }

    #[test]
    fn what_no_authenticator_writes_is_refused() {
        for garbled in [
            "",                     // nothing
            "5f",                   // a length that is not stated
            "44010203",             // shorter than it says
            "a2010201",             // an odd map
            "a201020103",           // a key twice
            "61ff",                 // no UTF-8
            "f93c00",               // a float
            "c000",                 // a tag
            "1bffffffffffffffff",   // beyond what we count
            "9bffffffffffffffff00", // a list of everything
            "818181818181818181",   // too deep
        ] {
            assert_eq!(all(garbled), Err(Garbled), "{garbled}");
        }
    }
}
