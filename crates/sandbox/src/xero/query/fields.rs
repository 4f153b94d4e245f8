//! The fields of each resource that `where` and `order` may name.

use chrono::{NaiveDate, NaiveTime};
use rust_decimal::Decimal;

use super::filter::{Fields, Type, Value};
use crate::xero::ledger::Ledger;
use crate::xero::records::{
    Account, AccountKey, Contact, ContactKey, CreditNote, CreditNoteKey, Document, Invoice,
    InvoiceKey, Item, ItemKey, Payment, PaymentKey, Side, Target, TaxRate,
};
use crate::xero::wire;

fn day(day: NaiveDate) -> Value<'static> {
    Value::Moment(day.and_time(NaiveTime::MIN).and_utc())
}

fn optional_day(value: Option<NaiveDate>) -> Value<'static> {
    value.map_or(Value::Null, day)
}

fn optional(value: Option<&str>) -> Value<'_> {
    value.map_or(Value::Null, Value::Text)
}

/// A record with its key and the books it stands in.
macro_rules! rows {
    ($($row:ident($key:ty, $record:ty, $find:ident);)*) => {$(
        pub struct $row<'a> {
            pub ledger: &'a Ledger,
            pub key: $key,
            pub record: &'a $record,
        }

        impl<'a> $row<'a> {
            pub fn new(ledger: &'a Ledger, key: $key) -> Option<Self> {
                Some(Self { ledger, key, record: ledger.$find(key)? })
            }
        }
    )*};
}
rows! {
    InvoiceRow(InvoiceKey, Invoice, invoice);
    CreditNoteRow(CreditNoteKey, CreditNote, credit_note);
    ContactRow(ContactKey, Contact, contact);
    PaymentRow(PaymentKey, Payment, payment);
    ItemRow(ItemKey, Item, item);
    AccountRow(AccountKey, Account, account);
}

fn document_field<'a>(ledger: &'a Ledger, document: &'a Document, name: &str) -> Value<'a> {
    match name {
        "Contact.ContactID" => Value::Id(ledger.contact_id(document.contact)),
        "Contact.Name" => optional(
            ledger
                .contact(document.contact)
                .map(|contact| &*contact.name),
        ),
        "Contact.ContactNumber" => {
            let contact = ledger.contact(document.contact);
            optional(contact.and_then(|contact| contact.contact_number.as_deref()))
        }
        "Status" => Value::Text(document.status.as_str()),
        "Date" => day(document.date),
        "DueDate" => optional_day(document.due_date),
        "Reference" => Value::Text(&document.reference),
        "CurrencyCode" => Value::Text(document.currency.as_str()),
        "SubTotal" => Value::Number(document.sub_total.decimal()),
        "TotalTax" => Value::Number(document.total_tax.decimal()),
        "Total" => Value::Number(document.total().decimal()),
        "SentToContact" => Value::Bool(document.sent_to_contact),
        "UpdatedDateUTC" => Value::Moment(document.updated),
        _ => Value::Null,
    }
}

impl InvoiceRow<'_> {
    pub const FIELDS: &'static [(&'static str, Type)] = &[
        ("InvoiceID", Type::Id),
        ("InvoiceNumber", Type::Text),
        ("Type", Type::Text),
        ("Contact.ContactID", Type::Id),
        ("Contact.Name", Type::Text),
        ("Contact.ContactNumber", Type::Text),
        ("Status", Type::Text),
        ("Date", Type::Moment),
        ("DueDate", Type::Moment),
        ("Reference", Type::Text),
        ("CurrencyCode", Type::Text),
        ("SubTotal", Type::Number),
        ("TotalTax", Type::Number),
        ("Total", Type::Number),
        ("AmountDue", Type::Number),
        ("AmountPaid", Type::Number),
        ("AmountCredited", Type::Number),
        ("SentToContact", Type::Bool),
        ("FullyPaidOnDate", Type::Moment),
        ("ExpectedPaymentDate", Type::Moment),
        ("UpdatedDateUTC", Type::Moment),
    ];
}

impl Fields for InvoiceRow<'_> {
    fn field(&self, name: &str) -> Value<'_> {
        let invoice = self.record;
        match name {
            "InvoiceID" => Value::Id(self.ledger.invoice_id(self.key)),
            "InvoiceNumber" => Value::Text(&invoice.document.number),
            "Type" => Value::Text(match invoice.document.side {
                Side::Sales => "ACCREC",
                Side::Purchase => "ACCPAY",
            }),
            "AmountDue" => Value::Number(invoice.due().decimal()),
            "AmountPaid" => Value::Number(invoice.paid.decimal()),
            "AmountCredited" => Value::Number(invoice.credited.decimal()),
            "FullyPaidOnDate" => optional_day(invoice.fully_paid_on),
            "ExpectedPaymentDate" => optional_day(invoice.expected_payment_date),
            _ => document_field(self.ledger, &invoice.document, name),
        }
    }
}

impl CreditNoteRow<'_> {
    pub const FIELDS: &'static [(&'static str, Type)] = &[
        ("CreditNoteID", Type::Id),
        ("CreditNoteNumber", Type::Text),
        ("Type", Type::Text),
        ("Contact.ContactID", Type::Id),
        ("Contact.Name", Type::Text),
        ("Contact.ContactNumber", Type::Text),
        ("Status", Type::Text),
        ("Date", Type::Moment),
        ("DueDate", Type::Moment),
        ("Reference", Type::Text),
        ("CurrencyCode", Type::Text),
        ("SubTotal", Type::Number),
        ("TotalTax", Type::Number),
        ("Total", Type::Number),
        ("RemainingCredit", Type::Number),
        ("SentToContact", Type::Bool),
        ("FullyPaidOnDate", Type::Moment),
        ("UpdatedDateUTC", Type::Moment),
    ];
}

impl Fields for CreditNoteRow<'_> {
    fn field(&self, name: &str) -> Value<'_> {
        let note = self.record;
        match name {
            "CreditNoteID" => Value::Id(self.ledger.credit_note_id(self.key)),
            "CreditNoteNumber" => Value::Text(&note.document.number),
            "Type" => Value::Text(match note.document.side {
                Side::Sales => "ACCRECCREDIT",
                Side::Purchase => "ACCPAYCREDIT",
            }),
            "RemainingCredit" => Value::Number(note.remaining().decimal()),
            "FullyPaidOnDate" => optional_day(note.fully_paid_on),
            _ => document_field(self.ledger, &note.document, name),
        }
    }
}

impl ContactRow<'_> {
    pub const FIELDS: &'static [(&'static str, Type)] = &[
        ("ContactID", Type::Id),
        ("ContactNumber", Type::Text),
        ("AccountNumber", Type::Text),
        ("ContactStatus", Type::Text),
        ("Name", Type::Text),
        ("FirstName", Type::Text),
        ("LastName", Type::Text),
        ("EmailAddress", Type::Text),
        ("TaxNumber", Type::Text),
        ("IsCustomer", Type::Bool),
        ("IsSupplier", Type::Bool),
        ("UpdatedDateUTC", Type::Moment),
    ];

    /// Whether a search finds this contact.
    pub fn mentions(&self, lower_case_term: &str) -> bool {
        let contact = self.record;
        let number = contact.contact_number.as_deref().unwrap_or_default();
        let texts = [
            &*contact.name,
            &*contact.first_name,
            &*contact.last_name,
            &*contact.email,
            number,
        ];
        texts
            .iter()
            .any(|text| text.to_lowercase().contains(lower_case_term))
    }
}

impl Fields for ContactRow<'_> {
    fn field(&self, name: &str) -> Value<'_> {
        let contact = self.record;
        match name {
            "ContactID" => Value::Id(self.ledger.contact_id(self.key)),
            "ContactNumber" => optional(contact.contact_number.as_deref()),
            "AccountNumber" => optional(contact.account_number.as_deref()),
            "ContactStatus" => Value::Text(wire::contact_status(contact.status)),
            "Name" => Value::Text(&contact.name),
            "FirstName" => Value::Text(&contact.first_name),
            "LastName" => Value::Text(&contact.last_name),
            "EmailAddress" => Value::Text(&contact.email),
            "TaxNumber" => optional(contact.tax_number.as_deref()),
            "IsCustomer" => Value::Bool(contact.is_customer),
            "IsSupplier" => Value::Bool(contact.is_supplier),
            "UpdatedDateUTC" => Value::Moment(contact.updated),
            _ => Value::Null,
        }
    }
}

impl PaymentRow<'_> {
    pub const FIELDS: &'static [(&'static str, Type)] = &[
        ("PaymentID", Type::Id),
        ("Invoice.InvoiceID", Type::Id),
        ("Invoice.InvoiceNumber", Type::Text),
        ("Account.Code", Type::Text),
        ("Status", Type::Text),
        ("Date", Type::Moment),
        ("Amount", Type::Number),
        ("Reference", Type::Text),
        ("IsReconciled", Type::Bool),
        ("UpdatedDateUTC", Type::Moment),
    ];
}

impl Fields for PaymentRow<'_> {
    fn field(&self, name: &str) -> Value<'_> {
        let payment = self.record;
        let invoice = match payment.target {
            Target::Invoice(key) => Some(key),
            Target::CreditNote(_) => None,
        };
        match name {
            "PaymentID" => Value::Id(self.ledger.payment_id(self.key)),
            "Invoice.InvoiceID" => {
                invoice.map_or(Value::Null, |key| Value::Id(self.ledger.invoice_id(key)))
            }
            "Invoice.InvoiceNumber" => {
                let invoice = invoice.and_then(|key| self.ledger.invoice(key));
                optional(invoice.map(|invoice| &*invoice.document.number))
            }
            "Account.Code" => optional(
                self.ledger
                    .account(payment.account)
                    .map(|account| &*account.code),
            ),
            "Status" => Value::Text(if payment.deleted {
                "DELETED"
            } else {
                "AUTHORISED"
            }),
            "Date" => day(payment.date),
            "Amount" => Value::Number(payment.amount.decimal()),
            "Reference" => Value::Text(&payment.reference),
            "IsReconciled" => Value::Bool(payment.is_reconciled),
            "UpdatedDateUTC" => Value::Moment(payment.updated),
            _ => Value::Null,
        }
    }
}

impl ItemRow<'_> {
    pub const FIELDS: &'static [(&'static str, Type)] = &[
        ("ItemID", Type::Id),
        ("Code", Type::Text),
        ("Name", Type::Text),
        ("IsSold", Type::Bool),
        ("IsPurchased", Type::Bool),
        ("UpdatedDateUTC", Type::Moment),
    ];
}

impl Fields for ItemRow<'_> {
    fn field(&self, name: &str) -> Value<'_> {
        match name {
            "ItemID" => Value::Id(self.ledger.item_id(self.key)),
            "Code" => Value::Text(&self.record.code),
            "Name" => Value::Text(&self.record.name),
            "IsSold" => Value::Bool(self.record.sales.is_some()),
            "IsPurchased" => Value::Bool(self.record.purchase.is_some()),
            "UpdatedDateUTC" => Value::Moment(self.record.updated),
            _ => Value::Null,
        }
    }
}

impl AccountRow<'_> {
    pub const FIELDS: &'static [(&'static str, Type)] = &[
        ("AccountID", Type::Id),
        ("Code", Type::Text),
        ("Name", Type::Text),
        ("Type", Type::Text),
        ("Class", Type::Text),
        ("Status", Type::Text),
        ("TaxType", Type::Text),
        ("EnablePaymentsToAccount", Type::Bool),
        ("UpdatedDateUTC", Type::Moment),
    ];
}

impl Fields for AccountRow<'_> {
    fn field(&self, name: &str) -> Value<'_> {
        match name {
            "AccountID" => Value::Id(self.ledger.account_id(self.key)),
            "Code" => Value::Text(&self.record.code),
            "Name" => Value::Text(&self.record.name),
            "Type" => Value::Text(self.record.kind.as_str()),
            "Class" => Value::Text(self.record.kind.class()),
            "Status" => Value::Text(wire::account_status(self.record)),
            "TaxType" => Value::Text(&self.record.tax_type),
            "EnablePaymentsToAccount" => Value::Bool(self.record.takes_payments),
            "UpdatedDateUTC" => Value::Moment(self.record.updated),
            _ => Value::Null,
        }
    }
}

/// Tax rates have no key but their type.
pub struct TaxRateRow<'a>(pub &'a TaxRate);

impl TaxRateRow<'_> {
    pub const FIELDS: &'static [(&'static str, Type)] = &[
        ("Name", Type::Text),
        ("TaxType", Type::Text),
        ("Status", Type::Text),
        ("EffectiveRate", Type::Number),
        ("CanApplyToRevenue", Type::Bool),
    ];
}

impl Fields for TaxRateRow<'_> {
    fn field(&self, name: &str) -> Value<'_> {
        let rate: Decimal = self.0.rate;
        match name {
            "Name" => Value::Text(&self.0.name),
            "TaxType" => Value::Text(&self.0.tax_type),
            "Status" => Value::Text(wire::tax_rate_status(self.0)),
            "EffectiveRate" => Value::Number(rate),
            "CanApplyToRevenue" => Value::Bool(self.0.for_revenue),
            _ => Value::Null,
        }
    }
}
