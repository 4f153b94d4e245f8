//! Reading a source or comparing at once, when a person does not want to wait for the schedule.

use axum::{Form, extract::State, response::Response};
use serde::Deserialize;

use super::LIST;
use crate::{
    app::App,
    db::Tx,
    fault::Fault,
    features::{
        audit::{self, Act},
        connections,
        reconciliation::jobs::Reconcile,
        sync::{self, Mode},
    },
    http::{May, Who, Work, done},
    queue,
    ui::Flash,
};

#[derive(Debug, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    tool: String,
}

pub async fn run(
    State(app): State<App>,
    who: May<Work>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let said = match wanted.tool.as_str() {
        "snapshot" => read(&app, &who, &mut tx, "ninjaone", "Counting devices.").await?,
        "catalog" => {
            let said = "Reading companies, products, subscriptions and bills.";
            read(&app, &who, &mut tx, "pax8", said).await?
        }
        "contacts" => {
            let said = "Reading contacts, invoices and payments.";
            read(&app, &who, &mut tx, "xero", said).await?
        }
        "reconcile" => compare(&app, &who, &mut tx).await?,
        _ => return Err(Fault::field("tool", "choose one of the tools")),
    };
    match said {
        Ok(said) => {
            tx.commit().await?;
            Ok(done(LIST, &Flash::done(said)))
        }
        Err(problem) => Ok(done(LIST, &Flash::problem(problem))),
    }
}

/// Syncs the vendor's connection; a sentence either way.
async fn read(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    vendor: &'static str,
    said: &str,
) -> Result<Result<String, String>, Fault> {
    let syncable = connections::store::syncable(tx, who.org).await?;
    let Some((connection, _)) = syncable.into_iter().find(|(_, code)| code == vendor) else {
        let name = connections::vendor_title(vendor);
        return Ok(Err(format!(
            "{name} is not connected. Connect it under Integrations first."
        )));
    };
    sync::request_one(app, who, tx, connection, Mode::Delta).await?;
    Ok(Ok(format!(
        "{said} What it changes shows here when it is through."
    )))
}

async fn compare(app: &App, who: &Who, tx: &mut Tx) -> Result<Result<String, String>, Fault> {
    queue::enqueue(app, tx, &Reconcile { org: who.org }).await?;
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action: "reconcile.requested",
        subject_kind: "organization",
        subject: Some(who.org.0),
    };
    audit::record(app, tx, act, &serde_json::json!({})).await?;
    Ok(Ok("Comparing everything once more.".to_owned()))
}
