//! Passkeys in the hands of those who mean harm.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    AUTHENTICATION, REGISTRATION, answer, authenticator::encoded, call, device, enter, offer,
    person, registered, show, token_of,
};
use crate::{
    db::sql,
    features::passkeys::store,
    http::Role,
    testing::{OWNER, TestApp, on_both_engines},
};

on_both_engines!(TestApp::start =>
    a_challenge_is_answered_once,
    a_challenge_expires,
    a_challenge_belongs_to_one_session_and_one_act,
    a_passkey_is_for_this_site_alone,
    a_device_that_did_not_verify_the_person_is_refused,
    a_forged_signature_is_refused,
    a_counter_never_goes_back,
    a_passkey_signs_in_its_own_person_alone,
    another_s_passkey_is_nobody_s,
    a_person_has_ten_passkeys_and_each_once,
    challenges_are_not_given_without_end,
    nonsense_is_refused_in_words,
);

const FAILED: (u16, &str) = (400, "webauthn_verification_failed");
const NOT_FOUND: (u16, &str) = (400, "webauthn_challenge_not_found");

fn said((status, body): &(u16, Value)) -> (u16, &str) {
    (*status, body["code"].as_str().unwrap_or_default())
}

async fn a_challenge_is_answered_once(app: TestApp) {
    let token = token_of(&app, OWNER).await;
    let mut device = device(&app);
    let asked = offer(&app, REGISTRATION, &token).await;
    let made = device.create(&asked["options"]);
    let first = answer(&app, REGISTRATION, &token, &asked, &made).await;
    assert_eq!(first.0, 200, "{}", first.1);
    let again = answer(&app, REGISTRATION, &token, &asked, &made).await;
    assert_eq!(said(&again), NOT_FOUND);

    device.count += 1;
    let asked = offer(&app, AUTHENTICATION, "").await;
    let shown = device.get(&asked["options"]);
    let first = answer(&app, AUTHENTICATION, "", &asked, &shown).await;
    assert_eq!(first.0, 200, "{}", first.1);
    let again = answer(&app, AUTHENTICATION, "", &asked, &shown).await;
    assert_eq!(said(&again), NOT_FOUND);
    // A wrong answer uses the challenge up as well.
    let asked = offer(&app, AUTHENTICATION, "").await;
    device.is_forger = true;
    assert_eq!(said(&show(&app, &device, &asked).await), FAILED);
    device.is_forger = false;
    assert_eq!(said(&show(&app, &device, &asked).await), NOT_FOUND);
}

/// As if every challenge had been given five minutes ago.
async fn let_challenges_age(app: &TestApp) {
    let mut tx = app.app.db.write_global().await.unwrap();
    sql("update passkey_challenge set expires_at = expires_at - 300000000")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn a_challenge_expires(app: TestApp) {
    let token = token_of(&app, OWNER).await;
    let (mut known, _) = registered(&app, &token).await;
    let expired = (400, "webauthn_challenge_expired");
    let asked = offer(&app, REGISTRATION, &token).await;
    let_challenges_age(&app).await;
    let made = device(&app).create(&asked["options"]);
    let late = answer(&app, REGISTRATION, &token, &asked, &made).await;
    assert_eq!(said(&late), expired);

    known.count += 1;
    let asked = offer(&app, AUTHENTICATION, "").await;
    let_challenges_age(&app).await;
    let late = show(&app, &known, &asked).await;
    assert_eq!(said(&late), expired);
}

async fn a_challenge_belongs_to_one_session_and_one_act(app: TestApp) {
    let (here, there) = (token_of(&app, OWNER).await, token_of(&app, OWNER).await);
    app.add_person("other@example.com", Role::Finance).await;
    let other = token_of(&app, "other@example.com").await;
    let asked = offer(&app, REGISTRATION, &here).await;
    let made = device(&app).create(&asked["options"]);
    for token in [&there, &other] {
        let foreign = answer(&app, REGISTRATION, token, &asked, &made).await;
        assert_eq!(said(&foreign), NOT_FOUND);
    }
    let own = answer(&app, REGISTRATION, &here, &asked, &made).await;
    assert_eq!(own.0, 200, "nobody else has used it up: {}", own.1);

    // What was given for one act is not for the other.
    let (mut known, _) = registered(&app, &here).await;
    known.count += 1;
    let asked = offer(&app, REGISTRATION, &here).await;
    let wrong = show(&app, &known, &asked).await;
    assert_eq!(said(&wrong), NOT_FOUND);
    let asked = offer(&app, AUTHENTICATION, "").await;
    let mut options = asked["options"].clone();
    options["user"] = json!({ "id": known.handle });
    let made = device(&app).create(&options);
    let wrong = answer(&app, REGISTRATION, &here, &asked, &made).await;
    assert_eq!(said(&wrong), NOT_FOUND);
}

async fn a_passkey_is_for_this_site_alone(app: TestApp) {
    let token = token_of(&app, OWNER).await;
    let (mut known, _) = registered(&app, &token).await;
    let ours = known.origin.clone();
    for foreign in [
        "https://evil.example",
        "http://localhost",
        &format!("{ours}.evil.example"),
    ] {
        foreign.clone_into(&mut known.origin);
        let refused = enter(&app, &mut known).await;
        assert_eq!(said(&refused), FAILED, "{foreign}");
        let mut new = device(&app);
        foreign.clone_into(&mut new.origin);
        let asked = offer(&app, REGISTRATION, &token).await;
        let made = new.create(&asked["options"]);
        let refused = answer(&app, REGISTRATION, &token, &asked, &made).await;
        assert_eq!(said(&refused), FAILED, "{foreign}");
    }
    known.origin = ours;
    "evil.example".clone_into(&mut known.rp_id);
    let refused = enter(&app, &mut known).await;
    assert_eq!(said(&refused), FAILED, "another relying party");
    "localhost".clone_into(&mut known.rp_id);
    let entered = enter(&app, &mut known).await;
    assert_eq!(entered.0, 200, "{}", entered.1);
}

async fn a_device_that_did_not_verify_the_person_is_refused(app: TestApp) {
    let token = token_of(&app, OWNER).await;
    let (mut known, _) = registered(&app, &token).await;
    for flags in [0b001, 0b100, 0] {
        known.flags = flags;
        assert_eq!(said(&enter(&app, &mut known).await), FAILED, "{flags:b}");
        let mut new = device(&app);
        new.flags = flags;
        let asked = offer(&app, REGISTRATION, &token).await;
        let made = new.create(&asked["options"]);
        let refused = answer(&app, REGISTRATION, &token, &asked, &made).await;
        assert_eq!(said(&refused), FAILED, "{flags:b}");
    }
}

async fn a_forged_signature_is_refused(app: TestApp) {
    let token = token_of(&app, OWNER).await;
    let (mut known, _) = registered(&app, &token).await;
    known.is_forger = true;
    assert_eq!(said(&enter(&app, &mut known).await), FAILED);
    // Nor is a right signature of a key that nobody registered.
    let mut stranger = device(&app);
    stranger.handle.clone_from(&known.handle);
    assert_eq!(said(&enter(&app, &mut stranger).await), FAILED);
}

async fn a_counter_never_goes_back(app: TestApp) {
    let token = token_of(&app, OWNER).await;
    let (mut known, _) = registered(&app, &token).await;
    known.count = 40;
    assert_eq!(enter(&app, &mut known).await.0, 200);
    for count in [40, 39, 0] {
        known.count = count;
        let asked = offer(&app, AUTHENTICATION, "").await;
        let refused = show(&app, &known, &asked).await;
        assert_eq!(said(&refused), FAILED, "{count}");
    }
    let mut tx = app.app.db.read_global().await.unwrap();
    let owner = person(&app, OWNER).await;
    let events = store::events(&mut tx, owner, 10).await.unwrap();
    drop(tx);
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["went_back", "went_back", "went_back", "used", "added"]
    );
    let (_, page) = app.page("/account/passkeys").await;
    assert!(page.contains("a copy of it seems to be in use"), "{page}");

    // A device that does not count says 0 every time.
    let mut still = device(&app);
    still.count = 0;
    let asked = offer(&app, REGISTRATION, &token).await;
    let made = still.create(&asked["options"]);
    assert_eq!(
        answer(&app, REGISTRATION, &token, &asked, &made).await.0,
        200
    );
    for _ in 0..2 {
        let asked = offer(&app, AUTHENTICATION, "").await;
        let shown = still.get(&asked["options"]);
        let entered = answer(&app, AUTHENTICATION, "", &asked, &shown).await;
        assert_eq!(entered.0, 200, "{}", entered.1);
    }
}

async fn a_passkey_signs_in_its_own_person_alone(app: TestApp) {
    app.add_person("other@example.com", Role::Finance).await;
    let other = token_of(&app, "other@example.com").await;
    let (mut theirs, _) = registered(&app, &other).await;
    let (status, session) = enter(&app, &mut theirs).await;
    assert_eq!(status, 200);
    assert_eq!(session["user"]["email"], "other@example.com");
    let owner = person(&app, OWNER).await;
    theirs.handle = encoded(owner.0.to_string().as_bytes());
    assert_eq!(said(&enter(&app, &mut theirs).await), FAILED);
}

async fn another_s_passkey_is_nobody_s(app: TestApp) {
    app.add_person("other@example.com", Role::Admin).await;
    let (owner, other) = (
        token_of(&app, OWNER).await,
        token_of(&app, "other@example.com").await,
    );
    let (_, passkey) = registered(&app, &owner).await;
    let place = format!("/passkeys/{}", passkey["id"].as_str().unwrap());
    let name = json!({ "friendly_name": "Mine now" });
    for path in [place.as_str(), "/passkeys/guess"] {
        let renamed = call(&app, Method::PATCH, path, &other, &name).await;
        assert_eq!(said(&renamed), (404, "webauthn_credential_not_found"));
        let removed = call(&app, Method::DELETE, path, &other, &json!({})).await;
        assert_eq!(said(&removed), (404, "webauthn_credential_not_found"));
    }
    let (_, listed) = call(&app, Method::GET, "/passkeys", &other, &json!({})).await;
    assert_eq!(listed, json!([]));
    let (_, listed) = call(&app, Method::GET, "/passkeys", &owner, &json!({})).await;
    assert_eq!(listed, json!([passkey]));
}

async fn a_person_has_ten_passkeys_and_each_once(app: TestApp) {
    let token = token_of(&app, OWNER).await;
    let (mut known, _) = registered(&app, &token).await;
    let asked = offer(&app, REGISTRATION, &token).await;
    assert_eq!(
        asked["options"]["excludeCredentials"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let made = known.create(&asked["options"]);
    let again = answer(&app, REGISTRATION, &token, &asked, &made).await;
    assert_eq!(said(&again), (422, "webauthn_credential_exists"));
    // Asked for before the tenth was there, answered after.
    let early = offer(&app, REGISTRATION, &token).await;
    for _ in 1..10 {
        registered(&app, &token).await;
    }
    let more = call(
        &app,
        Method::POST,
        "/passkeys/registration/options",
        &token,
        &json!({}),
    )
    .await;
    assert_eq!(said(&more), (422, "too_many_passkeys"));
    let made = device(&app).create(&early["options"]);
    let more = answer(&app, REGISTRATION, &token, &early, &made).await;
    assert_eq!(said(&more), (422, "too_many_passkeys"));
}

async fn challenges_are_not_given_without_end(app: TestApp) {
    for _ in 0..30 {
        offer(&app, AUTHENTICATION, "").await;
    }
    let path = "/passkeys/authentication/options";
    let more = call(&app, Method::POST, path, "", &json!({})).await;
    assert_eq!(said(&more), (429, "over_request_rate_limit"));
}

async fn nonsense_is_refused_in_words(app: TestApp) {
    let path = "/passkeys/authentication/verify";
    let id = uuid::Uuid::nil();
    for (body, code) in [
        (json!({}), "validation_failed"),
        (
            json!({ "challenge_id": "x", "credential": {} }),
            "validation_failed",
        ),
        (json!({ "challenge_id": id }), "validation_failed"),
        (json!({ "challenge_id": id, "credential": {} }), FAILED.1),
        (json!({ "challenge_id": id, "credential": "x" }), FAILED.1),
        (json!([]), "bad_json"),
    ] {
        let refused = call(&app, Method::POST, path, "", &body).await;
        assert_eq!(said(&refused), (400, code), "{body}");
    }
    let token = token_of(&app, OWNER).await;
    let (known, passkey) = registered(&app, &token).await;
    for part in [
        "clientDataJSON",
        "authenticatorData",
        "signature",
        "userHandle",
    ] {
        for wrong in ["", "AAAA", "not base64!"] {
            let asked = offer(&app, AUTHENTICATION, "").await;
            let mut shown = known.get(&asked["options"]);
            shown["response"][part] = json!(wrong);
            let refused = answer(&app, AUTHENTICATION, "", &asked, &shown).await;
            assert_eq!(said(&refused), FAILED, "{part} {wrong}");
        }
    }
    let place = format!("/passkeys/{}", passkey["id"].as_str().unwrap());
    for name in ["", "  ", &"x".repeat(121)] {
        let body = json!({ "friendly_name": name });
        let refused = call(&app, Method::PATCH, &place, &token, &body).await;
        assert_eq!(said(&refused), (400, "validation_failed"));
    }
}
