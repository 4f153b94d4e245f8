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
    db::{Engine, sql},
    features::{account, passkeys, team},
    testing::{OWNER, PASSWORD, TestApp},
};

pub struct World {
    pub app: TestApp,
    /// What a person calls it → its id: `client`, `draft`.
    ids: BTreeMap<&'static str, String>,
}

/// The next month of the sandbox's world, which begins in November 2026.
pub(super) const AS_OF: &str = "2026-12-01";

impl World {
    pub async fn start(engine: Engine) -> Self {
        let mut options = sandbox::Options::new("");
        options.size.clients = 12;
        options.size.months = 6;
        let app = TestApp::with_sandbox(engine, options).await;
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

    /// A line whose price was changed, and that change.
    async fn changed_line(&self) -> (Value, Value) {
        let contract = self.one("contracts", "contract").await;
        let line = contract["lines"][0]["id"].clone();
        let change = json!({ "effective_on": "2027-02-01", "unit_price": "123.00" });
        let path = format!("/api/v1/contract-lines/{}/changes", line.as_str().unwrap());
        let (status, changed) = self.app.post(&path, &change).await;
        assert_eq!(status, 201, "{changed}");
        (line, changed["event"].clone())
    }

    /// Jobs die of what tests cannot arrange in a second; this one is said to have.
    async fn dead_job(&self) -> String {
        let mut tx = self.app.app.db.write(self.app.org).await.unwrap();
        let id: crate::db::JobId = sql("update job set state = 'dead', last_error = 'said so' \
             where id = (select id from job where org_id = $1 and state = 'done' \
               order by id desc limit 1) \
             returning id")
        .bind(self.app.org)
        .value(&mut tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        id.to_string()
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

    /// A body of the API that can be read and names things of this organization.
    pub fn body(&self, route: &Route) -> Option<Value> {
        let path = route.template.strip_prefix("/api/v1").unwrap();
        if path.starts_with("/credit-notes") {
            return self.credit_note_body(route);
        }
        Some(match (route.method.as_str(), path) {
            ("POST", "/session") => json!({ "email": OWNER, "password": PASSWORD }),
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
            ("POST", "/generated-invoices/{id}/payments") => {
                json!({ "version": 1, "account": "x" })
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
