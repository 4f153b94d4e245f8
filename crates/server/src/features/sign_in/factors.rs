//! Second factors: codes of an authenticator app (TOTP, RFC 6238: SHA-1, six digits, thirty
//! seconds, one step of skew).

use chrono::TimeDelta;
use totp_rs::{Builder, Secret, Totp};

pub use super::store::factors::FactorRow;
use super::{
    Origin, by_project,
    history::{self, Happened},
    rate::{Guess, Try},
    recovery,
    sessions::{recognised, wall},
    store::{
        factors as store,
        refresh::{self, SessionFacts},
    },
};
use crate::{
    app::App,
    db::{At, ChallengeId, FactorId, PersonId, SessionId, Tx},
    fault::Fault,
    http::tokens::Method,
    supabase::Project,
};

/// Supabase Auth's limits.
const MOST: usize = 10;
const LONGEST_NAME: usize = 200;
/// A challenge, and a factor that was never verified, live as long.
pub const LIFE: TimeDelta = TimeDelta::seconds(300);

/// A factor that is not verified yet, with its secret for the person's app.
pub struct Enrolled {
    pub id: FactorId,
    pub friendly_name: String,
    /// In base 32.
    pub secret: String,
    /// `otpauth://…`
    pub uri: String,
    /// The same as a QR code (SVG).
    pub qr_code: String,
}

/// A factor from elsewhere, as its secret.
pub struct Brought {
    pub id: FactorId,
    pub name: String,
    pub secret: zeroize::Zeroizing<Vec<u8>>,
}

fn place(id: FactorId) -> String {
    format!("factor/{id}")
}

pub(super) fn row(app: &App, id: FactorId, name: &str, status: &str, secret: &[u8]) -> FactorRow {
    let now = wall(app);
    FactorRow {
        id,
        kind: "totp".to_owned(),
        friendly_name: name.to_owned(),
        status: status.to_owned(),
        sealed_secret: app.sealer.seal(&place(id), app.random_bytes(), secret),
        created_at: now,
        updated_at: now,
        last_challenged_at: None,
    }
}

/// Begins a factor for the person; it counts once a code of it was shown.
pub async fn enroll(
    app: &App,
    tx: &mut Tx,
    person: PersonId,
    email: &str,
    name: &str,
    issuer: Option<&str>,
) -> Result<Enrolled, Fault> {
    let name = name.trim();
    if name.chars().count() > LONGEST_NAME {
        return Err(Fault::invalid(
            "validation_failed",
            "use a name of at most 200 characters",
        ));
    }
    let now = wall(app);
    store::delete_unverified(tx, person, Some(now - LIFE)).await?;
    let known = store::of(tx, person).await?;
    if known.len() >= MOST {
        return Err(Fault::invalid(
            "too_many_enrolled_mfa_factors",
            "Maximum number of verified factors reached, unenroll to continue",
        ));
    }
    if known.iter().any(|factor| factor.friendly_name == name) {
        return Err(Fault::invalid(
            "mfa_factor_name_conflict",
            format!("A factor with the friendly name \"{name}\" for this user already exists"),
        ));
    }
    let secret = app.random_bytes::<20>();
    let id = app.new_id();
    let row = row(app, id, name, "unverified", &secret);
    store::insert(tx, person, &row).await?;
    offered(row.id, name, &secret, email, issuer)
}

/// A verified factor that the person has from elsewhere.
pub async fn bring(app: &App, tx: &mut Tx, person: PersonId, given: &Brought) -> Result<(), Fault> {
    let row = row(app, given.id, &given.name, "verified", &given.secret);
    Ok(store::insert(tx, person, &row).await?)
}

/// Takes away what was begun under this name and never verified.
pub async fn forget_begun(tx: &mut Tx, person: PersonId, name: &str) -> Result<(), Fault> {
    Ok(store::delete_begun(tx, person, name).await?)
}

/// A factor that was begun, once more for the person's app.
pub fn begun(app: &App, factor: &FactorRow, email: &str) -> Result<Enrolled, Fault> {
    let secret = app.sealer.open(&place(factor.id), &factor.sealed_secret);
    let secret = secret.map_err(Fault::internal)?;
    offered(factor.id, &factor.friendly_name, &secret, email, None)
}

fn offered(
    id: FactorId,
    name: &str,
    secret: &[u8],
    email: &str,
    issuer: Option<&str>,
) -> Result<Enrolled, Fault> {
    let totp = Builder::new()
        .with_secret(Secret::new(secret.into()))
        .with_account_name(email.replace(':', " "))
        .with_issuer(Some(issuer.unwrap_or("BillingOne").replace(':', " ")))
        .build()
        .map_err(Fault::internal)?;
    let uri = totp.to_url().map_err(Fault::internal)?;
    Ok(Enrolled {
        id,
        friendly_name: name.to_owned(),
        secret: totp.secret().to_base32(),
        qr_code: qr_code(&uri)?,
        uri,
    })
}

fn qr_code(text: &str) -> Result<String, Fault> {
    let code = qrcode::QrCode::new(text).map_err(Fault::internal)?;
    let mut drawing = code.render::<qrcode::render::svg::Color<'_>>();
    let svg = drawing.min_dimensions(200, 200).build();
    // Inside a page or a data: address the declaration is in the way.
    let svg = svg.split_once("?>").map_or(svg.as_str(), |(_, svg)| svg);
    Ok(svg.to_owned())
}

/// The person's factors, also those that were never verified; the oldest first.
pub async fn of(tx: &mut Tx, person: PersonId) -> Result<Vec<FactorRow>, Fault> {
    Ok(store::of(tx, person).await?)
}

/// A factor of the person.
///
/// # Errors
/// [`Fault::NotFound`] when it is nobody's or another's.
pub async fn factor(tx: &mut Tx, person: PersonId, id: FactorId) -> Result<FactorRow, Fault> {
    let all = store::of(tx, person).await?;
    let found = all.into_iter().find(|factor| factor.id == id);
    found.ok_or(Fault::NotFound("this factor"))
}

/// A challenge to show the factor within five minutes, from the same address.
pub async fn challenge(
    app: &App,
    tx: &mut Tx,
    person: PersonId,
    id: FactorId,
    origin: &Origin,
) -> Result<(ChallengeId, At), Fault> {
    let factor = factor(tx, person, id).await?;
    let now = wall(app);
    let challenge = app.new_id();
    store::insert_challenge(tx, challenge, factor.id, &origin.address, now).await?;
    Ok((challenge, now + LIFE))
}

/// What was shown to prove a factor.
pub struct Shown<'a> {
    pub factor: FactorId,
    pub challenge: ChallengeId,
    pub code: &'a str,
}

/// Answers a challenge with a code.
pub async fn verify(
    app: &App,
    session: &SessionFacts,
    shown: &Shown<'_>,
    origin: &Origin,
) -> Result<(), Fault> {
    let person = session.person_id;
    let mut tx = app.db.read_global().await?;
    let factor = factor(&mut tx, person, shown.factor).await?;
    let challenge = store::challenge(&mut tx, factor.id, shown.challenge).await?;
    drop(tx);
    let challenge = challenge.ok_or(Fault::NotFound("this challenge"))?;
    if challenge.address != origin.address {
        return Err(Fault::invalid(
            "mfa_ip_address_mismatch",
            "Challenge and verify IP addresses mismatch",
        ));
    }
    if challenge.created_at <= wall(app) - LIFE {
        return Err(Fault::invalid(
            "mfa_challenge_expired",
            format!(
                "MFA challenge {} has expired, verify against another challenge or create a new challenge.",
                shown.challenge.0
            ),
        ));
    }
    confirm(app, session, &factor, shown.code, origin).await?;
    let mut tx = app.db.write_global().await?;
    let old = wall(app) - LIFE;
    store::delete_challenges(&mut tx, factor.id, shown.challenge, old).await?;
    Ok(tx.commit().await?)
}

/// Checks a code of this factor and raises the session. A first code verifies the factor, and ends
/// the person's sessions that showed none.
pub async fn confirm(
    app: &App,
    session: &SessionFacts,
    factor: &FactorRow,
    code: &str,
    origin: &Origin,
) -> Result<(), Fault> {
    if let Some(project) = Project::of(app) {
        return by_project::confirm(app, project, session, factor, code, origin).await;
    }
    let person = session.person_id;
    let trying = Try::begin(app, Guess::Code { person }, origin).await?;
    let Some(step) = step_of(app, factor, code)? else {
        return Err(refused());
    };
    let mut tx = app.db.write_global().await?;
    if !store::take_step(&mut tx, factor.id, step, wall(app)).await? {
        return Err(refused());
    }
    if !factor.is_verified() {
        store::delete_unverified(&mut tx, person, None).await?;
        let name = &factor.friendly_name;
        history::note(app, &mut tx, person, Happened::FactorAdded, name, origin).await?;
    }
    raise(app, &mut tx, session, "totp").await?;
    let below = Some("aal1");
    refresh::revoke_others(&mut tx, person, session.id, below, app.now()).await?;
    trying.was_right(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// The same for who has only the session's id.
pub async fn confirm_in(
    app: &App,
    session: SessionId,
    factor: &FactorRow,
    code: &str,
    origin: &Origin,
) -> Result<(), Fault> {
    let mut tx = app.db.read_global().await?;
    let session = refresh::session(&mut tx, session).await?;
    drop(tx);
    let session = session.ok_or(Fault::SignedOut)?;
    confirm(app, &session, factor, code, origin).await
}

/// Checks a code of any verified factor, or a recovery code, as our own page asks for it, and
/// raises the session.
pub async fn show_code(
    app: &App,
    session: SessionId,
    code: &str,
    origin: &Origin,
) -> Result<(), Fault> {
    let mut tx = app.db.read_global().await?;
    let session = refresh::session(&mut tx, session).await?;
    let session = session.ok_or(Fault::SignedOut)?;
    let factors = store::of(&mut tx, session.person_id).await?;
    drop(tx);
    let person = session.person_id;
    let trying = Try::begin(app, Guess::Code { person }, origin).await?;
    let is_right = match Project::of(app) {
        Some(project) => by_project::show_code(app, project, &session, &factors, code).await?,
        None => take_code(app, &factors, code).await?,
    };
    let mut tx = app.db.write_global().await?;
    if is_right {
        raise(app, &mut tx, &session, "totp").await?;
        trying.was_right(&mut tx).await?;
        return Ok(tx.commit().await?);
    }
    if recovery::take(app, &mut tx, person, code).await? {
        raise(app, &mut tx, &session, "recovery_code").await?;
        trying.was_right(&mut tx).await?;
        let left = recovery::left(&mut tx, person).await?.to_string();
        history::note(
            app,
            &mut tx,
            person,
            Happened::RecoveryCodeUsed,
            &left,
            origin,
        )
        .await?;
        return Ok(tx.commit().await?);
    }
    Err(Fault::field(
        "code",
        "this code is not right; each is good for thirty seconds, and once",
    ))
}

/// Whether a code is of one of these factors, and was not shown before.
async fn take_code(app: &App, factors: &[FactorRow], code: &str) -> Result<bool, Fault> {
    for factor in factors.iter().filter(|factor| factor.is_verified()) {
        let Some(step) = step_of(app, factor, code)? else {
            continue;
        };
        let mut tx = app.db.write_global().await?;
        if store::take_step(&mut tx, factor.id, step, wall(app)).await? {
            tx.commit().await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// The step that a code is of, within one of now.
fn step_of(app: &App, factor: &FactorRow, code: &str) -> Result<Option<i64>, Fault> {
    let secret = app.sealer.open(&place(factor.id), &factor.sealed_secret);
    let secret = secret.map_err(Fault::internal)?;
    let totp: Totp = Builder::new()
        .with_secret(Secret::new(secret.as_slice().into()))
        .build()
        .map_err(Fault::internal)?;
    let now = u64::try_from(app.clock.wall_now().timestamp()).unwrap_or(0);
    let step = totp.check(code.trim(), now);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

fn refused() -> Fault {
    Fault::invalid("mfa_verification_failed", "Invalid TOTP code entered")
}

/// The session is as sure as a second factor makes it.
pub(super) async fn raise(
    app: &App,
    tx: &mut Tx,
    session: &SessionFacts,
    method: &str,
) -> Result<(), Fault> {
    let mut methods: Vec<Method> = serde_json::from_str(&session.amr)?;
    methods.retain(|known| known.method != method);
    methods.insert(0, recognised(app, method));
    let amr = serde_json::to_string(&methods)?;
    Ok(refresh::set_assurance(tx, session.id, "aal2", &amr, app.now()).await?)
}

/// Takes a factor away. With the last verified one, no session is sure by a factor any more, and
/// recovery codes stand for nothing.
pub async fn unenroll(
    app: &App,
    tx: &mut Tx,
    person: PersonId,
    factor: &FactorRow,
    origin: &Origin,
) -> Result<(), Fault> {
    store::delete(tx, person, factor.id).await?;
    if !factor.is_verified() {
        return Ok(());
    }
    let name = &factor.friendly_name;
    history::note(app, tx, person, Happened::FactorRemoved, name, origin).await?;
    let left = store::of(tx, person).await?;
    if !left.iter().any(FactorRow::is_verified) {
        refresh::lower_all(tx, person).await?;
        recovery::forget(tx, person).await?;
    }
    Ok(())
}
