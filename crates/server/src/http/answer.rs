//! Answers that many pages give.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse as _, Redirect, Response},
};

use crate::{fault::Fault, ui::Flash};

/// After a form that did something: the page to see it on, with a message shown once.
pub fn done(to: &str, flash: &Flash) -> Response {
    let mut response = Redirect::to(to).into_response();
    if let Some(cookie) = flash.cookie() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Rows as a file for a spreadsheet.
pub fn csv_file(
    name: &str,
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<Response, Fault> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).map_err(Fault::internal)?;
    for row in rows {
        let cells = row.iter().map(|cell| plain(cell));
        writer.write_record(cells).map_err(Fault::internal)?;
    }
    let body = writer
        .into_inner()
        .map_err(|error| Fault::internal(error.into_error()))?;
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::try_from(disposition).map_err(Fault::internal)?,
    );
    Ok(response)
}

/// A vendor's text that a spreadsheet would run as a formula gets an apostrophe before it.
fn plain(cell: &str) -> String {
    let runs = match cell.as_bytes() {
        [b'=' | b'+' | b'@' | b'\t' | b'\r', ..] => true,
        [b'-', next, ..] => !next.is_ascii_digit(),
        _ => false,
    };
    if runs {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_name_is_no_formula_and_a_negative_amount_stays_one() {
        assert_eq!(plain("=1+1"), "'=1+1");
        assert_eq!(plain("-12.50"), "-12.50");
        assert_eq!(plain("-cmd"), "'-cmd");
        assert_eq!(plain("Café"), "Café");
    }
}
