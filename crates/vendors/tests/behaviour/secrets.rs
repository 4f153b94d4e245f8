//! No secret reaches a log line, an error or a debugger.

use std::fmt::Debug;
use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::json;
use vendors::Secret;
use vendors::http::{IdempotencyKey, TokenStore};
use vendors::pax8::NewWebhook;
use vendors::xero::InvoiceMove;
use wiremock::matchers::path;
use wiremock::{Mock, ResponseTemplate};

use crate::stage::{Stage, TENANT, pax8_stage};

const SECRETS: [&str; 7] = [
    "pax8-hush",
    "pax8-access",
    "xero-hush",
    "access-1",
    "refresh-1",
    "eGVyby1pZDp4ZXJvLWh1c2g",
    "hook-hush",
];

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn holds_none(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in: {text}");
    }
}

fn shown(value: &impl Debug) {
    holds_none(&format!("{value:?} {value:#?}"));
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let (server, stage) = pax8_stage().await;
    // A vendor that talks back: its error repeats what it was sent.
    let echo = "invalid refresh_token=refresh-1 secret xero-hush access-1";
    let echo = ResponseTemplate::new(500).set_body_string(echo);
    Mock::given(path("/connect/token"))
        .respond_with(echo)
        .mount(&server)
        .await;
    let odd =
        ResponseTemplate::new(200).set_body_json(json!({"access_token": 7, "x": "xero-hush"}));
    Mock::given(path("/connect/revocation"))
        .respond_with(odd)
        .mount(&server)
        .await;

    let pax8 = stage.pax8();
    shown(&pax8);
    shown(&stage.pax8_settings());
    let error = pax8.companies(None).await.unwrap_err();
    shown(&error);
    let webhook = NewWebhook {
        display_name: "x".to_owned(),
        url: "https://msp.example/hook".parse().unwrap(),
        authorization: Secret::new("hook-hush"),
        active: true,
        contact_email: None,
        error_threshold: 3,
        webhook_topics: Vec::new(),
    };
    shown(&webhook);
    shown(&pax8.create_webhook(&webhook).await.unwrap_err());

    let app = stage.xero_app();
    let expired = stage.tokens("access-1", "refresh-1", 0);
    shown(&expired);
    let store: Arc<dyn TokenStore> =
        Arc::new(vendors::http::MemoryTokens::new(Some(expired.clone())));
    let tokens = app.tokens(store);
    shown(&tokens);
    let xero = vendors::xero::Xero::new(&app, TENANT, &tokens);
    shown(&xero);
    shown(&app);
    let key = IdempotencyKey::new("draft:1").unwrap();
    for error in [
        xero.organisation().await.unwrap_err(),
        xero.set_status("i", InvoiceMove::Void, &key)
            .await
            .unwrap_err(),
        app.exchange_code("code").await.unwrap_err(),
    ] {
        shown(&error);
        holds_none(&error.to_string());
    }
    app.revoke(&expired).await.unwrap();

    // The token answer that is no token must not be quoted either.
    let server = wiremock::MockServer::start().await;
    let odd = ResponseTemplate::new(200).set_body_json(json!({"acces_token": "access-1"}));
    Mock::given(path("/connect/token"))
        .respond_with(odd)
        .mount(&server)
        .await;
    let error = Stage::at(server.uri())
        .xero_app()
        .exchange_code("code")
        .await
        .unwrap_err();
    shown(&error);

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("a vendor call did not succeed"),
        "the log was not captured: {log}"
    );
    let ours: Vec<&str> = log
        .lines()
        .filter(|line| !line.contains("wiremock"))
        .collect();
    holds_none(&ours.join("\n"));
}
