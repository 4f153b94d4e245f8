//! Drafts with nothing unusual, which a person approves together, each with the reasons why it is
//! usual. What is not usual says why, and is looked at alone.

use std::collections::HashMap;

use billing::draft::{Decision, Surroundings, Unusual, Usual, look};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    DraftView, Filter,
    agree::Standing,
    decide::{self, Approving},
    document, list,
};
use crate::{
    app::App,
    db::{ClientId, GeneratedInvoiceId, Tx},
    fault::Fault,
    features::{home, missed_billing},
    http::Who,
    ui::format,
};

/// Looked at together; of more, the next time.
const MOST: i64 = 500;

/// Every open draft, those with nothing unusual first.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = UsualDrafts)]
pub struct Looked {
    pub usual: Vec<LookedAt>,
    pub unusual: Vec<LookedAt>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DraftLookedAt)]
pub struct LookedAt {
    pub draft: DraftView,
    /// Why it is usual, or why it is not, as sentences.
    pub because: Vec<String>,
}

/// What all drafts of one look have in common.
struct Around {
    stale_source: Option<String>,
    ready: HashMap<ClientId, i64>,
}

impl Around {
    async fn load(app: &App, tx: &mut Tx, who: &Who) -> Result<Self, Fault> {
        let sources = home::sources(tx, who.org).await?;
        let ready = missed_billing::ready_by_client(tx, who.org).await?;
        Ok(Self {
            stale_source: sources
                .iter()
                .find(|source| source.is_behind(app.now()))
                .map(|source| source.name.clone()),
            ready: ready.into_iter().collect(),
        })
    }

    async fn look(
        &self,
        tx: &mut Tx,
        who: &Who,
        id: GeneratedInvoiceId,
    ) -> Result<Result<Usual, Vec<Unusual>>, Fault> {
        let document = document(tx, who.org, id).await?;
        let standing = Standing::of(tx, who.org, &document).await?;
        let differences: Vec<_> = document
            .differences
            .iter()
            .map(|(_, one)| one.clone())
            .collect();
        let ready = self.ready.get(&document.row.client_id).copied();
        Ok(look(&Surroundings {
            stops: &document.stops(),
            holds: &document.holds(),
            differences: &differences,
            last: document.draft.last_total,
            stale_source: self.stale_source.as_deref(),
            ready_findings: ready.unwrap_or_default().unsigned_abs(),
            above: &standing.above,
        }))
    }
}

/// Looks at every open draft.
pub async fn looked(app: &App, tx: &mut Tx, who: &Who) -> Result<Looked, Fault> {
    let around = Around::load(app, tx, who).await?;
    let filter = Filter {
        status: Some("draft".to_owned()),
        limit: MOST,
        ..Filter::default()
    };
    let mut found = Looked::default();
    for draft in list(tx, who.org, &filter).await? {
        match around.look(tx, who, draft.id).await? {
            Ok(usual) => found.usual.push(LookedAt {
                because: usual_because(usual),
                draft,
            }),
            Err(reasons) => found.unusual.push(LookedAt {
                because: reasons.iter().map(unusual_because).collect(),
                draft,
            }),
        }
    }
    Ok(found)
}

/// Approves drafts as they were at their versions, all or none; each must still be usual.
///
/// # Errors
/// 409 names the first that is unusual by now, or changed.
pub async fn approve_usual(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    drafts: &[(GeneratedInvoiceId, i64)],
) -> Result<(), Fault> {
    let around = Around::load(app, tx, who).await?;
    for (id, version) in drafts {
        let decision = match around.look(tx, who, *id).await? {
            Ok(_) => decide::approve(app, who, tx, *id, *version, Approving::default()).await?,
            Err(_) => Decision::NeedsAnother,
        };
        if decision != Decision::Approved {
            return Err(Fault::conflict(
                "unusual",
                "something about one of these drafts is unusual by now; look at them again",
            ));
        }
    }
    Ok(())
}

fn usual_because(usual: Usual) -> Vec<String> {
    let counted = |number: usize| {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        format::counted(number, "difference", "differences")
    };
    let mut because = Vec::new();
    match (usual.planned, usual.small) {
        (0, 0) => because.push("Every line is what it was last time.".to_owned()),
        (planned, small) => {
            if planned > 0 {
                because.push(format!("{} from last time as agreed.", counted(planned)));
            }
            if small > 0 {
                because.push(format!("{} within 5 %.", counted(small)));
            }
        }
    }
    because.push("Sources are fresh, nothing is held, no finding is ready to apply.".to_owned());
    because
}

fn unusual_because(unusual: &Unusual) -> String {
    match unusual {
        Unusual::Stopped => "Something stops it.".to_owned(),
        Unusual::Held => "Something holds it.".to_owned(),
        Unusual::FirstInvoice => "There is no invoice before it to compare with.".to_owned(),
        Unusual::StaleSource { name } => format!("{name} has not been read lately."),
        Unusual::ReadyFindings { count } => format!(
            "{} ready to apply to the client.",
            format::counted(*count, "finding is", "findings are")
        ),
        Unusual::NeedsSecondPerson => "It takes a second person.".to_owned(),
        Unusual::Unexplained { count } => {
            let count = u64::try_from(*count).unwrap_or(u64::MAX);
            format!(
                "{} from last time without a reason.",
                format::counted(count, "large difference", "large differences")
            )
        }
    }
}
