//! Things that are hard to come by, and bodies that make some.

use serde_json::{Value, json};

use super::world::World;
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

    pub fn contract(&self, reference: &str) -> Value {
        json!({
            "reference": reference, "client": self.id("client"), "name": "New contract",
            "starts_on": "2026-12-01", "cycle": "monthly", "timing": "advance",
            "lines": [self.line()],
        })
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
