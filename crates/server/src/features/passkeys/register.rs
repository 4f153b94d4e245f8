//! A signed-in person adds a passkey.

use serde_json::json;

use super::{
    Holder, MOST, Offer, PasskeyRow, Refused, Registration, checked_name, note, offer, record,
    store::{self, NewPasskey},
    verify::{self, ALGORITHMS, Party},
};
use crate::{
    app::App,
    db::{PasskeyChallengeId, Tx},
    fault::Fault,
    features::sign_in::Origin,
    supabase,
};

/// What the browser needs to make a passkey that can be found without a name and asks for the
/// finger, the face or the code of the device.
pub async fn begin_registering(
    app: &App,
    tx: &mut Tx,
    holder: Holder,
) -> Result<Result<Offer, Refused>, Fault> {
    if supabase::keeps_accounts(app) {
        return Ok(Err(Refused::KeptElsewhere));
    }
    let known = store::of(tx, holder.person).await?;
    if known.len() >= MOST {
        return Ok(Err(Refused::TooMany));
    }
    let person = store::holder(tx, holder.person).await?;
    let person = person.ok_or(Fault::SignedOut)?;
    let asked = offer::ask(app, tx, Some(holder.session)).await?;
    let excluded: Vec<_> = known
        .iter()
        .map(|key| json!({ "type": "public-key", "id": offer::encoded(&key.credential_id) }))
        .collect();
    let kinds = ALGORITHMS.map(|alg| json!({ "type": "public-key", "alg": alg }));
    let shown = if person.name.is_empty() {
        &person.email
    } else {
        &person.name
    };
    let options = json!({
        "rp": { "id": app.config.rp_id(), "name": "BillingOne" },
        "user": {
            "id": offer::encoded(holder.person.0.to_string().as_bytes()),
            "name": person.email,
            "displayName": shown,
        },
        "challenge": asked.text,
        "pubKeyCredParams": kinds,
        "timeout": offer::TIMEOUT,
        "excludeCredentials": excluded,
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "required",
        },
        "attestation": "none",
    });
    Ok(Ok(Offer {
        challenge: asked.id,
        options,
        expires_at: asked.expires_at,
    }))
}

/// Keeps a passkey that the browser made. The caller commits, whatever comes out.
pub async fn register(
    app: &App,
    tx: &mut Tx,
    holder: Holder,
    challenge: PasskeyChallengeId,
    brought: &Registration,
    name: Option<&str>,
    origin: &Origin,
) -> Result<Result<PasskeyRow, Refused>, Fault> {
    let known = store::of(tx, holder.person).await?;
    let fallback = format!("Passkey {}", known.len() + 1);
    let name = checked_name(name.unwrap_or(&fallback))?;
    let challenge = match offer::take(app, tx, challenge, Some(holder.session)).await? {
        Ok(challenge) => challenge,
        Err(refused) => return Ok(Err(refused)),
    };
    if known.len() >= MOST {
        return Ok(Err(Refused::TooMany));
    }
    let origins = app.config.passkey_origins();
    let party = Party {
        rp_id: &app.config.rp_id(),
        origins: &origins,
    };
    let registered = match verify::registration(party, &challenge, brought) {
        Ok(registered) => registered,
        Err(flaw) => return Ok(Err(flaw.into())),
    };
    let new = NewPasskey {
        id: app.new_id(),
        person: holder.person,
        credential: registered.key.credential,
        public_key: registered.key.cose,
        count: i64::from(registered.count),
        name: name.to_owned(),
        is_synced: registered.is_synced,
        now: app.now(),
    };
    if !store::insert(tx, &new).await? {
        return Ok(Err(Refused::Exists));
    }
    note(app, tx, holder.person, new.id, name, "added", origin).await?;
    let detail = json!({ "name": name });
    record(app, tx, holder, "passkey.added", new.id, &detail).await?;
    Ok(Ok(PasskeyRow {
        id: new.id,
        credential_id: new.credential,
        name: new.name,
        is_synced: new.is_synced,
        created_at: new.now,
        last_used_at: None,
    }))
}
