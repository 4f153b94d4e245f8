//! Readings from a file: client, meter, day and value, by name or in this order.

use super::readings::{Given, MOST};
use crate::{
    fault::Fault,
    sheet::{self, Record},
};

/// The usual names of each column.
const COLUMNS: [(&str, &[&str]); 4] = [
    ("client", &["client", "customer", "company", "client code"]),
    ("meter", &["meter", "meter code", "counter"]),
    ("day", &["day", "date", "on", "taken on", "reading date"]),
    ("value", &["value", "reading", "count", "quantity"]),
];

/// The readings of a file, and whether its first line names columns.
///
/// # Errors
/// 422 for what is no CSV, or lacks a column.
pub fn from_file(text: &str) -> Result<(Vec<Given>, bool), Fault> {
    let records = sheet::read(text, MOST)?;
    let Some(first) = records.first() else {
        return Err(Fault::field("text", "there are no rows in this file"));
    };
    let named = places(first);
    let has_header = named.iter().flatten().count() >= 2;
    let places = if has_header {
        let missing = COLUMNS
            .iter()
            .zip(&named)
            .find(|(_, place)| place.is_none());
        if let Some(((name, _), _)) = missing {
            let message = format!("the first line names no column for the {name}");
            return Err(Fault::field("text", message));
        }
        named
    } else {
        [Some(0), Some(1), Some(2), Some(3)]
    };
    let rows = records.get(usize::from(has_header)..).unwrap_or_default();
    let given = rows.iter().map(|row| given(row, places)).collect();
    Ok((given, has_header))
}

fn places(first: &Record) -> [Option<usize>; 4] {
    COLUMNS.map(|(_, names)| {
        let mut cells = first.cells.iter();
        cells.position(|cell| names.contains(&sheet::name(cell).as_str()))
    })
}

fn given(row: &Record, [client, meter, day, value]: [Option<usize>; 4]) -> Given {
    Given {
        client: row.cell(client).to_owned(),
        meter: row.cell(meter).to_owned(),
        on: row.cell(day).to_owned(),
        value: row.cell(value).to_owned(),
        line: row.line,
    }
}
