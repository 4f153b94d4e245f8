//! The `where` language, as far as clients use it: comparisons joined by AND and OR, dates, GUIDs
//! and three tests on text. Anything else is refused with a reason.
mod lexer;
mod parser;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::BadQuery;
use parser::Parser;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Text,
    Number,
    Moment,
    Id,
    Bool,
}

impl Type {
    /// As the vendor's error messages name it.
    const fn name(self) -> &'static str {
        match self {
            Self::Text => "String",
            Self::Number => "Decimal",
            Self::Moment => "DateTime",
            Self::Id => "Guid",
            Self::Bool => "Boolean",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Null,
    Text(&'a str),
    Number(Decimal),
    Moment(DateTime<Utc>),
    Id(Uuid),
    Bool(bool),
}

impl Value<'_> {
    /// Total order within a type; null comes first.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::Moment(a), Self::Moment(b)) => a.cmp(b),
            (Self::Id(a), Self::Id(b)) => a.cmp(b),
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Null, Self::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Less,
            (_, Self::Null) => Ordering::Greater,
            _ => Ordering::Equal,
        }
    }
}

/// A record seen by `where` and `order`.
pub trait Fields {
    /// `name` is one of the resource's list of fields.
    fn field(&self, name: &str) -> Value<'_>;
}

#[derive(Clone, Debug, PartialEq)]
enum Literal {
    Null,
    Text(String),
    Number(Decimal),
    Moment(DateTime<Utc>),
    Id(Uuid),
    Bool(bool),
}

impl Literal {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::Text(text),
            Self::Number(number) => Value::Number(*number),
            Self::Moment(at) => Value::Moment(*at),
            Self::Id(id) => Value::Id(*id),
            Self::Bool(yes) => Value::Bool(*yes),
        }
    }

    const fn kind(&self) -> Option<Type> {
        match self {
            Self::Null => None,
            Self::Text(_) => Some(Type::Text),
            Self::Number(_) => Some(Type::Number),
            Self::Moment(_) => Some(Type::Moment),
            Self::Id(_) => Some(Type::Id),
            Self::Bool(_) => Some(Type::Bool),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

/// A parsed `where`.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    #[doc(hidden)]
    All(Vec<Filter>),
    #[doc(hidden)]
    Any(Vec<Filter>),
    #[doc(hidden)]
    Test(Test),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    field: &'static str,
    against: Against,
}

#[derive(Clone, Debug, PartialEq)]
enum Against {
    Value(Operator, Literal),
    Text(TextTest, String),
}

impl Filter {
    pub fn parse(text: &str, fields: &'static [(&'static str, Type)]) -> Result<Self, BadQuery> {
        let tokens = lexer::tokens(text)?;
        let mut parser = Parser {
            tokens: &tokens,
            fields,
            depth: 0,
        };
        let filter = parser.any()?;
        match parser.tokens.first() {
            None => Ok(filter),
            Some(token) => Err(BadQuery(format!("Syntax error at {token:?}"))),
        }
    }

    pub fn matches<R: Fields>(&self, row: &R) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(row)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(row)),
            Self::Test(test) => test.matches(&row.field(test.field)),
        }
    }
}

impl Test {
    fn matches(&self, value: &Value<'_>) -> bool {
        match &self.against {
            Against::Text(test, part) => match value {
                Value::Text(text) => match test {
                    TextTest::StartsWith => text.starts_with(part.as_str()),
                    TextTest::EndsWith => text.ends_with(part.as_str()),
                    TextTest::Contains => text.contains(part.as_str()),
                },
                _ => false,
            },
            Against::Value(operator, literal) => {
                let other = literal.value();
                let is_null = *value == Value::Null || other == Value::Null;
                match operator {
                    Operator::Equal => *value == other,
                    Operator::NotEqual => *value != other,
                    // Nothing is before or after null.
                    _ if is_null => false,
                    Operator::Less => value.order(&other).is_lt(),
                    Operator::AtMost => value.order(&other).is_le(),
                    Operator::Greater => value.order(&other).is_gt(),
                    Operator::AtLeast => value.order(&other).is_ge(),
                }
            }
        }
    }
}
