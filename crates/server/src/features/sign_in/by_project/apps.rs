//! Apps that sign people in at the project themselves, and come with its tokens.

use chrono::TimeDelta;

use super::{
    super::{
        Origin, sessions as own_sessions,
        store::{
            self,
            project::{self as project_store, By},
            refresh,
        },
        wall,
    },
    factors, person_of,
    sessions::{due, end, keep},
};
use crate::{
    app::App,
    db::{At, DbError},
    fault::Fault,
    supabase::{self, Account, Project, Theirs},
};

/// What a token of the project says of the request that comes with it. Another token of the same
/// session may say more: it was given after a second factor.
pub struct Brought {
    /// The project's name of the session.
    pub session: String,
    pub aal: String,
    /// When a factor was shown last.
    pub factor_at: At,
}

/// What a token says.
///
/// # Errors
/// [`Fault::SignedOut`] when it is not believed.
pub async fn brought_by(app: &App, token: &str) -> Result<Brought, Fault> {
    let claims = claims(app, token).await?;
    Ok(Brought {
        session: claims.session_id.to_string(),
        factor_at: shown_at(app, &claims),
        aal: claims.aal,
    })
}

async fn claims(app: &App, token: &str) -> Result<Theirs, Fault> {
    let claims = supabase::believed(app, token).await?;
    claims.map_err(|_| Fault::SignedOut)
}

pub(super) async fn settle(
    app: &App,
    project: Project<'_>,
    token: &str,
    origin: &Origin,
) -> Result<(), Fault> {
    let claims = claims(app, token).await?;
    let by = By::Theirs(claims.session_id.to_string());
    let _one = app.project_checks.of(claims.session_id).lock().await;
    let mut tx = app.db.read_global().await?;
    let known = project_store::session(&mut tx, by.clone()).await?;
    drop(tx);
    let Some(known) = known else {
        let account = project.account(token).await?;
        let account = account.map_err(|_| Fault::SignedOut)?;
        return begin(app, origin, &claims, &account).await;
    };
    if due(app, by).await?.is_none() {
        return Ok(());
    }
    if let Ok(account) = project.account(token).await? {
        return keep(app, &known, None, &account).await;
    }
    end(app, &known).await?;
    Err(Fault::SignedOut)
}

/// When a factor was shown last, by business time: as long ago as the token says.
fn shown_at(app: &App, claims: &Theirs) -> At {
    let newest = claims.amr.iter().map(|method| method.timestamp).max();
    let age = app.clock.wall_now().timestamp() - newest.unwrap_or(0);
    // Nothing that is said to have been shown tomorrow is fresh for longer.
    let age = TimeDelta::try_seconds(age.max(0)).unwrap_or(TimeDelta::MAX);
    At(app.now().0.checked_sub_signed(age).unwrap_or_default())
}

async fn begin(
    app: &App,
    origin: &Origin,
    claims: &Theirs,
    account: &Account,
) -> Result<(), Fault> {
    let theirs = claims.session_id.to_string();
    let mut tx = app.db.write_global().await?;
    // It was ended here: it does not come back.
    if project_store::is_known(&mut tx, &theirs).await? {
        return Err(Fault::SignedOut);
    }
    let person = person_of(app, &mut tx, account).await?;
    let person = person.ok_or(Fault::SignedOut)?;
    let org = store::first_organization(&mut tx, person).await?;
    let org = org.ok_or(Fault::SignedOut)?;
    let method = claims.amr.first();
    let method = method.map_or("password", |first| first.method.as_str());
    let new = own_sessions::begin(app, &mut tx, person, org, origin, None, method).await?;
    let (amr, shown_at) = (serde_json::to_string(&claims.amr)?, shown_at(app, claims));
    refresh::set_assurance(&mut tx, new, &claims.aal, &amr, shown_at).await?;
    let attached = project_store::attach(&mut tx, new, &theirs, None, wall(app)).await;
    attached.map_err(|error| match error {
        // Another process has just begun it.
        DbError::Duplicate { .. } => Fault::Contended,
        other => other.into(),
    })?;
    factors::mirror(app, &mut tx, person, account).await?;
    Ok(tx.commit().await?)
}
