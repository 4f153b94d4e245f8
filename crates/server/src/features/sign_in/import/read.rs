//! The file of an export: a JSON array or CSV of `auth.users`.

use serde_json::{Map, Value};

use super::row::{Row, row};
use crate::fault::Fault;

/// The rows of an export; each says for itself what is wrong with it.
///
/// # Errors
/// The file is neither, or lacks the columns without which nobody can be brought over.
pub fn read(text: &str) -> Result<Vec<Row>, Fault> {
    let text = text.trim_start_matches('\u{feff}');
    // No column of the table begins like this.
    if text.trim_start().starts_with(['[', '{']) {
        json(text)
    } else {
        csv(text)
    }
}

fn unreadable(why: impl Into<String>) -> Fault {
    Fault::field("file", why)
}

fn json(text: &str) -> Result<Vec<Row>, Fault> {
    let all: Vec<Value> = serde_json::from_str(text)
        .map_err(|error| unreadable(format!("this is no JSON array of users: {error}")))?;
    let rows = (1..).zip(all).map(|(number, value)| match value {
        Value::Object(fields) => row(number, &fields),
        _ => Row::wrong(number, "a user is an object with id and email"),
    });
    Ok(rows.collect())
}

fn csv(text: &str) -> Result<Vec<Row>, Fault> {
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let headers = reader.headers();
    let headers = headers.map_err(|error| unreadable(format!("this is no CSV: {error}")))?;
    let names: Vec<String> = headers.iter().map(|name| name.trim().to_owned()).collect();
    for needed in ["id", "email"] {
        if !names.iter().any(|name| name == needed) {
            return Err(unreadable(format!(
                "the first line names no column {needed}"
            )));
        }
    }
    let rows = (2..)
        .zip(reader.records())
        .map(|(number, record)| match record {
            Ok(record) => {
                let line = record.position().map_or(number, csv::Position::line);
                row(line, &fields(&names, &record))
            }
            Err(error) => {
                let line = error.position().map_or(number, csv::Position::line);
                Row::wrong(line, "it has more or fewer columns than the first line")
            }
        });
    Ok(rows.collect())
}

fn fields(names: &[String], record: &csv::StringRecord) -> Map<String, Value> {
    let cell = |text: &str| match text {
        "" | "NULL" | r"\N" => Value::Null,
        text => Value::from(text),
    };
    let given = names.iter().zip(record.iter());
    given
        .map(|(name, text)| (name.clone(), cell(text)))
        .collect()
}
