//! Whether a session that began with the project still stands there.

use chrono::TimeDelta;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{
    super::{
        Origin,
        store::{
            self,
            project::{self as project_store, By, ProjectSession},
        },
        wall,
    },
    apps, factors, tokens,
};
use crate::{
    app::App,
    fault::Fault,
    http::token_hash,
    supabase::{Account, Project, Tokens},
};

/// One at a time asks about a session: a refresh token is good once.
pub struct Checks([Mutex<()>; 32]);

impl Default for Checks {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }
}

impl Checks {
    /// Others may have to wait for the same one; that costs them a moment and nothing else.
    pub(super) fn of(&self, session: Uuid) -> &Mutex<()> {
        let [first, ..] = &self.0;
        let [.., last] = session.as_bytes();
        let place = usize::from(*last) % self.0.len();
        self.0.get(place).unwrap_or(first)
    }
}

/// Asks the project whether the session of a token still stands, where that was asked too long
/// ago. The first request of an app with the project's token begins a session here.
///
/// # Errors
/// [`Fault::SignedOut`] when it does not, [`Fault::Unavailable`] when the project does not answer:
/// then nobody is let in on its word of long ago.
pub async fn settle(
    app: &App,
    project: Project<'_>,
    token: &str,
    origin: &Origin,
) -> Result<(), Fault> {
    if token.contains('.') {
        return apps::settle(app, project, token, origin).await;
    }
    let Some(session) = due(app, By::Hash(token_hash(token))).await? else {
        return Ok(());
    };
    let _one = app.project_checks.of(session.id.0).lock().await;
    if let Some(session) = due(app, By::Id(session.id)).await? {
        check(app, project, &session).await?;
    }
    Ok(())
}

/// The session, if it is time to ask about it.
pub async fn due(app: &App, by: By) -> Result<Option<ProjectSession>, Fault> {
    let mut tx = app.db.read_global().await?;
    let session = project_store::session(&mut tx, by).await?;
    let limit = TimeDelta::seconds(i64::from(app.config.auth.supabase.recheck_seconds));
    Ok(session.filter(|session| {
        let age = wall(app).0 - session.project_checked_at.0;
        age >= limit || age < TimeDelta::zero()
    }))
}

async fn check(app: &App, project: Project<'_>, session: &ProjectSession) -> Result<(), Fault> {
    let kept = tokens::opened(app, session)?;
    if !tokens::is_expiring(app, &kept)
        && let Ok(account) = project.account(&kept.access_token).await?
    {
        return keep(app, session, None, &account).await;
    }
    renewed(app, project, session, &kept).await?;
    Ok(())
}

/// New tokens for old ones; where the project gives none, the session is over.
pub async fn renewed(
    app: &App,
    project: Project<'_>,
    session: &ProjectSession,
    old: &Tokens,
) -> Result<Tokens, Fault> {
    match project.refresh(&old.refresh_token).await? {
        Ok(entered) => {
            keep(app, session, Some(&entered.tokens), &entered.user).await?;
            Ok(entered.tokens)
        }
        Err(refusal) => {
            tracing::info!(session = %session.id, code = refusal.code, "over at the project");
            end(app, session).await?;
            Err(Fault::SignedOut)
        }
    }
}

/// Ends here what is over there.
pub async fn end(app: &App, session: &ProjectSession) -> Result<(), Fault> {
    let mut tx = app.db.write_global().await?;
    store::revoke_session(&mut tx, session.id, app.now()).await?;
    project_store::forget_tokens(&mut tx, session.id).await?;
    Ok(tx.commit().await?)
}

/// Writes down what the project has just said of a session.
pub async fn keep(
    app: &App,
    session: &ProjectSession,
    new: Option<&Tokens>,
    account: &Account,
) -> Result<(), Fault> {
    let sealed = new.map(|new| tokens::sealed(app, session.id, new));
    let sealed = sealed.transpose()?;
    let mut tx = app.db.write_global().await?;
    project_store::set_checked(&mut tx, session.id, sealed, wall(app)).await?;
    factors::mirror(app, &mut tx, session.person_id, account).await?;
    Ok(tx.commit().await?)
}
