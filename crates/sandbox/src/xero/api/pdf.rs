//! A document on one page of PDF: enough to be opened, read and attached.

use std::fmt::Write as _;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::xero::ledger::Ledger;
use crate::xero::records::Document;

/// Lines that fit under the heading.
const MOST_LINES: usize = 40;

pub fn response(title: &str, ledger: &Ledger, document: &Document) -> Response {
    (
        [(CONTENT_TYPE, "application/pdf")],
        write(&text(title, ledger, document)),
    )
        .into_response()
}

fn text(title: &str, ledger: &Ledger, document: &Document) -> Vec<String> {
    let contact = ledger.contact(document.contact);
    let mut lines = vec![
        format!("{title} {}", document.number),
        ledger.organisation.name.clone(),
        format!(
            "To: {}",
            contact
                .map(|contact| contact.name.to_string())
                .unwrap_or_default()
        ),
        format!("Date: {}", document.date),
    ];
    lines.extend(document.due_date.map(|due| format!("Due: {due}")));
    lines.push(String::new());
    for line in document.lines.iter().take(MOST_LINES) {
        let description = line.description.as_deref().unwrap_or_default();
        let amount = line.line_amount.decimal();
        lines.push(format!(
            "{} x {}  {description}  {amount}",
            line.quantity, line.unit_amount
        ));
    }
    let currency = document.currency.as_str();
    lines.push(String::new());
    lines.push(format!(
        "Subtotal {currency} {}",
        document.sub_total.decimal()
    ));
    lines.push(format!("Tax {currency} {}", document.total_tax.decimal()));
    lines.push(format!("Total {currency} {}", document.total().decimal()));
    lines
}

/// Five objects and their table. Letters outside Latin-1 become question marks: the built-in fonts
/// have no others.
fn write(lines: &[String]) -> Vec<u8> {
    let mut content = String::from("BT /F1 11 Tf 14 TL 50 790 Td\n");
    for line in lines {
        content.push('(');
        for letter in line.chars() {
            match letter {
                '(' | ')' | '\\' => content.extend(['\\', letter]),
                ' '..='~' => content.push(letter),
                '\u{a0}'..='\u{ff}' => {
                    // A string is written by octal codes where it leaves ASCII.
                    let _ = write!(content, "\\{:03o}", u32::from(letter));
                }
                _ => content.push('?'),
            }
        }
        content.push_str(") '\n");
    }
    content.push_str("ET\n");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!(
            "<< /Length {} >>\nstream\n{content}endstream",
            content.len()
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];
    let mut file = String::from("%PDF-1.4\n");
    let mut table = String::from("0000000000 65535 f \n");
    for (number, object) in (1..).zip(&objects) {
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        let _ = write!(file, "{number} 0 obj\n{object}\nendobj\n");
    }
    let start = file.len();
    let count = objects.len() + 1;
    let _ = write!(
        file,
        "xref\n0 {count}\n{table}trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    );
    file.into_bytes()
}
