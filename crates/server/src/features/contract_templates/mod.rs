//! Shapes of contracts: what is usually agreed, to begin a client's contract from. A template
//! promises nothing to anybody; a contract made from it is a draft like any other, with its prices
//! as they are on that day, and what is changed here later does not touch it.

pub mod api;
mod input;
pub mod pages;
pub mod store;
#[cfg(test)]
mod tests;
mod using;

use billing::period::{Cycle, Timing};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

pub use input::{TemplateChange, TemplateInput};
pub use using::{Filled, filled, of_contract};

use super::contracts::{LineInput, Word};
use crate::{
    app::App,
    db::{ContractTemplateId, OrgId, Tx},
    fault::Fault,
    features::audit::{self, Act},
    http::{Who, Window},
};

/// A reusable shape of a contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, sqlx::FromRow)]
pub struct ContractTemplate {
    pub id: ContractTemplateId,
    #[serde(flatten)]
    #[sqlx(flatten)]
    pub terms: TemplateTerms,
    /// active | archived
    pub status: String,
    pub version: i64,
}

/// What a template says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, sqlx::FromRow)]
pub struct TemplateTerms {
    pub name: String,
    /// For your own people.
    pub description: String,
    /// weekly | monthly | quarterly | half_yearly | annual
    #[sqlx(try_from = "String")]
    #[schema(value_type = String)]
    pub cycle: Word<Cycle>,
    /// advance | arrears
    #[sqlx(try_from = "String")]
    #[schema(value_type = String)]
    pub timing: Word<Timing>,
    /// How long a term is, in months; null where a contract has no end.
    pub term_months: Option<i64>,
    /// What its prices are in; null where they are in the client's, whichever that is.
    pub currency: Option<String>,
    /// A note in the place of a purchase order's number.
    pub purchase_order: Option<String>,
    /// Without references and dates, which only a contract has. A line without a price takes the
    /// catalog's of the day the template is used.
    #[sqlx(try_from = "String")]
    #[schema(value_type = Vec<LineInput>)]
    pub lines: TemplateLines,
}

/// `contract_template.lines`: lines as they would be typed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TemplateLines(pub Vec<LineInput>);

impl TryFrom<String> for TemplateLines {
    type Error = serde_json::Error;

    fn try_from(text: String) -> Result<Self, serde_json::Error> {
        serde_json::from_str(&text)
    }
}

impl ContractTemplate {
    pub fn is_archived(&self) -> bool {
        self.status == "archived"
    }
}

/// Keeps a new template.
pub async fn create(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    input: &TemplateInput,
) -> Result<ContractTemplate, Fault> {
    let template = ContractTemplate {
        id: app.new_id(),
        terms: input.checked(tx, who).await?,
        status: "active".to_owned(),
        version: 1,
    };
    store::insert_template(tx, who.org, &template, app.now()).await?;
    let detail = json!({ "template": template });
    record(
        app,
        who,
        tx,
        "contract_template.created",
        template.id,
        &detail,
    )
    .await?;
    Ok(template)
}

/// Changes a template from the version the caller saw. Contracts made from it stay as they are.
pub async fn update(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: ContractTemplateId,
    change: &TemplateChange,
) -> Result<ContractTemplate, Fault> {
    let before = template(tx, who.org, id).await?;
    let after = change.applied_to(tx, who, &before).await?;
    store::update_template(tx, who.org, change.version, &after).await?;
    let detail = json!({ "before": before, "after": after });
    record(app, who, tx, "contract_template.changed", id, &detail).await?;
    template(tx, who.org, id).await
}

/// Takes a template away for good. Contracts made from it stay as they are.
pub async fn delete(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: ContractTemplateId,
) -> Result<ContractTemplate, Fault> {
    let before = template(tx, who.org, id).await?;
    store::delete_template(tx, who.org, id).await?;
    let detail = json!({ "template": before });
    record(app, who, tx, "contract_template.deleted", id, &detail).await?;
    Ok(before)
}

pub async fn template(
    tx: &mut Tx,
    org: OrgId,
    id: ContractTemplateId,
) -> Result<ContractTemplate, Fault> {
    let found = store::template(tx, org, id).await?;
    found.ok_or(Fault::NotFound("this template"))
}

/// The templates to begin from, by id and name.
pub async fn choices(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, String)>, Fault> {
    let filter = store::TemplateFilter {
        pattern: None,
        status: Some("active".to_owned()),
    };
    let rows = store::templates(tx, org, &filter, &Window::everything("name")).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.template.id.to_string(), row.template.terms.name))
        .collect())
}

fn template_id(text: &str) -> Result<ContractTemplateId, Fault> {
    text.parse().map_err(|_| Fault::NotFound("this template"))
}

async fn record(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    action: &str,
    id: ContractTemplateId,
    detail: &impl Serialize,
) -> Result<(), Fault> {
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action,
        subject_kind: "contract_template",
        subject: Some(id.0),
    };
    audit::record(app, tx, act, detail).await
}
