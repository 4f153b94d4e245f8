//! What a request about each thing of the world says.

use serde_json::{Value, json};

use super::{
    table::Route,
    things::{self, another, item},
    world::{AS_OF, World},
};
use crate::testing::{OWNER, PASSWORD};

impl World {
    /// A body of the API that can be read and names things of this organization.
    pub fn body(&self, route: &Route) -> Option<Value> {
        let path = route.template.strip_prefix("/api/v1").unwrap();
        if path.starts_with("/credit-notes") {
            return self.credit_note_body(route);
        }
        if route.method == "POST" && path.starts_with("/generated-invoices") {
            return Some(self.draft_body(path));
        }
        if let Some(act) = path.strip_prefix("/month-ends/{month}/") {
            // Of no version: another organization's month stays as it is.
            return match act {
                "close" => Some(json!({ "version": 99 })),
                "reopen" => Some(json!({ "version": 99, "reason": "X" })),
                _ => None,
            };
        }
        if route.is_unsafe() && (path.starts_with("/meter") || path.starts_with("/number-series")) {
            return Some(self.counting_body(path));
        }
        Some(match (route.method.as_str(), path) {
            ("POST", "/session") => json!({ "email": OWNER, "password": PASSWORD }),
            ("PUT", "/clients/{id}/entity-profile") => {
                json!({ "version": 0, "email": "accounts@client.example" })
            }
            ("PUT", "/organization/letterhead") => json!({ "version": 0, "legal_name": "X" }),
            ("POST", "/session/organization") => json!({ "organization": self.app.org }),
            ("POST", "/organizations") => another(),
            ("POST", "/catalog-items") => item("NEW-1"),
            ("POST", "/catalog-items/import") => json!({ "text": "code,name\nX,Y" }),
            // Of no version: whoever asks has an organization of their own, which stays as it is.
            ("PATCH", "/organization") => json!({ "version": 0, "name": "X" }),
            ("PATCH", "/catalog-items/{id}" | "/clients/{id}") => {
                json!({ "version": 1, "name": "X" })
            }
            ("PUT", "/catalog-links") => json!({
                "connection": self.id("connection"), "external_id": self.id("product"),
                "item": self.id("item"),
            }),
            ("PUT", "/repeating-invoices/{id}/not-ours") => json!({ "reason": "X" }),
            ("POST", "/clients") => json!({ "reference": "NEW-1", "name": "New client" }),
            ("PUT", "/client-links") => json!({
                "connection": self.id("connection"), "external_id": self.id("company"),
                "client": self.id("client"),
            }),
            ("POST", "/connections") => self.app.credentials_of("pax8"),
            ("PUT", "/connections/{id}/posted-as") => json!({ "version": 99 }),
            ("POST", "/connections/{id}/tenant") => json!({ "tenant_id": "nobody" }),
            ("POST", "/sync" | "/connections/{id}/sync") => json!({ "mode": "delta" }),
            ("POST", "/chart-of-accounts/replacements") => {
                json!({ "kind": "account", "from": "NONE", "to": "NONE" })
            }
            // Too far away: one run at a time would keep a stranger's second question out.
            ("POST", "/draft-runs") => json!({ "as_of": "1999-01-01" }),
            ("POST", "/contracts") => self.contract("NEW-1"),
            ("PATCH", "/contracts/{id}") => json!({ "version": 1, "name": "X" }),
            ("POST", "/contracts/{id}/lines") => self.line(),
            ("POST", "/contract-lines/{id}/changes" | "/contract-lines/{id}/changes/preview") => {
                json!({ "effective_on": "2027-03-01", "unit_price": "124.00" })
            }
            ("POST" | "PATCH" | "PUT", path) if things::is_about_terms(path) => {
                self.terms(route.method.as_str(), path)
            }
            ("POST", "/coverage/waivers") => json!({
                "line": self.id("line"), "starts_on": "2027-01-01", "reason": "Agreed",
            }),
            ("POST", "/invoice-previews") => json!({
                "currency": "GBP", "lines": [],
                "period": { "start": "2027-01-01", "end": "2027-02-01" },
            }),
            // Of no version, as above.
            ("PUT", "/approval-rules") => json!({ "version": 99 }),
            ("PUT", "/stand-ins/mine") => json!({
                "stand_in": self.id("colleague"), "through_on": "2027-01-01",
            }),
            ("POST", "/vendor-bills/{id}/replacement") => {
                json!({ "replacement": self.id("replacement") })
            }
            ("POST", "/team/invitations") => {
                json!({ "email": "new@example.com", "role": "viewer" })
            }
            ("PATCH", "/team/people/{id}") => json!({ "role": "engineer" }),
            ("POST", "/findings/{id}/act") => json!({ "act": "review", "version": 1 }),
            ("POST", "/findings/{id}/apply") => json!({ "version": 1, "when": "next_period" }),
            ("POST", "/findings/{id}/undo") => json!({ "version": 1 }),
            // What is taken away is named by its address.
            ("GET" | "DELETE", _)
            | (
                "POST",
                "/connections/{id}/test"
                | "/connections/xero/consent"
                | "/draft-runs/{id}/stop"
                | "/reconcile",
            ) => {
                return None;
            }
            _ => panic!("say in world.rs what a body of {route} looks like"),
        })
    }

    fn counting_body(&self, path: &str) -> Value {
        match path {
            // Of a code that is taken everywhere: otherwise a stranger could have it once.
            "/meters" => json!({ "code": "servers", "name": "X", "unit": "X" }),
            "/meters/{id}" => json!({
                "version": 1, "code": "backup-gb", "name": "Backup", "unit": "GB",
            }),
            "/meter-readings" => json!({ "readings": [{
                "client": self.id("client"), "meter": "backup-gb", "on": "2026-11-01",
                "value": "1",
            }] }),
            "/number-series/{name}" => {
                json!({ "version": 99, "prefix": "X-", "next": 1, "width": 5 })
            }
            _ => panic!("say in bodies.rs what a body of {path} looks like"),
        }
    }

    fn draft_body(&self, path: &str) -> Value {
        match path {
            "/generated-invoices" | "/generated-invoices/preview" => {
                json!({ "client": self.id("client"), "as_of": AS_OF })
            }
            "/generated-invoices/post" => {
                json!({ "drafts": [{ "id": self.id("draft"), "version": 1 }] })
            }
            "/generated-invoices/{id}/edits" => json!({
                "version": 1, "edits": [{ "edit": "invoice", "reference": "PO-1" }],
            }),
            "/generated-invoices/blank" => json!({
                "client_id": self.id("client"),
                "lines": [{ "description": "Call-out", "quantity": "1", "unit_price": "80" }],
            }),
            "/generated-invoices/usual" => {
                json!({ "drafts": [{ "id": self.id("draft"), "version": 0 }] })
            }
            "/generated-invoices/{id}/payments" => {
                json!({ "version": 1, "account": "x" })
            }
            "/generated-invoices/{id}/reject" => {
                json!({ "version": 1, "reason": "Wrong client" })
            }
            "/generated-invoices/{id}/deliveries" => json!({ "with_explanation": true }),
            _ => json!({ "version": 1 }),
        }
    }

    /// One form with a field for every page that has one.
    pub fn form(&self, route: &Route) -> Vec<(&'static str, String)> {
        let pick = match route.template.as_str() {
            "/generated-invoices/post" | "/generated-invoices/approve" => "draft",
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
            ("description", "Call-out"),
            ("to", "1"),
            ("issued_on", "2026-12-01"),
            ("due_on", "2026-12-31"),
            ("unit_price", "5.00"),
            ("currency", "GBP"),
            ("tax_type", "OUTPUT2"),
            ("account_code", "200"),
            ("client", self.id("client")),
            ("item", self.id("item")),
            ("target", "NEW-2"),
            ("replacement", self.id("replacement")),
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
}
