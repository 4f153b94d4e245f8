use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;

use super::Ledger;
use crate::xero::amount::Amount;
use crate::xero::records::{
    Contact, ContactKey, Discount, Document, Line, LineAmounts, Organisation, Status,
};

fn books() -> (Ledger, ContactKey) {
    let created = DateTime::UNIX_EPOCH;
    let mut ledger = Ledger::new(1, Organisation::british("Acme", created));
    let contact = ledger.add_contact(Contact::named("Client"));
    (ledger, contact)
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

fn sale(contact: ContactKey, number: &str, prices: &[Decimal]) -> Document {
    let lines = prices
        .iter()
        .map(|price| Line::new("Work", Decimal::ONE, *price).posted_to("200", "OUTPUT2"));
    Document {
        lines: lines.collect(),
        ..Document::sale(contact, number, day(1), day(15))
    }
}

#[test]
fn tax_is_rounded_on_each_line_and_then_added() {
    let (ledger, contact) = books();
    let mut document = sale(
        contact,
        "INV-1",
        &[dec("25.06"), dec("25.61"), dec("25.63")],
    );
    ledger.total_up(&mut document).unwrap();
    assert_eq!(document.total_tax, Amount::from_minor(501 + 512 + 513));
    assert_eq!(document.total(), Amount::from_minor(7630 + 1526));
    document.line_amounts = LineAmounts::Inclusive;
    ledger.total_up(&mut document).unwrap();
    assert_eq!(document.total(), Amount::from_minor(7630));
    assert_eq!(document.total_tax, Amount::from_minor(418 + 427 + 427));
    document.line_amounts = LineAmounts::NoTax;
    ledger.total_up(&mut document).unwrap();
    assert_eq!(document.total(), Amount::from_minor(7630));
}

#[test]
fn discounts_come_off_before_tax() {
    let (ledger, contact) = books();
    let mut document = sale(contact, "INV-1", &[]);
    document.lines = vec![
        Line::new("Ten off", dec("3"), dec("33.33")).discounted(Discount::Rate(dec("10"))),
        Line::new("One off", dec("1"), dec("10"))
            .discounted(Discount::Amount(Amount::from_minor(100))),
    ];
    ledger.total_up(&mut document).unwrap();
    assert_eq!(document.lines[0].line_amount, Amount::from_minor(8999));
    assert_eq!(document.lines[1].line_amount, Amount::from_minor(900));
    assert_eq!(document.total_discount, Amount::from_minor(1100));
}

#[test]
fn payments_and_allocations_settle_an_invoice() {
    let (mut ledger, contact) = books();
    let at = DateTime::UNIX_EPOCH;
    let invoice = ledger
        .add_invoice(sale(contact, "INV-1", &[dec("100")]), at)
        .unwrap();
    let note = ledger
        .add_credit_note(sale(contact, "CN-1", &[dec("50")]), at)
        .unwrap();
    ledger
        .allocate(note, invoice, day(2), Amount::from_minor(6000), at)
        .unwrap();
    let part = ledger.invoice(invoice).unwrap();
    assert_eq!(
        (part.due(), part.document.status),
        (Amount::from_minor(6000), Status::Authorised)
    );
    assert_eq!(
        ledger.credit_note(note).unwrap().document.status,
        Status::Paid
    );
    assert!(
        ledger
            .pay_invoice(invoice, "090", day(3), Amount::from_minor(6001), at)
            .is_err()
    );
    ledger
        .pay_invoice(invoice, "090", day(3), Amount::from_minor(6000), at)
        .unwrap();
    let whole = ledger.invoice(invoice).unwrap();
    assert_eq!(
        (whole.document.status, whole.fully_paid_on),
        (Status::Paid, Some(day(3)))
    );
}

#[test]
fn a_number_is_used_once_and_a_name_is_found_in_any_case() {
    let (mut ledger, contact) = books();
    let at = DateTime::UNIX_EPOCH;
    ledger
        .add_invoice(sale(contact, "INV-1", &[dec("1")]), at)
        .unwrap();
    assert!(
        ledger
            .add_invoice(sale(contact, "INV-1", &[dec("1")]), at)
            .is_err()
    );
    assert_eq!(ledger.contact_by_name(" CLIENT "), Some(contact));
    let uses = ledger.number_uses();
    assert_eq!(
        (uses.len(), uses[0].created, uses[0].total_minor),
        (1, 1, 120)
    );
}

#[test]
fn an_invoice_of_four_lines_fits_in_a_kilobyte() {
    let text = size_of::<Line>() * 4 + size_of::<crate::xero::Invoice>();
    let payment = size_of::<crate::xero::Payment>();
    assert!(text <= 860, "{text} bytes");
    assert!(payment <= 100, "{payment} bytes");
}
