//! What a person decides about a draft: approve, take that back, reject.

use billing::draft::{self, Action, Approve, Decision, Refusal, State};
use serde_json::json;

use super::{
    Document, Stored, agree,
    agree::Standing,
    document, state_word,
    store::{self, Move},
};
use crate::{
    app::App,
    db::{GeneratedInvoiceId, Tx},
    fault::Fault,
    features::{audit, reconciliation::id_of, sign_in},
    http::Who,
};

/// How somebody approves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Approving<'a> {
    /// Why holds may pass, where there are any.
    pub release: Option<&'a str>,
    /// Why the Owner approves against the organization's rules.
    pub override_reason: Option<&'a str>,
}

/// Approves the draft as it was at `version`. Nothing leaves. By the organization's rules it may
/// take a second person; until then the agreement is noted and the draft stays one.
///
/// # Errors
/// 409 where something stands in the way or this person's agreement cannot count; 403 where the
/// rules ask for a factor shown lately.
pub async fn approve(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: GeneratedInvoiceId,
    version: i64,
    how: Approving<'_>,
) -> Result<Decision, Fault> {
    let document = seen(tx, who, id, version).await?;
    let hash = document.content_hash();
    let holds = document.holds();
    let released = if how.release.is_some() {
        holds.clone()
    } else {
        Vec::new()
    };
    let approval = draft::approve(Approve {
        state: document.row.status.parse::<Stored>()?.0,
        seen_hash: &hex::encode(&document.row.content_hash),
        content_hash: &hex::encode(&hash),
        stops: document.stops(),
        holds,
        released: &released,
        by: id_of(who.person.0),
        at: app.now().0,
    });
    approval.map_err(refused)?;
    let standing = Standing::of(tx, who.org, &document).await?;
    if standing.asks_factor() && sign_in::is_stale(app, who) {
        return Err(Fault::Forbidden(STALE_FACTOR));
    }
    let decision = standing
        .agree(app, tx, who, &document, how.override_reason)
        .await?;
    let is_approved = decision == Decision::Approved;
    if is_approved {
        let new = Move {
            id,
            version,
            status: state_word(State::Approved),
            approved: Some((hash, who.person, app.now())),
            problem: None,
        };
        store::set_status(tx, who.org, &new).await?;
    }
    crate::failpoint::reach("approve.before_commit");
    let detail = json!({
        "total_minor": document.row.total_minor, "released": how.release,
        "override": how.override_reason,
    });
    let act = if is_approved {
        "draft.approved"
    } else {
        "draft.agreed"
    };
    tell(app, who, tx, id, act, &detail).await?;
    Ok(decision)
}

const STALE_FACTOR: &str = "approving this needs your factor again, by the rules of your organization; sign in anew or \
     approve it on its page";

/// Whether it was this person who approved the draft as it was at `version`: a second click on
/// the same button, which is no news to anybody.
pub async fn is_approved_already(
    tx: &mut Tx,
    who: &Who,
    id: GeneratedInvoiceId,
    version: i64,
) -> Result<bool, Fault> {
    let row = store::draft(tx, who.org, id).await?;
    Ok(row.is_some_and(|row| {
        row.status == state_word(State::Approved)
            && row.approved_by == Some(who.person)
            && row.version == version + 1
    }))
}

/// Takes an approval back; nothing had left.
pub async fn unapprove(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: GeneratedInvoiceId,
    version: i64,
) -> Result<(), Fault> {
    let document = seen(tx, who, id, version).await?;
    step(tx, who, &document, Action::Unapprove, None).await?;
    agree::fall(tx, who.org, id).await?;
    tell(app, who, tx, id, "draft.unapproved", &json!({})).await
}

/// Rejects a draft with a reason; what it covered can be drafted again.
pub async fn reject(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: GeneratedInvoiceId,
    version: i64,
    reason: &str,
) -> Result<(), Fault> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(Fault::field("reason", "say why in at most 500 characters"));
    }
    let document = seen(tx, who, id, version).await?;
    step(tx, who, &document, Action::Reject, Some(reason)).await?;
    agree::fall(tx, who.org, id).await?;
    store::move_coverage(tx, who.org, id, "planned").await?;
    store::move_one_offs(tx, who.org, id, "waiting").await?;
    tell(
        app,
        who,
        tx,
        id,
        "draft.rejected",
        &json!({ "reason": reason }),
    )
    .await
}

/// The draft, if it is still what the person saw.
pub(super) async fn seen(
    tx: &mut Tx,
    who: &Who,
    id: GeneratedInvoiceId,
    version: i64,
) -> Result<Document, Fault> {
    let document = document(tx, who.org, id).await?;
    if document.row.version == version {
        Ok(document)
    } else {
        Err(crate::db::DbError::Stale.into())
    }
}

async fn step(
    tx: &mut Tx,
    who: &Who,
    document: &Document,
    action: Action,
    problem: Option<&str>,
) -> Result<(), Fault> {
    let state = document
        .row
        .status
        .parse::<Stored>()?
        .0
        .after(action)
        .map_err(refused)?;
    let new = Move {
        id: document.row.id,
        version: document.row.version,
        status: state_word(state),
        approved: None,
        problem,
    };
    Ok(store::set_status(tx, who.org, &new).await?)
}

/// What stands in the way, as a sentence.
pub(super) fn refused(refusal: Refusal) -> Fault {
    match refusal {
        Refusal::NotFromHere { from, .. } => Fault::conflict(
            "wrong_state",
            format!(
                "this is {} already; look at where it stands now",
                state_word(from).replace('_', " ")
            ),
        ),
        Refusal::Stopped(stops) => Fault::conflict(
            "stopped",
            format!(
                "this cannot go out: {}",
                stops
                    .iter()
                    .map(super::view::stop_sentence)
                    .collect::<Vec<_>>()
                    .join(" ")
            ),
        ),
        Refusal::Held(holds) => Fault::conflict(
            "held",
            format!(
                "look again and release it with a reason: {}",
                holds
                    .iter()
                    .map(super::view::hold_sentence)
                    .collect::<Vec<_>>()
                    .join(" ")
            ),
        ),
        Refusal::ContentChanged => Fault::conflict(
            "content_changed",
            "this changed after it was made; look at it again before you approve",
        ),
    }
}

pub(super) async fn tell(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: GeneratedInvoiceId,
    action: &str,
    detail: &serde_json::Value,
) -> Result<(), Fault> {
    let act = audit::Act {
        org: who.org,
        person: Some(who.person),
        action,
        subject_kind: "generated_invoice",
        subject: Some(id.0),
    };
    audit::record(app, tx, act, detail).await
}
