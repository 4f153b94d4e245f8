//! Answers cut anywhere and with bytes changed: whatever comes, an error and never a panic.

use serde::de::IgnoredAny;

use crate::list::{Listed, bare, enveloped};
use crate::{ninjaone, pax8, xero};

const INVOICES: &str = r#"{"pagination":{"page":1},"Invoices":[{"Type":"ACCREC","InvoiceID":"i",
"InvoiceNumber":"N \ud83d\ude00","Contact":{"ContactID":"c","Name":"ü"},"Date":"\/Date(1539993600000+0000)\/",
"Status":"PAID","LineItems":[{"Quantity":-1.5e3,"UnitAmount":33.1234,"TaxType":null}],"SubTotal":"1.00",
"TotalTax":0,"Total":1,"SentToContact":"true","UpdatedDateUTC":"2018-11-02T16:31:30Z"}]}"#;

const SUBSCRIPTIONS: &str = r#"{"content":[{"id":"s","companyId":"c","productId":"p","quantity":5,
"startDate":"2021-01-01T08:30:00Z","createdDate":"2020-12-01T13:20:13.153-0700","status":"Active",
"price":86.456,"billingTerm":"Monthly","commitmentTerm":{"term":"1-Year","endDate":"2027-01-01"}}],
"page":{"size":200,"totalElements":1,"totalPages":1,"number":0}}"#;

const DEVICES: &str = r#"[{"id":1,"organizationId":2,"nodeClass":"MAC","offline":false,
"lastContact":1700000000.25,"lastUpdate":1.7e9,"displayName":"x"}]"#;

/// What a changed byte becomes: what JSON is made of, and what is no text at all.
const BYTES: &[u8] = b"\"{}[],:0-9.eE/\\ \xff";

/// Every beginning of the text, and thousands of copies with up to three bytes changed.
fn mangle(text: &str, mut read: impl FnMut(&[u8])) {
    let bytes = text.as_bytes();
    for end in 0..=bytes.len() {
        read(&bytes[..end]);
    }
    let mut seed = 7_u64;
    let mut next = |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for _ in 0..5000 {
        let mut copy = bytes.to_vec();
        for _ in 0..=next(3) {
            let at = next(copy.len());
            copy[at] = BYTES[next(BYTES.len())];
        }
        read(&copy);
    }
}

fn listed<T: Listed>(text: &str, key: &'static str) {
    let whole = enveloped::<T, IgnoredAny>(text.as_bytes(), key, "").unwrap();
    assert_eq!(
        (whole.items.len(), whole.broken.len()),
        (1, 0),
        "{:?}",
        whole.broken
    );
    mangle(text, |body| drop(enveloped::<T, IgnoredAny>(body, key, "")));
}

#[test]
fn invoices() {
    listed::<xero::Invoice>(INVOICES, "Invoices");
}

#[test]
fn subscriptions() {
    listed::<pax8::Subscription>(SUBSCRIPTIONS, "content");
}

#[test]
fn devices() {
    assert_eq!(
        bare::<ninjaone::Device>(DEVICES.as_bytes())
            .unwrap()
            .items
            .len(),
        1
    );
    mangle(DEVICES, |body| drop(bare::<ninjaone::Device>(body)));
}

#[test]
fn notifications() {
    let xero = r#"{"events":[{"resourceId":"i","tenantId":"t","eventCategory":"INVOICE"}]}"#;
    mangle(xero, |body| drop(xero::Notification::parse(body)));
    let pax8 = r#"{"webhookId":"w","webhookTopic":{"topic":"INVOICE"},"payloadData":{"id":"x"}}"#;
    mangle(pax8, |body| drop(pax8::Delivery::parse(body)));
}
