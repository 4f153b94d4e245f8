//! One repeating invoice, with its schedule.

use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use super::line::{LineOut, lines};
use super::{ContactPart, View};
use crate::xero::amount::{Amount, Currency};
use crate::xero::ids::Kind;
use crate::xero::ledger::Ledger;
use crate::xero::records::{Repeating, Side};
use crate::xero::wire::Day;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RepeatingOut<'a> {
    #[serde(rename = "RepeatingInvoiceID")]
    repeating_invoice_id: Uuid,
    #[serde(rename = "ID")]
    id: Uuid,
    r#type: &'static str,
    reference: &'a str,
    has_attachments: bool,
    contact: ContactPart<'a>,
    schedule: ScheduleOut,
    line_items: Vec<LineOut<'a>>,
    line_amount_types: &'static str,
    currency_code: Currency,
    status: &'static str,
    sub_total: Amount,
    total_tax: Amount,
    total: Amount,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ScheduleOut {
    period: u32,
    unit: &'static str,
    due_date: i64,
    due_date_type: &'static str,
    start_date: Day,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_scheduled_date: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<Day>,
}

impl<'a> RepeatingOut<'a> {
    pub fn all(ledger: &'a Ledger, today: NaiveDate) -> Vec<Self> {
        ledger
            .standing_repeating()
            .map(|(at, template)| Self::new(ledger, at, template, today))
            .collect()
    }

    fn new(ledger: &'a Ledger, at: u32, template: &'a Repeating, today: NaiveDate) -> Self {
        let document = &template.document;
        let id = ledger.repeating_id(at);
        let due = document.due_date.unwrap_or(document.date) - document.date;
        Self {
            repeating_invoice_id: id,
            id,
            r#type: match document.side {
                Side::Sales => "ACCREC",
                Side::Purchase => "ACCPAY",
            },
            reference: &document.reference,
            has_attachments: false,
            contact: ContactPart::new(ledger, document, false),
            schedule: ScheduleOut {
                period: template.every,
                unit: template.unit.as_str(),
                due_date: due.num_days(),
                due_date_type: "DAYSAFTERBILLDATE",
                start_date: Day(document.date),
                next_scheduled_date: template.next(today).map(Day),
                end_date: template.ends_on.map(Day),
            },
            line_items: lines(ledger, Kind::RepeatingLine, at, document, View::whole(4)),
            line_amount_types: document.line_amounts.as_str(),
            currency_code: document.currency,
            status: document.status.as_str(),
            sub_total: document.sub_total,
            total_tax: document.total_tax,
            total: document.total(),
        }
    }
}
