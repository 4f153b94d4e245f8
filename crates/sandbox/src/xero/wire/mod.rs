//! What goes over the line, spelt as Xero spells it.
//!
//! Records are written straight from the books to bytes: a page of a thousand invoices builds no
//! tree in between.

mod contact;
mod dates;
mod document;
mod looks;
mod settings;

use std::io;

use bytes::Bytes;
use serde::{Serialize, Serializer};
use serde_json::ser::{Formatter, Serializer as JsonSerializer};
use uuid::Uuid;

pub use contact::{ContactOut, ContactRef, status as contact_status};
pub use dates::{Day, Moment, iso_day, iso_moment};
pub use document::{AllocationOut, CreditNoteOut, InvoiceOut, PaymentOut, RepeatingOut, View};
pub use looks::{CategoryOut, ThemeOut, TrackedOut};
pub use settings::{
    AccountOut, ActionOut, ItemOut, NoteOut, OrganisationOut, TaxRateOut, account_status,
    tax_rate_status,
};

/// Writes JSON with the slashes of `/Date(…)/` escaped, as Xero does.
struct XeroFormat;

impl Formatter for XeroFormat {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let date = fragment
            .strip_prefix("/Date(")
            .and_then(|rest| rest.strip_suffix(")/"));
        match date {
            Some(inside) => {
                writer.write_all(b"\\/Date(")?;
                writer.write_all(inside.as_bytes())?;
                writer.write_all(b")\\/")
            }
            None => writer.write_all(fragment.as_bytes()),
        }
    }
}

pub fn to_bytes<T: Serialize>(value: &T) -> serde_json::Result<Bytes> {
    let mut buffer = Vec::with_capacity(1024);
    value.serialize(&mut JsonSerializer::with_formatter(&mut buffer, XeroFormat))?;
    Ok(Bytes::from(buffer))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    pub page: usize,
    pub page_size: usize,
    pub page_count: usize,
    pub item_count: usize,
}

/// What surrounds every reply. `name` is the plural of the resource.
pub struct Envelope<'a, T> {
    pub id: Uuid,
    pub at: Moment,
    pub pagination: Option<Pagination>,
    pub name: &'static str,
    pub rows: &'a [T],
}

impl<T: Serialize> Serialize for Envelope<'_, T> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("Id", &self.id)?;
        map.serialize_entry("Status", "OK")?;
        map.serialize_entry("ProviderName", "BillingOne")?;
        map.serialize_entry("DateTimeUTC", &self.at)?;
        if let Some(pagination) = &self.pagination {
            map.serialize_entry("pagination", pagination)?;
        }
        map.serialize_entry(self.name, self.rows)?;
        map.end()
    }
}

/// An empty list, where Xero prints one and the sandbox never has anything to say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Serialize for Nothing {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(std::iter::empty::<()>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_slashes_of_dates_are_escaped() {
        let text = [
            "/Date(1+0000)/",
            "http://a/b",
            "/Date(",
            "quote \" and /Date(2)/",
        ];
        let bytes = to_bytes(&text).unwrap();
        let expected = r#"["\/Date(1+0000)\/","http://a/b","/Date(","quote \" and /Date(2)/"]"#;
        assert_eq!(std::str::from_utf8(&bytes).unwrap(), expected);
    }
}
