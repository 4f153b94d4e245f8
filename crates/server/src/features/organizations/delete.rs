//! An organization is deleted, with everything it has.

use super::{organization, places, store};
use crate::{app::App, fault::Fault, features::connections, http::Who};

/// Where the person is after their organization is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// In another of theirs, with the same session.
    Elsewhere,
    SignedOut,
}

/// Deletes the organization of `who`, who has shown a fresh factor and typed its name. Vendors are
/// told first, as well as they listen; every session in it ends, but the person's own goes to
/// another organization of theirs if there is one.
///
/// # Errors
/// [`Fault::Invalid`] when the name is not the organization's.
pub async fn delete(app: &App, who: &Who, typed: &str) -> Result<After, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let itself = organization(&mut tx, who.org).await?;
    if typed.trim() != itself.name.trim() {
        return Err(Fault::field(
            "confirm",
            "this is not its name; type it exactly as it is written above",
        ));
    }
    let connected = connections::list(&mut tx, who.org).await?;
    drop(tx);
    for connection in &connected {
        if let Err(fault) = connections::take_leave(app, who.org, connection).await {
            tracing::warn!(error = %fault, connection = %connection.id, "a vendor was not told");
        }
    }
    let mut tx = app.db.write(who.org).await?;
    let places = places(&mut tx, who).await?;
    let other = places.into_iter().find(|place| !place.is_current);
    if let Some(other) = &other {
        store::switch(&mut tx, who.session, other.id).await?;
    }
    store::whole::delete(&mut tx, who.org).await?;
    tx.commit().await?;
    tracing::warn!(org = %who.org, person = %who.person, "an organization was deleted");
    Ok(if other.is_some() {
        After::Elsewhere
    } else {
        After::SignedOut
    })
}
