//! Whom a document is for. Naming a contact finds it; saying more about it changes it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::xero::input::{ContactIn, DocumentIn};
use crate::xero::ledger::Ledger;
use crate::xero::records::{ContactKey, ContactStatus, Document};
use crate::xero::rules::contacts::{ContactChange, commit_contact, prepare_contact};
use crate::xero::rules::{Complaints, Verb, refuse};

/// Whom a document is for.
#[derive(Debug)]
pub(super) enum Party {
    Known(ContactKey),
    Changed(Box<ContactChange>),
}

impl Party {
    pub(super) fn commit(self, ledger: &mut Ledger, now: DateTime<Utc>) -> ContactKey {
        match self {
            Self::Known(key) => key,
            Self::Changed(change) => commit_contact(ledger, *change, now),
        }
    }
}

/// Only an active contact may get documents.
pub(super) fn find(
    ledger: &Ledger,
    old: Option<&Document>,
    input: &DocumentIn,
    now: DateTime<Utc>,
    complaints: &mut Complaints,
) -> Result<Party, Complaints> {
    let Some(sent) = &input.contact else {
        return match old {
            Some(old) => Ok(Party::Known(old.contact)),
            None => refuse("A Contact must be specified for this type of transaction"),
        };
    };
    let known = known_contact(ledger, sent)?;
    let contact = known.and_then(|key| ledger.contact(key));
    if contact.is_some_and(|contact| contact.status != ContactStatus::Active) {
        complaints.push(
            "The contact with the specified contact details has been archived. The contact must \
             be un-archived before creating new invoices or credit notes."
                .to_owned(),
        );
    }
    match known {
        Some(key) if !changes_contact(sent) => Ok(Party::Known(key)),
        _ => {
            let sent = whole_contact(sent, known.map(|key| ledger.contact_id(key)));
            prepare_contact(ledger, &sent, Verb::Upsert, now)
                .map(|change| Party::Changed(Box::new(change)))
        }
    }
}

fn known_contact(ledger: &Ledger, sent: &ContactIn) -> Result<Option<ContactKey>, Complaints> {
    if let Some(id) = sent.contact_id {
        return match ledger.contact_by_id(id) {
            Some(key) => Ok(Some(key)),
            None => refuse(format!(
                "The contact with ContactID {id} could not be found"
            )),
        };
    }
    let by_number = sent
        .contact_number
        .as_deref()
        .and_then(|n| ledger.contact_by_number(n));
    let by_name = || {
        sent.name
            .as_deref()
            .and_then(|name| ledger.contact_by_name(name))
    };
    let known = by_number.or_else(by_name);
    if known.is_none() && sent.name.as_deref().is_none_or(str::is_empty) {
        return refuse("A Contact must be specified for this type of transaction");
    }
    Ok(known)
}

/// A contact named only by its id, number or name stays as it is.
fn changes_contact(sent: &ContactIn) -> bool {
    let mut rest = sent.clone();
    if rest.contact_id.is_none() {
        rest.name = None;
        rest.contact_number = None;
    }
    rest.says_more()
}

/// Inside a document, people who are not sent are dropped from the contact.
fn whole_contact(sent: &ContactIn, id: Option<Uuid>) -> ContactIn {
    let mut whole = sent.clone();
    whole.contact_id = id;
    if id.is_some() && whole.contact_persons.is_none() {
        whole.contact_persons = Some(Vec::new());
    }
    whole
}
