//! Passwords that the project keeps.

use super::{
    super::{
        Origin, Password,
        history::{self, Happened},
        store,
    },
    forget, person_of, recognise, tokens, wrong,
};
use crate::{
    app::App,
    db::SessionId,
    fault::Fault,
    http::Who,
    supabase::{Project, Refusal},
};

/// Checks the person's password, which is then a factor shown just now.
pub async fn show_password(
    app: &App,
    project: Project<'_>,
    who: &Who,
    email: &str,
    shown: &str,
    origin: &Origin,
) -> Result<(), Fault> {
    let not_yours = || Fault::field("factor", "this is not your password");
    let recognised = recognise(app, project, email, shown, origin).await;
    let recognised = recognised.map_err(|fault| match fault {
        Fault::Invalid { .. } => not_yours(),
        other => other,
    })?;
    forget(project, &recognised).await;
    let mut tx = app.db.write_global().await?;
    if person_of(app, &mut tx, recognised.account()).await? != Some(who.person) {
        return Err(not_yours());
    }
    store::set_factor_at(&mut tx, who.session, app.now()).await?;
    Ok(tx.commit().await?)
}

/// Sets the password of who is signed in.
pub async fn set_password(
    app: &App,
    project: Project<'_>,
    session: SessionId,
    new: &Password,
) -> Result<(), Fault> {
    let access = tokens::access_token(app, project, session).await?;
    let set = project.set_password(&access, new.reveal()).await?;
    set.map(|_| ())
        .map_err(|refusal| wrong("password", refusal))
}

/// Has the project send a letter, if anybody there has the address. Whether somebody has shows
/// nowhere.
pub async fn ask_for_letter(app: &App, project: Project<'_>, email: &str) -> Result<(), Fault> {
    let public_url = app.config.server.public_url.trim_end_matches('/');
    let onward = format!("{public_url}/reset-password");
    let asked = project.recover(email, &onward).await?;
    if let Err(Refusal { code, .. }) = asked {
        tracing::info!(code, "the project sent no letter");
    }
    Ok(())
}

/// The code of the fault where a token of a letter is good for nothing.
pub const OVER: &str = "letter_over";

/// Sets a new password with the token that the project's letter leads here with. Every session of
/// the person ends.
pub async fn reset(
    app: &App,
    project: Project<'_>,
    access: &str,
    new: String,
    origin: &Origin,
) -> Result<(), Fault> {
    let over = || Fault::invalid(OVER, "this link is not good any more; ask for a new one");
    let account = project.account(access).await?.map_err(|_| over())?;
    let new = Password::chosen(new, &[&account.email])?;
    let set = project.set_password(access, new.reveal()).await?;
    set.map_err(|refusal| wrong("password", refusal))?;
    let ended = project.sign_out(access, "global").await?;
    tracing::debug!(?ended, "signed out everywhere at the project");
    let mut tx = app.db.write_global().await?;
    if let Some(person) = person_of(app, &mut tx, &account).await? {
        store::revoke_sessions(&mut tx, person, app.now()).await?;
        history::note(app, &mut tx, person, Happened::PasswordReset, "", origin).await?;
    }
    Ok(tx.commit().await?)
}
