//! Challenges: made here, kept here, answered once within five minutes.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;

use super::{Refused, store};
use crate::{
    app::App,
    db::{At, PasskeyChallengeId, SessionId, Tx},
    fault::Fault,
    features::sign_in::wall,
};

const LIFE: TimeDelta = TimeDelta::seconds(300);
/// An expired one is told from an unknown one for as long.
const REMEMBERED: TimeDelta = TimeDelta::hours(1);

/// The same for browsers, in milliseconds.
pub const TIMEOUT: i64 = LIFE.num_milliseconds();

pub struct Asked {
    pub id: PasskeyChallengeId,
    /// As browsers take it.
    pub text: String,
    pub expires_at: At,
}

pub fn encoded(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// A new challenge: for registering in a session, or for signing in.
pub async fn ask(app: &App, tx: &mut Tx, session: Option<SessionId>) -> Result<Asked, Fault> {
    let now = wall(app);
    store::forget_challenges(tx, now - REMEMBERED).await?;
    let challenge = app.random_bytes::<32>();
    let id = app.new_id();
    let expires_at = now + LIFE;
    store::insert_challenge(tx, id, &challenge, session, expires_at).await?;
    Ok(Asked {
        id,
        text: encoded(&challenge),
        expires_at,
    })
}

/// What was asked, if it was asked of this session and not answered yet.
pub async fn take(
    app: &App,
    tx: &mut Tx,
    id: PasskeyChallengeId,
    session: Option<SessionId>,
) -> Result<Result<Vec<u8>, Refused>, Fault> {
    let Some(row) = store::take_challenge(tx, id, session).await? else {
        return Ok(Err(Refused::NoChallenge));
    };
    if row.expires_at <= wall(app) {
        return Ok(Err(Refused::Late));
    }
    Ok(Ok(row.challenge))
}
