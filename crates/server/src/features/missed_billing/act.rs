//! Snooze, ignore, mark reviewed, undo. None of them changes what is billed.

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::{
    FindingView, State, detail,
    store::{self, Event, NewState},
};
use crate::{
    app::App,
    db::{Day, FindingId, Tx},
    fault::Fault,
    features::audit,
    http::Who,
};

/// What a person can decide about a finding without changing a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    Snooze { until: NaiveDate },
    Ignore { reason: String },
    Review,
}

const LONGEST_REASON: usize = 500;
const LONGEST_SNOOZE_DAYS: i64 = 366;

/// Acts on the finding as it was at `version`.
pub async fn act(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: FindingId,
    version: i64,
    act: &Act,
) -> Result<(), Fault> {
    let finding = current(tx, who, id, version).await?;
    if !matches!(
        finding.state.as_str(),
        "open" | "snoozed" | "reviewed" | "ignored"
    ) {
        return Err(Fault::conflict(
            "finding_settled",
            "this finding is settled already; undo that first if it was wrong",
        ));
    }
    let until = match act {
        Act::Snooze { until } => Some(checked_snooze(app, who, *until)?),
        _ => None,
    };
    let reason = match act {
        Act::Ignore { reason } => Some(checked_reason(reason)?),
        _ => None,
    };
    let state = match act {
        Act::Snooze { .. } => State::Snoozed,
        Act::Ignore { .. } => State::Ignored,
        Act::Review => State::Reviewed,
    };
    let new = NewState {
        state: state.as_str(),
        snoozed_until: until.map(Day),
        accepted_impact_minor: reason.is_some().then_some(finding.impact_minor),
        reason: reason.as_deref(),
        ..NewState::open()
    };
    store::set_state(tx, who.org, id, &new).await?;
    let detail = json!({ "until": until, "reason": reason });
    tell(app, who, tx, id, state.as_str(), &detail).await
}

fn checked_snooze(app: &App, who: &Who, until: NaiveDate) -> Result<NaiveDate, Fault> {
    let today = who.today(app);
    let days = (until - today).num_days();
    if (1..=LONGEST_SNOOZE_DAYS).contains(&days) {
        Ok(until)
    } else {
        Err(Fault::field(
            "until",
            "choose a date after today and within a year",
        ))
    }
}

fn checked_reason(reason: &str) -> Result<String, Fault> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        return Err(Fault::field("reason", "say why in at most 500 characters"));
    }
    Ok(reason.to_owned())
}

/// Takes the last decision back; a change that was applied is taken back with it.
pub async fn undo(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: FindingId,
    version: i64,
) -> Result<(), Fault> {
    let finding = current(tx, who, id, version).await?;
    match finding.state.parse()? {
        State::Snoozed | State::Ignored | State::Reviewed => {}
        State::Applied => super::apply::take_back(app, who, tx, &finding).await?,
        State::Open | State::Closed => {
            return Err(Fault::conflict(
                "nothing_to_undo",
                "there is nothing to undo here",
            ));
        }
    }
    store::set_state(tx, who.org, id, &NewState::open()).await?;
    crate::failpoint::reach("undo.before_commit");
    tell(app, who, tx, id, "undone", &json!({ "was": finding.state })).await
}

/// The finding, if it is still what the person saw.
pub(super) async fn current(
    tx: &mut Tx,
    who: &Who,
    id: FindingId,
    version: i64,
) -> Result<FindingView, Fault> {
    let (finding, _) = detail(tx, who.org, id).await?;
    store::check_version(tx, who.org, id, version).await?;
    Ok(finding)
}

/// Records an act in the finding's history and in the audit log.
pub(super) async fn tell(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: FindingId,
    kind: &str,
    detail: &serde_json::Value,
) -> Result<(), Fault> {
    let event = Event {
        finding: id,
        at: app.now(),
        person: Some(who.person),
        kind,
        detail: detail.to_string(),
    };
    store::insert_event(tx, who.org, app.new_id::<Uuid>(), &event).await?;
    let act = audit::Act {
        org: who.org,
        person: Some(who.person),
        action: &format!("finding.{kind}"),
        subject_kind: "finding",
        subject: Some(id.0),
    };
    audit::record(app, tx, act, detail).await
}
