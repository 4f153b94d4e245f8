//! What is asked of the project, in the words of Supabase Auth.

use axum::http::Method;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{app::App, config::Supabase, fault::Fault, input::or_nothing};

/// More than any answer of the project has to say.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// The project, for asking.
#[derive(Clone, Copy)]
pub struct Project<'a> {
    app: &'a App,
    config: &'a Supabase,
}

/// A person as the project knows them.
#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    pub id: Uuid,
    #[serde(default, deserialize_with = "or_nothing")]
    pub email: String,
    pub email_confirmed_at: Option<String>,
    #[serde(default, deserialize_with = "or_nothing")]
    pub factors: Vec<Factor>,
}

#[derive(Debug, Clone, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the words of Supabase Auth")]
pub struct Factor {
    pub id: Uuid,
    pub factor_type: String,
    pub status: String,
    #[serde(default, deserialize_with = "or_nothing")]
    pub friendly_name: String,
}

impl Factor {
    /// The project also has factors by telephone; only codes of an app can be asked for here.
    pub fn counts(&self) -> bool {
        self.factor_type == "totp" && self.status == "verified"
    }
}

/// A session of the project.
#[derive(Clone, Deserialize, Serialize)]
pub struct Tokens {
    pub access_token: Zeroizing<String>,
    pub refresh_token: Zeroizing<String>,
    /// When the access token expires, in Unix seconds.
    pub expires_at: i64,
}

/// Tokens, and whose they are.
#[derive(Deserialize)]
pub struct Entered {
    #[serde(flatten)]
    pub tokens: Tokens,
    pub user: Account,
}

/// An authenticator app that has yet to show a code.
#[derive(Deserialize)]
pub struct Enrolled {
    pub id: Uuid,
    pub totp: Totp,
}

#[derive(Deserialize)]
pub struct Totp {
    /// In base 32.
    pub secret: Zeroizing<String>,
}

/// Why the project does not do as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// One of Supabase Auth's error codes.
    pub code: String,
    pub message: String,
}

impl Refusal {
    /// For whom nothing better can be said.
    pub fn into_fault(self) -> Fault {
        Fault::invalid("refused_by_project", self.message)
    }
}

type Answer<T> = Result<Result<T, Refusal>, Fault>;

impl<'a> Project<'a> {
    /// None where accounts are kept here.
    pub fn of(app: &'a App) -> Option<Self> {
        let config = &app.config.auth.supabase;
        config.is_configured().then_some(Self { app, config })
    }

    /// What people know it by.
    pub fn host(self) -> String {
        let url = url::Url::parse(&self.config.url);
        let host = url.ok().and_then(|url| url.host_str().map(str::to_owned));
        host.unwrap_or_default()
    }

    pub async fn sign_in(self, email: &str, password: &str) -> Answer<Entered> {
        let body = json!({ "email": email, "password": password });
        self.call(Method::POST, "/token?grant_type=password", None, &body)
            .await
    }

    pub async fn refresh(self, token: &str) -> Answer<Entered> {
        let body = json!({ "refresh_token": token });
        let path = "/token?grant_type=refresh_token";
        self.call(Method::POST, path, None, &body).await
    }

    /// Whose token it is; refused when its session is over.
    pub async fn account(self, access: &str) -> Answer<Account> {
        self.call(Method::GET, "/user", Some(access), &Value::Null)
            .await
    }

    pub async fn set_password(self, access: &str, password: &str) -> Answer<Account> {
        let body = json!({ "password": password });
        self.call(Method::PUT, "/user", Some(access), &body).await
    }

    /// Ends the token's session, or every one of its person.
    pub async fn sign_out(self, access: &str, scope: &str) -> Answer<()> {
        let path = format!("/logout?scope={scope}");
        let asked = self.ask(Method::POST, &path, Some(access), &Value::Null);
        Ok(asked.await?.map(|_| ()))
    }

    /// Has the project send a letter, if anybody there has the address.
    pub async fn recover(self, email: &str, redirect_to: &str) -> Answer<()> {
        let onward: String = url::form_urlencoded::byte_serialize(redirect_to.as_bytes()).collect();
        let path = format!("/recover?redirect_to={onward}");
        let body = json!({ "email": email });
        let asked = self.ask(Method::POST, &path, None, &body).await?;
        Ok(asked.map(|_| ()))
    }

    pub async fn enroll(self, access: &str, name: &str) -> Answer<Enrolled> {
        let body = json!({ "factor_type": "totp", "friendly_name": name, "issuer": "BillingOne" });
        self.call(Method::POST, "/factors", Some(access), &body)
            .await
    }

    /// Shows a code of a factor; tokens of the same session, which is surer now.
    pub async fn show_code(self, access: &str, factor: Uuid, code: &str) -> Answer<Entered> {
        let path = format!("/factors/{factor}/challenge");
        let nothing = json!({});
        let asked = self.call(Method::POST, &path, Some(access), &nothing);
        let challenge: Challenge = match asked.await? {
            Ok(challenge) => challenge,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let body = json!({ "challenge_id": challenge.id, "code": code });
        let path = format!("/factors/{factor}/verify");
        self.call(Method::POST, &path, Some(access), &body).await
    }

    pub async fn unenroll(self, access: &str, factor: Uuid) -> Answer<()> {
        let path = format!("/factors/{factor}");
        let asked = self.ask(Method::DELETE, &path, Some(access), &Value::Null);
        Ok(asked.await?.map(|_| ()))
    }

    /// The public keys of its tokens.
    pub async fn keys(self) -> Answer<Value> {
        self.call(Method::GET, "/.well-known/jwks.json", None, &Value::Null)
            .await
    }

    /// How people come to have an account there.
    pub async fn settings(self) -> Answer<Settings> {
        self.call(Method::GET, "/settings", None, &Value::Null)
            .await
    }

    async fn call<T: DeserializeOwned>(
        self,
        method: Method,
        path: &str,
        bearer: Option<&str>,
        body: &Value,
    ) -> Answer<T> {
        match self.ask(method, path, bearer, body).await? {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(read) => Ok(Ok(read)),
                Err(error) => Err(unreachable(&error.into())),
            },
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    async fn ask(
        self,
        method: Method,
        path: &str,
        bearer: Option<&str>,
        body: &Value,
    ) -> Answer<Vec<u8>> {
        let url = format!("{}{path}", self.config.issuer());
        let key = &self.config.publishable_key;
        let request = self
            .app
            .http
            .request(method, url)
            .header("apikey", key)
            .header("x-supabase-api-version", "2024-01-01")
            .bearer_auth(bearer.unwrap_or(key));
        let request = if body.is_null() {
            request
        } else {
            request.json(body)
        };
        let answer = request.send().await;
        let answer = answer.map_err(|error| unreachable(&error.without_url().into()))?;
        let (status, wait) = (answer.status(), retry_after(&answer));
        let bytes = read(answer).await?;
        if status.is_success() {
            return Ok(Ok(bytes));
        }
        if status.as_u16() == 429 {
            return Err(Fault::TooMany {
                retry_after_seconds: wait,
            });
        }
        match serde_json::from_slice::<Told>(&bytes) {
            Ok(told) if status.is_client_error() => Ok(Err(Refusal {
                code: told.code,
                message: told.message,
            })),
            // A page of whatever stands before the project, or trouble of its own.
            _ => Err(unreachable(&anyhow::anyhow!("it answered {status}"))),
        }
    }
}

#[derive(Deserialize)]
pub struct Settings {
    disable_signup: bool,
    mailer_autoconfirm: bool,
}

impl Settings {
    /// An address that nobody confirmed says nothing of who signed up with it.
    pub fn lets_anybody_be_anybody(&self) -> bool {
        self.mailer_autoconfirm && !self.disable_signup
    }
}

#[derive(Deserialize)]
struct Challenge {
    id: Uuid,
}

#[derive(Deserialize)]
struct Told {
    code: String,
    #[serde(default, deserialize_with = "or_nothing")]
    message: String,
}

/// Nobody is let in because the project could not be asked.
fn unreachable(error: &anyhow::Error) -> Fault {
    tracing::warn!(
        error = format!("{error:#}"),
        "the Supabase project does not answer"
    );
    Fault::Unavailable {
        message: "the Supabase project that keeps the accounts does not answer; try again in a \
                  minute"
            .to_owned(),
    }
}

fn retry_after(answer: &reqwest::Response) -> u64 {
    let told = answer.headers().get("retry-after");
    let seconds = told.and_then(|value| value.to_str().ok()?.parse().ok());
    seconds.unwrap_or(60)
}

async fn read(mut answer: reqwest::Response) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    loop {
        let piece = answer.chunk().await;
        match piece.map_err(|error| unreachable(&error.without_url().into()))? {
            Some(piece) if bytes.len() + piece.len() <= LONGEST_ANSWER => {
                bytes.extend_from_slice(&piece);
            }
            Some(_) => return Err(unreachable(&anyhow::anyhow!("its answer is too long"))),
            None => return Ok(bytes),
        }
    }
}
