//! Posting: one invoice in the ledger per draft, whatever crashes.
//!
//! The number is taken in the transaction that queues the job. The job first looks whether the
//! ledger has an invoice of that number, so an answer that was lost is found again; only if not
//! does it create one, as a draft, with an idempotency key made of draft, content and attempt.
//! The attempt rises only after a definite refusal, because the ledger replays cached errors.
//! Totals are compared before anything is authorised.

mod posting;

use billing::draft::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::posting::Posting;
use super::{
    decide::{refused, seen, tell},
    store,
};
use crate::{
    app::App,
    db::{GeneratedInvoiceId, OrgId, Tx},
    fault::Fault,
    features::{
        connections::writing::Outcome,
        numbering::{self, Series},
        sign_in,
    },
    http::Who,
    queue::{self, Attempt, Job, JobError},
};

/// Begins the irreversible act for drafts as they were at their versions.
///
/// # Errors
/// 403 `fresh password needed` when the person's last factor is too old.
pub async fn begin(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    drafts: &[(GeneratedInvoiceId, i64)],
) -> Result<(), Fault> {
    if sign_in::is_stale(app, who) {
        return Err(Fault::Forbidden(STALE_FACTOR));
    }
    for (id, version) in drafts {
        let document = seen(tx, who, *id, *version).await?;
        if document.row.status != "approved" {
            return Err(Fault::conflict(
                "not_approved",
                "only approved drafts can be posted",
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
            return Err(refused(Refusal::Stopped(stops)));
        }
        let number = match &document.row.number {
            // A refused invoice keeps its number: nothing stands under it in the ledger.
            Some(number) => number.clone(),
            None => numbering::take(tx, who.org, Series::Invoice).await?,
        };
        store::begin_posting(tx, who.org, *id, *version, &number, who.person).await?;
        queue::enqueue(
            app,
            tx,
            &PostDraft {
                org: who.org,
                draft: *id,
            },
        )
        .await?;
        tell(
            app,
            who,
            tx,
            *id,
            "draft.posting",
            &json!({ "number": number }),
        )
        .await?;
    }
    Ok(())
}

pub const STALE_FACTOR: &str =
    "posting needs your password again; it was entered over 15 minutes ago";

/// Puts one draft into the ledger.
#[derive(Debug, Serialize, Deserialize)]
pub struct PostDraft {
    pub org: OrgId,
    pub draft: GeneratedInvoiceId,
}

impl Job for PostDraft {
    const KIND: &'static str = "post_draft";
    const MAX_ATTEMPTS: i64 = 40;

    fn org(&self) -> Option<OrgId> {
        Some(self.org)
    }

    fn dedup_key(&self) -> Option<String> {
        Some(self.draft.to_string())
    }

    fn lane(&self) -> Option<String> {
        Some(self.draft.to_string())
    }

    async fn run(self, app: &App, _: &Attempt) -> Result<(), JobError> {
        let posting = Posting::load(app, self.org, self.draft).await?;
        let Some(posting) = posting else {
            return Ok(());
        };
        match posting.run().await {
            Ok(()) => Ok(()),
            Err(Outcome::Refused(why)) => {
                // Definite: nothing new exists there. A person mends it and posts again.
                posting.end("approved", "refused", Some(&why)).await?;
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
    use super::PostDraft;

    /// Payloads lie in databases: they may gain optional fields, never lose or rename one.
    #[test]
    fn a_stored_payload_stays_readable() {
        let golden = r#"{"org":"org_00000000000000000000000000000001","draft":"gin_00000000000000000000000000000002"}"#;
        let job: PostDraft = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&job).unwrap(), golden);
    }
}
