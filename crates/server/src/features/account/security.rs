//! The password, the authenticator apps and the codes for the day they are lost.

use serde_json::json;

use crate::{
    app::App,
    db::{FactorId, Tx},
    fault::Fault,
    features::{
        audit::{self, Act},
        sign_in::{
            self, Origin, Password, by_project,
            factors::{self, FactorRow},
            history::{self, Happened},
            recovery,
        },
    },
    http::Who,
    supabase::Project,
};

/// How a person is recognised besides their passkeys.
pub struct Security {
    pub has_password: bool,
    /// Those that count.
    pub factors: Vec<FactorRow>,
    /// Those that have yet to show a code.
    pub begun: Vec<FactorRow>,
    pub recovery_codes_left: i64,
}

pub async fn security(app: &App, tx: &mut Tx, who: &Who) -> Result<Security, Fault> {
    let known = factors::of(tx, who.person).await?;
    let (factors, begun) = known.into_iter().partition(FactorRow::is_verified);
    Ok(Security {
        has_password: sign_in::has_password(app, tx, who).await?,
        factors,
        begun,
        recovery_codes_left: recovery::left(tx, who.person).await?,
    })
}

/// Sets a new password. `shown` is the one there is; where there is none, a fresh factor.
pub async fn change_password(
    app: &App,
    who: Who,
    shown: String,
    new: String,
    origin: &Origin,
) -> Result<(), Fault> {
    let new = Password::chosen(new, &[&who.email, &who.name])?;
    let mut tx = app.db.read_global().await?;
    let has_password = sign_in::has_password(app, &mut tx, &who).await?;
    drop(tx);
    let who = if has_password {
        sign_in::show_password(app, &who, Password::typed(shown), origin).await?;
        who
    } else {
        sign_in::with_fresh_factor(app, who, shown, origin).await?
    };
    let hash = if let Some(project) = Project::of(app) {
        by_project::set_password(app, project, who.session, &new).await?;
        None
    } else {
        Some(sign_in::hash_password(app, new).await?)
    };
    let mut tx = app.db.write(who.org).await?;
    sign_in::replace_password(app, &mut tx, &who, hash.as_deref(), origin).await?;
    record(app, &mut tx, &who, "account.password_changed", "").await?;
    Ok(tx.commit().await?)
}

/// Begins an authenticator app; it counts once a code of it was shown.
pub async fn begin_factor(app: &App, who: &Who, name: &str) -> Result<FactorId, Fault> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Fault::field("name", "give it a name, such as Phone"));
    }
    if let Some(project) = Project::of(app) {
        return by_project::enroll(app, project, who.session, who.person, name).await;
    }
    let mut tx = app.db.write(who.org).await?;
    // Whoever turned back and begins again has one app of this name, not two.
    factors::forget_begun(&mut tx, who.person, name).await?;
    let begun = factors::enroll(app, &mut tx, who.person, &who.email, name, None).await?;
    tx.commit().await?;
    Ok(begun.id)
}

/// What came of the first code of an authenticator app.
pub enum Added {
    /// It was the first app, so these are the codes for the day it is lost.
    First(Vec<String>),
    Another,
}

pub async fn confirm_factor(
    app: &App,
    who: &Who,
    factor: &FactorRow,
    code: &str,
    origin: &Origin,
) -> Result<Added, Fault> {
    factors::confirm_in(app, who.session, factor, code, origin).await?;
    let mut tx = app.db.write(who.org).await?;
    record(
        app,
        &mut tx,
        who,
        "account.factor_added",
        &factor.friendly_name,
    )
    .await?;
    let added = if recovery::left(&mut tx, who.person).await? == 0 {
        Added::First(recovery::renew(app, &mut tx, who.person).await?)
    } else {
        Added::Another
    };
    tx.commit().await?;
    Ok(added)
}

/// Takes an authenticator app away; its row as it was.
pub async fn remove_factor(
    app: &App,
    who: &Who,
    factor: FactorRow,
    origin: &Origin,
) -> Result<FactorRow, Fault> {
    if let Some(project) = Project::of(app) {
        by_project::unenroll(app, project, who.session, factor.id).await?;
    }
    let mut tx = app.db.write(who.org).await?;
    factors::unenroll(app, &mut tx, who.person, &factor, origin).await?;
    record(
        app,
        &mut tx,
        who,
        "account.factor_removed",
        &factor.friendly_name,
    )
    .await?;
    tx.commit().await?;
    Ok(factor)
}

/// New codes; the old ones are good for nothing from now on.
pub async fn renew_codes(app: &App, who: &Who, origin: &Origin) -> Result<Vec<String>, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let factors = factors::of(&mut tx, who.person).await?;
    if !factors.iter().any(FactorRow::is_verified) {
        return Err(Fault::conflict(
            "no_factor",
            "add an authenticator app first; recovery codes stand in for it",
        ));
    }
    let codes = recovery::renew(app, &mut tx, who.person).await?;
    history::note(
        app,
        &mut tx,
        who.person,
        Happened::RecoveryCodesMade,
        "",
        origin,
    )
    .await?;
    record(app, &mut tx, who, "account.recovery_codes_made", "").await?;
    tx.commit().await?;
    Ok(codes)
}

async fn record(app: &App, tx: &mut Tx, who: &Who, action: &str, name: &str) -> Result<(), Fault> {
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action,
        subject_kind: "person",
        subject: Some(who.person.0),
    };
    audit::record(app, tx, act, &json!({ "name": name })).await
}
