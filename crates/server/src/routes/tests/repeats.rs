//! `Idempotency-Key` on every write of the API: the same again is answered as before and done once.

mod credits;
mod drafts;
mod people;
mod terms;

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    complaints::{Complaints, short},
    document, stored,
    things::item,
    world::World,
};
use crate::{
    db::{ConnectionId, sql},
    http::Role,
    testing::on_both_engines,
};

on_both_engines!(World::start => every_write_is_done_once_under_its_key);

/// The writes made so far, each with a key of its own.
struct Repeats<'a> {
    world: &'a World,
    other: String,
    /// What the other person was answered to the last write.
    theirs: Value,
    done: BTreeSet<(String, String)>,
    complaints: Complaints,
}

struct Sent {
    status: u16,
    body: Value,
    was_replayed: bool,
}

impl Sent {
    fn is_like(&self, other: &Self) -> bool {
        (self.status, &self.body) == (other.status, &other.body)
    }
}

impl Repeats<'_> {
    /// Makes a write and makes it again: by the same person, with another body, by another person.
    async fn write(
        &mut self,
        method: Method,
        template: &str,
        id: &str,
        body: Option<Value>,
    ) -> Value {
        let path = format!(
            "/api/v1{}",
            template
                .replace("{id}", id)
                .replace("{name}", id)
                .replace("{month}", id)
        );
        let key = format!("key-{}", self.done.len());
        let text = body.map(|body| body.to_string()).unwrap_or_default();
        let owner = &self.world.app.token;
        let first = self.send(&method, &path, &key, &text, owner).await;
        let again = self.send(&method, &path, &key, &text, owner).await;
        let another = format!("{text} ");
        let other_body = self.send(&method, &path, &key, &another, owner).await;
        let other_person = self.send(&method, &path, &key, &text, &self.other).await;
        for (holds, what, sent) in [
            (first.status < 300 && !first.was_replayed, "done", &first),
            (
                again.was_replayed && again.is_like(&first),
                "answered again",
                &again,
            ),
            (
                other_body.body["error"]["code"] == "idempotency_key_reused",
                "refused with another body",
                &other_body,
            ),
            (
                !other_person.was_replayed && other_person.status < 500,
                "another person's own",
                &other_person,
            ),
        ] {
            self.complaints.unless(holds, || {
                let said = sent.body.to_string();
                format!(
                    "not {what}, {method} {template}: {} {}",
                    sent.status,
                    short(&said)
                )
            });
        }
        let name = (method.to_string(), format!("/api/v1{template}"));
        self.done.insert(name);
        self.theirs = other_person.body;
        first.body
    }

    async fn send(&self, method: &Method, path: &str, key: &str, body: &str, token: &str) -> Sent {
        let mut request = self
            .world
            .app
            .anonymous(method.clone(), path)
            .bearer_auth(token)
            .header("idempotency-key", key);
        if !body.is_empty() {
            request = request
                .header("content-type", "application/json")
                .body(body.to_owned());
        }
        let response = request.send().await.unwrap();
        Sent {
            status: response.status().as_u16(),
            was_replayed: response.headers().contains_key("idempotent-replayed"),
            body: response.json().await.unwrap_or_default(),
        }
    }

    /// The version that a thing has now.
    async fn version(&self, path: &str, name: &str) -> Value {
        let found = self.world.one(path, name).await;
        found["version"].clone()
    }
}

async fn every_write_is_done_once_under_its_key(world: World) {
    let other = world.app.add_person("other@example.com", Role::Owner).await;
    let mut repeats = Repeats {
        world: &world,
        other,
        theirs: Value::Null,
        done: BTreeSet::new(),
        complaints: Complaints::default(),
    };
    catalog_and_clients(&mut repeats).await;
    contracts(&mut repeats).await;
    terms::of_contracts(&mut repeats).await;
    drafts::drafts(&mut repeats).await;
    credits::credit_notes(&mut repeats).await;
    credits::payment(&mut repeats).await;
    findings(&mut repeats).await;
    bills(&mut repeats).await;
    people::team(&mut repeats).await;
    connections(&mut repeats).await;
    people::organization(&mut repeats).await;
    let promised: BTreeSet<(String, String)> = document::operations()
        .into_iter()
        .filter(|(_, _, operation)| operation.to_string().contains("Idempotency-Key"))
        .map(|(method, path, _)| (method, path))
        .collect();
    let Repeats {
        done, complaints, ..
    } = repeats;
    complaints.assert_none();
    assert_eq!(done, promised);
    world.app.run_jobs().await;
    stored::keeps_its_shape(&world).await;
}

async fn catalog_and_clients(repeats: &mut Repeats<'_>) {
    let world = repeats.world;
    let mut once = item("ONCE");
    once["tax_type"] = json!("GONE");
    repeats
        .write(Method::POST, "/catalog-items", "", Some(once))
        .await;
    let replacement = json!({ "kind": "tax_rate", "from": "GONE", "to": "OUTPUT2" });
    repeats
        .write(
            Method::POST,
            "/chart-of-accounts/replacements",
            "",
            Some(replacement),
        )
        .await;
    let file = json!({ "text": "TWICE,Imported,,5.00,4.00,OUTPUT2", "account_code": "200" });
    repeats
        .write(Method::POST, "/catalog-items/import", "", Some(file))
        .await;
    let version = repeats.version("catalog-items", "item").await;
    let change = json!({ "version": version, "name": "Renamed item" });
    repeats
        .write(
            Method::PATCH,
            "/catalog-items/{id}",
            world.id("item"),
            Some(change),
        )
        .await;
    let link = json!({
        "connection": "pax8", "external_id": world.id("product"), "item": world.id("item"),
    });
    repeats
        .write(Method::PUT, "/catalog-links", "", Some(link))
        .await;
    let client = json!({ "reference": "ONCE", "name": "Once Ltd" });
    repeats
        .write(Method::POST, "/clients", "", Some(client))
        .await;
    let version = repeats.version("clients", "client").await;
    let change = json!({ "version": version, "name": "Renamed client" });
    repeats
        .write(
            Method::PATCH,
            "/clients/{id}",
            world.id("client"),
            Some(change),
        )
        .await;
    let link = json!({
        "connection": "pax8", "external_id": world.id("company"), "client": world.id("client"),
    });
    repeats
        .write(Method::PUT, "/client-links", "", Some(link))
        .await;
}

async fn contracts(repeats: &mut Repeats<'_>) {
    let world = repeats.world;
    let (template, repeating) = ("/repeating-invoices/{id}/not-ours", world.id("repeating"));
    let reason = json!({ "reason": "A loan" });
    repeats
        .write(Method::PUT, template, repeating, Some(reason))
        .await;
    repeats
        .write(Method::DELETE, template, repeating, None)
        .await;
    let made = repeats
        .write(Method::POST, "/contracts", "", Some(world.contract("ONCE")))
        .await;
    let id = made["id"].as_str().unwrap().to_owned();
    repeats
        .write(
            Method::POST,
            "/contracts/{id}/lines",
            &id,
            Some(world.line()),
        )
        .await;
    let (_, now) = world.app.get(&format!("/api/v1/contracts/{id}")).await;
    let active = json!({ "version": now["version"], "status": "active" });
    repeats
        .write(Method::PATCH, "/contracts/{id}", &id, Some(active))
        .await;
    // Read anew: the lines that the first answer named may have been replaced since.
    let (_, now) = world.app.get(&format!("/api/v1/contracts/{id}")).await;
    let line = now["lines"][0]["id"].as_str().unwrap();
    let change = json!({ "effective_on": "2027-04-01", "quantity": "3" });
    let changed = repeats
        .write(
            Method::POST,
            "/contract-lines/{id}/changes",
            line,
            Some(change),
        )
        .await;
    // Who makes the same change again is told that it is there.
    assert_eq!(repeats.theirs["error"]["code"], "overlaps");
    let event = changed["event"].as_str().unwrap().to_owned();
    repeats
        .write(Method::DELETE, "/contract-events/{id}", &event, None)
        .await;
    let waiver = json!({ "line": line, "starts_on": "2026-12-01", "reason": "Agreed" });
    repeats
        .write(Method::POST, "/coverage/waivers", "", Some(waiver))
        .await;
}

async fn findings(repeats: &mut Repeats<'_>) {
    let world = repeats.world;
    let id = world.id("finding");
    let review =
        json!({ "act": "review", "version": repeats.version("findings", "finding").await });
    let reviewed = repeats
        .write(Method::POST, "/findings/{id}/act", id, Some(review))
        .await;
    let seen = json!({ "version": reviewed["version"] });
    repeats
        .write(Method::POST, "/findings/{id}/undo", id, Some(seen))
        .await;
    let mut applied = false;
    for finding in world.items("findings?tab=ready&limit=200").await {
        let id = finding["id"].as_str().unwrap();
        let (_, detail) = world.app.get(&format!("/api/v1/findings/{id}")).await;
        let Some(option) = detail["options"]
            .as_array()
            .and_then(|options| options.first())
        else {
            continue;
        };
        let apply = json!({ "version": detail["version"], "when": option["when"] });
        repeats
            .write(Method::POST, "/findings/{id}/apply", id, Some(apply))
            .await;
        applied = true;
        break;
    }
    assert!(applied, "nothing can be applied");
    repeats.write(Method::POST, "/reconcile", "", None).await;
}

async fn bills(repeats: &mut Repeats<'_>) {
    let world = repeats.world;
    let pick = json!({ "replacement": world.id("replacement") });
    repeats
        .write(
            Method::POST,
            "/vendor-bills/{id}/replacement",
            world.id("bill"),
            Some(pick),
        )
        .await;
}

async fn connections(repeats: &mut Repeats<'_>) {
    let world = repeats.world;
    repeats
        .write(Method::POST, "/sync", "", Some(json!({})))
        .await;
    let id = world.id("connection");
    repeats
        .write(Method::POST, "/connections/{id}/sync", id, Some(json!({})))
        .await;
    repeats
        .write(Method::POST, "/connections/{id}/test", id, None)
        .await;
    repeats
        .write(Method::POST, "/connections/xero/consent", "", None)
        .await;
    let posted_as = json!({ "version": 0, "stays_draft": true });
    let ledger = world.id("ledger");
    repeats
        .write(
            Method::PUT,
            "/connections/{id}/posted-as",
            ledger,
            Some(posted_as),
        )
        .await;
    repeats
        .write(Method::DELETE, "/connections/{id}", id, None)
        .await;
    let pax8 = world.app.credentials_of("pax8");
    repeats
        .write(Method::POST, "/connections", "", Some(pax8))
        .await;
    choose_books(repeats).await;
}

/// Whose consent covers several sets of books says which are theirs. The sandbox has one only, so
/// two are written down as offered.
async fn choose_books(repeats: &mut Repeats<'_>) {
    let world = repeats.world;
    let id = world.id("ledger");
    let books = |n: u8| json!({ "tenant_id": format!("books-{n}"), "name": "Books", "xero_connection_id": "x" });
    let offered = json!({ "tenants": [books(1), books(2)] });
    let mut tx = world.app.app.db.write(world.app.org).await.unwrap();
    sql("update connection set settings = $3, account_ref = null where org_id = $1 and id = $2")
        .bind(world.app.org)
        .bind(id.parse::<ConnectionId>().unwrap())
        .bind(offered.to_string())
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let chosen = json!({ "tenant_id": "books-2" });
    repeats
        .write(Method::POST, "/connections/{id}/tenant", id, Some(chosen))
        .await;
}
