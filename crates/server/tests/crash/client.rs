//! A careful client: it names each write by a key and asks again until it has an answer.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use reqwest::{Client, Method, RequestBuilder, header::LOCATION, redirect::Policy};
use serde_json::{Value, json};

use crate::house::{EMAIL, House, PASSWORD, PATIENCE};

const LOOK_AGAIN: Duration = Duration::from_millis(40);

pub struct Owner<'h> {
    pub house: &'h House,
    http: Client,
    token: String,
}

impl<'h> Owner<'h> {
    pub async fn sign_in(house: &'h House) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .redirect(Policy::none())
            // A connection to a process that was killed is of no use.
            .pool_max_idle_per_host(0)
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        let mut owner = Self {
            house,
            http,
            token: String::new(),
        };
        owner.sign_in_again().await;
        owner
    }

    pub async fn sign_in_again(&mut self) {
        let credentials = json!({ "email": EMAIL, "password": PASSWORD });
        let (status, session) = self
            .ask(|owner| {
                owner
                    .request(Method::POST, "/api/v1/session")
                    .json(&credentials)
            })
            .await;
        assert_eq!(status, 201, "{session}");
        session["token"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.token);
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://localhost:{}{path}", self.house.port);
        let request = self.http.request(method, url);
        if self.token.is_empty() {
            return request;
        }
        request.bearer_auth(&self.token)
    }

    /// Asks until somebody answers, starting what has died.
    async fn ask(&self, request: impl Fn(&Self) -> RequestBuilder) -> (u16, Value) {
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < PATIENCE, "nobody answers");
            self.house.revive();
            if let Ok(response) = request(self).send().await {
                let status = response.status().as_u16();
                if let (true, Ok(text)) = (status < 500, response.text().await) {
                    return (status, serde_json::from_str(&text).unwrap_or(Value::Null));
                }
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(|owner| owner.request(Method::GET, path)).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Every row of a list.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        let mark = if path.contains('?') { '&' } else { '?' };
        loop {
            let page = self
                .get(&format!("{path}{mark}limit=200&cursor={cursor}"))
                .await;
            rows.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return rows,
            }
        }
    }

    /// A write under a key; the status and the answer.
    pub async fn write(&self, method: Method, path: &str, key: &str, body: &Value) -> (u16, Value) {
        let request = |owner: &Self| {
            let request = owner.request(method.clone(), path);
            request.header("idempotency-key", key).json(body)
        };
        self.ask(request).await
    }

    /// A write that must be taken.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Value {
        let (status, answer) = self.write(Method::POST, path, key, body).await;
        assert!(status < 300, "{path}: {status} {answer}");
        answer
    }

    /// Goes through Xero's consent page; again from the beginning if the way back was cut off.
    pub async fn consent_to_xero(&self) {
        let begun = Instant::now();
        for attempt in 0.. {
            assert!(begun.elapsed() < PATIENCE, "Xero is never connected");
            let key = format!("consent {attempt}");
            let page = self
                .post("/api/v1/connections/xero/consent", &key, &Value::Null)
                .await;
            let url = page["consent_url"].as_str().unwrap();
            let allowed = self.http.get(format!("{url}&sandbox_allow=first")).send();
            let allowed = allowed.await.unwrap();
            let back = allowed.headers()[LOCATION].to_str().unwrap().to_owned();
            // A browser does not know either what became of a request that was cut off.
            let _ = self.http.get(back).bearer_auth(&self.token).send().await;
            if self.state_of("xero").await == "connected" {
                return;
            }
        }
    }

    pub async fn state_of(&self, vendor: &str) -> String {
        let connections = self.get("/api/v1/connections").await;
        let mut rows = connections["items"].as_array().unwrap().iter();
        let found = rows.find(|row| row["vendor"] == vendor);
        found.map_or(String::new(), |row| {
            row["state"].as_str().unwrap().to_owned()
        })
    }

    /// Looks again and again until `is_so`. Every second of it is two minutes at the vendors, so
    /// that limits of calls, also of calls that died on the way, are no matter of real time.
    pub async fn until(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        let begun = Instant::now();
        let mut passed = 0;
        while !is_so().await {
            assert!(begun.elapsed() < PATIENCE, "it never came that {what}");
            tokio::time::sleep(LOOK_AGAIN).await;
            if begun.elapsed().as_secs() > passed {
                passed += 1;
                let control = &self.house.sandbox.control;
                control.advance(TimeDelta::seconds(125)).await.unwrap();
            }
        }
    }
}
