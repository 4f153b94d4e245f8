//! Vendors' enumerations: the words we know by name, and every other word kept as it came.

/// Declares an enumeration read from and written as text. A word that is not listed becomes
/// `Other`, so that a vendor's next release never breaks a sync.
macro_rules! words {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal $(| $also:literal)*),+ $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        $vis enum $name {
            $($(#[$vmeta])* $variant,)+
            /// A word this version does not know, as the vendor wrote it.
            Other(String),
        }

        impl $name {
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text $(| $also)* => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                d.deserialize_str($crate::words::WordVisitor(|text: &str| Self::from(text)))
            }
        }
    };
}

pub(crate) use words;

/// Reads a text without copying it first.
pub(crate) struct WordVisitor<F>(pub F);

impl<T, F: FnOnce(&str) -> T> serde::de::Visitor<'_> for WordVisitor<F> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a word")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        Ok((self.0)(text))
    }
}

#[cfg(test)]
mod tests {
    words! {
        enum Colour { Red = "RED" | "Red", Blue = "BLUE" }
    }

    #[test]
    fn unknown_words_are_kept() {
        let read: Vec<Colour> = serde_json::from_str(r#"["RED","Red","BLUE","teal"]"#).unwrap();
        let other = Colour::Other("teal".to_owned());
        assert_eq!(read, [Colour::Red, Colour::Red, Colour::Blue, other]);
        assert_eq!(
            serde_json::to_string(&read).unwrap(),
            r#"["RED","RED","BLUE","teal"]"#
        );
        assert_eq!(read[3].to_string(), "teal");
    }
}
