//! The team, through the door and the letter box.

mod forgotten;
mod import;
mod invitations;
mod letters;
mod roles;

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::{
    db::{EmailLinkId, Engine},
    features::{
        mail::tests::MailServer,
        sign_in::{forgotten::link_by_hand, links},
    },
    testing::{OWNER, PASSWORD, TestApp},
};

/// Two members and two open invitations, by what the tests of every route call them.
pub async fn people(app: &TestApp) -> Vec<(&'static str, String)> {
    let mut people = Vec::new();
    for (name, email) in [("member", "m@example.com"), ("colleague", "c@example.com")] {
        app.add_person(email, crate::http::Role::Viewer).await;
        people.push((name, person_id(app, email).await));
    }
    for (name, email) in [
        ("invitation", "i@example.com"),
        ("other_invitation", "o@example.com"),
    ] {
        let made = invited(app, email, "viewer").await;
        people.push((name, made["id"].as_str().unwrap().to_owned()));
    }
    people
}

pub async fn invited(app: &TestApp, email: &str, role: &str) -> Value {
    let body = json!({ "email": email, "role": role });
    let (status, made) = app.post("/api/v1/team/invitations", &body).await;
    assert_eq!(status, 201, "{made}");
    made
}

/// Where somebody new would join.
pub async fn link_to_join(app: &TestApp) -> String {
    let made = invited(app, "newcomer@example.com", "finance").await;
    let id: EmailLinkId = made["id"].as_str().unwrap().parse().unwrap();
    format!("/invitation?token={}", links::token(&app.app, id))
}

/// Where the owner would set a new password.
pub async fn link_to_recover(app: &TestApp) -> String {
    let owner = person_id(app, OWNER).await.parse().unwrap();
    let mut tx = app.app.db.write(app.org).await.unwrap();
    let link = link_by_hand(&app.app, &mut tx, owner).await.unwrap();
    tx.commit().await.unwrap();
    let base = &app.app.config.server.public_url;
    link.strip_prefix(base.as_str()).unwrap().to_owned()
}

pub async fn member(app: &TestApp, email: &str) -> Value {
    let (status, team) = app.get("/api/v1/team").await;
    assert_eq!(status, 200, "{team}");
    let members = team["members"].as_array().unwrap();
    let found = members.iter().find(|member| member["email"] == email);
    found.cloned().unwrap_or(Value::Null)
}

async fn person_id(app: &TestApp, email: &str) -> String {
    let member = member(app, email).await;
    member["person"].as_str().unwrap().to_owned()
}

/// The product with a mail server.
pub struct Post {
    app: TestApp,
    mail: MailServer,
}

impl Post {
    async fn start(engine: Engine) -> Self {
        let mail = MailServer::start().await;
        let url = mail.url.clone();
        let app = TestApp::configured(engine, move |config| {
            config.mail.smtp_url = url;
            config.mail.from = "BillingOne <billing@example.com>".to_owned();
        });
        Self {
            app: app.await,
            mail,
        }
    }

    /// The path of the link that somebody was sent.
    async fn link(&self, to: &str) -> String {
        self.app.run_jobs().await;
        let link = crate::features::mail::tests::link_of(&self.mail.take(to));
        let base = &self.app.app.config.server.public_url;
        let path = link.strip_prefix(base.as_str());
        path.unwrap_or_else(|| panic!("{link} is not ours"))
            .to_owned()
    }
}

pub fn token_of(link: &str) -> &str {
    let (_, token) = link.split_once("token=").unwrap();
    token.split('&').next().unwrap()
}

/// A form of somebody's browser, with the cookie they have.
pub async fn send(
    app: &TestApp,
    cookie: &str,
    path: &str,
    fields: &[(&str, &str)],
) -> reqwest::Response {
    let request = app
        .anonymous(Method::POST, path)
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, cookie);
    request.form(fields).send().await.unwrap()
}

pub async fn open(app: &TestApp, cookie: &str, path: &str) -> (u16, String) {
    let request = app
        .anonymous(Method::GET, path)
        .header(header::COOKIE, cookie);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

pub fn cookie_of(answer: &reqwest::Response) -> String {
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

pub async fn enter(app: &TestApp, email: &str, password: &str) -> Option<String> {
    let fields = [("email", email), ("password", password)];
    let answer = send(app, "", "/sign-in", &fields).await;
    (answer.status() == 303).then(|| cookie_of(&answer))
}

pub async fn enter_as(app: &TestApp, email: &str) -> String {
    let entered = enter(app, email, PASSWORD).await;
    entered.unwrap_or_else(|| panic!("{email} cannot sign in"))
}
