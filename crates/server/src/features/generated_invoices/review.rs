//! Open drafts looked at again after the facts have moved: amounts that waited for a count are
//! worked out, and what stands in the way is judged anew. Never touches what a person approved.

use std::collections::HashMap;

use billing::{Period, charge::History};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Document, PlannedLine, document,
    generate::{judge, sent},
    plan::Writer,
    store::{self, LineRow},
};
use crate::{
    app::App,
    db::{ContractLineId, Day, GeneratedInvoiceId, GeneratedLineId, OrgId, Tx, replay},
    fault::Fault,
    features::{
        audit,
        contracts::{self, Line},
    },
    queue::{Attempt, Job, JobError},
};

/// Looks at every open draft of an organization again; after every sync.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReviewDrafts {
    pub org: OrgId,
}

impl Job for ReviewDrafts {
    const KIND: &'static str = "review_drafts";

    fn org(&self) -> Option<OrgId> {
        Some(self.org)
    }

    fn dedup_key(&self) -> Option<String> {
        Some(self.org.to_string())
    }

    fn lane(&self) -> Option<String> {
        Some(format!("drafts {}", self.org))
    }

    async fn run(self, app: &App, _: &Attempt) -> Result<(), JobError> {
        for finding in look(app, self.org).await? {
            replay(|| mend(app, self.org, &finding)).await?;
        }
        Ok(())
    }
}

/// A draft about which something is different now.
struct Finding {
    draft: GeneratedInvoiceId,
    version: i64,
    recounted: Vec<(GeneratedLineId, PlannedLine)>,
    /// The purchase-order number that the contract has by now.
    reference: Option<String>,
}

/// Reads all open drafts and finds those that are not as they were left.
async fn look(app: &App, org: OrgId) -> Result<Vec<Finding>, Fault> {
    let mut tx = app.db.read(org).await?;
    let mut documents = Vec::new();
    for open in store::open_drafts(&mut tx, org).await? {
        let document = document(&mut tx, org, open.id).await?;
        documents.push((open, document));
    }
    let waiting: Vec<&LineRow> = documents
        .iter()
        .flat_map(|(_, document)| document.lines.iter().filter(|line| waits(line)))
        .collect();
    let counts = Counts::load(&mut tx, org, &waiting).await?;
    let mut findings = Vec::new();
    for (open, document) in &documents {
        let recounted = counts.recounted(document)?;
        let stops = serde_json::to_string(&document.stops())?;
        let holds = serde_json::to_string(&document.holds())?;
        let reference = document.late_reference.clone();
        let is_other = stops != open.stops || holds != open.holds;
        if !recounted.is_empty() || reference.is_some() || is_other {
            findings.push(Finding {
                reference,
                draft: open.id,
                version: document.row.version,
                recounted,
            });
        }
    }
    Ok(findings)
}

/// Whether the line's amount was taken from no count, or from one that is too old.
fn waits(line: &LineRow) -> bool {
    line.count_missing_on.is_some() || line.count().is_some_and(|count| count.is_too_old)
}

/// What is counted by now for the lines that wait.
struct Counts {
    writer: Writer,
    lines: HashMap<ContractLineId, (Line, History)>,
}

impl Counts {
    async fn load(tx: &mut Tx, org: OrgId, waiting: &[&LineRow]) -> Result<Self, Fault> {
        let writer = Writer::load(tx, org).await?;
        let until = waiting.iter().filter_map(|line| line.ends_on).max();
        let Some(Day(until)) = until else {
            let lines = HashMap::new();
            return Ok(Self { writer, lines });
        };
        let mut lines = contracts::lines_of_organization(tx, org).await?;
        lines.retain(|line| {
            waiting
                .iter()
                .any(|one| one.contract_line_id == Some(line.id))
        });
        let mut histories = contracts::histories(tx, org, &lines, until).await?;
        let known = lines.into_iter().map(|line| {
            let history = histories.remove(&line.id).unwrap_or_default();
            (line.id, (line, history))
        });
        Ok(Self {
            writer,
            lines: known.collect(),
        })
    }

    /// The draft's waiting lines that come to something else with the counts there are now.
    fn recounted(&self, document: &Document) -> Result<Vec<(GeneratedLineId, PlannedLine)>, Fault> {
        let mut recounted = Vec::new();
        for (row, line) in document.lines.iter().zip(&document.draft.lines) {
            let period = row.starts_on.zip(row.ends_on);
            let known = row.contract_line_id.and_then(|id| self.lines.get(&id));
            let (Some((_, key)), Some((start, end)), Some((of, history))) =
                (line.covers, period, known)
            else {
                continue;
            };
            if !waits(row) {
                continue;
            }
            let period = Period::new(start.0, end.0).map_err(Fault::internal)?;
            let now = self.writer.again(of, history, key, period)?;
            recounted.extend(
                now.filter(|now| now.counted != row.counted)
                    .map(|now| (row.id, now)),
            );
        }
        Ok(recounted)
    }
}

/// Writes down what was found, unless somebody decided about the draft meanwhile.
async fn mend(app: &App, org: OrgId, finding: &Finding) -> Result<(), Fault> {
    let mut tx = app.db.write(org).await?;
    let id = finding.draft;
    let row = store::draft(&mut tx, org, id).await?;
    let is_as_seen = row.is_some_and(|row| row.status == "draft" && row.version == finding.version);
    if !is_as_seen {
        return Ok(());
    }
    for (line, now) in &finding.recounted {
        store::set_counted(&mut tx, org, *line, now, sent(now.form)).await?;
    }
    if let Some(reference) = &finding.reference {
        store::set_reference(&mut tx, org, id, reference).await?;
    }
    if !finding.recounted.is_empty() {
        store::add_up(&mut tx, org, id).await?;
        let act = audit::Act {
            org,
            person: None,
            action: "draft.recounted",
            subject_kind: "generated_invoice",
            subject: Some(id.0),
        };
        let detail = json!({ "lines": finding.recounted.len() });
        audit::record(app, &mut tx, act, &detail).await?;
    }
    judge(&mut tx, org, id).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_that_wait_in_the_queue_stay_readable() {
        let review = ReviewDrafts {
            org: OrgId(uuid::Uuid::from_u128(1)),
        };
        let golden = r#"{"org":"org_00000000000000000000000000000001"}"#;
        assert_eq!(serde_json::to_string(&review).unwrap(), golden);
        let read: ReviewDrafts = serde_json::from_str(golden).unwrap();
        assert_eq!(read.org, review.org);
    }
}
