//! Somebody signs in with a passkey. Nobody says who they are: the passkey does.

use chrono::TimeDelta;
use serde_json::json;

use super::{
    Assertion, Offer, Refused, note, offer, store,
    store::KeyRow,
    verify::{self, Party},
};
use crate::{
    app::App,
    db::{OrgId, PasskeyChallengeId, PersonId, Tx},
    fault::Fault,
    features::sign_in::{self, Origin, rate},
    supabase,
};

/// Challenges that one address is given in a minute.
const MOST: i64 = 30;
const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// Who came in, and where they enter.
#[derive(Debug)]
pub struct Entered {
    pub person: PersonId,
    pub org: OrgId,
}

/// What the browser needs to offer the passkeys it has for us.
pub async fn begin_entering(app: &App, tx: &mut Tx, origin: &Origin) -> Result<Offer, Fault> {
    let counted = format!("passkey:{}", rate::network(&origin.address));
    rate::spend(app, tx, &counted, MOST, WINDOW).await?;
    let asked = offer::ask(app, tx, None).await?;
    let options = json!({
        "challenge": asked.text,
        "timeout": offer::TIMEOUT,
        "rpId": app.config.rp_id(),
        "allowCredentials": [],
        "userVerification": "required",
    });
    Ok(Offer {
        challenge: asked.id,
        options,
        expires_at: asked.expires_at,
    })
}

/// Recognises somebody by their passkey. The caller begins the session and commits, whatever comes
/// out.
pub async fn enter(
    app: &App,
    tx: &mut Tx,
    challenge: PasskeyChallengeId,
    brought: &Assertion,
    origin: &Origin,
) -> Result<Result<Entered, Refused>, Fault> {
    if supabase::keeps_accounts(app) {
        return Ok(Err(Refused::KeptElsewhere));
    }
    let challenge = match offer::take(app, tx, challenge, None).await? {
        Ok(challenge) => challenge,
        Err(refused) => return Ok(Err(refused)),
    };
    let credential = match brought.credential() {
        Ok(credential) => credential,
        Err(flaw) => return Ok(Err(flaw.into())),
    };
    let Some(key) = store::by_credential(tx, &credential).await? else {
        return Ok(Err(Refused::Unknown));
    };
    let Some(org) = sign_in::first_organization(tx, key.person_id).await? else {
        return Ok(Err(Refused::Unknown));
    };
    let is_taken = show(app, tx, &key, &challenge, brought, origin).await?;
    Ok(is_taken.map(|()| Entered {
        person: key.person_id,
        org,
    }))
}

async fn show(
    app: &App,
    tx: &mut Tx,
    key: &KeyRow,
    challenge: &[u8],
    brought: &Assertion,
    origin: &Origin,
) -> Result<Result<(), Refused>, Fault> {
    let origins = app.config.passkey_origins();
    let party = Party {
        rp_id: &app.config.rp_id(),
        origins: &origins,
    };
    let handle = key.person_id.0.to_string();
    let shown = match verify::assertion(party, challenge, &key.public_key, &handle, brought) {
        Ok(shown) => shown,
        Err(flaw) => return Ok(Err(flaw.into())),
    };
    let count = i64::from(shown.count);
    let went_on = store::count_use(tx, key.id, count, shown.is_synced, app.now()).await?;
    if !went_on {
        // Two devices have this key, so neither is believed.
        tracing::warn!(passkey = %key.id, last = key.sign_count, count, "a passkey's counter went back");
    }
    let kind = if went_on { "used" } else { "went_back" };
    note(app, tx, key.person_id, key.id, &key.name, kind, origin).await?;
    Ok(if went_on {
        Ok(())
    } else {
        Err(Refused::Unverified)
    })
}
