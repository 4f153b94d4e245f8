//! Supabase Auth's own contract, held against what is served: Prism in the middle turns every reply
//! that breaks the contract into a 500.
//!
//! Prism is found by `BILLINGONE_PRISM` or among the checkout's tools, the contract by
//! `BILLINGONE_SPECS` or beside the checkout. Without them nothing is proved: that fails in CI and
//! is said aloud elsewhere. Left out are refusals whose statuses the contract does not list though
//! its own server answers with them (403 and 422), the key set, which it does not list at all, and a
//! link that is clicked, whose redirect Prism finds in no contract.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use super::text;
use crate::{
    db::Engine,
    features::mail::tests::{MailServer, link_of},
    testing::{OWNER, PASSWORD, TestApp, wire::code},
};

/// A validating proxy in front of the product; it ends with this value.
struct Proxy {
    base: String,
    client: Client,
    _child: Child,
    _folder: tempfile::TempDir,
}

impl Proxy {
    /// None, said aloud, where a tool or the contract is missing.
    async fn start(app: &TestApp) -> Option<Self> {
        let (prism, spec) = tools()?;
        let folder = tempfile::tempdir().unwrap();
        let spec = mended(&spec, folder.path());
        let port = free_port().to_string();
        let mut child = Command::new(prism)
            .args(["proxy", "--errors", "-h", "127.0.0.1", "-p", &port])
            .arg(spec)
            .arg(format!("{}/auth/v1", app.app.config.server.public_url))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let listening = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.contains("Prism is listening") {
                    return;
                }
            }
            panic!("Prism ended before it listened");
        };
        tokio::time::timeout(Duration::from_mins(2), listening)
            .await
            .unwrap();
        // What it says from now on must be read, or it would stop at a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(Self {
            base: format!("http://127.0.0.1:{port}"),
            client: Client::builder().no_proxy().build().unwrap(),
            _child: child,
            _folder: folder,
        })
    }

    /// Asks; the answer, which must have this status and keep the contract.
    async fn ask(&self, asked: (Method, &str), token: &str, body: Value, status: u16) -> Value {
        let (method, path) = asked;
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .header("apikey", "publishable");
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        let request = match body {
            Value::Null => request,
            body => request.json(&body),
        };
        let answer = request.send().await.unwrap();
        let got = answer.status().as_u16();
        let violations = answer.headers().get("sl-violations").cloned();
        let said = answer.text().await.unwrap();
        assert_eq!(got, status, "{path}: {violations:?} {said}");
        assert!(violations.is_none(), "{path}: {violations:?} {said}");
        serde_json::from_str(&said).unwrap_or_default()
    }

    async fn sign_in(&self) -> Value {
        let body = json!({ "email": OWNER, "password": PASSWORD });
        self.ask((Method::POST, BY_PASSWORD), "", body, 200).await
    }
}

const BY_PASSWORD: &str = "/token?grant_type=password";
const BY_REFRESH_TOKEN: &str = "/token?grant_type=refresh_token";

fn tools() -> Option<(PathBuf, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let named = |variable: &str, default: &str| {
        std::env::var_os(variable).map_or_else(|| root.join(default), PathBuf::from)
    };
    let prism = named(
        "BILLINGONE_PRISM",
        "target/tools/npm/node_modules/.bin/prism",
    );
    let spec = named("BILLINGONE_SPECS", "../shared/specs").join("supabase-auth/openapi.yaml");
    if prism.exists() && spec.exists() {
        return Some((prism, spec));
    }
    let missing = format!(
        "the contract was not checked: it needs {} and {}",
        prism.display(),
        spec.display()
    );
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{missing}");
    println!("{missing}");
    None
}

/// The contract with its known fault mended: of two schemas without a required property any object
/// is both, and exactly one is asked for.
fn mended(spec: &Path, folder: &Path) -> PathBuf {
    const BOTH: &str = r##"
                  - $ref: "#/components/schemas/AccessTokenResponseSchema"
                  - $ref: "#/components/schemas/UserSchema""##;
    let text = std::fs::read_to_string(spec).unwrap();
    let text = text.replace(&format!("oneOf:{BOTH}"), &format!("anyOf:{BOTH}"));
    let path = folder.join("openapi.yaml");
    std::fs::write(&path, text).unwrap();
    path
}

/// A port nobody had a moment ago.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// What the database is does not show in replies, so one engine tells this story.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wire_keeps_supabase_s_contract() {
    let mail = MailServer::start().await;
    let open = |config: &mut crate::config::Config| {
        config.sign_in.sign_up = true;
        config.mail.smtp_url.clone_from(&mail.url);
        config.mail.from = "billing@example.com".to_owned();
    };
    let app = TestApp::configured(Engine::Sqlite, open).await;
    let Some(proxy) = Proxy::start(&app).await else {
        return;
    };
    anybody(&proxy).await;
    tokens(&proxy).await;
    person(&proxy).await;
    letters(&app, &mail, &proxy).await;
    second_factor(&app, &proxy).await;
    scopes(&proxy).await;
}

async fn letters(app: &TestApp, mail: &MailServer, proxy: &Proxy) {
    for email in [OWNER, "nobody@example.com"] {
        let asked = json!({ "email": email });
        let said = proxy.ask((Method::POST, "/recover"), "", asked, 200);
        assert_eq!(said.await, json!({}));
    }
    let token_of = |letter: &str| {
        let link = link_of(letter);
        link.split_once("token=").unwrap().1.to_owned()
    };
    app.run_jobs().await;
    let token = token_of(&mail.take(OWNER));
    let shown = json!({ "type": "recovery", "token_hash": token });
    let session = proxy.ask((Method::POST, "/verify"), "", shown, 200).await;
    assert_eq!(session["user"]["email"], OWNER);
    let owner = text(&session, "access_token");
    let ann = json!({ "email": "ann@example.com", "data": { "role": "finance" } });
    let user = proxy.ask((Method::POST, "/invite"), owner, ann, 200).await;
    assert_eq!(user["email"], "ann@example.com");
    app.run_jobs().await;
    let token = token_of(&mail.take("ann@example.com"));
    let shown = json!({ "type": "invite", "token": token });
    let session = proxy.ask((Method::POST, "/verify"), "", shown, 200).await;
    assert_eq!(session["user"]["app_metadata"]["role"], "finance");
}

async fn anybody(proxy: &Proxy) {
    let health = proxy.ask((Method::GET, "/health"), "", Value::Null, 200);
    assert_eq!(health.await["name"], "BillingOne");
    let settings = proxy.ask((Method::GET, "/settings"), "", Value::Null, 200);
    assert_eq!(settings.await["disable_signup"], false);
    let new = json!({ "email": "new@example.com", "password": "a new long password", "data": {} });
    let new = proxy.ask((Method::POST, "/signup"), "", new, 200).await;
    assert_eq!(new["user"]["email"], "new@example.com");
}

async fn tokens(proxy: &Proxy) {
    let session = proxy.sign_in().await;
    let body = json!({ "refresh_token": session["refresh_token"] });
    let next = proxy.ask((Method::POST, BY_REFRESH_TOKEN), "", body, 200);
    assert_ne!(next.await["refresh_token"], session["refresh_token"]);
    let unknown = json!({ "refresh_token": "nobody" });
    let refused = proxy.ask((Method::POST, BY_REFRESH_TOKEN), "", unknown, 400);
    assert_eq!(refused.await["error_code"], "refresh_token_not_found");
    let wrong = json!({ "email": OWNER, "password": "wrong" });
    let refused = proxy.ask((Method::POST, BY_PASSWORD), "", wrong, 400);
    assert_eq!(refused.await["error_code"], "invalid_credentials");
}

async fn person(proxy: &Proxy) {
    let session = proxy.sign_in().await;
    let token = text(&session, "access_token");
    let user = proxy.ask((Method::GET, "/user"), token, Value::Null, 200);
    assert_eq!(user.await["email"], OWNER);
    let change = json!({ "data": { "nickname": "Ada" } });
    let user = proxy.ask((Method::PUT, "/user"), token, change, 200);
    assert_eq!(user.await["user_metadata"]["nickname"], "Ada");
}

async fn second_factor(app: &TestApp, proxy: &Proxy) {
    let session = proxy.sign_in().await;
    let token = text(&session, "access_token");
    let new = json!({ "factor_type": "totp", "friendly_name": "phone" });
    let factor = proxy.ask((Method::POST, "/factors"), token, new, 200).await;
    let place = format!("/factors/{}", text(&factor, "id"));
    let ask = format!("{place}/challenge");
    let challenge = proxy.ask((Method::POST, &ask), token, json!({}), 200).await;
    let secret = factor["totp"]["secret"].as_str().unwrap();
    let answer = json!({ "challenge_id": challenge["id"], "code": code(app, secret, 0) });
    let show = format!("{place}/verify");
    let raised = proxy.ask((Method::POST, &show), token, answer, 200).await;
    assert_eq!(raised["user"]["factors"][0]["status"], "verified");
    let token = text(&raised, "access_token");
    let gone = proxy.ask((Method::DELETE, &place), token, Value::Null, 200);
    assert_eq!(gone.await["id"], factor["id"]);
}

async fn scopes(proxy: &Proxy) {
    for scope in ["?scope=others", "?scope=local", "?scope=global", ""] {
        let session = proxy.sign_in().await;
        let token = text(&session, "access_token");
        let path = format!("/logout{scope}");
        let asked = (Method::POST, path.as_str());
        proxy.ask(asked, token, Value::Null, 204).await;
    }
}
