//! What an approval is bound to.

use std::fmt::Write as _;

use super::Draft;
use crate::money::TaxedAmount;

impl Draft {
    /// The content a person approves, as text that is equal exactly when the content is: who,
    /// when, and every line in its order. The caller hashes it.
    ///
    /// Every text is preceded by its length, so that no two contents can run together.
    pub fn content(&self) -> String {
        let mut out = String::from("draft 1\n");
        // Writing to a String cannot fail.
        let _ = writeln!(out, "client {} {}", self.client, self.currency);
        let due = self.due_date.map(|day| day.to_string());
        let _ = writeln!(
            out,
            "dates {} {}",
            self.invoice_date,
            due.unwrap_or_default()
        );
        text(&mut out, "contact", self.contact.as_deref());
        text(&mut out, "reference", self.reference.as_deref());
        for line in &self.lines {
            let _ = writeln!(out, "line {} × {}", line.quantity, line.unit_price);
            let _ = match line.amount {
                TaxedAmount::Exclusive { net } => writeln!(out, "net {net}"),
                TaxedAmount::Inclusive { gross } => writeln!(out, "gross {gross}"),
            };
            if let Some((contract_line, key)) = line.covers {
                let _ = writeln!(
                    out,
                    "covers {contract_line} {} {:?}",
                    key.period_start, key.kind
                );
            }
            let rate = line
                .tax_rate
                .map(|rate| rate.to_string())
                .unwrap_or_default();
            let _ = writeln!(out, "rate {rate}");
            text(&mut out, "tax", line.tax_code.as_deref());
            text(&mut out, "account", line.account_code.as_deref());
            text(&mut out, "description", Some(&line.description));
        }
        out
    }
}

fn text(out: &mut String, name: &str, value: Option<&str>) {
    let _ = match value {
        Some(value) => writeln!(out, "{name} {} {value}", value.len()),
        None => writeln!(out, "{name} none"),
    };
}
