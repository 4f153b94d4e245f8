//! Second factors that the project keeps. Our table has a row for each, by the project's id, so that
//! pages and rules need not know where factors are kept.

use std::collections::BTreeSet;

use super::{
    super::{
        Origin,
        factors::{FactorRow, raise, row},
        history::{self, Happened},
        rate::{Guess, Try},
        recovery,
        store::{
            factors as store, project as project_store,
            refresh::{self, SessionFacts},
        },
        wall,
    },
    tokens, wrong,
};
use crate::{
    app::App,
    db::{FactorId, PersonId, SessionId, Tx},
    fault::Fault,
    supabase::{Account, Project},
};

/// Takes over which factors count at the project.
pub(super) async fn mirror(
    app: &App,
    tx: &mut Tx,
    person: PersonId,
    account: &Account,
) -> Result<(), Fault> {
    let known = store::of(tx, person).await?;
    let counting: BTreeSet<FactorId> = account
        .factors
        .iter()
        .filter(|factor| factor.counts())
        .map(|factor| FactorId(factor.id))
        .collect();
    for gone in &known {
        if gone.is_verified() && !counting.contains(&gone.id) {
            store::delete(tx, person, gone.id).await?;
        }
    }
    for factor in account.factors.iter().filter(|factor| factor.counts()) {
        let id = FactorId(factor.id);
        match known.iter().find(|known| known.id == id) {
            Some(known) if known.is_verified() => {}
            Some(_) => project_store::set_verified(tx, id, wall(app)).await?,
            // Its secret is the project's alone.
            None => {
                let row = row(app, id, &factor.friendly_name, "verified", &[]);
                store::insert(tx, person, &row).await?;
            }
        }
    }
    let had_some = known.iter().any(FactorRow::is_verified);
    if had_some && counting.is_empty() {
        refresh::lower_all(tx, person).await?;
        recovery::forget(tx, person).await?;
    }
    Ok(())
}

/// Begins an authenticator app at the project. Its secret is kept, sealed, for as long as the person
/// has not shown a code.
pub async fn enroll(
    app: &App,
    project: Project<'_>,
    session: SessionId,
    person: PersonId,
    name: &str,
) -> Result<FactorId, Fault> {
    let access = tokens::access_token(app, project, session).await?;
    let mut tx = app.db.read_global().await?;
    let known = store::of(&mut tx, person).await?;
    drop(tx);
    let is_begun = |known: &&FactorRow| !known.is_verified() && known.friendly_name == name;
    for begun in known.iter().filter(is_begun) {
        // Refused where the project has forgotten it by itself.
        let gone = project.unenroll(&access, begun.id.0).await?;
        tracing::debug!(factor = %begun.id, ?gone, "begun again");
    }
    let enrolled = project.enroll(&access, name).await?;
    let enrolled = enrolled.map_err(|refusal| wrong("name", refusal))?;
    let secret = totp_rs::Secret::try_from_base32(&enrolled.totp.secret);
    let secret = secret.map_err(Fault::internal)?;
    let id = FactorId(enrolled.id);
    let row = row(app, id, name, "unverified", secret.as_bytes());
    let mut tx = app.db.write_global().await?;
    store::delete_begun(&mut tx, person, name).await?;
    store::insert(&mut tx, person, &row).await?;
    tx.commit().await?;
    Ok(id)
}

/// Shows the project a code of this factor. A first code makes it count, and ends the person's
/// sessions that showed none.
pub async fn confirm(
    app: &App,
    project: Project<'_>,
    session: &SessionFacts,
    factor: &FactorRow,
    code: &str,
    origin: &Origin,
) -> Result<(), Fault> {
    let person = session.person_id;
    let access = tokens::access_token(app, project, session.id).await?;
    let trying = Try::begin(app, Guess::Code { person }, origin).await?;
    let shown = project.show_code(&access, factor.id.0, code.trim()).await?;
    let entered = shown.map_err(|refusal| wrong("code", refusal))?;
    let mut tx = app.db.write_global().await?;
    tokens::replace(app, &mut tx, session.id, &entered.tokens).await?;
    if !factor.is_verified() {
        project_store::set_verified(&mut tx, factor.id, wall(app)).await?;
        store::delete_unverified(&mut tx, person, None).await?;
        let name = &factor.friendly_name;
        history::note(app, &mut tx, person, Happened::FactorAdded, name, origin).await?;
    }
    raise(app, &mut tx, session, "totp").await?;
    refresh::revoke_others(&mut tx, person, session.id, Some("aal1"), app.now()).await?;
    trying.was_right(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// Shows the project a code, of whichever factor it is; whether it was of one.
pub async fn show_code(
    app: &App,
    project: Project<'_>,
    session: &SessionFacts,
    factors: &[FactorRow],
    code: &str,
) -> Result<bool, Fault> {
    let code = code.trim();
    // What cannot be a code need not be asked about: it may be one to recover.
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(false);
    }
    for factor in factors.iter().filter(|factor| factor.is_verified()) {
        let access = tokens::access_token(app, project, session.id).await?;
        if let Ok(entered) = project.show_code(&access, factor.id.0, code).await? {
            let mut tx = app.db.write_global().await?;
            tokens::replace(app, &mut tx, session.id, &entered.tokens).await?;
            tx.commit().await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes a factor away at the project.
pub async fn unenroll(
    app: &App,
    project: Project<'_>,
    session: SessionId,
    factor: FactorId,
) -> Result<(), Fault> {
    let access = tokens::access_token(app, project, session).await?;
    match project.unenroll(&access, factor.0).await? {
        Ok(()) => Ok(()),
        // It is gone there already.
        Err(refusal) if refusal.code == "mfa_factor_not_found" => Ok(()),
        Err(refusal) => Err(wrong("factor", refusal)),
    }
}
