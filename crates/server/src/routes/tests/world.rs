//! An organization with at least one of everything that has an id, and what a request about each
//! of them looks like.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    table::Route,
    things::{another, item, unknown},
};
use crate::{
    db::Engine,
    features::{account, mail::tests::MailServer, passkeys, team},
    testing::{OWNER, PASSWORD, TestApp},
};

pub struct World {
    pub app: TestApp,
    /// What a person calls it → its id: `client`, `draft`.
    ids: BTreeMap<&'static str, String>,
}

/// The next month of the sandbox's world, which begins in November 2026.
const AS_OF: &str = "2026-12-01";

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
        for (name, list) in [
            ("client", "clients"),
            ("item", "catalog-items"),
            ("contract", "contracts"),
            ("draft", "generated-invoices"),
            ("finding", "findings?tab=ready"),
            ("subscription", "subscriptions"),
            ("invoice", "invoices"),
            ("run", "sync-runs"),
        ] {
            let first = self.first(list).await;
            self.keep(name, &first["id"]);
        }
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

    fn keep(&mut self, name: &'static str, id: &Value) {
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
            "client" | "item" | "line" | "event" => name,
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
                "contract-lines" => "line",
                "contract-events" => "event",
                "subscriptions" => "subscription",
                "invoices" => "invoice",
                "generated-invoices" => "draft",
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

    /// A body of the API that can be read and names things of this organization.
    pub fn body(&self, route: &Route) -> Option<Value> {
        let path = route.template.strip_prefix("/api/v1").unwrap();
        Some(match (route.method.as_str(), path) {
            ("POST", "/session") => json!({ "email": OWNER, "password": PASSWORD }),
            ("PUT", "/clients/{id}/entity-profile") => {
                json!({ "version": 0, "email": "accounts@client.example" })
            }
            ("PUT", "/organization/letterhead") => json!({ "version": 0, "legal_name": "X" }),
            ("POST", "/generated-invoices/{id}/deliveries") => json!({ "with_explanation": true }),
            ("POST", "/session/organization") => json!({ "organization": self.app.org }),
            ("POST", "/organizations") => another(),
            ("POST", "/catalog-items") => item("NEW-1"),
            // Of no version: whoever asks has an organization of their own, which stays as it is.
            ("PATCH", "/organization") => json!({ "version": 0, "name": "X" }),
            ("PATCH", "/catalog-items/{id}" | "/clients/{id}") => {
                json!({ "version": 1, "name": "X" })
            }
            ("PUT", "/catalog-links") => json!({
                "connection": self.id("connection"), "external_id": self.id("product"),
                "item": self.id("item"),
            }),
            ("POST", "/clients") => json!({ "reference": "NEW-1", "name": "New client" }),
            ("PUT", "/client-links") => json!({
                "connection": self.id("connection"), "external_id": self.id("company"),
                "client": self.id("client"),
            }),
            ("POST", "/connections") => self.app.credentials_of("pax8"),
            ("POST", "/connections/{id}/tenant") => json!({ "tenant_id": "nobody" }),
            ("POST", "/sync" | "/connections/{id}/sync") => json!({ "mode": "delta" }),
            ("POST", "/contracts") => self.contract("NEW-1"),
            ("PATCH", "/contracts/{id}") => json!({ "version": 1, "name": "X" }),
            ("POST", "/contracts/{id}/lines") => self.line(),
            ("POST", "/contract-lines/{id}/changes") => {
                json!({ "effective_on": "2027-03-01", "unit_price": "124.00" })
            }
            ("POST", "/coverage/waivers") => json!({
                "line": self.id("line"), "starts_on": "2027-01-01", "reason": "Agreed",
            }),
            ("POST", "/generated-invoices" | "/generated-invoices/preview") => {
                json!({ "client": self.id("client"), "as_of": AS_OF })
            }
            ("POST", "/invoice-previews") => json!({
                "currency": "GBP", "lines": [],
                "period": { "start": "2027-01-01", "end": "2027-02-01" },
            }),
            ("POST", "/generated-invoices/post") => {
                json!({ "drafts": [{ "id": self.id("draft"), "version": 1 }] })
            }
            ("POST", "/generated-invoices/{id}/reject") => {
                json!({ "version": 1, "reason": "Wrong client" })
            }
            ("POST", "/team/invitations") => {
                json!({ "email": "new@example.com", "role": "viewer" })
            }
            ("PATCH", "/team/people/{id}") => json!({ "role": "engineer" }),
            ("POST", "/findings/{id}/act") => json!({ "act": "review", "version": 1 }),
            ("POST", "/findings/{id}/apply") => json!({ "version": 1, "when": "next_period" }),
            (
                "POST",
                "/generated-invoices/{id}/approve"
                | "/generated-invoices/{id}/unapprove"
                | "/findings/{id}/undo",
            ) => json!({ "version": 1 }),
            ("GET", _)
            | ("POST", "/connections/{id}/test" | "/connections/xero/consent" | "/reconcile")
            | (
                "DELETE",
                "/session"
                | "/connections/{id}"
                | "/contract-events/{id}"
                | "/team/invitations/{id}"
                | "/team/people/{id}",
            ) => {
                return None;
            }
            _ => panic!("say in world.rs what a body of {route} looks like"),
        })
    }

    /// One form with a field for every page that has one.
    pub fn form(&self, route: &Route) -> Vec<(&'static str, String)> {
        let pick = match route.template.as_str() {
            "/generated-invoices/post" => "draft",
            _ => "finding",
        };
        let record = match route.template.as_str() {
            "/product-mappings/accept" | "/product-mappings/record" => "product",
            _ => "company",
        };
        let connection = self.id("connection");
        [
            ("version", "1"),
            ("code", "NEW-2"),
            ("name", "New name"),
            ("reference", "NEW-2"),
            ("unit_price", "5.00"),
            ("currency", "GBP"),
            ("tax_type", "OUTPUT2"),
            ("account_code", "200"),
            ("client", self.id("client")),
            ("item", self.id("item")),
            ("target", "NEW-2"),
            ("state", "ignored"),
            ("reason", "Agreed"),
            ("starts_on", "2027-01-01"),
            ("ends_on", "2027-06-01"),
            ("cycle", "monthly"),
            ("timing", "advance"),
            ("price_per", "month"),
            ("source", "fixed"),
            ("quantity", "2"),
            ("kind", "unit_price"),
            ("effective_on", "2027-03-01"),
            ("until", "2026-12-24"),
            ("when", "next_period"),
            ("as_of", AS_OF),
            ("tenant_id", "nobody"),
            ("theme", "dark"),
            ("email", OWNER),
            ("role", "engineer"),
            ("password", PASSWORD),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into_iter()
        .chain([
            ("status", "archived".to_owned()),
            ("organization", self.app.org.to_string()),
            ("connection", connection.to_owned()),
            ("external_id", self.id(record).to_owned()),
            ("pick", format!("{}.1", self.id(pick))),
            ("record", format!("{connection}|1|{}", self.id(record))),
        ])
        .collect()
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
