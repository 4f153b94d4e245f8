//! Meters: what can be counted at a client and billed by its count. Some are counted by tools that
//! are connected; an organization adds its own and feeds them with readings, through the API or
//! from a file.

pub mod api;
mod import;
pub mod pages;
pub mod readings;
mod store;
#[cfg(test)]
mod tests;

pub use import::from_file;
pub use store::{Corrected, Stood, corrected, late_readings, standing, standing_of};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    app::App,
    db::{At, ClientId, Day, DbError, Exact, MeterId, OrgId, Tx},
    fault::Fault,
    features::{
        audit::{self, Act},
        catalog,
    },
    http::Who,
    input::{self, Checks},
};

/// The meters that connected tools count by themselves.
pub const BUILT_IN: [(&str, &str); 2] = [("workstations", "Workstations"), ("servers", "Servers")];

/// A meter of the organization's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct Meter {
    pub id: MeterId,
    /// As rules and items name it.
    pub code: String,
    pub name: String,
    /// What one of it is: device, mailbox, gigabyte.
    pub unit: String,
    /// active | archived
    pub status: String,
    pub version: i64,
}

impl Meter {
    pub fn is_archived(&self) -> bool {
        self.status == "archived"
    }
}

/// A meter in the list, whoever counts it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Listed {
    pub code: String,
    pub name: String,
    pub unit: String,
    /// Of the organization's own; none where a tool counts it.
    pub id: Option<MeterId>,
    pub status: String,
    /// Active catalog items that are compared with it.
    pub items: i64,
    /// Lines of contracts that are billed by it and not over.
    pub lines: i64,
    /// The newest day with a count.
    pub last_on: Option<Day>,
    /// The newest day of the active client that has waited longest.
    pub oldest_on: Option<Day>,
}

/// What a meter showed last for a client.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = LastReading)]
pub struct LastReading {
    pub client_id: ClientId,
    pub client_name: String,
    pub taken_on: Day,
    pub value: Exact,
    pub recorded_at: At,
}

/// Every meter, built-in ones first.
pub async fn all(tx: &mut Tx, org: OrgId, today: Day) -> Result<Vec<Listed>, Fault> {
    let own = store::meters(tx, org).await?;
    let items: BTreeMap<String, i64> = store::items(tx, org).await?.into_iter().collect();
    let mut lines: BTreeMap<String, i64> = BTreeMap::new();
    for rule in store::rules(tx, org, today).await? {
        let rule: serde_json::Value = serde_json::from_str(&rule)?;
        if let Some(code) = rule.get("meter").and_then(serde_json::Value::as_str) {
            *lines.entry(code.to_owned()).or_default() += 1;
        }
    }
    let last = store::last_days(tx, org).await?.into_iter();
    let last: BTreeMap<String, (Day, Day)> = last
        .map(|(code, newest, oldest)| (code, (newest, oldest)))
        .collect();
    let listed = |code: &str, name: &str, unit: &str, own: Option<&Meter>| Listed {
        items: items.get(code).copied().unwrap_or(0),
        lines: lines.get(code).copied().unwrap_or(0),
        last_on: last.get(code).map(|(newest, _)| *newest),
        oldest_on: last.get(code).map(|(_, oldest)| *oldest),
        code: code.to_owned(),
        name: name.to_owned(),
        unit: unit.to_owned(),
        id: own.map(|meter| meter.id),
        status: own
            .map_or("active", |meter| meter.status.as_str())
            .to_owned(),
    };
    let built_in = BUILT_IN.iter();
    let built_in = built_in.map(|(code, name)| listed(code, name, "device", None));
    let own = own.iter();
    let own = own.map(|meter| listed(&meter.code, &meter.name, &meter.unit, Some(meter)));
    Ok(built_in.chain(own).collect())
}

/// The meters that can be chosen, each with its name.
pub async fn choices(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, String)>, Fault> {
    let built_in = BUILT_IN.iter();
    let built_in = built_in.map(|(code, name)| ((*code).to_owned(), (*name).to_owned()));
    let own = store::meters(tx, org).await?.into_iter();
    let own = own.filter(|meter| !meter.is_archived());
    Ok(built_in
        .chain(own.map(|meter| (meter.code, meter.name)))
        .collect())
}

/// A meter by its code, with what it showed last for each client.
pub async fn detail(
    tx: &mut Tx,
    org: OrgId,
    code: &str,
    today: Day,
) -> Result<(Listed, Vec<LastReading>), Fault> {
    let mut found = all(tx, org, today).await?.into_iter();
    let found = found.find(|meter| meter.code == code);
    let found = found.ok_or(Fault::NotFound("this meter"))?;
    let last = match found.id {
        Some(id) => store::last_readings(tx, org, id).await?,
        None => store::last_counts(tx, org, code).await?,
    };
    Ok((found, last))
}

/// A meter to be added or changed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = MeterInput)]
pub struct MeterInput {
    /// The version you saw; 0 for a new one.
    pub version: i64,
    /// Lower-case letters, digits, hyphens and underscores; it stays as it is once made.
    #[schema(example = "backup-gb")]
    pub code: String,
    pub name: String,
    /// What one of it is.
    #[schema(example = "gigabyte")]
    pub unit: String,
    pub is_archived: bool,
}

struct Checked {
    code: String,
    name: String,
    unit: String,
    status: &'static str,
}

impl MeterInput {
    fn checked(&self) -> Result<Checked, Fault> {
        let mut checks = Checks::default();
        let code = checks.take("code", catalog::meter(&self.code));
        let is_built_in = |code: &String| BUILT_IN.iter().any(|(known, _)| known == code);
        if code.as_ref().is_some_and(is_built_in) {
            checks.wrong(
                "code",
                "a connected tool counts this one; choose another word",
            );
        }
        let name = checks.take("name", input::line(&self.name, 100));
        let unit = checks.take("unit", input::line(&self.unit, 30));
        checks.done()?;
        Ok(Checked {
            code: code.unwrap_or_default(),
            name: name.unwrap_or_default(),
            unit: unit.unwrap_or_default(),
            status: if self.is_archived {
                "archived"
            } else {
                "active"
            },
        })
    }
}

pub async fn create(app: &App, who: &Who, tx: &mut Tx, input: &MeterInput) -> Result<Meter, Fault> {
    let checked = input.checked()?;
    let meter = Meter {
        id: app.new_id(),
        code: checked.code,
        name: checked.name,
        unit: checked.unit,
        status: checked.status.to_owned(),
        version: 1,
    };
    let written = store::insert(tx, who.org, &meter, app.now()).await;
    written.map_err(|error| match error {
        DbError::Duplicate { .. } => Fault::field("code", "there is a meter with this code"),
        other => other.into(),
    })?;
    record(
        app,
        who,
        tx,
        "meter.created",
        &meter,
        &json!({ "after": meter }),
    )
    .await?;
    Ok(meter)
}

/// # Errors
/// 409 when it has another version by now; 422 when its code would change.
pub async fn change(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: MeterId,
    input: &MeterInput,
) -> Result<Meter, Fault> {
    let before = one(tx, who.org, id).await?;
    let checked = input.checked()?;
    if checked.code != before.code {
        let message = "contracts name it by this code; add another meter instead";
        return Err(Fault::field("code", message));
    }
    if before.version != input.version {
        return Err(DbError::Stale.into());
    }
    let after = Meter {
        name: checked.name,
        unit: checked.unit,
        status: checked.status.to_owned(),
        version: before.version.saturating_add(1),
        ..before.clone()
    };
    store::update(tx, who.org, &after).await?;
    let detail = json!({ "before": before, "after": after });
    record(app, who, tx, "meter.changed", &after, &detail).await?;
    Ok(after)
}

pub async fn one(tx: &mut Tx, org: OrgId, id: MeterId) -> Result<Meter, Fault> {
    let found = store::meter(tx, org, id).await?;
    found.ok_or(Fault::NotFound("this meter"))
}

async fn record(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    action: &str,
    meter: &Meter,
    detail: &serde_json::Value,
) -> Result<(), Fault> {
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action,
        subject_kind: "meter",
        subject: Some(meter.id.0),
    };
    audit::record(app, tx, act, detail).await
}
