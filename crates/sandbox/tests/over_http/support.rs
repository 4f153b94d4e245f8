//! A sandbox on a free port and a client signed in at its vendors.

use reqwest::{Client, Method, Response, StatusCode};
use sandbox::{Options, Running, Sandbox};
use serde_json::{Value, json};

pub(crate) const CONTROL: &str = "a long token for tests";

pub(crate) struct Served {
    pub(crate) running: Running,
    pub(crate) client: Client,
    pub(crate) pax8_token: String,
    pub(crate) ninja_token: String,
}

pub(crate) fn client() -> Client {
    // Another test may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .timeout(std::time::Duration::from_secs(20))
        .build()
        .unwrap()
}

pub(crate) async fn serve(seed: u64) -> Served {
    serve_with(Options {
        seed,
        ..Options::new(CONTROL)
    })
    .await
}

pub(crate) async fn serve_with(options: Options) -> Served {
    let running = Sandbox::start(options).await.unwrap();
    let client = client();
    let pax8_token = pax8_token(&running, &client).await;
    let ninja_token = ninja_token(&running, &client).await;
    Served {
        running,
        client,
        pax8_token,
        ninja_token,
    }
}

pub(crate) async fn pax8_token(running: &Running, client: &Client) -> String {
    let credentials = running.control.credentials();
    let body = json!({
        "client_id": credentials.pax8_client_id,
        "client_secret": credentials.pax8_client_secret,
        "audience": "https://api.pax8.com",
        "grant_type": "client_credentials",
    });
    let url = format!("{}/token", running.urls.pax8_api);
    let reply: Value = client
        .post(url)
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    reply["access_token"].as_str().unwrap().to_owned()
}

async fn ninja_token(running: &Running, client: &Client) -> String {
    let credentials = running.control.credentials();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", credentials.ninjaone_client_id.as_str()),
        ("client_secret", credentials.ninjaone_client_secret.as_str()),
        ("scope", "monitoring"),
    ];
    let url = format!("{}/ws/oauth/token", running.urls.ninjaone_api);
    let reply: Value = client
        .post(url)
        .form(&form)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    reply["access_token"].as_str().unwrap().to_owned()
}

impl Served {
    /// With new tokens, after time has passed.
    pub(crate) async fn signed_in_again(mut self) -> Self {
        self.pax8_token = pax8_token(&self.running, &self.client).await;
        self.ninja_token = ninja_token(&self.running, &self.client).await;
        self
    }

    pub(crate) async fn pax8_reply(&self, path: &str) -> Response {
        let url = format!("{}{path}", self.running.urls.pax8_api);
        self.client
            .get(url)
            .bearer_auth(&self.pax8_token)
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn pax8(&self, path: &str) -> Value {
        let reply = self.pax8_reply(path).await;
        assert_eq!(reply.status(), StatusCode::OK, "{path}");
        reply.json().await.unwrap()
    }

    /// Every row of a paged list.
    pub(crate) async fn pax8_all(&self, path: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut page = 0;
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let reply = self
                .pax8(&format!("{path}{mark}page={page}&size=200"))
                .await;
            rows.extend(reply["content"].as_array().unwrap().iter().cloned());
            page += 1;
            if page >= reply["page"]["totalPages"].as_u64().unwrap() {
                assert_eq!(
                    reply["page"]["totalElements"].as_u64(),
                    Some(rows.len() as u64)
                );
                return rows;
            }
        }
    }

    pub(crate) async fn ninja_reply(&self, path: &str) -> Response {
        let url = format!("{}{path}", self.running.urls.ninjaone_api);
        self.client
            .get(url)
            .bearer_auth(&self.ninja_token)
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn ninja_all(&self, path: &str) -> Vec<Value> {
        let mut rows: Vec<Value> = Vec::new();
        loop {
            let after = rows.last().map_or(0, |row| row["id"].as_i64().unwrap());
            let reply = self
                .ninja_reply(&format!("{path}?pageSize=70&after={after}"))
                .await;
            let page: Vec<Value> = reply.json().await.unwrap();
            if page.is_empty() {
                return rows;
            }
            rows.extend(page);
        }
    }

    pub(crate) async fn control(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Response {
        let url = format!("{}{path}", self.running.urls.control);
        let mut request = self.client.request(method, url).bearer_auth(CONTROL);
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }
}
