//! The project's tokens of a session, sealed in its row: the browser never has them.

use zeroize::Zeroizing;

use super::{
    super::{
        store::project::{self as project_store, By, ProjectSession},
        wall,
    },
    Recognised, factors, sessions,
};
use crate::{
    app::App,
    db::{PersonId, SessionId, Tx},
    fault::Fault,
    supabase::{Project, Tokens},
};

/// A token that has so long to go is renewed before it is used.
const MARGIN_SECONDS: i64 = 30;

pub fn is_expiring(app: &App, tokens: &Tokens) -> bool {
    tokens.expires_at - app.clock.wall_now().timestamp() <= MARGIN_SECONDS
}

/// A token to ask the project with, in the name of the session's person.
pub async fn access_token(
    app: &App,
    project: Project<'_>,
    session: SessionId,
) -> Result<Zeroizing<String>, Fault> {
    let _one = app.project_checks.of(session.0).lock().await;
    let mut tx = app.db.read_global().await?;
    let session = project_store::session(&mut tx, By::Id(session)).await?;
    drop(tx);
    let session = session.ok_or(Fault::SignedOut)?;
    let kept = opened(app, &session)?;
    if is_expiring(app, &kept) {
        let new = sessions::renewed(app, project, &session, &kept).await?;
        return Ok(new.access_token);
    }
    Ok(kept.access_token)
}

/// That a session here is one of the project, with its tokens.
pub async fn attach(
    app: &App,
    tx: &mut Tx,
    session: SessionId,
    person: PersonId,
    recognised: &Recognised,
) -> Result<(), Fault> {
    let Recognised { entered, theirs } = recognised;
    let sealed = Some(sealed(app, session, &entered.tokens)?);
    project_store::attach(tx, session, theirs, sealed, wall(app)).await?;
    factors::mirror(app, tx, person, &entered.user).await
}

/// Keeps the tokens that the project gave for a code.
pub async fn replace(
    app: &App,
    tx: &mut Tx,
    session: SessionId,
    new: &Tokens,
) -> Result<(), Fault> {
    let sealed = Some(sealed(app, session, new)?);
    Ok(project_store::set_checked(tx, session, sealed, wall(app)).await?)
}

fn place(session: SessionId) -> String {
    format!("session/{session}/project_tokens")
}

pub fn sealed(app: &App, session: SessionId, tokens: &Tokens) -> Result<Vec<u8>, Fault> {
    let text = Zeroizing::new(serde_json::to_vec(tokens)?);
    Ok(app.sealer.seal(&place(session), app.random_bytes(), &text))
}

/// # Errors
/// 422 for the session of an app, which has its tokens itself.
pub fn opened(app: &App, session: &ProjectSession) -> Result<Tokens, Fault> {
    let sealed = session.project_tokens.as_ref().ok_or_else(|| {
        Fault::invalid(
            "ask_the_project",
            "do this at the Supabase project and come back with the token that it gives you",
        )
    })?;
    open(app, session.id, sealed)
}

pub fn open(app: &App, session: SessionId, sealed: &[u8]) -> Result<Tokens, Fault> {
    let opened = app.sealer.open(&place(session), sealed);
    let opened = opened.map_err(Fault::internal)?;
    Ok(serde_json::from_slice(&opened)?)
}
