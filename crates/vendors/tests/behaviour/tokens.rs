//! Tokens: renewed once, stored before use, and never lost.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use futures::future::BoxFuture;
use serde_json::json;
use vendors::http::{MemoryTokens, TokenLock, TokenSet, TokenStore};
use vendors::{BoxError, Error};
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::stage::{Stage, count, ok};
use crate::wire::{Wire, announced, answer};

const TOKEN: &str = "/connect/token";
const ORGANISATION: &str = "/api.xro/2.0/Organisation";

fn organisation() -> ResponseTemplate {
    ok(&json!({"Organisations": [{"OrganisationID": "o", "Name": "MSP"}]}))
}

/// Rotates: each refresh token is good once and gives the next.
async fn rotating() -> (MockServer, Stage) {
    let server = MockServer::start().await;
    for n in 1..5 {
        let next = n + 1;
        let granted = json!({"access_token": format!("access-{next}"),
            "refresh_token": format!("refresh-{next}"), "expires_in": 1800, "token_type": "Bearer"});
        Mock::given(method("POST"))
            .and(path(TOKEN))
            .and(header("authorization", "Basic eGVyby1pZDp4ZXJvLWh1c2g="))
            .and(body_string_contains(format!(
                "grant_type=refresh_token&refresh_token=refresh-{n}"
            )))
            .respond_with(ok(&granted).set_delay(Duration::from_millis(30)))
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    let dead = ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_grant"}));
    Mock::given(path(TOKEN))
        .respond_with(dead)
        .with_priority(9)
        .mount(&server)
        .await;
    Mock::given(path(ORGANISATION))
        .respond_with(organisation())
        .mount(&server)
        .await;
    let stage = Stage::at(server.uri());
    (server, stage)
}

fn expired(stage: &Stage) -> Arc<MemoryTokens> {
    Arc::new(MemoryTokens::new(Some(stage.tokens(
        "access-1",
        "refresh-1",
        0,
    ))))
}

#[tokio::test]
async fn fifty_callers_renew_once() {
    let (server, stage) = rotating().await;
    let xero = stage.xero_with(expired(&stage));
    let calls = (0..50).map(|_| xero.organisation());
    for outcome in futures::future::join_all(calls).await {
        outcome.unwrap();
    }
    assert_eq!(count(&server, TOKEN).await, 1);
    assert_eq!(count(&server, ORGANISATION).await, 50);
}

#[tokio::test]
async fn fifty_callers_share_one_failure() {
    let server = MockServer::start().await;
    let dead = ResponseTemplate::new(400)
        .set_body_json(json!({"error": "invalid_grant"}))
        .set_delay(Duration::from_millis(50));
    Mock::given(path(TOKEN))
        .respond_with(dead)
        .mount(&server)
        .await;
    let stage = Stage::at(server.uri());
    let store = expired(&stage);
    let xero = stage.xero_with(Arc::clone(&store) as Arc<dyn TokenStore>);
    let calls = (0..50).map(|_| xero.organisation());
    for outcome in futures::future::join_all(calls).await {
        assert!(matches!(outcome, Err(Error::ReconnectNeeded { .. })));
    }
    // Nor is a dead token sent again later, until somebody has connected anew.
    assert!(xero.organisation().await.is_err());
    assert_eq!(count(&server, TOKEN).await, 1);
    store
        .save(&stage.tokens("access-9", "refresh-9", 30))
        .await
        .unwrap();
    Mock::given(path(ORGANISATION))
        .respond_with(organisation())
        .mount(&server)
        .await;
    xero.organisation().await.unwrap();
    assert_eq!(count(&server, TOKEN).await, 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_its_half_hour_is_over() {
    let (server, stage) = rotating().await;
    let store = Arc::new(MemoryTokens::new(Some(stage.tokens(
        "access-1",
        "refresh-1",
        30,
    ))));
    let xero = stage.xero_with(store);
    xero.organisation().await.unwrap();
    assert_eq!(count(&server, TOKEN).await, 0);
    stage.time.leap_to(stage.now() + TimeDelta::minutes(29));
    xero.organisation().await.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert_eq!(
        requests.last().unwrap().headers["authorization"],
        "Bearer access-2"
    );
}

#[tokio::test]
async fn an_access_token_refused_early_is_renewed_and_the_call_repeated() {
    let (server, stage) = rotating().await;
    let problem = json!({"Type": null, "Title": "Unauthorized", "Status": 401,
        "Detail": "TokenExpired: token expired at 01/01/2001 00:00:00", "Extensions": {}});
    Mock::given(path(ORGANISATION))
        .and(header("authorization", "Bearer access-1"))
        .respond_with(ResponseTemplate::new(401).set_body_json(problem))
        .with_priority(1)
        .mount(&server)
        .await;
    let store = Arc::new(MemoryTokens::new(Some(stage.tokens(
        "access-1",
        "refresh-1",
        30,
    ))));
    let xero = stage.xero_with(Arc::clone(&store) as Arc<dyn TokenStore>);
    xero.organisation().await.unwrap();
    xero.organisation().await.unwrap();
    assert_eq!(count(&server, TOKEN).await, 1);
    assert_eq!(
        store.stored().unwrap().refresh.unwrap().expose(),
        "refresh-2"
    );
}

/// A store that can fail, and counts.
#[derive(Default)]
struct Fragile {
    inner: MemoryTokens,
    broken: AtomicBool,
    saves: AtomicUsize,
}

impl TokenStore for Fragile {
    fn lock(&self) -> BoxFuture<'_, Result<TokenLock, BoxError>> {
        self.inner.lock()
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<TokenSet>, BoxError>> {
        self.inner.load()
    }

    fn save<'a>(&'a self, tokens: &'a TokenSet) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            // Slow, so that a use before the end of the save would be seen.
            tokio::time::sleep(Duration::from_millis(30)).await;
            self.saves.fetch_add(1, Ordering::SeqCst);
            if self.broken.load(Ordering::SeqCst) {
                return Err("the disk is full".into());
            }
            self.inner.save(tokens).await
        })
    }
}

/// Answers only when the token that arrives is the stored one.
struct OnlyStored {
    store: Arc<Fragile>,
    unstored: Arc<Mutex<Vec<String>>>,
}

impl Respond for OnlyStored {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let sent = request.headers["authorization"]
            .to_str()
            .unwrap()
            .to_owned();
        let stored = self.store.inner.stored().unwrap();
        if sent != format!("Bearer {}", stored.access.expose()) {
            self.unstored.lock().unwrap().push(sent);
        }
        organisation()
    }
}

#[tokio::test]
async fn a_rotation_is_stored_before_either_token_is_used() {
    let (server, stage) = rotating().await;
    let store = Arc::new(Fragile::default());
    store
        .inner
        .save(&stage.tokens("access-1", "refresh-1", 0))
        .await
        .unwrap();
    let unstored = Arc::new(Mutex::new(Vec::new()));
    let check = OnlyStored {
        store: Arc::clone(&store),
        unstored: Arc::clone(&unstored),
    };
    Mock::given(path(ORGANISATION))
        .respond_with(check)
        .with_priority(1)
        .mount(&server)
        .await;
    let xero = stage.xero_with(Arc::clone(&store) as Arc<dyn TokenStore>);
    let calls = (0..10).map(|_| xero.organisation());
    for outcome in futures::future::join_all(calls).await {
        outcome.unwrap();
    }
    assert!(unstored.lock().unwrap().is_empty());
    assert_eq!(store.saves.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn tokens_that_could_not_be_stored_are_not_used() {
    let (server, stage) = rotating().await;
    let store = Arc::new(Fragile::default());
    store
        .inner
        .save(&stage.tokens("access-1", "refresh-1", 0))
        .await
        .unwrap();
    store.broken.store(true, Ordering::SeqCst);
    let xero = stage.xero_with(Arc::clone(&store) as Arc<dyn TokenStore>);
    let error = xero.organisation().await.unwrap_err();
    assert!(matches!(error, Error::Kept { .. }));
    assert!(
        error
            .to_string()
            .contains("Look at the database and the disk"),
        "{error}"
    );
    assert_eq!(store.saves.load(Ordering::SeqCst), 3, "tried thrice");
    assert_eq!(count(&server, ORGANISATION).await, 0);
    assert_eq!(
        store.inner.stored().unwrap().refresh.unwrap().expose(),
        "refresh-1"
    );
}

#[tokio::test]
async fn a_lost_answer_to_a_renewal_is_asked_for_again_with_the_same_token() {
    let granted = r#"{"access_token":"access-2","refresh_token":"refresh-2","expires_in":1800}"#;
    let organisation = r#"{"Organisations":[{"OrganisationID":"o","Name":"MSP"}]}"#;
    let wire = Wire::scripted(vec![
        String::new(),
        announced("200 OK", &granted[..30], granted.len()),
        answer("200 OK", granted),
        answer("200 OK", organisation),
    ])
    .await;
    let stage = Stage::at(wire.base.clone());
    let store = expired(&stage);
    stage
        .xero_with(Arc::clone(&store) as Arc<dyn TokenStore>)
        .organisation()
        .await
        .unwrap();
    let requests = wire.requests();
    assert_eq!(requests.len(), 4);
    for request in &requests[..3] {
        assert!(request.contains("refresh_token=refresh-1"), "{request}");
    }
    assert!(requests[3].contains("Bearer access-2"));
    assert_eq!(
        store.stored().unwrap().refresh.unwrap().expose(),
        "refresh-2"
    );
}

#[tokio::test]
async fn a_renewal_that_stays_lost_keeps_the_old_token_for_later() {
    let wire = Wire::scripted(vec![String::new()]).await;
    let stage = Stage::at(wire.base.clone());
    let store = expired(&stage);
    let xero = stage.xero_with(Arc::clone(&store) as Arc<dyn TokenStore>);
    assert!(matches!(
        xero.organisation().await,
        Err(Error::Unreachable { .. })
    ));
    assert_eq!(
        store.stored().unwrap().refresh.unwrap().expose(),
        "refresh-1"
    );
    assert!(
        matches!(xero.organisation().await, Err(Error::Unreachable { .. })),
        "tried anew"
    );
    assert_eq!(wire.requests().len(), 8);
}

#[tokio::test]
async fn two_processes_with_one_store_renew_once() {
    let (server, stage) = rotating().await;
    let store = expired(&stage);
    let one = stage.xero_with(Arc::clone(&store) as Arc<dyn TokenStore>);
    let two = stage.xero_with(store);
    let (first, second) = tokio::join!(one.organisation(), two.organisation());
    first.unwrap();
    second.unwrap();
    assert_eq!(count(&server, TOKEN).await, 1);
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_lose_the_rotation() {
    let (server, stage) = rotating().await;
    let store = expired(&stage);
    let xero = stage.xero_with(Arc::clone(&store) as Arc<dyn TokenStore>);
    let gone = tokio::time::timeout(Duration::from_millis(10), xero.organisation()).await;
    assert!(
        gone.is_err(),
        "the caller should have gone away during the renewal"
    );
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(
        store.stored().unwrap().refresh.unwrap().expose(),
        "refresh-2"
    );
    xero.organisation().await.unwrap();
    assert_eq!(count(&server, TOKEN).await, 1);
}

#[tokio::test]
async fn no_consent_yet_is_said() {
    let (_server, stage) = rotating().await;
    let xero = stage.xero_with(Arc::new(MemoryTokens::default()));
    let error = xero.organisation().await.unwrap_err();
    assert!(
        error.to_string().contains("nobody has given consent yet"),
        "{error}"
    );
}
