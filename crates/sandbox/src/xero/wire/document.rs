//! Invoices, credit notes, payments and allocations.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::{ContactOut, ContactRef, Day, Moment, Nothing, iso_day, iso_moment};
use crate::xero::amount::{Amount, Currency, number, round};
use crate::xero::ids::Kind;
use crate::xero::ledger::Ledger;
use crate::xero::records::{
    Account, Allocation, CreditNote, CreditNoteKey, Discount, Document, Invoice, InvoiceKey, Line,
    Payment, PaymentKey, Side, Target,
};

/// How much of a record a reply shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Without it a document stands without its lines.
    pub lines: bool,
    /// The whole contact instead of its id and name.
    pub contact: bool,
    /// Without payments and credits as well (`summaryOnly`).
    pub summary: bool,
    /// 2, or 4 with `unitdp=4`.
    pub unit_places: u32,
}

impl View {
    /// Everything, as for one record.
    pub fn whole(unit_places: u32) -> Self {
        Self {
            lines: true,
            contact: true,
            summary: false,
            unit_places,
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum ContactPart<'a> {
    Whole(Box<ContactOut<'a>>),
    Ref(ContactRef<'a>),
}

impl<'a> ContactPart<'a> {
    fn new(ledger: &'a Ledger, document: &Document, whole: bool) -> Self {
        let key = document.contact;
        match ledger.contact(key).filter(|_| whole) {
            Some(contact) => Self::Whole(Box::new(ContactOut::new(ledger, key, contact))),
            None => Self::Ref(ContactRef::new(ledger, key)),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InvoiceOut<'a> {
    r#type: &'static str,
    #[serde(rename = "InvoiceID")]
    invoice_id: Uuid,
    invoice_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payments: Option<Vec<PaymentPart<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_notes: Option<Vec<CreditPart<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prepayments: Option<Nothing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overpayments: Option<Nothing>,
    amount_due: Amount,
    amount_paid: Amount,
    amount_credited: Amount,
    #[serde(serialize_with = "number")]
    currency_rate: Decimal,
    sent_to_contact: bool,
    is_discounted: bool,
    has_attachments: bool,
    has_errors: bool,
    contact: ContactPart<'a>,
    date_string: String,
    date: Day,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date_string: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_payment_date: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned_payment_date: Option<Day>,
    pub status: &'static str,
    line_amount_types: &'static str,
    line_items: Vec<LineOut<'a>>,
    sub_total: Amount,
    total_tax: Amount,
    total: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_discount: Option<Amount>,
    #[serde(rename = "UpdatedDateUTC")]
    updated: Moment,
    #[serde(rename = "UpdatedDateUTCString")]
    updated_string: String,
    currency_code: Currency,
    #[serde(skip_serializing_if = "Option::is_none")]
    fully_paid_on_date: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_attribute_string: Option<&'static str>,
}

impl<'a> InvoiceOut<'a> {
    pub fn new(ledger: &'a Ledger, key: InvoiceKey, invoice: &'a Invoice, view: View) -> Self {
        let document = &invoice.document;
        let is_sale = document.side == Side::Sales;
        let full = !view.summary;
        Self {
            r#type: if is_sale { "ACCREC" } else { "ACCPAY" },
            invoice_id: ledger.invoice_id(key),
            invoice_number: &document.number,
            reference: is_sale.then_some(&*document.reference),
            url: invoice.url.as_deref(),
            payments: full.then(|| payments(ledger, &invoice.payments)),
            credit_notes: full.then(|| credits(ledger, key, invoice)),
            prepayments: full.then_some(Nothing),
            overpayments: full.then_some(Nothing),
            amount_due: invoice.due(),
            amount_paid: invoice.paid,
            amount_credited: invoice.credited,
            currency_rate: document.currency_rate,
            sent_to_contact: document.sent_to_contact,
            is_discounted: !document.total_discount.is_zero(),
            has_attachments: false,
            has_errors: false,
            contact: ContactPart::new(ledger, document, view.contact),
            date_string: iso_day(document.date),
            date: Day(document.date),
            due_date_string: document.due_date.map(iso_day),
            due_date: document.due_date.map(Day),
            expected_payment_date: invoice.expected_payment_date.map(Day),
            planned_payment_date: invoice.planned_payment_date.map(Day),
            status: document.status.as_str(),
            line_amount_types: document.line_amounts.as_str(),
            line_items: lines(ledger, Kind::Line, key.0, document, view),
            sub_total: document.sub_total,
            total_tax: document.total_tax,
            total: document.total(),
            total_discount: Some(document.total_discount).filter(|amount| !amount.is_zero()),
            updated: Moment(document.updated),
            updated_string: iso_moment(document.updated),
            currency_code: document.currency,
            fully_paid_on_date: invoice.fully_paid_on.map(Day),
            status_attribute_string: None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreditNoteOut<'a> {
    #[serde(rename = "CreditNoteID")]
    credit_note_id: Uuid,
    credit_note_number: &'a str,
    r#type: &'static str,
    reference: &'a str,
    #[serde(serialize_with = "number")]
    currency_rate: Decimal,
    remaining_credit: Amount,
    applied_amount: Amount,
    payments: Vec<PaymentPart<'a>>,
    allocations: Vec<AllocationOut<'a>>,
    sent_to_contact: bool,
    has_attachments: bool,
    has_errors: bool,
    contact: ContactPart<'a>,
    date_string: String,
    date: Day,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date_string: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date: Option<Day>,
    pub status: &'static str,
    line_amount_types: &'static str,
    line_items: Vec<LineOut<'a>>,
    sub_total: Amount,
    total_tax: Amount,
    total: Amount,
    #[serde(rename = "UpdatedDateUTC")]
    updated: Moment,
    #[serde(rename = "UpdatedDateUTCString")]
    updated_string: String,
    currency_code: Currency,
    #[serde(skip_serializing_if = "Option::is_none")]
    fully_paid_on_date: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_attribute_string: Option<&'static str>,
}

impl<'a> CreditNoteOut<'a> {
    pub fn new(ledger: &'a Ledger, key: CreditNoteKey, note: &'a CreditNote, view: View) -> Self {
        let document = &note.document;
        let live = (0..)
            .zip(&note.allocations)
            .filter(|(_, allocation)| !allocation.deleted);
        Self {
            credit_note_id: ledger.credit_note_id(key),
            credit_note_number: &document.number,
            r#type: credit_type(document.side),
            reference: &document.reference,
            currency_rate: document.currency_rate,
            remaining_credit: note.remaining(),
            applied_amount: note.allocated(),
            payments: payments(ledger, &note.payments),
            allocations: live
                .map(|(part, allocation)| AllocationOut::new(ledger, key, part, allocation))
                .collect(),
            sent_to_contact: document.sent_to_contact,
            has_attachments: false,
            has_errors: false,
            contact: ContactPart::new(ledger, document, view.contact),
            date_string: iso_day(document.date),
            date: Day(document.date),
            due_date_string: document.due_date.map(iso_day),
            due_date: document.due_date.map(Day),
            status: document.status.as_str(),
            line_amount_types: document.line_amounts.as_str(),
            line_items: lines(ledger, Kind::CreditNoteLine, key.0, document, view),
            sub_total: document.sub_total,
            total_tax: document.total_tax,
            total: document.total(),
            updated: Moment(document.updated),
            updated_string: iso_moment(document.updated),
            currency_code: document.currency,
            fully_paid_on_date: note.fully_paid_on.map(Day),
            status_attribute_string: None,
        }
    }
}

fn credit_type(side: Side) -> &'static str {
    match side {
        Side::Sales => "ACCRECCREDIT",
        Side::Purchase => "ACCPAYCREDIT",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LineOut<'a> {
    #[serde(rename = "LineItemID")]
    line_item_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<ItemPart<'a>>,
    #[serde(serialize_with = "number")]
    quantity: Decimal,
    #[serde(serialize_with = "number")]
    unit_amount: Decimal,
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "optional_number"
    )]
    discount_rate: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount_amount: Option<Amount>,
    line_amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_type: Option<&'a str>,
    tax_amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_code: Option<&'a str>,
    #[serde(rename = "AccountID", skip_serializing_if = "Option::is_none")]
    account_id: Option<Uuid>,
    tracking: Nothing,
    validation_errors: Nothing,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ItemPart<'a> {
    #[serde(rename = "ItemID")]
    item_id: Uuid,
    name: &'a str,
    code: &'a str,
}

fn lines<'a>(
    ledger: &'a Ledger,
    kind: Kind,
    index: u32,
    document: &'a Document,
    view: View,
) -> Vec<LineOut<'a>> {
    let shown: &[Line] = if view.lines { &document.lines } else { &[] };
    shown
        .iter()
        .map(|line| line_out(ledger, kind, index, line, view.unit_places))
        .collect()
}

fn line_out<'a>(
    ledger: &'a Ledger,
    kind: Kind,
    index: u32,
    line: &'a Line,
    unit_places: u32,
) -> LineOut<'a> {
    let item = line
        .item_code
        .as_deref()
        .and_then(|code| ledger.item_by_code(code));
    let item = item.and_then(|key| Some((key, ledger.item(key)?)));
    let account = line
        .account_code
        .as_deref()
        .and_then(|code| ledger.account_by_code(code));
    let (discount_rate, discount_amount) = match line.discount {
        Discount::None => (None, None),
        Discount::Rate(rate) => (Some(rate), None),
        Discount::Amount(amount) => (None, Some(amount)),
    };
    LineOut {
        line_item_id: ledger.ids.part_of(kind, index, line.part),
        description: line.description.as_deref(),
        item_code: line.item_code.as_deref(),
        item: item.map(|(key, item)| ItemPart {
            item_id: ledger.item_id(key),
            name: &item.name,
            code: &item.code,
        }),
        quantity: line.quantity,
        unit_amount: round(line.unit_amount, unit_places),
        discount_rate,
        discount_amount,
        line_amount: line.line_amount,
        tax_type: line.tax_type.as_deref(),
        tax_amount: line.tax_amount,
        account_code: line.account_code.as_deref(),
        account_id: account.map(|key| ledger.account_id(key)),
        tracking: Nothing,
        validation_errors: Nothing,
    }
}

pub(super) fn optional_number<S: Serializer>(
    value: &Option<Decimal>,
    out: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => number(value, out),
        None => out.serialize_none(),
    }
}

/// A payment as its document mentions it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PaymentPart<'a> {
    #[serde(rename = "PaymentID")]
    payment_id: Uuid,
    date: Day,
    amount: Amount,
    #[serde(serialize_with = "number")]
    currency_rate: Decimal,
    #[serde(skip_serializing_if = "str::is_empty")]
    reference: &'a str,
    has_account: bool,
    has_validation_errors: bool,
}

fn payments<'a>(ledger: &'a Ledger, keys: &[PaymentKey]) -> Vec<PaymentPart<'a>> {
    let found = keys
        .iter()
        .filter_map(|key| Some((*key, ledger.payment(*key)?)));
    let live = found.filter(|(_, payment)| !payment.deleted);
    live.map(|(key, payment)| PaymentPart {
        payment_id: ledger.payment_id(key),
        date: Day(payment.date),
        amount: payment.amount,
        currency_rate: payment.currency_rate,
        reference: &payment.reference,
        has_account: false,
        has_validation_errors: false,
    })
    .collect()
}

/// A credit note as the invoice it settles mentions it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreditPart<'a> {
    #[serde(rename = "CreditNoteID")]
    credit_note_id: Uuid,
    credit_note_number: &'a str,
    #[serde(rename = "ID")]
    id: Uuid,
    applied_amount: Amount,
    date_string: String,
    date: Day,
    total: Amount,
    line_items: Nothing,
    has_errors: bool,
}

fn credits<'a>(ledger: &'a Ledger, key: InvoiceKey, invoice: &Invoice) -> Vec<CreditPart<'a>> {
    let notes = invoice.credit_notes.iter();
    let notes = notes.filter_map(|note| Some((*note, ledger.credit_note(*note)?)));
    notes
        .filter_map(|(note_key, note)| {
            let mine = note
                .allocations
                .iter()
                .filter(|a| !a.deleted && a.invoice == key);
            let applied: Amount = mine.map(|allocation| allocation.amount).sum();
            (!applied.is_zero()).then(|| CreditPart {
                credit_note_id: ledger.credit_note_id(note_key),
                credit_note_number: &note.document.number,
                id: ledger.credit_note_id(note_key),
                applied_amount: applied,
                date_string: iso_day(note.document.date),
                date: Day(note.document.date),
                total: note.document.total(),
                line_items: Nothing,
                has_errors: false,
            })
        })
        .collect()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AllocationOut<'a> {
    #[serde(rename = "AllocationID")]
    allocation_id: Uuid,
    amount: Amount,
    date: Day,
    invoice: DocumentPart<'a>,
    is_deleted: bool,
}

impl<'a> AllocationOut<'a> {
    pub fn new(
        ledger: &'a Ledger,
        note: CreditNoteKey,
        part: u32,
        allocation: &Allocation,
    ) -> Self {
        Self {
            allocation_id: ledger.ids.part_of(Kind::Allocation, note.0, part),
            amount: allocation.amount,
            date: Day(allocation.date),
            invoice: DocumentPart::of_invoice(ledger, allocation.invoice),
            is_deleted: allocation.deleted,
        }
    }
}

/// A document as an allocation or a payment mentions it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DocumentPart<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    #[serde(rename = "InvoiceID", skip_serializing_if = "Option::is_none")]
    invoice_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_number: Option<&'a str>,
    #[serde(rename = "CreditNoteID", skip_serializing_if = "Option::is_none")]
    credit_note_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_note_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<ContactRef<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency_code: Option<Currency>,
    line_items: Nothing,
    has_errors: bool,
}

impl<'a> DocumentPart<'a> {
    fn of_invoice(ledger: &'a Ledger, key: InvoiceKey) -> Self {
        let document = ledger.invoice(key).map(|invoice| &invoice.document);
        Self {
            r#type: document.map(|d| {
                if d.side == Side::Sales {
                    "ACCREC"
                } else {
                    "ACCPAY"
                }
            }),
            invoice_id: Some(ledger.invoice_id(key)),
            invoice_number: document.map(|document| &*document.number),
            credit_note_id: None,
            credit_note_number: None,
            contact: document.map(|document| ContactRef::new(ledger, document.contact)),
            currency_code: document.map(|document| document.currency),
            line_items: Nothing,
            has_errors: false,
        }
    }

    fn of_credit_note(ledger: &'a Ledger, key: CreditNoteKey) -> Self {
        let document = ledger.credit_note(key).map(|note| &note.document);
        Self {
            r#type: document.map(|document| credit_type(document.side)),
            invoice_id: None,
            invoice_number: None,
            credit_note_id: Some(ledger.credit_note_id(key)),
            credit_note_number: document.map(|document| &*document.number),
            contact: document.map(|document| ContactRef::new(ledger, document.contact)),
            currency_code: document.map(|document| document.currency),
            line_items: Nothing,
            has_errors: false,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PaymentOut<'a> {
    #[serde(rename = "PaymentID")]
    payment_id: Uuid,
    date: Day,
    bank_amount: Amount,
    amount: Amount,
    #[serde(serialize_with = "number")]
    currency_rate: Decimal,
    reference: &'a str,
    payment_type: &'static str,
    pub status: &'static str,
    #[serde(rename = "UpdatedDateUTC")]
    updated: Moment,
    #[serde(rename = "UpdatedDateUTCString")]
    updated_string: String,
    has_account: bool,
    is_reconciled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountPart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<DocumentPart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_note: Option<DocumentPart<'a>>,
    has_validation_errors: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountPart<'a> {
    #[serde(rename = "AccountID")]
    account_id: Uuid,
    code: &'a str,
    name: &'a str,
}

impl<'a> PaymentOut<'a> {
    pub fn new(ledger: &'a Ledger, key: PaymentKey, payment: &'a Payment) -> Self {
        let (invoice, credit_note, side) = match payment.target {
            Target::Invoice(key) => {
                let side = ledger.invoice(key).map(|invoice| invoice.document.side);
                (Some(DocumentPart::of_invoice(ledger, key)), None, side)
            }
            Target::CreditNote(key) => {
                let side = ledger.credit_note(key).map(|note| note.document.side);
                (None, Some(DocumentPart::of_credit_note(ledger, key)), side)
            }
        };
        let payment_type = match (payment.target, side) {
            (Target::Invoice(_), Some(Side::Purchase)) => "ACCPAYPAYMENT",
            (Target::Invoice(_), _) => "ACCRECPAYMENT",
            (Target::CreditNote(_), Some(Side::Purchase)) => "APCREDITPAYMENT",
            (Target::CreditNote(_), _) => "ARCREDITPAYMENT",
        };
        let account = ledger.account(payment.account);
        let account = account.map(|Account { code, name, .. }| AccountPart {
            account_id: ledger.account_id(payment.account),
            code,
            name,
        });
        Self {
            payment_id: ledger.payment_id(key),
            date: Day(payment.date),
            bank_amount: payment.amount,
            amount: payment.amount,
            currency_rate: payment.currency_rate,
            reference: &payment.reference,
            payment_type,
            status: if payment.deleted {
                "DELETED"
            } else {
                "AUTHORISED"
            },
            updated: Moment(payment.updated),
            updated_string: iso_moment(payment.updated),
            has_account: account.is_some(),
            is_reconciled: payment.is_reconciled,
            account,
            invoice,
            credit_note,
            has_validation_errors: false,
        }
    }
}
