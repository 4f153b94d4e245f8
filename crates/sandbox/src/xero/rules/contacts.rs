//! Contacts: one active contact per name, one contact per number.

use chrono::{DateTime, Utc};

use super::{Complaints, Verb, check_length, refuse};
use crate::xero::amount::Currency;
use crate::xero::input::{AddressIn, ContactIn, PersonIn, PhoneIn, TermIn, TermsIn};
use crate::xero::ledger::Ledger;
use crate::xero::records::{
    Address, Contact, ContactKey, ContactStatus, Person, Phone, Terms, TermsKind, Text,
};

/// A contact that may be put in the books.
#[derive(Debug)]
pub struct ContactChange {
    key: Option<ContactKey>,
    contact: Contact,
}

impl ContactChange {
    pub fn contact(&self) -> &Contact {
        &self.contact
    }
}

/// The contact a POST means: by id, by number, by name.
fn existing(
    ledger: &Ledger,
    input: &ContactIn,
    verb: Verb,
) -> Result<Option<ContactKey>, Complaints> {
    if verb == Verb::Create {
        return Ok(None);
    }
    if let Some(id) = input.contact_id {
        return match ledger.contact_by_id(id) {
            Some(key) => Ok(Some(key)),
            None => refuse("Contact could not be found"),
        };
    }
    let by_number = input
        .contact_number
        .as_deref()
        .and_then(|n| ledger.contact_by_number(n));
    Ok(by_number.or_else(|| {
        input
            .name
            .as_deref()
            .and_then(|name| ledger.contact_by_name(name))
    }))
}

pub fn prepare_contact(
    ledger: &Ledger,
    input: &ContactIn,
    verb: Verb,
    now: DateTime<Utc>,
) -> Result<ContactChange, Complaints> {
    let key = existing(ledger, input, verb)?;
    let old = key.and_then(|key| ledger.contact(key));
    let mut complaints = Complaints::new();
    let mut contact = old.cloned().unwrap_or_else(|| Contact::named(""));
    contact.updated = now;
    set_identity(ledger, key, input, &mut contact, &mut complaints);
    set_texts(input, &mut contact, &mut complaints);
    set_defaults(ledger, input, &mut contact, &mut complaints);
    set_parts(input, &mut contact, &mut complaints);
    if complaints.is_empty() {
        Ok(ContactChange { key, contact })
    } else {
        Err(complaints)
    }
}

pub fn commit_contact(
    ledger: &mut Ledger,
    change: ContactChange,
    now: DateTime<Utc>,
) -> ContactKey {
    match change.key {
        Some(key) => {
            ledger.replace_contact(key, change.contact, now);
            key
        }
        None => ledger.add_contact(change.contact),
    }
}

fn set_identity(
    ledger: &Ledger,
    key: Option<ContactKey>,
    input: &ContactIn,
    contact: &mut Contact,
    complaints: &mut Complaints,
) {
    if let Some(name) = input.name.as_deref() {
        contact.name = Text::from(name.trim());
    }
    if contact.name.is_empty() {
        complaints.push("The contact name must be specified.".to_owned());
    }
    check_length(input.name.as_deref(), "Name", 255, complaints);
    match input.contact_status.as_deref() {
        None => {}
        Some("ACTIVE") => contact.status = ContactStatus::Active,
        Some("ARCHIVED") => contact.status = ContactStatus::Archived,
        Some("GDPRREQUEST") => contact.status = ContactStatus::GdprRequest,
        Some(other) => complaints.push(format!("'{other}' is not a valid ContactStatus")),
    }
    let holder = ledger
        .contact_by_name(&contact.name)
        .filter(|found| Some(*found) != key);
    if holder.is_some() && contact.status == ContactStatus::Active {
        complaints.push(format!(
            "The contact name {} is already assigned to another contact. The contact name must be \
             unique across all active contacts.",
            contact.name
        ));
    }
    if let Some(number) = input.contact_number.as_deref() {
        let holder = ledger
            .contact_by_number(number)
            .filter(|found| Some(*found) != key);
        if holder.is_some() {
            complaints.push(format!(
                "The contact number {number} is already assigned to another contact."
            ));
        }
        check_length(Some(number), "ContactNumber", 50, complaints);
        contact.contact_number = Some(Text::from(number)).filter(|number| !number.is_empty());
    }
}

fn set_texts(input: &ContactIn, contact: &mut Contact, complaints: &mut Complaints) {
    let plain = [
        (&mut contact.first_name, &input.first_name, "FirstName", 255),
        (&mut contact.last_name, &input.last_name, "LastName", 255),
        (
            &mut contact.email,
            &input.email_address,
            "EmailAddress",
            255,
        ),
        (
            &mut contact.bank_details,
            &input.bank_account_details,
            "BankAccountDetails",
            255,
        ),
    ];
    for (field, sent, name, longest) in plain {
        check_length(sent.as_deref(), name, longest, complaints);
        if let Some(sent) = sent {
            *field = Text::from(sent.as_str());
        }
    }
    let optional = [
        (
            &mut contact.account_number,
            &input.account_number,
            "AccountNumber",
            50,
        ),
        (
            &mut contact.company_number,
            &input.company_number,
            "CompanyNumber",
            50,
        ),
        (&mut contact.tax_number, &input.tax_number, "TaxNumber", 50),
    ];
    for (field, sent, name, longest) in optional {
        check_length(sent.as_deref(), name, longest, complaints);
        if let Some(sent) = sent {
            *field = Some(Text::from(sent.as_str())).filter(|text| !text.is_empty());
        }
    }
    let has_bad_email = |email: &str| !email.is_empty() && !email.contains('@');
    if input.email_address.as_deref().is_some_and(has_bad_email) {
        complaints.push("Email address must be valid".to_owned());
    }
}

fn set_defaults(
    ledger: &Ledger,
    input: &ContactIn,
    contact: &mut Contact,
    complaints: &mut Complaints,
) {
    let taxes = [
        (
            &mut contact.receivable_tax,
            &input.accounts_receivable_tax_type,
        ),
        (&mut contact.payable_tax, &input.accounts_payable_tax_type),
    ];
    for (field, sent) in taxes {
        let Some(code) = sent.as_deref() else {
            continue;
        };
        if ledger.tax_rate(code).is_none() {
            complaints.push(format!(
                "The TaxType code '{code}' does not exist or has been archived"
            ));
        }
        *field = Some(Text::from(code));
    }
    if let Some(code) = input.sales_default_account_code.as_deref() {
        if ledger.account_by_code(code).is_none() {
            complaints.push(format!("Account code '{code}' is not a valid code"));
        }
        contact.sales_account = Some(Text::from(code));
    }
    if let Some(code) = input.default_currency.as_deref() {
        match Currency::parse(code).filter(|currency| ledger.organisation.uses(*currency)) {
            Some(currency) => contact.default_currency = Some(currency),
            None => complaints.push(format!("Organisation is not subscribed to currency {code}")),
        }
    }
    let Some(TermsIn { bills, sales }) = &input.payment_terms else {
        return;
    };
    if let Some(sent) = sales {
        contact.sales_terms = terms(sent, complaints);
    }
    if let Some(sent) = bills {
        contact.bill_terms = terms(sent, complaints);
    }
}

fn terms(sent: &TermIn, complaints: &mut Complaints) -> Option<Terms> {
    let kind = match sent.r#type.as_deref() {
        Some("DAYSAFTERBILLDATE") => TermsKind::DaysAfterBillDate,
        Some("DAYSAFTERBILLMONTH") => TermsKind::DaysAfterBillMonth,
        Some("OFCURRENTMONTH") => TermsKind::OfCurrentMonth,
        Some("OFFOLLOWINGMONTH") => TermsKind::OfFollowingMonth,
        _ => {
            complaints.push("Payment terms need a valid Type".to_owned());
            return None;
        }
    };
    if let Some(day @ 0..=1000) = sent.day {
        return Some(Terms { day, kind });
    }
    complaints.push("Payment terms need a Day".to_owned());
    None
}

/// Addresses and phones replace those of their kind; people are replaced as a whole.
fn set_parts(input: &ContactIn, contact: &mut Contact, complaints: &mut Complaints) {
    for sent in input.addresses.iter().flatten() {
        let address = address(sent);
        if !matches!(address.kind.as_str(), "STREET" | "POBOX") {
            complaints.push("AddressType must be STREET or POBOX".to_owned());
        }
        contact.addresses.retain(|known| known.kind != address.kind);
        contact.addresses.push(address);
    }
    for sent in input.phones.iter().flatten() {
        let phone = phone(sent);
        if !matches!(
            phone.kind.as_str(),
            "DEFAULT" | "DDI" | "MOBILE" | "FAX" | "OFFICE"
        ) {
            complaints.push("PhoneType must be DEFAULT, DDI, MOBILE, FAX or OFFICE".to_owned());
        }
        contact.phones.retain(|known| known.kind != phone.kind);
        contact.phones.push(phone);
    }
    if let Some(people) = &input.contact_persons {
        if people.len() > 5 {
            complaints.push("A contact can have at most 5 contact persons".to_owned());
        }
        contact.people = people.iter().map(person).collect();
    }
}

fn address(sent: &AddressIn) -> Address {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    Address {
        kind: text(&sent.address_type),
        lines: [
            text(&sent.address_line1),
            text(&sent.address_line2),
            text(&sent.address_line3),
            text(&sent.address_line4),
        ],
        city: text(&sent.city),
        region: text(&sent.region),
        postal_code: text(&sent.postal_code),
        country: text(&sent.country),
        attention_to: text(&sent.attention_to),
    }
}

fn phone(sent: &PhoneIn) -> Phone {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    Phone {
        kind: text(&sent.phone_type),
        number: text(&sent.phone_number),
        area_code: text(&sent.phone_area_code),
        country_code: text(&sent.phone_country_code),
    }
}

fn person(sent: &PersonIn) -> Person {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    Person {
        first_name: text(&sent.first_name),
        last_name: text(&sent.last_name),
        email: text(&sent.email_address),
        include_in_emails: sent.include_in_emails.unwrap_or_default(),
    }
}
