//! *Mark paid*: a payment that a person says has come in is booked in the ledger, once. What the
//! invoice is by then follows from the ledger; nothing is set here.

mod booking;

use billing::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use self::booking::Booking;
use super::{
    DraftView,
    decide::tell,
    store::{self, NewPayment, Payable},
};
use crate::{
    app::App,
    db::{At, Day, GeneratedInvoiceId, GeneratedPaymentId, OrgId, Tx},
    fault::Fault,
    features::{
        connections::writing::Outcome,
        numbering::{self, Series},
        reconciliation,
    },
    http::Who,
    input::{self, Checks},
    queue::{self, Attempt, Job, JobError},
};

/// A payment to be booked.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InvoicePaymentInput)]
pub struct PaymentInput {
    /// Of the invoice, as it was seen.
    pub version: i64,
    /// The id of the account it came in on.
    pub account: String,
    /// What is owed unless said.
    #[serde(default)]
    pub amount_minor: Option<i64>,
    /// Today unless said.
    #[serde(default)]
    pub paid_on: Option<NaiveDate>,
    /// What the bank says; our own number is added to it, by which the payment is found again.
    #[serde(default)]
    pub reference: Option<String>,
}

/// An account that payments can be booked on.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = PaymentAccount)]
pub struct Account {
    pub id: String,
    pub code: String,
    pub name: String,
}

/// A payment that we booked, or are booking.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = InvoicePayment)]
pub struct Payment {
    pub id: GeneratedPaymentId,
    pub account_name: String,
    pub paid_on: Day,
    pub amount_minor: i64,
    /// As the ledger has it.
    pub reference: String,
    /// queued | sent_unknown | refused | booked
    pub state: String,
    /// What is wrong and what to do.
    pub problem: Option<String>,
    pub created_at: At,
}

/// What can be paid of an invoice, from where, and what we booked on it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = InvoicePayments)]
pub struct Payments {
    pub currency: String,
    /// What the ledger said was owed when it was last read, less what is on its way there.
    pub owed_minor: i64,
    pub accounts: Vec<Account>,
    /// Newest first.
    pub payments: Vec<Payment>,
}

pub async fn payments(tx: &mut Tx, org: OrgId, id: GeneratedInvoiceId) -> Result<Payments, Fault> {
    let payable = payable(tx, org, id).await?;
    Ok(Payments {
        owed_minor: payable.owed_minor(),
        accounts: store::payment_accounts(tx, org, payable.connection_id).await?,
        payments: store::payments(tx, org, id).await?,
        currency: payable.currency,
    })
}

async fn payable(tx: &mut Tx, org: OrgId, id: GeneratedInvoiceId) -> Result<Payable, Fault> {
    let found = store::payable(tx, org, id).await?;
    found.ok_or(Fault::NotFound("this draft"))
}

/// Whether a payment can be booked on it at all.
pub fn is_payable(draft: &DraftView) -> bool {
    matches!(draft.status.as_str(), "posted" | "part_paid")
        && draft.ledger_status.as_deref() != Some("DRAFT")
}

/// Queues a payment as a person typed it.
pub async fn begin(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: GeneratedInvoiceId,
    input: &PaymentInput,
) -> Result<(), Fault> {
    let payable = payable(tx, who.org, id).await?;
    check_state(&payable)?;
    let owed = payable.owed_minor();
    if owed <= 0 {
        return Err(Fault::conflict(
            "nothing_owed",
            "nothing is owed on this invoice, or what was is being booked already",
        ));
    }
    let mut checks = Checks::default();
    let accounts = store::payment_accounts(tx, who.org, payable.connection_id).await?;
    let typed = input.account.trim();
    let account = accounts.into_iter().find(|account| account.id == typed);
    let unknown = || "choose a bank account, or one that takes payments in accounting".to_owned();
    let account = checks.take("account", account.ok_or_else(unknown));
    let amount_minor = input.amount_minor.unwrap_or(owed);
    if let Err(why) = within(amount_minor, owed, &payable.currency)? {
        checks.wrong("amount_minor", why);
    }
    let today = who.today(app);
    let paid_on = input.paid_on.unwrap_or(today);
    if paid_on > today || (today - paid_on).num_days() > 400 {
        checks.wrong("paid_on", "choose the day it came in, today or earlier");
    }
    let reference = input::free_line(input.reference.as_deref().unwrap_or_default(), 200);
    let reference = checks.take("reference", reference);
    let (Some(account), Some(reference), true) = (account, reference, checks.is_fine()) else {
        return Err(checks.fault());
    };
    // Whoever pressed twice saw a version that is no more.
    store::touch(tx, who.org, id, input.version).await?;
    let number = numbering::take(tx, who.org, Series::Payment).await?;
    let reference = if reference.is_empty() {
        number
    } else {
        format!("{reference}, {number}")
    };
    let new = NewPayment {
        id: app.new_id(),
        invoice: id,
        account: &account,
        paid_on: Day(paid_on),
        amount_minor,
        reference: &reference,
        by: who.person,
        now: app.now(),
    };
    store::insert_payment(tx, who.org, &new).await?;
    let job = BookPayment {
        org: who.org,
        payment: new.id,
    };
    queue::enqueue(app, tx, &job).await?;
    let detail = json!({ "amount_minor": amount_minor, "paid_on": paid_on, "number": reference });
    tell(app, who, tx, id, "draft.paying", &detail).await
}

fn check_state(payable: &Payable) -> Result<(), Fault> {
    if !matches!(payable.status.as_str(), "posted" | "part_paid") {
        return Err(Fault::conflict(
            "not_payable",
            "only a posted invoice that still owes can be marked paid",
        ));
    }
    if payable.ledger_status.as_deref() == Some("DRAFT") {
        return Err(Fault::conflict(
            "not_payable",
            "accounting keeps the invoice as a draft; approve it there and sync first",
        ));
    }
    Ok(())
}

fn within(amount_minor: i64, owed: i64, currency: &str) -> Result<Result<(), String>, Fault> {
    let currency = reconciliation::currency(currency)?;
    let owed = Money {
        minor: owed,
        currency,
    };
    Ok(if amount_minor <= 0 {
        Err("an amount is more than zero".to_owned())
    } else if amount_minor > owed.minor {
        Err(format!("only {owed} is owed"))
    } else {
        Ok(())
    })
}

/// Books one payment in the ledger.
#[derive(Debug, Serialize, Deserialize)]
pub struct BookPayment {
    pub org: OrgId,
    pub payment: GeneratedPaymentId,
}

impl Job for BookPayment {
    const KIND: &'static str = "book_payment";
    const MAX_ATTEMPTS: i64 = 40;

    fn org(&self) -> Option<OrgId> {
        Some(self.org)
    }

    fn dedup_key(&self) -> Option<String> {
        Some(self.payment.to_string())
    }

    fn lane(&self) -> Option<String> {
        Some(self.payment.to_string())
    }

    async fn run(self, app: &App, _: &Attempt) -> Result<(), JobError> {
        let booking = Booking::load(app, self.org, self.payment).await?;
        let Some(booking) = booking else {
            return Ok(());
        };
        match booking.run().await {
            Ok(()) => Ok(()),
            Err(Outcome::Refused(why)) => {
                // Definite: nothing is booked. A person mends it and books another.
                booking.refused(&why).await?;
                Ok(())
            }
            Err(outcome) => Err(outcome.into_job_error()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BookPayment;

    /// Payloads lie in databases: they may gain optional fields, never lose or rename one.
    #[test]
    fn a_stored_payload_stays_readable() {
        let golden = r#"{"org":"org_00000000000000000000000000000001","payment":"gpy_00000000000000000000000000000002"}"#;
        let job: BookPayment = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&job).unwrap(), golden);
    }
}
