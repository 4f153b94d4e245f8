//! The `where` language, as far as clients use it: comparisons joined by AND and OR, dates, GUIDs
//! and three tests on text. Anything else is refused with a reason.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::BadQuery;

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
        let tokens = tokens(text)?;
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

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(Decimal),
    Operator(Operator),
    And,
    Or,
    Open,
    Close,
    Comma,
}

fn tokens(text: &str) -> Result<Vec<Token>, BadQuery> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '"' | '\'' => text_token(rest, first)?,
            'a'..='z' | 'A'..='Z' | '_' => name_token(rest),
            '0'..='9' | '-' | '.' => number_token(rest)?,
            _ => sign_token(rest)?,
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn text_token(rest: &str, quote: char) -> Result<(Token, &str), BadQuery> {
    let inside = rest.get(quote.len_utf8()..).unwrap_or_default();
    let mut text = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, letter)) = chars.next() {
        if letter == quote {
            return Ok((Token::Text(text), inside.get(at + 1..).unwrap_or_default()));
        }
        match (letter, letter == '\\') {
            (_, true) => text.extend(chars.next().map(|(_, letter)| letter)),
            (letter, false) => text.push(letter),
        }
    }
    Err(BadQuery("Unterminated string literal".to_owned()))
}

fn name_token(rest: &str) -> (Token, &str) {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
    let (name, after) = rest.split_at(rest.find(|c| !is_part(c)).unwrap_or(rest.len()));
    let token = match name {
        _ if name.eq_ignore_ascii_case("and") => Token::And,
        _ if name.eq_ignore_ascii_case("or") => Token::Or,
        _ => Token::Name(name.to_owned()),
    };
    (token, after)
}

fn number_token(rest: &str) -> Result<(Token, &str), BadQuery> {
    let is_part = |letter: char| letter.is_ascii_digit() || letter == '.' || letter == '-';
    let (number, after) = rest.split_at(rest.find(|c| !is_part(c)).unwrap_or(rest.len()));
    let bad = || BadQuery(format!("Invalid number '{number}'"));
    // A decimal literal may end in m, as in C#.
    let after = after.strip_prefix(['m', 'M']).unwrap_or(after);
    Ok((Token::Number(number.parse().map_err(|_| bad())?), after))
}

const SIGNS: &[(&str, Token)] = &[
    ("==", Token::Operator(Operator::Equal)),
    ("!=", Token::Operator(Operator::NotEqual)),
    ("<>", Token::Operator(Operator::NotEqual)),
    (">=", Token::Operator(Operator::AtLeast)),
    ("<=", Token::Operator(Operator::AtMost)),
    ("&&", Token::And),
    ("||", Token::Or),
    (">", Token::Operator(Operator::Greater)),
    ("<", Token::Operator(Operator::Less)),
    ("=", Token::Operator(Operator::Equal)),
    ("(", Token::Open),
    (")", Token::Close),
    (",", Token::Comma),
];

fn sign_token(rest: &str) -> Result<(Token, &str), BadQuery> {
    let found = SIGNS
        .iter()
        .find_map(|(sign, token)| Some((token, rest.strip_prefix(sign)?)));
    let (token, after) = found.ok_or_else(|| {
        BadQuery(format!(
            "Syntax error '{}'",
            rest.chars().next().unwrap_or_default()
        ))
    })?;
    Ok((token.clone(), after))
}

struct Parser<'a> {
    tokens: &'a [Token],
    fields: &'static [(&'static str, Type)],
    depth: u32,
}

/// Deeper nesting than any client needs.
const DEEPEST: u32 = 32;

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<&'a Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.tokens.first() == Some(token);
        if found {
            self.next();
        }
        found
    }

    fn need(&mut self, token: &Token) -> Result<(), BadQuery> {
        if self.take(token) {
            return Ok(());
        }
        Err(BadQuery(format!("{token:?} expected")))
    }

    fn any(&mut self) -> Result<Filter, BadQuery> {
        let mut parts = vec![self.all()?];
        while self.take(&Token::Or) {
            parts.push(self.all()?);
        }
        Ok(Filter::Any(parts))
    }

    fn all(&mut self) -> Result<Filter, BadQuery> {
        let mut parts = vec![self.one()?];
        while self.take(&Token::And) {
            parts.push(self.one()?);
        }
        Ok(Filter::All(parts))
    }

    fn one(&mut self) -> Result<Filter, BadQuery> {
        if self.take(&Token::Open) {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(BadQuery("Expression is nested too deeply".to_owned()));
            }
            let inside = self.any()?;
            self.depth -= 1;
            self.need(&Token::Close)?;
            return Ok(inside);
        }
        let Some(Token::Name(name)) = self.next() else {
            return Err(BadQuery("Expression expected".to_owned()));
        };
        if let Some((name, test)) = text_test(name)
            && self.take(&Token::Open)
        {
            return self.text_test(name, test);
        }
        let (field, kind) = self.field(name)?;
        let Some(Token::Operator(operator)) = self.next() else {
            return Err(BadQuery(format!("Operator expected after '{name}'")));
        };
        let literal = self.literal()?;
        if let Some(other) = literal.kind().filter(|other| *other != kind) {
            return Err(BadQuery(format!(
                "Operator incompatible with operand types '{}' and '{}'",
                kind.name(),
                other.name()
            )));
        }
        Ok(Filter::Test(Test {
            field,
            against: Against::Value(*operator, literal),
        }))
    }

    fn text_test(&mut self, name: &str, test: TextTest) -> Result<Filter, BadQuery> {
        let (field, kind) = self.field(name)?;
        if kind != Type::Text {
            return Err(BadQuery(format!("'{name}' is not of type String")));
        }
        let Some(Token::Text(part)) = self.next() else {
            return Err(BadQuery("String expected".to_owned()));
        };
        self.need(&Token::Close)?;
        Ok(Filter::Test(Test {
            field,
            against: Against::Text(test, part.clone()),
        }))
    }

    fn field(&self, name: &str) -> Result<(&'static str, Type), BadQuery> {
        let known = self
            .fields
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name));
        known
            .copied()
            .ok_or_else(|| BadQuery(format!("No property or field '{name}' exists")))
    }

    fn literal(&mut self) -> Result<Literal, BadQuery> {
        let expected = || BadQuery("Value expected".to_owned());
        match self.next().ok_or_else(expected)? {
            Token::Text(text) => Ok(Literal::Text(text.clone())),
            Token::Number(number) => Ok(Literal::Number(*number)),
            Token::Name(name) if name.eq_ignore_ascii_case("null") => Ok(Literal::Null),
            Token::Name(name) if name.eq_ignore_ascii_case("true") => Ok(Literal::Bool(true)),
            Token::Name(name) if name.eq_ignore_ascii_case("false") => Ok(Literal::Bool(false)),
            Token::Name(name) if name.eq_ignore_ascii_case("guid") => self.guid(),
            Token::Name(name) if name.eq_ignore_ascii_case("datetime") => self.date(),
            _ => Err(expected()),
        }
    }

    fn guid(&mut self) -> Result<Literal, BadQuery> {
        self.need(&Token::Open)?;
        let Some(Token::Text(text)) = self.next() else {
            return Err(BadQuery("Guid needs a string".to_owned()));
        };
        let id = Uuid::try_parse(text);
        let id = id.map_err(|_| BadQuery(format!("'{text}' is not a Guid")))?;
        self.need(&Token::Close)?;
        Ok(Literal::Id(id))
    }

    /// `DateTime(2026,1,31)` or with hours, minutes and seconds.
    fn date(&mut self) -> Result<Literal, BadQuery> {
        self.need(&Token::Open)?;
        let mut parts: Vec<u32> = Vec::new();
        loop {
            match self.next() {
                Some(Token::Number(number)) => {
                    let part = u32::try_from(*number);
                    parts.push(part.map_err(|_| BadQuery("Invalid DateTime".to_owned()))?);
                }
                _ => return Err(BadQuery("DateTime needs numbers".to_owned())),
            }
            if self.take(&Token::Close) {
                break;
            }
            self.need(&Token::Comma)?;
        }
        let at = |position: usize| parts.get(position).copied().unwrap_or(0);
        let year = i32::try_from(at(0)).unwrap_or(-1);
        let date = NaiveDate::from_ymd_opt(year, at(1), at(2));
        let moment = date.and_then(|date| date.and_hms_opt(at(3), at(4), at(5)));
        let moment = moment.filter(|_| parts.len() == 3 || parts.len() == 6);
        let moment = moment.ok_or_else(|| BadQuery("Invalid DateTime".to_owned()))?;
        Ok(Literal::Moment(moment.and_utc()))
    }
}

fn text_test(name: &str) -> Option<(&str, TextTest)> {
    let (field, method) = name.rsplit_once('.')?;
    let test = match method.to_ascii_lowercase().as_str() {
        "startswith" => TextTest::StartsWith,
        "endswith" => TextTest::EndsWith,
        "contains" => TextTest::Contains,
        _ => return None,
    };
    Some((field, test))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[(&str, Type)] = &[
        ("Status", Type::Text),
        ("Total", Type::Number),
        ("Date", Type::Moment),
        ("Contact.ContactID", Type::Id),
        ("DueDate", Type::Moment),
    ];

    struct Row;

    impl Fields for Row {
        fn field(&self, name: &str) -> Value<'_> {
            match name {
                "Status" => Value::Text("AUTHORISED"),
                "Total" => Value::Number(Decimal::new(1250, 2)),
                "Date" => Value::Moment("2026-01-15T00:00:00Z".parse().unwrap()),
                "Contact.ContactID" => Value::Id(Uuid::from_u128(7)),
                _ => Value::Null,
            }
        }
    }

    #[test]
    fn what_is_true_of_a_row_and_what_is_not() {
        let table = [
            (r#"Status=="AUTHORISED""#, true),
            (r#"Status=="AUTHORISED" AND Date>=DateTime(2026,1,1)"#, true),
            (
                r#"Status=="AUTHORISED" AND Date>=DateTime(2026, 2, 1)"#,
                false,
            ),
            (r#"Status=="DRAFT" OR Total > 12.49"#, true),
            (r#"Status=="DRAFT" || (Total<12.5 && Total>=0)"#, false),
            (
                r#"Status != "DRAFT" and Date < DateTime(2026,01,15,0,0,1)"#,
                true,
            ),
            (
                r#"Contact.ContactID==Guid("00000000-0000-0000-0000-000000000007")"#,
                true,
            ),
            (
                r#"Contact.ContactID == guid("00000000-0000-0000-0000-000000000008")"#,
                false,
            ),
            ("DueDate==null", true),
            ("DueDate<=DateTime(2026,1,1)", false),
            (
                r#"Status.StartsWith("AUTH") AND Status.Contains("ORIS")"#,
                true,
            ),
            (r#"Status.EndsWith("X")"#, false),
        ];
        for (text, expected) in table {
            assert_eq!(
                Filter::parse(text, FIELDS).map(|f| f.matches(&Row)),
                Ok(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_the_language_is_refused() {
        let deep = format!("{}Total==1{}", "(".repeat(40), ")".repeat(40));
        let table = [
            "",
            "Status",
            "Status==",
            "Nothing==1",
            r#"Status=="open"#,
            "Status==1",
            "Total==\"1\"",
            "Total==1 Total==2",
            "(Total==1",
            "Date>=DateTime(2026,13,1)",
            "Date>=DateTime()",
            "Contact.ContactID==Guid(\"x\")",
            "Total==1 AND",
            "Total ~ 1",
            "Total.Contains(\"1\")",
            "DELETE FROM x",
            &deep,
        ];
        for text in table {
            assert!(Filter::parse(text, FIELDS).is_err(), "{text}");
        }
    }
}
