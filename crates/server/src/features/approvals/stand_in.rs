//! While somebody is away another approves in their place, until a day.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{able, store};
use crate::{
    app::App,
    db::{Day, OrgId, PersonId, Tx},
    fault::Fault,
    features::audit::{self, Act},
    http::Who,
    input,
};

/// Who approves in whose place, and how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct StandIn {
    pub person: PersonId,
    pub person_name: String,
    pub stand_in: PersonId,
    pub stand_in_name: String,
    /// The last day.
    pub through_on: Day,
}

/// Who shall stand in for the caller.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StandInInput {
    pub stand_in: PersonId,
    /// The last day.
    pub through_on: String,
}

/// Those that are not over on `today`, by name.
pub async fn stand_ins(tx: &mut Tx, org: OrgId, today: Day) -> Result<Vec<StandIn>, Fault> {
    Ok(store::stand_ins(tx, org, today).await?)
}

/// Somebody approves in the caller's place from now on; none ends it.
///
/// # Errors
/// 422 for oneself, for who may not approve, and for a day that is past.
pub async fn set_stand_in(
    app: &App,
    tx: &mut Tx,
    who: &Who,
    new: Option<&StandInInput>,
) -> Result<(), Fault> {
    let chosen = match new {
        Some(new) => {
            let through_on = input::day(&new.through_on);
            let through_on = through_on.map_err(|wrong| Fault::field("through_on", wrong))?;
            if through_on < Day(who.today(app)) {
                return Err(Fault::field("through_on", "this day is past"));
            }
            let may = able(tx, who.org).await?;
            if new.stand_in == who.person || may.iter().all(|one| one.person != new.stand_in) {
                let wrong = "choose another person who may approve";
                return Err(Fault::field("stand_in", wrong));
            }
            Some((new.stand_in, through_on))
        }
        None => None,
    };
    store::remove_stand_in(tx, who.org, who.person).await?;
    if let Some((stand_in, through_on)) = chosen {
        store::insert_stand_in(tx, who.org, who.person, stand_in, through_on).await?;
    }
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action: "stand_in.changed",
        subject_kind: "person",
        subject: Some(who.person.0),
    };
    let detail = json!({
        "stand_in": chosen.map(|(person, _)| person), "through_on": chosen.map(|(_, day)| day),
    });
    audit::record(app, tx, act, &detail).await
}

/// Takes somebody who leaves, or may no longer approve, out of rules and stand-ins. What they had
/// agreed to and what is not decided yet wants somebody else.
pub async fn forget(tx: &mut Tx, org: OrgId, person: PersonId) -> Result<(), Fault> {
    store::forget_approver(tx, org, person).await?;
    store::forget_stand_ins(tx, org, person).await?;
    Ok(store::forget_open_approvals(tx, org, person).await?)
}
