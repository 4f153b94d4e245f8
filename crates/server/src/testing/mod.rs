//! The whole product in a test: a real database on either engine, a real listener, a sandbox
//! beside it when asked for. Stories are told through the door, with HTTP and jobs.

mod browser;
mod database;
mod full_disk;
pub mod pdf;
mod vendors;
pub mod wire;

use std::net::SocketAddr;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tokio::net::TcpListener;

pub use database::{TestDatabase, postgres_is_missing};

use crate::{
    app::App,
    clock::Clock,
    config::Config,
    db::{Db, Engine, OrgId, migrate},
    features::sign_in::{self, NewOrganization, Password},
    http::Role,
    jobs, queue,
    seal::Sealer,
};

/// Runs stories on both engines: `on_both_engines!(TestApp::start => it_works, it_fails);` where
/// each is an `async fn(TestApp)` beside the call.
macro_rules! on_both_engines {
    ($start:path => $($story:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                use super::*;
                super::$story($start($crate::db::Engine::Sqlite).await).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                use super::*;
                if !$crate::testing::postgres_is_missing() {
                    super::$story($start($crate::db::Engine::Postgres).await).await;
                }
            })*
        }
    };
}
pub(crate) use on_both_engines;

/// The product, listening, with one organization and its owner signed in.
pub struct TestApp {
    pub app: App,
    pub org: OrgId,
    /// The owner's bearer token.
    pub token: String,
    pub address: SocketAddr,
    pub sandbox: Option<sandbox::Running>,
    client: reqwest::Client,
    database: TestDatabase,
    _folder: tempfile::TempDir,
}

pub const OWNER: &str = "owner@example.com";
pub const PASSWORD: &str = "a long enough password";
const STRANGER: &str = "stranger@example.com";
const CONTROL: &str = "control-token-of-tests";

impl TestApp {
    /// Without vendors, on the system's clock.
    pub async fn start(engine: Engine) -> Self {
        Self::build(engine, None, |_| {}).await
    }

    /// Without vendors, with other settings.
    pub async fn configured(engine: Engine, change: impl FnOnce(&mut Config)) -> Self {
        Self::build(engine, None, change).await
    }

    /// With a sandbox whose clock the product reads.
    pub async fn with_sandbox(engine: Engine, options: sandbox::Options) -> Self {
        Self::with_sandbox_and(engine, options, |_| {}).await
    }

    /// The same with other settings.
    pub async fn with_sandbox_and(
        engine: Engine,
        mut options: sandbox::Options,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        options.control_token = CONTROL.to_owned();
        let running = sandbox::Sandbox::start(options).await.unwrap();
        Self::build(engine, Some(running), change).await
    }

    async fn build(
        engine: Engine,
        sandbox: Option<sandbox::Running>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let database = TestDatabase::create(engine).await;
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::load(None, []).unwrap();
        config.data.dir = folder.path().to_owned();
        if let Some(running) = &sandbox {
            point_at(&mut config, running);
        }
        // Forms of a browser are believed when they come from the address the product has.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        config.server.public_url = format!("http://localhost:{}", address.port());
        change(&mut config);
        let client = client();
        let clock = if sandbox.is_some() {
            let (url, token) = (
                config.simulation.clock_url.clone(),
                config.simulation.clock_token.clone(),
            );
            Clock::simulated(client.clone(), url, token).await.unwrap()
        } else {
            Clock::system()
        };
        migrate(&database.options, clock.now().timestamp_micros())
            .await
            .unwrap();
        let db = Db::connect(database.options.clone()).await.unwrap();
        let sealer = Sealer::from_base64("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
        let app = App::new(db, clock, config, sealer).unwrap();
        let org = organization(&app, "Northwind IT", OWNER).await;
        listen(&app, listener);
        let token = sign_in_as(&app, OWNER).await;
        Self {
            app,
            org,
            token,
            address,
            sandbox,
            client,
            database,
            _folder: folder,
        }
    }

    /// A request of the owner.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, path).bearer_auth(&self.token)
    }

    pub fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        self.client.request(method, url)
    }

    /// GET as the owner; the status and the JSON body (null where there is none).
    pub async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.request(Method::POST, path).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> (u16, Value) {
        answer(self.request(Method::DELETE, path)).await
    }

    /// GET of a page as the owner; the status and the HTML.
    pub async fn page(&self, path: &str) -> (u16, String) {
        let response = self.request(Method::GET, path).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Submits a form as a browser of the owner would; the status and the HTML.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let request = self
            .request(Method::POST, path)
            .header("sec-fetch-site", "same-origin");
        let response = request.form(fields).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Runs every job that waits, and those that they enqueue, until none is left.
    pub async fn run_jobs(&self) -> usize {
        self.app.clock.refresh().await.unwrap();
        queue::run_due(&self.app, jobs::KINDS).await.unwrap()
    }

    /// A new session of the owner, whose last one time has ended.
    pub async fn sign_in_again(&mut self) {
        self.token = sign_in_as(&self.app, OWNER).await;
    }

    /// From now on nothing new can be written.
    pub async fn fill_disk(&self) {
        self.database.fill(&self.app.db).await;
    }

    pub async fn free_disk(&self) {
        self.database.free(&self.app.db).await;
    }

    /// Adds a person to the organization; their bearer token.
    pub async fn add_person(&self, email: &str, role: Role) -> String {
        self.add_person_to(self.org, email, role).await
    }

    /// Adds a person to an organization; their bearer token.
    pub async fn add_person_to(&self, org: OrgId, email: &str, role: Role) -> String {
        let mut tx = self.app.db.write_global().await.unwrap();
        let password = Some(Password::typed(PASSWORD.to_owned()));
        sign_in::add_person(&self.app, &mut tx, org, email, "Someone", role, password)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        sign_in_as(&self.app, email).await
    }

    /// Makes another organization, which has nothing.
    pub async fn another_organization(&self) -> OrgId {
        organization(&self.app, "Southwind IT", STRANGER).await
    }

    /// Tells the product what the sandbox's MSP has agreed with its clients, through the API. The
    /// connections must be there.
    pub async fn load_setup(&self) {
        let setup = self.control(Method::GET, "setup", &Value::Null).await;
        for call in crate::cli::agreed::calls(&setup).unwrap() {
            let request = self
                .request(call.method.clone(), call.path)
                .json(&call.body);
            let (status, answered) = answer(request).await;
            assert!(status < 300, "{call:?}: {status} {answered}");
        }
    }

    /// Calls the sandbox's control interface.
    pub async fn control(&self, method: Method, path: &str, body: &Value) -> Value {
        let address = self.sandbox.as_ref().expect("this test has a sandbox").addr;
        let url = format!("http://{address}/_control/{path}");
        let request = self
            .client
            .request(method, url)
            .bearer_auth(CONTROL)
            .json(body);
        let (status, body) = answer(request).await;
        assert!(status < 300, "/_control/{path}: {status} {body}");
        self.app.clock.refresh().await.unwrap();
        body
    }
}

/// Tests speak HTTP as strangers would: each request is a connection of its own. Making a client reads
/// the system's certificates, so each product has one.
fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .build()
        .unwrap()
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

async fn organization(app: &App, name: &str, owner: &str) -> OrgId {
    let mut tx = app.db.write_global().await.unwrap();
    let new = NewOrganization {
        name: name.to_owned(),
        currency: "GBP".to_owned(),
        time_zone: "Europe/London".to_owned(),
    };
    let org = sign_in::create_organization(app, &mut tx, &new)
        .await
        .unwrap();
    let password = Some(Password::typed(PASSWORD.to_owned()));
    sign_in::add_person(
        app,
        &mut tx,
        org,
        owner,
        "Olivia Owner",
        Role::Owner,
        password,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    org
}

async fn sign_in_as(app: &App, email: &str) -> String {
    let origin = sign_in::Origin {
        user_agent: "test".into(),
        address: "127.0.0.1".into(),
        kind: "api",
    };
    let password = Password::typed(PASSWORD.to_owned());
    sign_in::sign_in(app, email, password, &origin)
        .await
        .unwrap()
        .token
}

fn listen(app: &App, listener: TcpListener) {
    let service = crate::routes::router(app).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
}

fn point_at(config: &mut Config, running: &sandbox::Running) {
    let base = format!("http://{}", running.addr);
    config.vendors.pax8.api_url = format!("{base}/pax8/v1");
    config.vendors.pax8.webhooks_url = format!("{base}/pax8/api/v2");
    let xero = &mut config.vendors.xero;
    xero.authorize_url = format!("{base}/xero/identity/connect/authorize");
    xero.token_url = format!("{base}/xero/identity/connect/token");
    xero.revoke_url = format!("{base}/xero/identity/connect/revocation");
    xero.connections_url = format!("{base}/xero/api/connections");
    xero.api_url = format!("{base}/xero/api.xro/2.0");
    config.vendors.ninjaone.api_url = format!("{base}/ninja");
    config.simulation.clock_url = format!("{base}/_control/clock");
    config.simulation.clock_token = CONTROL.to_owned();
    let credentials = running.control.credentials();
    let xero = &mut config.vendors.xero;
    xero.client_id.clone_from(&credentials.xero_client_id);
    xero.client_secret
        .clone_from(&credentials.xero_client_secret);
    xero.webhook_key.clone_from(&credentials.xero_webhook_key);
}

/// The Python that has what tests need of it. Without one, `what` is left out, which is said aloud and
/// fails in CI.
pub fn python(what: &str) -> Option<std::ffi::OsString> {
    let python = std::env::var_os("BILLINGONE_PYTHON");
    if python.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must set BILLINGONE_PYTHON"
        );
        println!("BILLINGONE_PYTHON is not set, so this did not run: {what}");
    }
    python
}

/// For stories that start the product themselves.
pub async fn engine_alone(engine: Engine) -> Engine {
    engine
}
