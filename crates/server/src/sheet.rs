//! A file of rows as people's spreadsheets write it: bytes to text, text to cells, and which
//! column is what. What the cells mean is for whoever asked for the file.

use crate::fault::Fault;

/// A line of the file that has something in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// As an editor counts the lines of the file; where the row begins.
    pub line: u64,
    /// Without the blanks around them.
    pub cells: Vec<String>,
}

impl Record {
    /// A cell, empty where the row is short.
    pub fn cell(&self, place: Option<usize>) -> &str {
        let cell = place.and_then(|place| self.cells.get(place));
        cell.map_or("", String::as_str)
    }
}

/// The text of a file: UTF-8 or UTF-16 with or without its mark, else Windows-1252, which is what
/// older spreadsheets write.
///
/// # Errors
/// 422 for what is no text at all, such as a workbook.
pub fn decode(bytes: &[u8]) -> Result<String, Fault> {
    let not_text = || Fault::field("text", "this file is not text; save it as CSV (UTF-8)");
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.to_owned()),
            Err(_) => bytes.iter().map(|byte| windows_1252(*byte)).collect(),
        },
    };
    let text = text.ok_or_else(not_text)?;
    if text.contains('\0') {
        return Err(not_text());
    }
    Ok(text)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let text: Option<String> = char::decode_utf16(units).map(Result::ok).collect();
    text.filter(|_| rest.is_empty())
}

/// Latin-1, but for 32 places.
fn windows_1252(byte: u8) -> Option<char> {
    const PLACES: [u16; 32] = [
        0x20ac, 0, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039,
        0x152, 0, 0x17d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc,
        0x2122, 0x161, 0x203a, 0x153, 0, 0x17e, 0x178,
    ];
    let Some(place) = byte.checked_sub(0x80) else {
        return Some(char::from(byte));
    };
    match PLACES.get(usize::from(place)) {
        Some(0) => None,
        Some(code) => char::from_u32(u32::from(*code)),
        None => Some(char::from(byte)),
    }
}

/// The rows of a text; blank ones are left out.
///
/// # Errors
/// 422 for what is no CSV, and for more than `most` rows beside a first line of names.
pub fn read(text: &str, most: usize) -> Result<Vec<Record>, Fault> {
    // The library counts a line of Windows late.
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let text = text.replace('\r', "\n");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record
            .map_err(|error| Fault::field("text", format!("this is not a CSV file: {error}")))?;
        let cells: Vec<String> = record.iter().map(|cell| plain(cell.trim())).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        records.push(Record { line, cells });
        if records.len() > most.saturating_add(1) {
            return Err(Fault::field(
                "text",
                format!("at most {most} rows at once, please"),
            ));
        }
    }
    Ok(records)
}

/// Our own files put a quote before what a spreadsheet would run; it is taken off again.
fn plain(cell: &str) -> String {
    let rest = cell.strip_prefix('\'');
    let rest = rest.filter(|rest| rest.starts_with(['=', '+', '-', '@']));
    rest.unwrap_or(cell).to_owned()
}

/// Spreadsheets of some countries part cells by semicolons. What stands in quotes parts nothing.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut is_quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
            _ if is_quoted => {}
            _ => {
                for (mark, count) in &mut counts {
                    *count += usize::from(byte == *mark);
                }
            }
        }
    }
    // Of two as frequent, the comma.
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.filter(|(_, count)| *count > 0)
        .map_or(b',', |(mark, _)| *mark)
}

/// A name of a column as it is compared: `Unit_Price` is `unit price`.
pub fn name(cell: &str) -> String {
    let words = cell.to_lowercase().replace(['_', '-'], " ");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        let records = read(text, 10).unwrap().into_iter();
        records.map(|record| record.cells).collect()
    }

    #[test]
    fn files_of_many_spreadsheets_are_read() {
        let two = [["a", "b;c"], ["d", "é"]];
        assert_eq!(cells("\u{feff}a,b;c\r\nd,é\r\n"), two);
        assert_eq!(cells("a;\"b;c\"\rd;é"), two);
        assert_eq!(cells("\"x,y,z\";b\n"), [["x,y,z", "b"]]);
        assert_eq!(cells("'=1+1,'a"), [["=1+1", "'a"]]);
        let broken = read("one,\"two\nlines\"\n\n , \nlast", 10).unwrap();
        let lines: Vec<u64> = broken.iter().map(|record| record.line).collect();
        assert_eq!(lines, [1, 5]);
        assert_eq!(broken[0].cells[1], "two\nlines");
        assert!(read(&"a\n".repeat(12), 10).is_err());
    }

    #[test]
    fn text_is_told_from_what_is_none() {
        assert_eq!(decode("é".as_bytes()).unwrap(), "é");
        assert_eq!(decode(b"caf\xe9 \x80 5").unwrap(), "café € 5");
        assert_eq!(decode(b"\xff\xfea\0b\0").unwrap(), "ab");
        for wrong in [&b"PK\x03\x04\0\0"[..], b"\x81\xff", b"\xff\xfea"] {
            assert!(decode(wrong).is_err(), "{wrong:?}");
        }
    }
}
