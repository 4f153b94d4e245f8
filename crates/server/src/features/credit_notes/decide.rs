//! What a person decides about a credit note: approve, reject.

use billing::credit::{Action, Refused, State};
use serde_json::json;

use super::{
    Document, document, state_word,
    store::{self, Move},
    words::stop_sentences,
};
use crate::{
    app::App,
    db::{GeneratedCreditNoteId, Tx},
    fault::Fault,
    features::audit,
    http::Who,
};

/// Approves the credit note as it was at `version`. Nothing leaves.
pub async fn approve(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: GeneratedCreditNoteId,
    version: i64,
) -> Result<(), Fault> {
    let document = seen(tx, who, id, version).await?;
    let state = after(&document, Action::Approve)?;
    let hash = document.content_hash();
    if document.row.content_hash != hash {
        return Err(Fault::conflict(
            "content_changed",
            "this changed after it was made; edit and save it once more before you approve",
        ));
    }
    let stops = document.stops();
    if !stops.is_empty() {
        return Err(stopped(&stops));
    }
    let new = Move {
        id,
        version,
        status: state_word(state),
        approved: Some((hash, who.person, app.now())),
        problem: None,
    };
    store::set_status(tx, who.org, &new).await?;
    let detail = json!({ "total_minor": document.row.total_minor });
    tell(app, who, tx, id, "credit_note.approved", &detail).await
}

/// Rejects it with a reason; what it would have credited is left again.
pub async fn reject(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: GeneratedCreditNoteId,
    version: i64,
    reason: &str,
) -> Result<(), Fault> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(Fault::field("reason", "say why in at most 500 characters"));
    }
    let document = seen(tx, who, id, version).await?;
    let state = after(&document, Action::Reject)?;
    not_in_ledger(&document)?;
    let new = Move {
        id,
        version,
        status: state_word(state),
        approved: None,
        problem: Some(reason),
    };
    store::set_status(tx, who.org, &new).await?;
    let detail = json!({ "reason": reason });
    tell(app, who, tx, id, "credit_note.rejected", &detail).await
}

/// The credit note, if it is still what the person saw.
pub(super) async fn seen(
    tx: &mut Tx,
    who: &Who,
    id: GeneratedCreditNoteId,
    version: i64,
) -> Result<Document, Fault> {
    let document = document(tx, who.org, id).await?;
    if document.row.version == version {
        Ok(document)
    } else {
        Err(crate::db::DbError::Stale.into())
    }
}

/// What a refused posting left in the ledger would be lost sight of.
pub(super) fn not_in_ledger(document: &Document) -> Result<(), Fault> {
    if document.row.ledger_external_id.is_none() {
        return Ok(());
    }
    Err(Fault::conflict(
        "in_the_ledger",
        "accounting keeps it as a draft; post it again once the cause is mended, or delete the \
         draft there and sync, and make a new one here",
    ))
}

pub(super) fn after(document: &Document, action: Action) -> Result<State, Fault> {
    document.state()?.after(action).map_err(refused)
}

/// What stands in the way, as a sentence.
pub(super) fn refused(refused: Refused) -> Fault {
    Fault::conflict(
        "wrong_state",
        format!(
            "this credit note is {} already; look at where it stands now",
            match refused.from {
                State::Draft => "a draft",
                State::Allocated => "set against its invoice",
                other => state_word(other),
            }
        ),
    )
}

pub(super) fn stopped(stops: &[billing::draft::Stop]) -> Fault {
    Fault::conflict(
        "stopped",
        format!("this cannot go out: {}", stop_sentences(stops).join(" ")),
    )
}

pub(super) async fn tell(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: GeneratedCreditNoteId,
    action: &str,
    detail: &serde_json::Value,
) -> Result<(), Fault> {
    let act = audit::Act {
        org: who.org,
        person: Some(who.person),
        action,
        subject_kind: "generated_credit_note",
        subject: Some(id.0),
    };
    audit::record(app, tx, act, detail).await
}
