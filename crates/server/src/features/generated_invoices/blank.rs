//! A draft of what a person says, for what no contract covers.

use billing::due::PaymentTerms;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    edit::{self, Edit, LineFields},
    plan, store,
    store::NewDraft,
};
use crate::{
    app::App,
    db::{ClientId, Day, GeneratedInvoiceId, Tx},
    fault::Fault,
    features::{
        audit,
        clients::{self, Client},
    },
    http::Who,
    input::{self, Checks},
};

/// What the draft begins with.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlankDraft)]
pub struct Blank {
    pub client_id: ClientId,
    /// Today unless said.
    #[serde(default)]
    pub issued_on: Option<String>,
    /// Printed as Reference.
    #[serde(default)]
    pub reference: Option<String>,
    /// At least one: quantity times price each.
    pub lines: Vec<LineFields>,
}

/// Makes the draft with its lines, in the client's currency and with its terms.
///
/// # Errors
/// 404 for an unknown client, 422 for wrong fields.
pub async fn make(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    blank: &Blank,
) -> Result<GeneratedInvoiceId, Fault> {
    let client = clients::client(tx, who.org, blank.client_id).await?;
    let today = who.today(app);
    let mut checks = Checks::default();
    if client.own_use || client.status != "active" {
        let wrong = "this client is archived, or is the MSP itself; choose another";
        checks.wrong("client_id", wrong);
    }
    let issued_on = checks.optional("issued_on", blank.issued_on.as_deref(), input::day);
    let reference = checks.optional("reference", blank.reference.as_deref(), |text| {
        input::free_line(text, 500)
    });
    if blank.lines.is_empty() {
        checks.wrong("lines", "say at least one line");
    }
    checks.done()?;
    let issued_on = issued_on.map_or(today, |day| day.0);
    let id = insert(app, who, tx, &client, issued_on, reference.as_deref()).await?;
    let lines = blank.lines.iter().cloned();
    let edits: Vec<Edit> = lines.map(|set| Edit::Add { set }).collect();
    let version = 1;
    edit::edit(app, who, tx, id, version, &edits).await?;
    Ok(id)
}

async fn insert(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    client: &Client,
    issued_on: NaiveDate,
    reference: Option<&str>,
) -> Result<GeneratedInvoiceId, Fault> {
    let id: GeneratedInvoiceId = app.new_id();
    let terms = plan::terms(tx, who.org).await?;
    let terms = terms.get(&client.id).copied();
    let due_on = terms.unwrap_or(PaymentTerms::STANDARD).due_on(issued_on);
    let reference = reference.unwrap_or_default();
    let new = NewDraft {
        id,
        client: client.id,
        contract: None,
        currency: &client.currency,
        issued_on: Day(issued_on),
        due_on: Day(due_on),
        reference,
        net_minor: 0,
        tax_minor: 0,
        connection: store::ledger(tx, who.org).await?,
        search_key: format!("{} {reference}", client.name).to_lowercase(),
        now: app.now(),
    };
    store::insert_draft(tx, who.org, &new).await?;
    let act = audit::Act {
        org: who.org,
        person: Some(who.person),
        action: "draft.made",
        subject_kind: "generated_invoice",
        subject: Some(id.0),
    };
    audit::record(app, tx, act, &json!({ "by_hand": true })).await?;
    Ok(id)
}
