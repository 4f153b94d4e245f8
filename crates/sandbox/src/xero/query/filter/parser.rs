//! From words to a filter: OR of ANDs of comparisons, with parentheses.

use chrono::NaiveDate;
use uuid::Uuid;

use super::lexer::Token;
use super::{Against, BadQuery, Filter, Literal, Test, TextTest, Type};

pub(super) struct Parser<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) fields: &'static [(&'static str, Type)],
    pub(super) depth: u32,
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

    pub(super) fn any(&mut self) -> Result<Filter, BadQuery> {
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
