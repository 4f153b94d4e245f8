//! Who did what, when. Written in the transaction of the act itself, so that nothing happens
//! unrecorded and nothing is recorded that did not happen.

mod store;

use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::App,
    db::{AuditId, OrgId, PersonId, Tx},
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
    let detail = serde_json::to_string(detail)?;
    store::insert(tx, app.new_id::<AuditId>(), app.now(), &act, &detail).await?;
    Ok(())
}
