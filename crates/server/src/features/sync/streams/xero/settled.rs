//! What settles invoices: payments, and credit notes with what they were set against.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use vendors::{
    Cursor, Error, Page,
    xero::{CreditNote, CreditNoteType, Payment, PaymentOf, PaymentStatus, PaymentType, Xero},
};

use super::net_and_tax;
use crate::{
    db::{At, Day, Exact},
    features::sync::{
        drive::Run,
        ingest::{Record, Table, Values, table},
        normal::{self, Reason},
        plan::Stream,
        streams::text,
    },
};

/// A line of a credit note, as stored in `credit_note.lines`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditLine {
    pub item_code: Option<String>,
    pub description: String,
    pub quantity: Exact,
    pub unit_price: Exact,
    /// Without tax, after discount.
    pub net_minor: i64,
    pub tax_minor: i64,
}

/// A part of a credit note set against an invoice, as stored in `credit_note.allocations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditAllocation {
    /// The ledger's id of the invoice.
    pub invoice_external_id: String,
    pub amount_minor: i64,
    pub on: Option<NaiveDate>,
}

pub struct CreditNotes<'c>(pub &'c Xero);

impl Stream for CreditNotes<'_> {
    const NAME: &'static str = "credit_notes";
    const TITLE: &'static str = "Credit notes";
    const TELLS_CHANGES: bool = true;
    type Item = CreditNote;

    fn table(&self) -> &'static Table {
        &table::CREDIT_NOTE
    }

    async fn page(
        &self,
        since: Option<At>,
        cursor: Option<&Cursor>,
    ) -> Result<Page<CreditNote>, Error> {
        self.0.credit_notes(since.map(|at| at.0), cursor).await
    }

    fn id(note: &CreditNote) -> String {
        note.credit_note_id.clone()
    }

    fn is_kept(note: &CreditNote) -> bool {
        note.kind == CreditNoteType::Receivable
    }

    fn record(&self, run: &Run<'_>, note: &CreditNote) -> Result<Record, Reason> {
        let currency = normal::currency(note.currency_code.as_deref(), run.currency)?;
        let number = text(note.credit_note_number.as_deref(), 255);
        let amounts = note.line_amount_types.as_ref();
        let mut lines = Vec::with_capacity(note.line_items.len());
        for item in &note.line_items {
            let (net_minor, tax_minor) = net_and_tax(item, amounts, currency)?;
            lines.push(CreditLine {
                item_code: item.item_code.clone(),
                description: text(item.description.as_deref(), 4000),
                quantity: normal::exact_or_zero("Quantity", item.quantity)?,
                unit_price: normal::exact_or_zero("UnitAmount", item.unit_amount)?,
                net_minor,
                tax_minor,
            });
        }
        let mut allocations = Vec::with_capacity(note.allocations.len());
        for allocation in &note.allocations {
            allocations.push(CreditAllocation {
                invoice_external_id: allocation.invoice.invoice_id.clone(),
                amount_minor: normal::minor("Amount", allocation.amount, currency)?,
                on: allocation.date,
            });
        }
        let json = |error: serde_json::Error| error.to_string();
        let values = Values::of(9)
            .and(number.as_str())
            .and(note.contact.contact_id.as_str())
            .and(note.status.as_str())
            .and(Day(note.date.ok_or("it has no date")?))
            .and(currency.code())
            .and(normal::minor("Total", note.total, currency)?)
            .and(normal::minor(
                "RemainingCredit",
                note.remaining_credit,
                currency,
            )?)
            .and(serde_json::to_string(&lines).map_err(json)?)
            .and(serde_json::to_string(&allocations).map_err(json)?);
        let key = note.credit_note_id.clone();
        Ok(Record::new(
            self.table(),
            key,
            number,
            values,
            0,
            Vec::new(),
        ))
    }
}

pub struct Payments<'c>(pub &'c Xero);

impl Stream for Payments<'_> {
    const NAME: &'static str = "payments";
    const TITLE: &'static str = "Payments";
    const TELLS_CHANGES: bool = true;
    type Item = Payment;

    fn table(&self) -> &'static Table {
        &table::PAYMENT
    }

    async fn page(
        &self,
        since: Option<At>,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Payment>, Error> {
        self.0.payments(since.map(|at| at.0), cursor).await
    }

    fn id(payment: &Payment) -> String {
        payment.payment_id.clone()
    }

    /// Of clients; a kind that this version does not know is kept rather than lost.
    fn is_kept(payment: &Payment) -> bool {
        matches!(
            payment.kind,
            None | Some(
                PaymentType::Receivable | PaymentType::ReceivableCredit | PaymentType::Other(_)
            )
        )
    }

    fn record(&self, run: &Run<'_>, payment: &Payment) -> Result<Record, Reason> {
        let (invoice, credit_note) = match payment.of() {
            PaymentOf::Invoice(id) => (Some(id), None),
            PaymentOf::CreditNote(id) => (None, Some(id)),
            PaymentOf::Else => (None, None),
        };
        let paid_on = Day(payment.date.ok_or("it has no date")?);
        // Xero names no currency here; the amount is in that of the invoice. Coins of most
        // currencies agree with the organization's, and the invoice knows its own.
        let amount = normal::minor("Amount", payment.amount, run.currency)?;
        let status = payment
            .status
            .as_ref()
            .map_or(PaymentStatus::Authorised.as_str().to_owned(), |s| {
                s.as_str().to_owned()
            });
        let values = Values::of(6)
            .and(invoice)
            .and(credit_note)
            .and(paid_on)
            .and(amount)
            .and(None::<String>)
            .and(status);
        let name = format!("Payment of {paid_on}");
        let key = payment.payment_id.clone();
        Ok(Record::new(self.table(), key, name, values, 0, Vec::new()))
    }
}
