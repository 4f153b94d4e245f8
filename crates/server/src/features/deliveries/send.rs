//! Sending an invoice to its client: a letter that is written now and leaves by a job.
//!
//! The letter's id is its Message-ID, so a letter that is said twice because the process died after
//! the mail server took it is one letter to the mailbox (decision 24).

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{
    DeliveryView, is_authorised,
    ledger::{InLedger, Waiting},
    letter::Offer,
    paperwork::{self, Paperwork},
    store::{self, DeliveryRow, NewRow},
};
use crate::{
    app::App,
    db::{DeliveryId, GeneratedInvoiceId, OrgId, PersonId, Tx, replay},
    fault::Fault,
    features::{
        audit::{self, Act},
        connections, entity_profiles,
        generated_invoices::{self, DraftView},
        mail::{self, Enclosure, Parcel},
        sign_in::rate::spend,
    },
    http::Who,
    input::{self, Checks},
    queue::{self, Attempt, Job, JobError},
};

const MOST_RECIPIENTS: usize = 20;
const LONGEST_SUBJECT: usize = 300;
const LONGEST_TEXT: usize = 10_000;
/// Letters with invoices that an organization sends in a day.
const A_DAY: i64 = 5_000;

/// A letter never leaves with another paper than the one that was shown.
const NO_LEDGER: &str = "accounting is not connected any more, so its PDF cannot be had; send the invoice again, and \
     BillingOne's PDF goes along";

/// What to write; what is left out is as it is offered.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewDelivery {
    /// The billing contact's addresses unless said.
    pub recipients: Option<Vec<String>>,
    pub subject: Option<String>,
    pub text: Option<String>,
    /// Whether the client is told how each line was worked out.
    pub with_explanation: bool,
}

/// That there is something to send.
///
/// # Errors
/// 409 with what is to be done first.
pub fn check_sendable(app: &App, draft: &DraftView) -> Result<(), Fault> {
    if !app.config.mail.is_configured() {
        return Err(Fault::conflict(
            "mail_not_configured",
            "no e-mail leaves this server yet; whoever runs it sets smtp_url and from under \
             [mail] in its configuration. Until then, download the PDF and send it yourself",
        ));
    }
    if is_authorised(draft) {
        return Ok(());
    }
    let (code, message) = match draft.status.as_str() {
        "draft" | "approved" => (
            "not_posted",
            "only posted invoices are sent; approve this draft and post it first",
        ),
        "posting" => (
            "not_posted",
            "this invoice is on its way into accounting; send it once it is there",
        ),
        "posted" | "part_paid" | "paid" => (
            "not_authorised",
            "this invoice stands in Xero as a draft; approve it there and sync, then send it",
        ),
        _ => (
            "not_sendable",
            "this invoice is not owed any more, so there is nothing to send",
        ),
    };
    Err(Fault::conflict(code, message))
}

/// The letter as it would be written.
pub async fn offer(tx: &mut Tx, org: OrgId, id: GeneratedInvoiceId) -> Result<Offer, Fault> {
    let paperwork = Paperwork::load(tx, org, id).await?;
    let row = &paperwork.document.row;
    let is_in_ledger = match (&row.ledger_external_id, row.connection_id) {
        (Some(_), Some(ledger)) => {
            connections::one(tx, org, ledger).await?.state != connections::DISCONNECTED
        }
        _ => false,
    };
    Ok(Offer::of(&paperwork, is_in_ledger))
}

struct Written {
    recipients: Vec<String>,
    subject: String,
    text: String,
}

fn written(new: &NewDelivery, offer: &Offer) -> Result<Written, Fault> {
    let mut checks = Checks::default();
    let typed = new.recipients.as_ref().unwrap_or(&offer.recipients);
    let mut recipients: Vec<String> = Vec::new();
    for one in typed.iter().filter(|one| !one.trim().is_empty()) {
        if let Some(address) = checks.take("recipients", entity_profiles::email(one))
            && !recipients.contains(&address)
        {
            recipients.push(address);
        }
    }
    if recipients.is_empty() {
        checks.wrong(
            "recipients",
            "say whom to send it to; the client's billing details can hold the address",
        );
    }
    if recipients.len() > MOST_RECIPIENTS {
        checks.wrong(
            "recipients",
            format!("at most {MOST_RECIPIENTS} addresses, please"),
        );
    }
    let subject = new.subject.as_ref().unwrap_or(&offer.subject);
    let subject = checks.take("subject", input::line(subject, LONGEST_SUBJECT));
    let text = new.text.as_ref().unwrap_or(&offer.text);
    let text = checks.take("text", input::lines(text, LONGEST_TEXT));
    if text.as_ref().is_some_and(String::is_empty) {
        checks.wrong("text", "this must not be empty");
    }
    checks.done()?;
    Ok(Written {
        recipients,
        subject: subject.unwrap_or_default(),
        text: text.unwrap_or_default(),
    })
}

/// Writes a letter with an invoice; it leaves by a job.
///
/// # Errors
/// 409 where nothing can be sent or a letter is on its way already; 422 for wrong fields.
pub async fn deliver(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: GeneratedInvoiceId,
    new: &NewDelivery,
) -> Result<DeliveryView, Fault> {
    let draft = generated_invoices::view_of(tx, who.org, id).await?;
    check_sendable(app, &draft)?;
    if draft.delivery == "queued" {
        return Err(Fault::conflict(
            "already_queued",
            "a letter with this invoice is on its way; wait until it was sent",
        ));
    }
    let offer = offer(tx, who.org, id).await?;
    let letter = written(new, &offer)?;
    let key = format!("invoices sent by {}", who.org);
    spend(app, tx, &key, A_DAY, TimeDelta::days(1)).await?;
    let delivery: DeliveryId = app.new_id();
    let row = NewRow {
        id: delivery,
        invoice: id,
        recipients: &letter.recipients,
        subject: &letter.subject,
        body: &letter.text,
        document: offer.document,
        with_explanation: new.with_explanation,
        by: who.person,
        at: app.now(),
    };
    store::insert(tx, who.org, &row).await?;
    store::set_delivery(tx, who.org, id, "queued").await?;
    let job = DeliverInvoice {
        org: who.org,
        delivery,
    };
    queue::enqueue(app, tx, &job).await?;
    let detail = json!({ "delivery": delivery, "recipients": letter.recipients });
    let by = Some(who.person);
    record(app, tx, (who.org, by), id, "draft.delivery_queued", &detail).await?;
    let made = store::one(tx, who.org, delivery).await?;
    made.map(DeliveryView::from)
        .ok_or(Fault::NotFound("this letter"))
}

async fn record(
    app: &App,
    tx: &mut Tx,
    (org, person): (OrgId, Option<PersonId>),
    id: GeneratedInvoiceId,
    action: &str,
    detail: &serde_json::Value,
) -> Result<(), Fault> {
    let act = Act {
        org,
        person,
        action,
        subject_kind: "generated_invoice",
        subject: Some(id.0),
    };
    audit::record(app, tx, act, detail).await
}

/// Sends one letter.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeliverInvoice {
    org: OrgId,
    delivery: DeliveryId,
}

/// Why a letter did not leave.
enum Setback {
    /// It will not leave: the reason, for a person.
    Failed(String),
    Again(JobError),
}

impl From<Fault> for Setback {
    fn from(fault: Fault) -> Self {
        Self::Again(fault.into())
    }
}

impl From<vendors::Error> for Setback {
    fn from(error: vendors::Error) -> Self {
        use vendors::Error;
        match error {
            Error::RetryAt { when, why, .. } => Self::Again(JobError::Later {
                at: when,
                why: why.to_string(),
            }),
            Error::Refused(_) | Error::NotFound { .. } | Error::ReconnectNeeded { .. } => {
                Self::Failed(error.to_string())
            }
            other => Self::Again(JobError::retry(other)),
        }
    }
}

impl Job for DeliverInvoice {
    const KIND: &'static str = "deliver_invoice";

    fn org(&self) -> Option<OrgId> {
        Some(self.org)
    }

    fn dedup_key(&self) -> Option<String> {
        Some(self.delivery.to_string())
    }

    async fn run(self, app: &App, at: &Attempt) -> Result<(), JobError> {
        let mut tx = app.db.read(self.org).await?;
        let row = store::one(&mut tx, self.org, self.delivery).await?;
        let Some(row) = row.filter(|row| row.state == "queued") else {
            return Ok(());
        };
        let draft =
            generated_invoices::view_of(&mut tx, self.org, row.generated_invoice_id).await?;
        drop(tx);
        let sent = async {
            check_sendable(app, &draft).map_err(|fault| Setback::Failed(fault.to_string()))?;
            self.send(app, &row).await
        };
        match sent.await {
            Ok(()) => self.settle(app, &row, None).await,
            // A person sees why on the invoice's page, mends it and sends it again.
            Err(Setback::Failed(why)) => self.settle(app, &row, Some(&why)).await,
            Err(Setback::Again(JobError::Later { at, why })) => Err(JobError::Later { at, why }),
            Err(Setback::Again(error)) if at.is_last => {
                self.settle(app, &row, Some(&error.to_string())).await
            }
            Err(Setback::Again(error)) => Err(error),
        }
    }
}

impl DeliverInvoice {
    async fn send(&self, app: &App, row: &DeliveryRow) -> Result<(), Setback> {
        let id = row.generated_invoice_id;
        let mut tx = app.db.read(self.org).await.map_err(Fault::from)?;
        let paperwork = Paperwork::load(&mut tx, self.org, id).await?;
        let told = if row.with_explanation {
            Some(super::client_explanation(&mut tx, self.org, id).await?)
        } else {
            None
        };
        drop(tx);
        let mut parcel = Parcel {
            to: row.recipients.lines().map(str::to_owned).collect(),
            from_name: paperwork.letterhead.legal_name.clone(),
            reply_to: paperwork.letterhead.email.clone(),
            subject: row.subject.clone(),
            text: row.body.clone(),
            enclosures: Vec::new(),
        };
        let number = paperwork.number().to_owned();
        let bytes = match row.document.as_str() {
            "ledger" => self.of_ledger(app, id, &mut parcel.text).await?,
            _ => paperwork::drawn(move || super::invoice_pdf::draw(&paperwork)).await?,
        };
        parcel.enclosures.push(pdf("invoice", &number, bytes));
        if let Some(told) = told {
            let bytes = paperwork::drawn(move || super::explanation_pdf::draw(&told)).await?;
            parcel.enclosures.push(pdf("explanation", &number, bytes));
        }
        match mail::send_parcel(app, self.delivery.0, &parcel).await {
            Ok(()) => Ok(()),
            Err(JobError::Fail { why }) => Err(Setback::Failed(format!("{why:#}"))),
            Err(error) => Err(Setback::Again(error)),
        }
    }

    /// The ledger's PDF, with its page for the client below the text.
    async fn of_ledger(
        &self,
        app: &App,
        id: GeneratedInvoiceId,
        text: &mut String,
    ) -> Result<Vec<u8>, Setback> {
        let found = InLedger::find(app, self.org, id, Waiting::Job).await?;
        let found = found.ok_or_else(|| Setback::Failed(NO_LEDGER.to_owned()))?;
        let bytes = found.pdf().await?;
        if let Some(url) = found.online().await? {
            text.push_str("\n\nSee the invoice online:\n");
            text.push_str(&url);
        }
        Ok(bytes)
    }

    /// Notes what became of it.
    async fn settle(
        &self,
        app: &App,
        row: &DeliveryRow,
        problem: Option<&str>,
    ) -> Result<(), JobError> {
        let (state, action) = match problem {
            None => ("sent", "draft.delivered"),
            Some(_) => ("failed", "draft.delivery_failed"),
        };
        let id = row.generated_invoice_id;
        let settled = replay(|| async {
            let mut tx = app.db.write(self.org).await?;
            store::settle(&mut tx, self.org, self.delivery, state, app.now(), problem).await?;
            store::set_delivery(&mut tx, self.org, id, state).await?;
            let detail = json!({ "delivery": self.delivery, "problem": problem });
            record(app, &mut tx, (self.org, None), id, action, &detail).await?;
            Ok::<_, Fault>(tx.commit().await?)
        });
        Ok(settled.await?)
    }
}

fn pdf(what: &str, number: &str, bytes: Vec<u8>) -> Enclosure {
    Enclosure {
        name: super::file_name(what, number),
        kind: "application/pdf",
        bytes,
    }
}

#[cfg(test)]
mod payloads {
    use super::DeliverInvoice;

    /// Payloads lie in databases: they may gain optional fields, never lose or rename one.
    #[test]
    fn a_stored_payload_stays_readable() {
        let golden = r#"{"org":"org_00000000000000000000000000000001","delivery":"dlv_00000000000000000000000000000002"}"#;
        let job: DeliverInvoice = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&job).unwrap(), golden);
    }
}
