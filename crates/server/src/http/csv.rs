//! Lists as CSV: exactly the rows now filtered.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

use crate::fault::Fault;

/// A file of comma-separated values. A cell that a spreadsheet would take for a formula is
/// written so that it stays text.
pub struct CsvFile {
    name: &'static str,
    writer: csv::Writer<Vec<u8>>,
}

impl CsvFile {
    /// `name` without its ending.
    pub fn new(name: &'static str, head: &[&str]) -> Result<Self, Fault> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(head).map_err(Fault::internal)?;
        Ok(Self { name, writer })
    }

    /// One row of text cells.
    pub fn row(&mut self, cells: &[String]) -> Result<(), Fault> {
        let cells = cells.iter().map(|cell| harmless(cell));
        self.writer.write_record(cells).map_err(Fault::internal)
    }

    pub fn into_response(self) -> Result<Response, Fault> {
        let bytes = self
            .writer
            .into_inner()
            .map_err(|error| Fault::internal(error.into_error()))?;
        let disposition = format!("attachment; filename=\"{}.csv\"", self.name);
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ];
        Ok((headers, bytes).into_response())
    }
}

/// Numbers may begin with a minus; other text that begins like a formula gets a quote before it.
fn harmless(cell: &str) -> String {
    let begins_like_one = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let is_number = cell.parse::<rust_decimal::Decimal>().is_ok();
    if begins_like_one && !is_number {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn formulas_stay_text_and_numbers_numbers() {
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless("-16.80"), "-16.80");
        assert_eq!(harmless("-not a number"), "'-not a number");
        assert_eq!(harmless("Acme, \"Ltd\""), "Acme, \"Ltd\"");
    }
}
