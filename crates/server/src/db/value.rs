//! Owned bind values. A null keeps its type, because PostgreSQL wants to know.

use uuid::Uuid;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Int,
    Text,
    Bool,
    Uuid,
    Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bool(Option<bool>),
    Uuid(Option<Uuid>),
    Bytes(Option<Vec<u8>>),
}

/// A Rust type that has one column type in both engines.
pub trait Bind {
    const KIND: Kind;
    fn into_value(self) -> Value;
}

macro_rules! bind {
    ($($ty:ty => $kind:ident, $map:expr;)*) => {$(
        impl Bind for $ty {
            const KIND: Kind = Kind::$kind;
            fn into_value(self) -> Value {
                let map: fn($ty) -> _ = $map;
                Value::$kind(Some(map(self)))
            }
        }
    )*};
}

bind! {
    i64 => Int, |v| v;
    i32 => Int, i64::from;
    u32 => Int, i64::from;
    bool => Bool, |v| v;
    Uuid => Uuid, |v| v;
    String => Text, |v| v;
    &str => Text, str::to_owned;
    &String => Text, String::clone;
    Vec<u8> => Bytes, |v| v;
    &[u8] => Bytes, <[u8]>::to_vec;
}

impl<T: Bind> Bind for Option<T> {
    const KIND: Kind = T::KIND;
    fn into_value(self) -> Value {
        self.map_or_else(|| Value::null(T::KIND), Bind::into_value)
    }
}

impl<T: Bind> From<T> for Value {
    fn from(value: T) -> Self {
        value.into_value()
    }
}

impl Value {
    pub fn null(kind: Kind) -> Self {
        match kind {
            Kind::Int => Self::Int(None),
            Kind::Text => Self::Text(None),
            Kind::Bool => Self::Bool(None),
            Kind::Uuid => Self::Uuid(None),
            Kind::Bytes => Self::Bytes(None),
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Int(_) => Kind::Int,
            Self::Text(_) => Kind::Text,
            Self::Bool(_) => Kind::Bool,
            Self::Uuid(_) => Kind::Uuid,
            Self::Bytes(_) => Kind::Bytes,
        }
    }
}
