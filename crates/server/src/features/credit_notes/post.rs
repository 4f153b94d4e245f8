//! Posting: one credit note in the ledger, whatever crashes, set against its invoice once.
//!
//! As with invoices the number is taken in the transaction that queues the job, and the job first
//! looks whether the ledger has a credit note of that number. What it then has to do follows from
//! what stands there: create, authorise, set against the invoice.

mod posting;

use serde::{Deserialize, Serialize};
use serde_json::json;

use self::posting::Posting;
use super::{
    decide::{seen, stopped, tell},
    store,
};
use crate::{
    app::App,
    db::{GeneratedCreditNoteId, OrgId, Tx},
    fault::Fault,
    features::{
        connections::writing::Outcome,
        generated_invoices::post::STALE_FACTOR,
        numbering::{self, Series},
        sign_in,
    },
    http::Who,
    queue::{self, Attempt, Job, JobError},
};

/// Begins the irreversible act for a credit note as it was at `version`.
///
/// # Errors
/// 403 `fresh password needed` when the person's last factor is too old.
pub async fn begin(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: GeneratedCreditNoteId,
    version: i64,
) -> Result<(), Fault> {
    let document = seen(tx, who, id, version).await?;
    if sign_in::is_stale(app, who) {
        return Err(Fault::Forbidden(STALE_FACTOR));
    }
    if document.row.status != "approved" {
        return Err(Fault::conflict(
            "not_approved",
            "only an approved credit note can be posted",
        ));
    }
    if document.row.approved_hash.as_ref() != Some(&document.content_hash()) {
        return Err(Fault::conflict(
            "content_changed",
            "it changed after it was approved; approve it again",
        ));
    }
    let stops = document.stops();
    if !stops.is_empty() {
        return Err(stopped(&stops));
    }
    let number = match &document.row.number {
        // A refused one keeps its number: nothing but its own draft stands under it.
        Some(number) => number.clone(),
        None => numbering::take(tx, who.org, Series::CreditNote).await?,
    };
    store::begin_posting(tx, who.org, id, version, &number, who.person).await?;
    let job = PostCreditNote {
        org: who.org,
        note: id,
    };
    queue::enqueue(app, tx, &job).await?;
    let detail = json!({ "number": number });
    tell(app, who, tx, id, "credit_note.posting", &detail).await
}

/// Puts one credit note into the ledger.
#[derive(Debug, Serialize, Deserialize)]
pub struct PostCreditNote {
    pub org: OrgId,
    pub note: GeneratedCreditNoteId,
}

impl Job for PostCreditNote {
    const KIND: &'static str = "post_credit_note";
    const MAX_ATTEMPTS: i64 = 40;

    fn org(&self) -> Option<OrgId> {
        Some(self.org)
    }

    fn dedup_key(&self) -> Option<String> {
        Some(self.note.to_string())
    }

    fn lane(&self) -> Option<String> {
        Some(self.note.to_string())
    }

    async fn run(self, app: &App, _: &Attempt) -> Result<(), JobError> {
        let posting = Posting::load(app, self.org, self.note).await?;
        let Some(posting) = posting else {
            return Ok(());
        };
        match posting.run().await {
            Ok(()) => Ok(()),
            Err(Outcome::Refused(why)) => {
                // Definite: nothing new exists there. A person mends it and posts again.
                posting.refused(&why).await?;
                Ok(())
            }
            Err(Outcome::Differs(why)) => {
                posting.note("created", None, None, Some(&why)).await?;
                Err(JobError::fail(anyhow::anyhow!(why)))
            }
            Err(outcome) => {
                if let Some(problem) = outcome.problem() {
                    posting.note_problem(&problem).await?;
                }
                Err(outcome.into_job_error())
            }
        }
    }
}

fn no_ledger() -> JobError {
    JobError::fail(anyhow::anyhow!(
        "no ledger is connected; connect Xero and post again"
    ))
}

#[cfg(test)]
mod tests {
    use super::PostCreditNote;

    /// Payloads lie in databases: they may gain optional fields, never lose or rename one.
    #[test]
    fn a_stored_payload_stays_readable() {
        let golden = r#"{"org":"org_00000000000000000000000000000001","note":"gcn_00000000000000000000000000000002"}"#;
        let job: PostCreditNote = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&job).unwrap(), golden);
    }
}
