//! The product beside a project that keeps its accounts: a second server of ours, behind a door that
//! can be shut.

mod apps;
mod factors;
mod people;
mod sessions;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    config::Supabase,
    db::{Engine, sql},
    features::{
        mail::tests::MailServer,
        team::tests::{open, send},
    },
    testing::{OWNER, PASSWORD, TestApp, wire::call},
};

pub struct Both {
    /// Keeps the accounts.
    pub project: TestApp,
    pub product: TestApp,
    door: Door,
    /// Where the project's letters go.
    mail: MailServer,
}

impl Both {
    pub async fn start(engine: Engine) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let mail = MailServer::start().await;
        let (theirs, smtp_url) = (url.clone(), mail.url.clone());
        let project = TestApp::configured(engine, move |config| {
            config.server.public_url = theirs;
            config.mail.smtp_url = smtp_url;
            config.mail.from = "Project <accounts@example.com>".to_owned();
        });
        let project = project.await;
        let door = Door::before(&project, listener);
        let product = TestApp::configured(engine, move |config| {
            config.auth.supabase = Supabase {
                url,
                publishable_key: "sb_publishable_test".to_owned(),
                recheck_seconds: 60,
            };
        });
        Self {
            product: product.await,
            project,
            door,
            mail,
        }
    }

    /// As if every session had been asked about too long ago.
    async fn let_time_pass(&self) {
        let mut tx = self.product.app.db.write_global().await.unwrap();
        sql("update session set project_checked_at = project_checked_at - 61000000")
            .run(&mut tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// A call of the project's own wire.
    async fn ask(&self, method: Method, path: &str, token: &str, body: &Value) -> Value {
        let (status, answer) = call(&self.project, method, path, token, body).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// The status that a page of the product has for a cookie.
    async fn opens(&self, cookie: &str, path: &str) -> u16 {
        open(&self.product, cookie, path).await.0
    }

    /// What the product says to a sign-in that fails.
    async fn refusal(&self, email: &str, password: &str) -> String {
        let fields = [("email", email), ("password", password)];
        let answer = send(&self.product, "", "/sign-in", &fields).await;
        assert_eq!(answer.status(), 422);
        answer.text().await.unwrap()
    }

    /// Sets the owner's password at the project.
    async fn change_password_there(&self, new: &str) {
        let body = json!({ "email": OWNER, "password": PASSWORD });
        let session = self.ask(Method::POST, "/token?grant_type=password", "", &body);
        let session = session.await;
        let token = session["access_token"].as_str().unwrap();
        let body = json!({ "password": new });
        self.ask(Method::PUT, "/user", token, &body).await;
    }
}

/// Stands before the project and passes everything on while it is open.
struct Door(Arc<AtomicBool>);

#[derive(Clone)]
struct Passage {
    is_shut: Arc<AtomicBool>,
    onward: String,
    client: reqwest::Client,
}

impl Door {
    fn before(project: &TestApp, listener: TcpListener) -> Self {
        let is_shut = Arc::new(AtomicBool::new(false));
        let passage = Passage {
            is_shut: is_shut.clone(),
            onward: format!("http://{}", project.address),
            client: project.app.http.clone(),
        };
        let router = axum::Router::new().fallback(pass).with_state(passage);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self(is_shut)
    }

    fn shut(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn open(&self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

async fn pass(State(passage): State<Passage>, request: Request) -> Response {
    assert_eq!(request.headers()["apikey"], "sb_publishable_test");
    if passage.is_shut.load(Ordering::SeqCst) {
        let page = "<html>502 Bad Gateway</html>";
        return (StatusCode::BAD_GATEWAY, page).into_response();
    }
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().unwrap();
    let mut headers = parts.headers;
    headers.remove(header::HOST);
    let answer = passage
        .client
        .request(parts.method, format!("{}{path}", passage.onward))
        .headers(headers)
        .body(to_bytes(body, usize::MAX).await.unwrap())
        .send()
        .await
        .unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut passed = Response::new(Body::from(answer.bytes().await.unwrap()));
    *passed.status_mut() = status;
    *passed.headers_mut() = headers;
    passed.headers_mut().remove(header::TRANSFER_ENCODING);
    passed
}
