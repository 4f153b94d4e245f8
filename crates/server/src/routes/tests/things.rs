//! Things that are hard to come by, and bodies that make some.

use serde_json::{Value, json};

use super::{table::Route, world::World};
use crate::db::{JobId, sql};

/// Another organization.
pub fn another() -> Value {
    json!({ "name": "Another", "currency": "GBP", "time_zone": "Europe/London" })
}

pub fn item(code: &str) -> Value {
    json!({
        "code": code, "name": "New item", "unit_price": "5.00", "tax_type": "OUTPUT2",
        "account_code": "200",
    })
}

impl World {
    /// A line whose price was changed, and that change.
    pub async fn changed_line(&self) -> (Value, Value) {
        let contract = self.one("contracts", "contract").await;
        let line = contract["lines"][0]["id"].clone();
        let change = json!({ "effective_on": "2027-02-01", "unit_price": "123.00" });
        let path = format!("/api/v1/contract-lines/{}/changes", line.as_str().unwrap());
        let (status, changed) = self.app.post(&path, &change).await;
        assert_eq!(status, 201, "{changed}");
        (line, changed["event"].clone())
    }

    /// Jobs die of what tests cannot arrange in a second; this one is said to have.
    pub async fn dead_job(&self) -> String {
        let mut tx = self.app.app.db.write(self.app.org).await.unwrap();
        let id: JobId = sql("update job set state = 'dead', last_error = 'said so' \
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

    pub fn line(&self) -> Value {
        json!({
            "item": self.id("item"), "unit_price": "5.00",
            "quantity": { "source": "fixed", "quantity": "2" },
        })
    }

    pub fn template(&self) -> Value {
        json!({
            "name": "Monthly", "cycle": "monthly", "timing": "advance", "lines": [self.line()],
        })
    }

    /// A template, and a contract whose term can be renewed.
    pub async fn keep_terms(&mut self) {
        for name in ["template", "page_template"] {
            let template = self.template();
            let made = self.app.post("/api/v1/contract-templates", &template).await;
            assert_eq!(made.0, 201, "{}", made.1);
            self.keep(name, &made.1["id"]);
        }
        let path = format!("/api/v1/contracts/{}", self.id("contract"));
        let (_, contract) = self.app.get(&path).await;
        let change = json!({ "version": contract["version"], "ends_on": "2027-12-01" });
        let request = self
            .app
            .request(reqwest::Method::PATCH, &path)
            .json(&change);
        assert_eq!(request.send().await.unwrap().status(), 200);
        let rise = self.terms("PUT", "/contracts/{id}/uplift");
        let path = format!("{path}/uplift");
        let request = self.app.request(reqwest::Method::PUT, &path).json(&rise);
        assert_eq!(request.send().await.unwrap().status(), 200);
        let coming = self.first("contract-uplifts").await;
        coming["effective_on"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.anniversary);
    }

    /// A body about what comes of contracts.
    pub fn terms(&self, method: &str, path: &str) -> Value {
        match (method, path) {
            ("POST", "/contract-templates") => self.template(),
            ("PATCH", "/contract-templates/{id}") => json!({ "version": 1, "name": "X" }),
            ("PUT", _) => json!({
                "version": 0, "announce_days": 30,
                "lines": [{ "line": self.id("line"), "percent": "4" }],
            }),
            ("POST", "/contract-uplifts/decisions") => json!({
                "line": self.id("line"), "effective_on": self.anniversary, "decision": "skip",
            }),
            _ => json!({ "version": 1, "ends_on": "2028-12-01" }),
        }
    }

    pub fn contract(&self, reference: &str) -> Value {
        json!({
            "reference": reference, "client": self.id("client"), "name": "New contract",
            "starts_on": "2026-12-01", "cycle": "monthly", "timing": "advance",
            "lines": [self.line()],
        })
    }
}

/// Whether a route is about templates, renewals or rises.
pub fn is_about_terms(path: &str) -> bool {
    path.starts_with("/contract-templates")
        || path.starts_with("/contract-uplifts")
        || path.ends_with("/renewals")
        || path.ends_with("/uplift")
}

/// A credit note of no invoice.
pub fn free_credit(client: &str) -> Value {
    json!({
        "client": client, "reason": "Goodwill",
        "lines": [{
            "description": "An hour too many", "unit_price": "95.00", "tax_type": "OUTPUT2",
            "account_code": "200",
        }],
    })
}

impl World {
    /// Makes one, for whoever is first.
    pub async fn credit_a_client(&self) {
        let client = self.first("clients").await;
        let note = free_credit(client["id"].as_str().unwrap());
        let (status, made) = self.app.post("/api/v1/credit-notes", &note).await;
        assert_eq!(status, 201, "{made}");
    }

    pub fn credit_note_body(&self, route: &Route) -> Option<Value> {
        match (route.method.as_str(), route.template.rsplit('/').next()) {
            ("GET", _) => None,
            ("POST", Some("credit-notes")) => Some(free_credit(self.id("client"))),
            ("POST", Some("approve" | "post")) => Some(json!({ "version": 1 })),
            _ => Some(json!({ "version": 1, "reason": "Agreed" })),
        }
    }
}

/// An id of the same form that is nobody's.
pub fn unknown(id: &str) -> String {
    let mut letters: Vec<char> = id.chars().collect();
    for letter in letters.iter_mut().rev().take(4) {
        *letter = if *letter == 'f' { '0' } else { 'f' };
    }
    letters.into_iter().collect()
}
