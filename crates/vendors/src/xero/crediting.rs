//! Writing credit notes: a draft, its status, and setting it against an invoice. As with invoices,
//! every write carries an idempotency key, and a draft is made with PUT, which never changes.

use chrono::NaiveDate;
use reqwest::Method;
use rust_decimal::Decimal;
use serde::Serialize;

use super::credit_notes::{Allocation, CreditNote, CreditNoteType};
use super::invoices::LineAmounts;
use super::paging::Resource;
use super::tenant::Xero;
use super::writing::{
    ContactId, InvoiceId, InvoiceMove, NewLine, Written, first_element, sendable,
};
use crate::http::IdempotencyKey;
use crate::{Error, Vendor};

/// A credit note for a client to be made, as a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCreditNote {
    pub contact_id: String,
    /// From our own series, so that we find it again whatever happens to the answer.
    pub credit_note_number: String,
    /// Why, as the client reads it.
    pub reference: Option<String>,
    pub date: NaiveDate,
    pub currency_code: String,
    pub line_amounts: LineAmounts,
    pub lines: Vec<NewLine>,
}

/// A part of a credit note to be set against an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAllocation {
    pub invoice_id: String,
    pub amount: Decimal,
    pub date: NaiveDate,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreditNoteBody<'a> {
    #[serde(rename = "Type")]
    kind: CreditNoteType,
    contact: ContactId<'a>,
    credit_note_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    date: NaiveDate,
    currency_code: &'a str,
    line_amount_types: &'a LineAmounts,
    status: &'static str,
    line_items: &'a [NewLine],
}

#[derive(Serialize)]
struct StatusBody<'a> {
    #[serde(rename = "CreditNoteID")]
    credit_note_id: &'a str,
    #[serde(rename = "Status")]
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AllocationBody<'a> {
    invoice: InvoiceId<'a>,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    amount: Decimal,
    date: NaiveDate,
}

#[derive(Serialize)]
struct CreditNotes<T> {
    #[serde(rename = "CreditNotes")]
    credit_notes: [T; 1],
}

#[derive(Serialize)]
struct Allocations<T> {
    #[serde(rename = "Allocations")]
    allocations: [T; 1],
}

impl Xero {
    /// The clients' credit notes with exactly this number.
    pub async fn credit_notes_numbered(&self, number: &str) -> Result<Vec<CreditNote>, Error> {
        // Our own series has no quotes in it; whatever has can be under no number of ours.
        if number.contains(['"', '\\']) {
            return Ok(Vec::new());
        }
        let filter = vec![
            ("unitdp", "4".to_owned()),
            ("where", format!("CreditNoteNumber==\"{number}\"")),
        ];
        let page = self.page::<CreditNote>(filter, None, None).await?;
        if let Some(broken) = page.broken.into_iter().next() {
            return Err(Error::broken(Vendor::Xero, broken.why, b""));
        }
        let is_it = |note: &CreditNote| {
            note.kind == CreditNoteType::Receivable
                && note.credit_note_number.as_deref() == Some(number)
        };
        Ok(page.items.into_iter().filter(is_it).collect())
    }

    /// Makes a credit note for a client in status DRAFT.
    pub async fn create_credit_note(
        &self,
        note: &NewCreditNote,
        key: &IdempotencyKey,
    ) -> Result<Written<CreditNote>, Error> {
        let body = CreditNotes {
            credit_notes: [CreditNoteBody {
                kind: CreditNoteType::Receivable,
                contact: ContactId {
                    contact_id: &note.contact_id,
                },
                credit_note_number: &note.credit_note_number,
                reference: note.reference.as_deref(),
                date: note.date,
                currency_code: &note.currency_code,
                line_amount_types: &note.line_amounts,
                status: "DRAFT",
                line_items: &note.lines,
            }],
        };
        let what = format!("credit note {}", note.credit_note_number);
        let query = [
            ("summarizeErrors", "false".to_owned()),
            ("unitdp", "4".to_owned()),
        ];
        let call = self.write(Method::PUT, &[CreditNote::NAME], &query, what)?;
        self.written(call.json(&body), key).await
    }

    /// Moves a credit note to another status and touches nothing else of it.
    pub async fn set_credit_note_status(
        &self,
        credit_note_id: &str,
        to: InvoiceMove,
        key: &IdempotencyKey,
    ) -> Result<Written<CreditNote>, Error> {
        let body = CreditNotes {
            credit_notes: [StatusBody {
                credit_note_id,
                status: to.status(),
            }],
        };
        let what = format!("credit note {credit_note_id}");
        let query = [("unitdp", "4".to_owned())];
        let path = [CreditNote::NAME, credit_note_id];
        let call = self.write(Method::POST, &path, &query, what)?;
        self.written(call.json(&body), key).await
    }

    /// Sets a part of an authorised credit note against an invoice.
    pub async fn allocate(
        &self,
        credit_note_id: &str,
        allocation: &NewAllocation,
        key: &IdempotencyKey,
    ) -> Result<Allocation, Error> {
        let body = Allocations {
            allocations: [AllocationBody {
                invoice: InvoiceId {
                    invoice_id: &allocation.invoice_id,
                },
                amount: allocation.amount,
                date: allocation.date,
            }],
        };
        let what = format!("the allocation of credit note {credit_note_id}");
        let path = [CreditNote::NAME, credit_note_id, "Allocations"];
        let query = [("summarizeErrors", "false".to_owned())];
        let call = self.write(Method::PUT, &path, &query, what)?;
        let call = sendable(call.json(&body), key)?;
        self.caller
            .read(&call, |reply| {
                let (raw, _) = first_element(reply, "Allocations")?;
                serde_json::from_str(raw.get()).map_err(|error| reply.unreadable(&error))
            })
            .await
    }
}
