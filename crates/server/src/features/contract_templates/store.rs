//! All SQL of contract templates.

use super::ContractTemplate;
use crate::{
    db::{At, ContractTemplateId, DbError, OrgId, Tx, sql},
    features::clients::name_key,
    paging::{After, Window},
};

pub async fn insert_template(
    tx: &mut Tx,
    org: OrgId,
    template: &ContractTemplate,
    now: At,
) -> Result<(), DbError> {
    let terms = &template.terms;
    sql(
        "insert into contract_template (org_id, id, name, name_key, description, cycle, timing, \
         term_months, currency, purchase_order, lines, status, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(org)
    .bind(template.id)
    .bind(&terms.name)
    .bind(name_key(&terms.name))
    .bind(&terms.description)
    .bind(terms.cycle.text())
    .bind(terms.timing.text())
    .bind(terms.term_months)
    .bind(terms.currency.as_deref())
    .bind(terms.purchase_order.as_deref())
    .bind(serde_json::to_string(&terms.lines).unwrap_or_default())
    .bind(&template.status)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn update_template(
    tx: &mut Tx,
    org: OrgId,
    seen_version: i64,
    template: &ContractTemplate,
) -> Result<(), DbError> {
    let terms = &template.terms;
    sql(
        "update contract_template set name = $4, name_key = $5, description = $6, cycle = $7, \
         timing = $8, term_months = $9, currency = $10, purchase_order = $11, lines = $12, \
         status = $13, version = version + 1 \
         where org_id = $1 and id = $2 and version = $3",
    )
    .bind(org)
    .bind(template.id)
    .bind(seen_version)
    .bind(&terms.name)
    .bind(name_key(&terms.name))
    .bind(&terms.description)
    .bind(terms.cycle.text())
    .bind(terms.timing.text())
    .bind(terms.term_months)
    .bind(terms.currency.as_deref())
    .bind(terms.purchase_order.as_deref())
    .bind(serde_json::to_string(&terms.lines).unwrap_or_default())
    .bind(&template.status)
    .run_one(tx)
    .await
}

pub async fn delete_template(
    tx: &mut Tx,
    org: OrgId,
    id: ContractTemplateId,
) -> Result<(), DbError> {
    sql("delete from contract_template where org_id = $1 and id = $2")
        .bind(org)
        .bind(id)
        .run_one(tx)
        .await
}

pub async fn template(
    tx: &mut Tx,
    org: OrgId,
    id: ContractTemplateId,
) -> Result<Option<ContractTemplate>, DbError> {
    sql(
        "select id, name, description, cycle, timing, term_months, currency, purchase_order, \
         lines, status, version from contract_template where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}

/// A template in a list.
#[derive(sqlx::FromRow)]
pub struct ListedTemplate {
    pub name_key: String,
    #[sqlx(flatten)]
    pub template: ContractTemplate,
}

impl ListedTemplate {
    /// Where it stands in the list.
    pub fn place(&self) -> After {
        After::of_text(&self.name_key, self.template.id.0)
    }
}

pub struct TemplateFilter {
    pub pattern: Option<String>,
    /// active | archived
    pub status: Option<String>,
}

/// By name.
pub async fn templates(
    tx: &mut Tx,
    org: OrgId,
    filter: &TemplateFilter,
    window: &Window,
) -> Result<Vec<ListedTemplate>, DbError> {
    sql(
        "select id, name, name_key, description, cycle, timing, term_months, currency, \
         purchase_order, lines, status, version from contract_template where org_id = $1 \
         and ($2 is null or name_key like $2) and ($3 is null or status = $3) \
         and ($4 is null or (name_key, id) > ($4, $5)) \
         order by name_key, id limit $6",
    )
    .bind(org)
    .bind(filter.pattern.as_deref())
    .bind(filter.status.as_deref())
    .bind(window.after.as_ref().and_then(After::text))
    .bind(window.after.as_ref().map(|after| after.id))
    .bind(window.rows())
    .all(tx)
    .await
}
