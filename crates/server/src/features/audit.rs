//! Who did what, when. Written in the transaction of the act itself, so that nothing happens
//! unrecorded and nothing is recorded that did not happen.

use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::App,
    db::{AuditId, OrgId, PersonId, Tx, sql},
    fault::Fault,
};

/// One act upon one thing. `action` is `noun.verb`, e.g. `draft.approved`.
pub struct Act<'a> {
    pub org: OrgId,
    /// None when the product acted by itself.
    pub person: Option<PersonId>,
    pub action: &'a str,
    pub subject_kind: &'a str,
    pub subject: Option<Uuid>,
}

/// Records the act; `detail` is kept as JSON and never holds a secret.
pub async fn record(
    app: &App,
    tx: &mut Tx,
    act: Act<'_>,
    detail: &impl Serialize,
) -> Result<(), Fault> {
    sql(
        "insert into audit (org_id, id, at, person_id, action, subject_kind, subject_id, detail) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(act.org)
    .bind(app.new_id::<AuditId>())
    .bind(app.now())
    .bind(act.person)
    .bind(act.action)
    .bind(act.subject_kind)
    .bind(act.subject)
    .bind(serde_json::to_string(detail)?)
    .run(tx)
    .await?;
    Ok(())
}
