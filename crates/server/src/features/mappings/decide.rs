//! A person's decision about one vendor record.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Decision, LinkInput, LinkState, connection_named, store};
use crate::{
    app::App,
    db::{ClientId, ConnectionId, Tx},
    fault::Fault,
    features::{
        audit::{self, Act},
        clients,
        generated_invoices::review::ReviewDrafts,
    },
    http::Who,
    queue,
};

/// A vendor's record of a company and the client it is.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct ClientLink {
    pub connection_id: ConnectionId,
    pub vendor: String,
    /// The vendor's id of the record.
    pub external_id: String,
    /// Empty until the record has been read.
    pub company: String,
    pub own_ref: Option<String>,
    pub web_domain: Option<String>,
    pub email_domain: Option<String>,
    /// mapped | suggested | unmapped | ignored
    pub state: String,
    pub client_id: Option<ClientId>,
    pub client_reference: Option<String>,
    pub client_name: Option<String>,
    /// 0 to 100, of a suggestion.
    pub score: i64,
    pub reason: String,
    /// 0 for a record nobody decided about yet.
    pub version: i64,
    /// The vendor no longer has the record; what was mapped stays.
    pub is_gone: bool,
}

/// Decides about one record: one record belongs to one client, a client may have many.
///
/// # Errors
/// 422 for an unknown connection or client, or a reason that is missing; 409 when somebody else
/// decided since the caller looked.
pub async fn decide(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    input: &LinkInput,
) -> Result<ClientLink, Fault> {
    let connection = connection_named(tx, who.org, &input.connection).await?;
    let external_id = input.checked_external_id()?;
    let state = input.state()?;
    let client = match input.target() {
        Some(name) if state == LinkState::Mapped => {
            let client = clients::client_named(tx, who.org, name).await?;
            let wrong = || Fault::field("client", format!("there is no client \"{name}\""));
            Some(client.ok_or_else(wrong)?)
        }
        _ => None,
    };
    let before = store::link(tx, who.org, connection.id, &external_id).await?;
    input.check_version(before.as_ref().map_or(0, |link| link.version))?;
    let decision = Decision {
        connection: connection.id,
        external_id: &external_id,
        state,
        reason: input.reason.as_deref().unwrap_or_default().trim(),
    };
    let client = client.map(|client| client.id);
    store::write_decision(tx, who.org, &decision, client, Some(who.person), app.now()).await?;
    let after = store::link(tx, who.org, connection.id, &external_id).await?;
    let after = after.ok_or(Fault::NotFound("this link"))?;
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action: "client_link.decided",
        subject_kind: "client",
        subject: after
            .client_id
            .or(before.as_ref().and_then(|link| link.client_id))
            .map(|id| id.0),
    };
    let detail = serde_json::json!({ "before": before, "after": after });
    audit::record(app, tx, act, &detail).await?;
    // A draft may have waited for exactly this contact or count.
    queue::enqueue(app, tx, &ReviewDrafts { org: who.org }).await?;
    Ok(after)
}
