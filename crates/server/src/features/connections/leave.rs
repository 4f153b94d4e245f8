//! Ending a connection, on the vendor's side and on ours.

use super::{Connection, act, client, store};
use crate::{
    app::App,
    db::{OrgId, Tx},
    fault::Fault,
    features::audit,
    http::Who,
};

/// Tells Xero that we go; whatever it answers, the connection ends on our side. Calls the vendor.
pub async fn take_leave(app: &App, org: OrgId, connection: &Connection) -> Result<(), Fault> {
    let Some(theirs) = connection.settings().xero_connection_id else {
        return Ok(());
    };
    let (xero_app, tokens) =
        client::xero_tokens(app, org, connection, app.reach.brief()).map_err(Fault::Internal)?;
    if let Err(error) = xero_app.disconnect(&tokens, &theirs).await {
        tracing::warn!(
            error = error.code(),
            "Xero was not told of the disconnection"
        );
    }
    Ok(())
}

/// Ends a connection: secrets are destroyed, what was read and decided stays.
pub async fn disconnect(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    connection: &Connection,
) -> Result<(), Fault> {
    store::disconnect(tx, who.org, connection.id, connection.version).await?;
    let act = act(who, "connection.disconnected", connection.id);
    audit::record(
        app,
        tx,
        act,
        &serde_json::json!({ "vendor": connection.vendor }),
    )
    .await
}
