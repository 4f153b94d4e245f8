//! One's own account, through the door.

mod devices;
mod profile;
mod security;

pub use profile::person_with_picture;
pub use security::between;

use reqwest::{Method, header};
use serde_json::json;

use crate::{
    db::{FactorId, SessionId, sql},
    testing::{
        OWNER, PASSWORD, TestApp,
        wire::{call, session_of},
    },
};

/// Another session of the owner's, and an authenticator app that they only began.
pub async fn session_and_factor(app: &TestApp) -> (SessionId, FactorId) {
    let session = session_of(app, OWNER).await;
    let token = session["access_token"].as_str().unwrap();
    let new = json!({ "factor_type": "totp", "friendly_name": "Old phone" });
    call(app, Method::POST, "/factors", token, &new).await;
    let mut tx = app.app.db.read_global().await.unwrap();
    let session = sql("select id from session where kind = 'auth' order by created_at desc, id");
    let session: Vec<SessionId> = session.values(&mut tx).await.unwrap();
    let factor = sql("select id from factor where friendly_name = 'Old phone'");
    (session[0], factor.value(&mut tx).await.unwrap())
}

/// Somebody who signs in at the page, and is asked for their code where they have one.
struct Visitor<'a> {
    app: &'a TestApp,
    cookie: String,
    user_agent: &'static str,
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";

impl<'a> Visitor<'a> {
    async fn enters(app: &'a TestApp) -> Self {
        Self::enters_with(app, FIREFOX).await
    }

    async fn enters_with(app: &'a TestApp, user_agent: &'static str) -> Self {
        let mut visitor = Self {
            app,
            cookie: String::new(),
            user_agent,
        };
        let fields = [("email", OWNER), ("password", PASSWORD)];
        let answer = visitor.send("/sign-in", &fields).await;
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
        visitor.cookie = cookie.split(';').next().unwrap().to_owned();
        visitor
    }

    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::Response {
        let request = self
            .app
            .anonymous(Method::POST, path)
            .header("sec-fetch-site", "same-origin")
            .header(header::USER_AGENT, self.user_agent)
            .header(header::COOKIE, &self.cookie);
        request.form(fields).send().await.unwrap()
    }

    async fn submits(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let answer = self.send(path, fields).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn opens(&self, path: &str) -> (u16, String) {
        let request = self
            .app
            .anonymous(Method::GET, path)
            .header(header::USER_AGENT, self.user_agent)
            .header(header::COOKIE, &self.cookie);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

/// As if the last factor had been shown too long ago for what matters.
async fn make_factors_stale(app: &TestApp) {
    let mut tx = app.app.db.write_global().await.unwrap();
    sql("update session set factor_at = factor_at - 3600000000")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}
