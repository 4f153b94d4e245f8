//! An organization with at least one of everything that has an id, and what a request about each
//! of them looks like.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::{table::Route, things::unknown};
use crate::{
    db::Engine,
    features::{account, mail::tests::MailServer, passkeys, team},
    testing::{OWNER, TestApp},
};

pub struct World {
    pub app: TestApp,
    /// What a person calls it → its id: `client`, `draft`.
    ids: BTreeMap<&'static str, String>,
    /// The day on which a price rises that nobody has decided on.
    pub(super) anniversary: String,
}

/// The next month of the sandbox's world, which begins in November 2026.
pub(super) const AS_OF: &str = "2026-12-01";

impl World {
    pub async fn start(engine: Engine) -> Self {
        let mut options = sandbox::Options::new("");
        options.size.clients = 12;
        options.size.months = 6;
        let mail = MailServer::start().await;
        let url = mail.url.clone();
        let app = TestApp::with_sandbox_and(engine, options, move |config| {
            config.mail.smtp_url = url;
            config.mail.from = "BillingOne <billing@example.com>".to_owned();
        });
        let app = app.await;
        app.sync_vendors().await;
        app.load_setup().await;
        app.post("/api/v1/reconcile", &json!({})).await;
        app.run_jobs().await;
        let mut world = Self {
            app,
            ids: BTreeMap::new(),
            anniversary: String::new(),
        };
        world.collect().await;
        world
    }

    async fn collect(&mut self) {
        let (status, made) = self
            .app
            .post("/api/v1/generated-invoices", &json!({ "as_of": AS_OF }))
            .await;
        assert_eq!(status, 201, "{made}");
        self.run_drafts().await;
        self.add_meter().await;
        self.make_pack().await;
        self.credit_a_client().await;
        for (name, list) in [
            ("client", "clients"),
            ("item", "catalog-items"),
            ("contract", "contracts"),
            ("draft", "generated-invoices"),
            ("credit_note", "credit-notes"),
            ("finding", "findings?tab=ready"),
            ("subscription", "subscriptions"),
            ("invoice", "invoices"),
            ("repeating", "repeating-invoices"),
            ("bill", "vendor-bills?state=credited"),
            ("run", "sync-runs"),
        ] {
            let first = self.first(list).await;
            self.keep(name, &first["id"]);
        }
        let credited = self.one("vendor-bills", "bill").await;
        self.keep("replacement", &credited["replaced_by"]["id"]);
        for connection in self.items("connections").await {
            let name = match connection["vendor"].as_str().unwrap() {
                "pax8" => "connection",
                "xero" => "ledger",
                _ => "counter",
            };
            self.keep(name, &connection["id"]);
        }
        let link = self.first("client-links?connection=pax8").await;
        self.keep("company", &link["external_id"]);
        let link = self.first("catalog-links?connection=pax8").await;
        self.keep("product", &link["external_id"]);
        let (line, event) = self.changed_line().await;
        self.keep("line", &line);
        self.keep("event", &event);
        let draft = self.one("generated-invoices", "draft").await;
        self.keep("draft_line", &draft["lines"][0]["id"]);
        self.keep_terms().await;
        let job = self.dead_job().await;
        self.ids.insert("job", job);
        let passkey = passkeys::tests::passkey_of(&self.app, OWNER).await;
        self.ids.insert("passkey", passkey.to_string());
        let (session, factor) = account::tests::session_and_factor(&self.app).await;
        self.ids.insert("session", session.to_string());
        self.ids.insert("factor", factor.to_string());
        let person = account::tests::person_with_picture(&self.app).await;
        self.ids.insert("person", person.to_string());
        self.ids.extend(team::tests::people(&self.app).await);
    }

    async fn make_pack(&mut self) {
        let (status, pack) = self
            .app
            .post("/api/v1/month-ends/2026-10/packs", &json!({}))
            .await;
        assert_eq!(status, 202, "{pack}");
        self.keep("pack", &pack["id"]);
        self.app.run_jobs().await;
    }

    async fn add_meter(&mut self) {
        let meter = json!({ "code": "backup-gb", "name": "Backup", "unit": "gigabyte" });
        let (status, meter) = self.app.post("/api/v1/meters", &meter).await;
        assert_eq!(status, 201, "{meter}");
        self.keep("meter", &meter["id"]);
    }

    /// A run that finds nothing left to make.
    async fn run_drafts(&mut self) {
        let (status, run) = self
            .app
            .post("/api/v1/draft-runs", &json!({ "as_of": AS_OF }))
            .await;
        assert_eq!(status, 202, "{run}");
        self.keep("draft_run", &run["id"]);
        self.app.run_jobs().await;
    }

    pub(super) fn keep(&mut self, name: &'static str, id: &Value) {
        let id = id.as_str().unwrap_or_else(|| panic!("no {name}"));
        self.ids.insert(name, id.to_owned());
    }

    pub fn id(&self, name: &str) -> &str {
        self.ids.get(name).unwrap_or_else(|| panic!("no {name}"))
    }

    pub async fn items(&self, list: &str) -> Vec<Value> {
        let (status, page) = self.app.get(&format!("/api/v1/{list}")).await;
        assert_eq!(status, 200, "{list}: {page}");
        page["items"].as_array().unwrap().clone()
    }

    pub async fn first(&self, list: &str) -> Value {
        let items = self.items(list).await;
        items
            .first()
            .unwrap_or_else(|| panic!("{list} is empty"))
            .clone()
    }

    pub async fn one(&self, path: &str, name: &str) -> Value {
        let (status, found) = self
            .app
            .get(&format!("/api/v1/{path}/{}", self.id(name)))
            .await;
        assert_eq!(status, 200, "{path}: {found}");
        found
    }

    /// What a path's parameters are, by the noun before them.
    fn parameter<'a>(&'a self, template: &str, name: &'a str) -> &'a str {
        let noun = match name {
            "line" if template.starts_with("/generated-invoices/") => "draft_line",
            _ if template.starts_with("/generated-invoices/runs/") => "draft_run",
            "client" | "item" | "line" | "event" => name,
            "name" => return "invoice",
            "month" => return "2026-10",
            _ if template.ends_with("/posted-as") || template.ends_with("/posting") => "ledger",
            "token" | "*file" | "*path" => return "guess",
            _ => match template
                .trim_start_matches("/api/v1")
                .split('/')
                .nth(1)
                .unwrap()
            {
                "clients" => "client",
                "catalog" | "catalog-items" => "item",
                "contracts" => "contract",
                // Another than that of the pages, because either takes it away.
                "contract-templates" if template.starts_with("/api/") => "template",
                "contract-templates" => "page_template",
                "contract-lines" => "line",
                "contract-events" => "event",
                "subscriptions" => "subscription",
                "invoices" => "invoice",
                "repeating-invoices" => "repeating",
                "vendor-bills" => "bill",
                "generated-invoices" => "draft",
                "draft-runs" => "draft_run",
                "meters" => "meter",
                "evidence-packs" => "pack",
                "credit-notes" => "credit_note",
                "findings" | "missed-billing" => "finding",
                "sync-runs" => "run",
                "account" if template.starts_with("/account/passkeys/") => "passkey",
                "account" if template.starts_with("/account/sessions/") => "session",
                "account" => "factor",
                "people" => "person",
                "settings" if template.contains("/team/people/") => "member",
                "settings" if template.contains("/team/invitations/") => "invitation",
                // Others than those of the pages, because either takes them away.
                "team" if template.contains("/people/") => "colleague",
                "team" => "other_invitation",
                // The one that connects names a vendor.
                "settings" if template == "/settings/integrations/{id}" => return "pax8",
                "settings" if template.starts_with("/settings/jobs") => "job",
                "connections" | "settings" => "connection",
                _ => panic!("say in world.rs what {{{name}}} of {template} is"),
            },
        };
        self.id(noun)
    }

    /// The address of a route about things of this organization, with the query it cannot do
    /// without.
    pub fn path(&self, route: &Route) -> String {
        let mut path = String::new();
        let mut rest = route.template.as_str();
        while let Some((before, parameter)) = rest.split_once('{') {
            let (name, after) = parameter.split_once('}').unwrap();
            path.push_str(before);
            path.push_str(self.parameter(&route.template, name));
            rest = after;
        }
        path + rest + &self.query(route)
    }

    fn query(&self, route: &Route) -> String {
        match route.template.as_str() {
            "/client-mappings/record" if !route.is_unsafe() => format!(
                "?connection={}&external_id={}",
                self.id("connection"),
                self.id("company")
            ),
            "/product-mappings/record" if !route.is_unsafe() => format!(
                "?connection={}&external_id={}",
                self.id("connection"),
                self.id("product")
            ),
            "/missed-billing/apply" if !route.is_unsafe() => {
                format!("?pick={}.1", self.id("finding"))
            }
            "/generated-invoices/post" if !route.is_unsafe() => {
                format!("?pick={}.1", self.id("draft"))
            }
            "/missed-billing/{id}/undo" | "/generated-invoices/{id}/unapprove" => {
                "?version=1".to_owned()
            }
            "/contracts/create" => format!("?client={}", self.id("client")),
            _ => String::new(),
        }
    }

    /// The same text about things that nobody has.
    pub fn about_nothing(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for id in self.ids.values() {
            text = text.replace(id, &unknown(id));
        }
        text
    }

    /// A request about things of this organization, as a program or a browser sends it.
    pub fn request(
        &self,
        route: &Route,
        token: &str,
        about: impl Fn(&str) -> String,
    ) -> reqwest::RequestBuilder {
        let path = about(&self.path(route));
        let request = self.app.anonymous(route.method(), &path).bearer_auth(token);
        if route.is_api() {
            return match self.body(route) {
                Some(body) => request
                    .header("content-type", "application/json")
                    .body(about(&body.to_string())),
                None => request,
            };
        }
        if route.method() == Method::GET {
            return request;
        }
        let fields: Vec<(&str, String)> = self
            .form(route)
            .into_iter()
            .map(|(name, value)| (name, about(&value)))
            .collect();
        request.form(&fields)
    }
}
