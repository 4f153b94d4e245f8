//! From an export to people who sign in.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Fate, bring, read};
use crate::{
    db::sql,
    http::Role,
    testing::{
        OWNER, TestApp, on_both_engines,
        wire::{call, code},
    },
};

on_both_engines!(TestApp::start =>
    people_sign_in_with_their_old_passwords_and_are_hashed_anew,
    their_authenticator_apps_go_on,
    whoever_is_here_is_left_alone_and_what_is_wrong_is_said,
);

const OLD_PASSWORD: &str = "short1";
const KIM: &str = "5d4e7b1c-6d0a-4b7e-9a4e-0d6f2f0f6a01";
const FACTOR: &str = "8a3f6c2e-0b52-4f0c-8a6d-3a4a0c2f1b02";
const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// As a hosted project hashes, though cheaper.
fn theirs() -> String {
    let parts = bcrypt::hash_with_salt(OLD_PASSWORD, 4, [7; 16]).unwrap();
    parts.format_for_version(bcrypt::Version::TwoA)
}

fn kim() -> Value {
    json!({
        "id": KIM, "email": "Kim@example.com", "encrypted_password": theirs(),
        "email_confirmed_at": "2024-02-03 10:11:12.123+00", "banned_until": null,
        "raw_user_meta_data": { "full_name": "Kim Larsen", "theme": "dark" },
    })
}

/// Brings rows over and keeps them when none is wrong.
async fn import(app: &TestApp, text: &str) -> Vec<Fate> {
    let mut tx = app.app.db.write_global().await.unwrap();
    let rows = read(text).unwrap();
    let lines = bring(&app.app, &mut tx, app.org, Role::Finance, rows).await;
    let fates: Vec<Fate> = lines.unwrap().into_iter().map(|line| line.fate).collect();
    if !fates.iter().any(|fate| matches!(fate, Fate::Wrong(_))) {
        tx.commit().await.unwrap();
    }
    fates
}

async fn sign_in(app: &TestApp, password: &str) -> (u16, Value) {
    let body = json!({ "email": "kim@example.com", "password": password });
    let path = "/token?grant_type=password";
    let (status, answer) = call(app, Method::POST, path, "", &body).await;
    (status.as_u16(), answer)
}

async fn hash(app: &TestApp) -> String {
    let mut tx = app.app.db.read_global().await.unwrap();
    sql("select password_hash from person where email = 'kim@example.com'")
        .value(&mut tx)
        .await
        .unwrap()
}

async fn people_sign_in_with_their_old_passwords_and_are_hashed_anew(app: TestApp) {
    let metadata = r#""{""full_name"":""Kim Larsen"",""theme"":""dark""}""#;
    let text = format!(
        "id,email,encrypted_password,raw_user_meta_data,deleted_at,is_anonymous\n\
         {KIM},Kim@example.com,{},{metadata},,f\n\
         5d4e7b1c-6d0a-4b7e-9a4e-0d6f2f0f6a02,gone@example.com,,{{}},2024-01-01,f\n\
         5d4e7b1c-6d0a-4b7e-9a4e-0d6f2f0f6a03,,,{{}},,t\n",
        theirs()
    );
    let fates = import(&app, &text).await;
    let new = Fate::New {
        password: true,
        factors: 0,
    };
    let others = [
        Fate::PassedOver("deleted there"),
        Fate::PassedOver("anonymous"),
    ];
    assert_eq!(fates, [&[new][..], &others].concat());

    assert_eq!(sign_in(&app, "short2").await.0, 400);
    assert!(hash(&app).await.starts_with("$2a$"));
    let (status, session) = sign_in(&app, OLD_PASSWORD).await;
    assert_eq!(status, 200, "{session}");
    let user = &session["user"];
    assert_eq!(user["id"], KIM);
    assert_eq!(user["app_metadata"]["role"], "finance");
    assert_eq!(user["user_metadata"]["theme"], "dark");
    assert!(hash(&app).await.starts_with("$argon2id$"));
    assert_eq!(sign_in(&app, OLD_PASSWORD).await.0, 200);
    assert_eq!(sign_in(&app, "short2").await.0, 400);
}

async fn their_authenticator_apps_go_on(app: TestApp) {
    let mut row = kim();
    row["factors"] = json!([
        { "id": FACTOR, "factor_type": "totp", "status": "verified", "friendly_name": "phone",
          "secret": SECRET },
        { "id": KIM, "factor_type": "totp", "status": "unverified", "secret": SECRET },
        { "id": KIM, "factor_type": "phone", "status": "verified" },
    ]);
    let fates = import(&app, &json!([row]).to_string()).await;
    let new = Fate::New {
        password: true,
        factors: 1,
    };
    assert_eq!(fates, [new]);
    let (_, low) = sign_in(&app, OLD_PASSWORD).await;
    let token = low["access_token"].as_str().unwrap();
    let ask = format!("/factors/{FACTOR}/challenge");
    let (_, challenge) = call(&app, Method::POST, &ask, token, &json!({})).await;
    let answer = json!({ "challenge_id": challenge["id"], "code": code(&app, SECRET, 0) });
    let show = format!("/factors/{FACTOR}/verify");
    let (status, raised) = call(&app, Method::POST, &show, token, &answer).await;
    assert_eq!(status, 200, "{raised}");
    assert_eq!(raised["user"]["factors"].as_array().unwrap().len(), 1);
}

async fn whoever_is_here_is_left_alone_and_what_is_wrong_is_said(app: TestApp) {
    import(&app, &json!([kim()]).to_string()).await;
    assert_eq!(
        import(&app, &json!([kim()]).to_string()).await,
        [Fate::Here]
    );

    let with = |change: Value| {
        let mut row = kim();
        row["id"] = json!("5d4e7b1c-6d0a-4b7e-9a4e-0d6f2f0f6a09");
        row["email"] = json!("new@example.com");
        let fields = change.as_object().unwrap().clone();
        row.as_object_mut().unwrap().extend(fields);
        row
    };
    let secret = json!([{ "id": FACTOR, "factor_type": "totp", "status": "verified",
        "secret": "JBSWY3DP" }]);
    for (change, said) in [
        (json!({ "id": "7" }), "no UUID"),
        (json!({ "email": null }), "no e-mail address"),
        (json!({ "email": "new" }), "not an e-mail address"),
        (json!({ "email": OWNER }), "here already"),
        (json!({ "id": KIM }), "here already"),
        (json!({ "encrypted_password": "secret" }), "no bcrypt hash"),
        (json!({ "raw_user_meta_data": "{" }), "no JSON"),
        (json!({ "raw_user_meta_data": [1] }), "no object"),
        (json!({ "factors": secret }), "at least 16 bytes"),
    ] {
        let fates = import(&app, &json!([with(change.clone())]).to_string()).await;
        let [Fate::Wrong(why)] = fates.as_slice() else {
            panic!("{change}: {fates:?}");
        };
        assert!(why.contains(said), "{change}: {why}");
    }
    let unconfirmed = with(json!({ "email_confirmed_at": null }));
    assert_eq!(
        import(&app, &json!([unconfirmed]).to_string()).await,
        [Fate::PassedOver("the address was never confirmed")]
    );
    // One that is wrong keeps the others out.
    let twice = json!([
        with(json!({})),
        with(json!({ "email": "second@example.com" }))
    ]);
    let fates = import(&app, &twice.to_string()).await;
    assert!(matches!(
        fates.as_slice(),
        [Fate::New { .. }, Fate::Wrong(_)]
    ));
    let again = import(&app, &json!([with(json!({}))]).to_string()).await;
    assert!(matches!(again.as_slice(), [Fate::New { .. }]), "{again:?}");
    for nothing in ["{}", "[1", "name,email\n", ""] {
        assert!(read(nothing).is_err(), "{nothing}");
    }
}
