//! Where a person is signed in.

use super::store::{self, SessionRow};
use crate::{
    app::App,
    db::{SessionId, Tx},
    fault::Fault,
    features::sign_in::{
        Origin, device,
        history::{self, Happened},
    },
    http::Who,
};

/// The person's sessions that go on, the last used first.
pub async fn list(app: &App, tx: &mut Tx, who: &Who) -> Result<Vec<SessionRow>, Fault> {
    let mut known = store::sessions(tx, who.person).await?;
    known.retain(|session| !session.lifetime.is_over(app));
    Ok(known)
}

/// Ends a session of the person; its next request is refused.
///
/// # Errors
/// [`Fault::NotFound`] when it is another's.
pub async fn end(app: &App, who: &Who, id: SessionId, origin: &Origin) -> Result<(), Fault> {
    let mut tx = app.db.write_global().await?;
    let ended = store::revoke(&mut tx, who.person, id, app.now()).await?;
    let user_agent = ended.ok_or(Fault::NotFound("this session"))?;
    let device = device(&user_agent);
    history::note(
        app,
        &mut tx,
        who.person,
        Happened::SessionEnded,
        &device,
        origin,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Ends all sessions of the person but this one.
pub async fn end_others(app: &App, who: &Who, origin: &Origin) -> Result<(), Fault> {
    let mut tx = app.db.write_global().await?;
    store::revoke_others(&mut tx, who.person, who.session, app.now()).await?;
    history::note(app, &mut tx, who.person, Happened::OthersEnded, "", origin).await?;
    Ok(tx.commit().await?)
}

/// Sessions on devices that are new, begun elsewhere than here, which the person has not seen yet.
pub async fn unseen(tx: &mut Tx, who: &Who) -> Result<Vec<SessionRow>, Fault> {
    Ok(store::unseen(tx, who.person, who.session).await?)
}

/// The person has seen them.
pub async fn see(app: &App, who: &Who) -> Result<(), Fault> {
    let mut tx = app.db.write_global().await?;
    store::see(&mut tx, who.person).await?;
    Ok(tx.commit().await?)
}
