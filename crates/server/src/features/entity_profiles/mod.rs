//! How a client is invoiced: who it is by law, where its invoices go, when it pays, and whether it
//! wants a purchase-order number. Every client has a profile; until somebody writes in it, it is
//! empty and invoices are made as the ledger's contact says.

pub mod api;
pub mod pages;
pub mod store;
#[cfg(test)]
mod tests;

use billing::due::{CountedFrom, PaymentTerms};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    app::App,
    db::{ClientId, DbError, OrgId, Tx},
    fault::Fault,
    features::{
        audit::{self, Act},
        clients,
        generated_invoices::review::ReviewDrafts,
        sign_in::normal_email,
    },
    http::Who,
    input::{self, Checks},
    queue,
};

/// How a client is invoiced.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct EntityProfile {
    /// As it stands on invoices; empty for the client's name.
    pub legal_name: String,
    /// Several lines.
    pub address: String,
    /// VAT, GST or other tax number.
    pub tax_number: String,
    /// Whom letters greet.
    pub contact_name: String,
    /// Where invoices are sent; empty where nobody said.
    pub email: String,
    /// Who gets them too.
    pub more_emails: Vec<String>,
    /// Null leaves what the ledger's contact says.
    pub terms_days: Option<i64>,
    /// invoice_date | end_of_month
    pub terms_from: Option<String>,
    /// Nothing goes out without the client's purchase-order number.
    pub reference_required: bool,
    /// 0 until somebody writes in it.
    pub version: i64,
}

impl EntityProfile {
    /// Everybody who is sent an invoice.
    pub fn recipients(&self) -> Vec<String> {
        let first = Some(self.email.clone()).filter(|email| !email.is_empty());
        first.into_iter().chain(self.more_emails.clone()).collect()
    }
}

/// A profile as it shall be; what is left out is empty.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileInput {
    /// The version you saw; 0 where nobody has written in it.
    pub version: i64,
    pub legal_name: String,
    pub address: String,
    pub tax_number: String,
    pub contact_name: String,
    pub email: String,
    pub more_emails: Vec<String>,
    /// Both or neither; they go before what the ledger's contact says.
    pub terms_days: Option<i64>,
    /// invoice_date | end_of_month
    pub terms_from: Option<String>,
    pub reference_required: bool,
}

const LONGEST_NAME: usize = 300;
const LONGEST_ADDRESS: usize = 1000;
const LONGEST_NUMBER: usize = 60;
const MOST_EMAILS: usize = 20;
const LONGEST_TERMS: i64 = 365;
const COUNTED_FROM: [&str; 2] = ["invoice_date", "end_of_month"];

impl ProfileInput {
    fn checked(&self) -> Result<EntityProfile, Fault> {
        let mut checks = Checks::default();
        let mut text = |field: &str, read: Result<String, String>| {
            checks.take(field, read).unwrap_or_default()
        };
        let mut profile = EntityProfile {
            legal_name: text(
                "legal_name",
                input::free_line(&self.legal_name, LONGEST_NAME),
            ),
            address: text("address", input::lines(&self.address, LONGEST_ADDRESS)),
            tax_number: text(
                "tax_number",
                input::free_line(&self.tax_number, LONGEST_NUMBER),
            ),
            contact_name: text(
                "contact_name",
                input::free_line(&self.contact_name, LONGEST_NAME),
            ),
            reference_required: self.reference_required,
            version: self.version,
            ..EntityProfile::default()
        };
        let email = checks.optional("email", Some(&self.email), email);
        profile.email = email.unwrap_or_default();
        profile.more_emails = self.others(&mut checks, &profile.email);
        (profile.terms_days, profile.terms_from) = self.terms(&mut checks);
        checks.done()?;
        Ok(profile)
    }

    fn others(&self, checks: &mut Checks, first: &str) -> Vec<String> {
        let mut others: Vec<String> = Vec::new();
        for typed in self
            .more_emails
            .iter()
            .filter(|typed| !typed.trim().is_empty())
        {
            if let Some(address) = checks.take("more_emails", email(typed))
                && address != first
                && !others.contains(&address)
            {
                others.push(address);
            }
        }
        if others.len() > MOST_EMAILS {
            checks.wrong(
                "more_emails",
                format!("at most {MOST_EMAILS} addresses, please"),
            );
        }
        if first.is_empty() && !others.is_empty() {
            checks.wrong("email", "say who gets the invoice before who gets it too");
        }
        others
    }

    fn terms(&self, checks: &mut Checks) -> (Option<i64>, Option<String>) {
        let from = self.terms_from.as_deref();
        let from = checks.optional("terms_from", from, |text| {
            input::one_of(text, &COUNTED_FROM).map(str::to_owned)
        });
        let days = self.terms_days;
        if days.is_some_and(|days| !(0..=LONGEST_TERMS).contains(&days)) {
            checks.wrong(
                "terms_days",
                format!("choose between 0 and {LONGEST_TERMS} days"),
            );
        }
        match (days, from) {
            (Some(days), None) => (Some(days), Some(COUNTED_FROM[0].to_owned())),
            (None, Some(_)) => {
                checks.wrong("terms_days", "say within how many days the client pays");
                (None, None)
            }
            both => both,
        }
    }
}

/// An address as mailboxes have it, with the reason where it is none.
pub fn email(typed: &str) -> Result<String, String> {
    let wrong = |address: &str| {
        let shown: String = address.chars().take(80).collect();
        format!("\"{shown}\" is not an e-mail address")
    };
    let address = normal_email(typed).map_err(|_| wrong(typed.trim()))?;
    // What the mail server would not be told.
    let is_sendable = address.parse::<lettre::Address>().is_ok();
    is_sendable
        .then_some(address)
        .ok_or_else(|| wrong(typed.trim()))
}

pub async fn profile(tx: &mut Tx, org: OrgId, client: ClientId) -> Result<EntityProfile, Fault> {
    let found = store::profile(tx, org, client).await?;
    Ok(found.map(EntityProfile::from).unwrap_or_default())
}

/// When a client has to pay, for those whose profile says so.
pub async fn terms(tx: &mut Tx, org: OrgId) -> Result<Vec<(ClientId, PaymentTerms)>, Fault> {
    let rows = store::terms(tx, org).await?;
    let terms = rows.into_iter().filter_map(|(client, days, from)| {
        let counted_from = match from.as_str() {
            "end_of_month" => CountedFrom::EndOfMonth,
            _ => CountedFrom::InvoiceDate,
        };
        let days = days.try_into().ok()?;
        Some((client, PaymentTerms { days, counted_from }))
    });
    Ok(terms.collect())
}

/// Writes a client's profile, from the version the caller saw. Open drafts are judged anew.
///
/// # Errors
/// 409 when somebody else wrote in it meanwhile.
pub async fn save(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    client: ClientId,
    input: &ProfileInput,
) -> Result<EntityProfile, Fault> {
    clients::client(tx, who.org, client).await?;
    let after = input.checked()?;
    let before = profile(tx, who.org, client).await?;
    if before.version != after.version {
        return Err(DbError::Stale.into());
    }
    if before == after && before.version > 0 {
        return Ok(before);
    }
    store::save(tx, who.org, client, &after).await?;
    queue::enqueue(app, tx, &ReviewDrafts { org: who.org }).await?;
    let after = profile(tx, who.org, client).await?;
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action: "entity_profile.changed",
        subject_kind: "client",
        subject: Some(client.0),
    };
    let detail = json!({ "before": before, "after": after });
    audit::record(app, tx, act, &detail).await?;
    Ok(after)
}
