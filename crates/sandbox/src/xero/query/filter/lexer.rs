//! The words and signs of a `where`.

use rust_decimal::Decimal;

use super::{BadQuery, Operator};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
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

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, BadQuery> {
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
