//! Taking a change of a line back.

use serde_json::json;
use uuid::Uuid;

use super::{
    LineEvent,
    change::{measure_now, record},
    line, store,
};
use crate::{
    app::App,
    db::{OrgId, PersonId, Tx},
    fault::Fault,
};

/// Takes a change back, as if it had not been made. What was invoiced meanwhile is evened out by
/// the next draft.
///
/// # Errors
/// 409 when it was taken back already, or when a later change of the same kind builds on it.
pub async fn undo_change(
    app: &App,
    org: OrgId,
    person: Option<PersonId>,
    tx: &mut Tx,
    event: Uuid,
) -> Result<(), Fault> {
    let found = store::event(tx, org, event).await?;
    let found = found.ok_or(Fault::NotFound("this change"))?;
    if found.undone_at.is_some() {
        return Err(Fault::conflict(
            "already_undone",
            "this change was taken back already",
        ));
    }
    let line = line(tx, org, found.line_id).await?;
    let built_upon = line
        .live_events()
        .any(|other| other.kind == found.kind && is_later(other, &found));
    if built_upon && found.kind != "subscription" {
        return Err(Fault::conflict(
            "built_upon",
            "a later change builds on this one; take that back first",
        ));
    }
    store::undo_event(tx, org, event, app.now()).await?;
    match (found.kind.as_str(), &found.subscription_external_id) {
        ("subscription", Some(id)) => store::unfollow(tx, org, line.id, id).await?,
        ("ended", _) => store::set_line_end(tx, org, line.id, None).await?,
        ("price", _) => {
            let earlier = line
                .live_events()
                .rev()
                .find(|other| other.kind == "price" && other.id != found.id);
            let priced_on = earlier.map_or(line.terms.starts_on, |other| other.effective_on);
            store::set_priced_on(tx, org, line.id, priced_on).await?;
        }
        _ => {}
    }
    measure_now(app, tx, org, line.contract_id).await?;
    let detail = json!({ "event": found });
    record(
        app,
        org,
        person,
        tx,
        "contract_line.change_undone",
        line.id,
        &detail,
    )
    .await
}

fn is_later(one: &LineEvent, other: &LineEvent) -> bool {
    (one.recorded_at, one.id) > (other.recorded_at, other.id)
}
