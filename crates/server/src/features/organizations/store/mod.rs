//! Organizations.

pub mod letterhead;
pub mod whole;

use uuid::Uuid;

use super::Organization;
use crate::db::{DbError, OrgId, PersonId, SessionId, Tx, sql};

pub async fn organization(tx: &mut Tx, id: OrgId) -> Result<Option<Organization>, DbError> {
    sql(
        "select id, name, slug, currency, time_zone, mfa_required, session_hours, idle_minutes, \
         step_up_minutes, drafts_ahead_days, version from organization where id = $1",
    )
    .bind(id)
    .optional(tx)
    .await
}

/// Writes what may change.
///
/// # Errors
/// [`DbError::Stale`] when it has another version by now, [`DbError::Duplicate`] when another
/// organization has the slug.
pub async fn update(tx: &mut Tx, version: i64, after: &Organization) -> Result<(), DbError> {
    sql(
        "update organization set name = $3, slug = $4, mfa_required = $5, session_hours = $6, \
         idle_minutes = $7, step_up_minutes = $8, drafts_ahead_days = $9, \
         version = version + 1 \
         where id = $1 and version = $2",
    )
    .bind(after.id)
    .bind(version)
    .bind(&after.name)
    .bind(&after.slug)
    .bind(after.mfa_required)
    .bind(after.session_hours)
    .bind(after.idle_minutes)
    .bind(after.step_up_minutes)
    .bind(after.drafts_ahead_days)
    .run_one(tx)
    .await
}

/// Whether the person has a second factor that counts.
pub async fn has_factor(tx: &mut Tx, person: PersonId) -> Result<bool, DbError> {
    sql(
        "select exists (select 1 from factor where person_id = $1 and status = 'verified') as known",
    )
    .bind(person)
    .value(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct PlaceRow {
    pub id: OrgId,
    pub name: String,
    pub slug: String,
    pub role: String,
}

/// Where somebody belongs, by name.
pub async fn places(tx: &mut Tx, person: PersonId) -> Result<Vec<PlaceRow>, DbError> {
    sql(
        "select organization.id, organization.name, organization.slug, membership.role \
         from membership join organization on organization.id = membership.org_id \
         where membership.person_id = $1 order by organization.name, organization.id",
    )
    .bind(person)
    .all(tx)
    .await
}

pub async fn switch(tx: &mut Tx, session: SessionId, to: OrgId) -> Result<(), DbError> {
    sql("update session set org_id = $2 where id = $1 and revoked_at is null")
        .bind(session)
        .bind(to)
        .run_one(tx)
        .await
}

/// Whether an organization has a thing that pages are about.
pub async fn holds(tx: &mut Tx, org: OrgId, thing: Uuid) -> Result<bool, DbError> {
    sql(
        "select exists (select 1 from client where org_id = $1 and id = $2) \
         or exists (select 1 from catalog_item where org_id = $1 and id = $2) \
         or exists (select 1 from contract where org_id = $1 and id = $2) \
         or exists (select 1 from contract_line where org_id = $1 and id = $2) \
         or exists (select 1 from subscription where org_id = $1 and id = $2) \
         or exists (select 1 from invoice where org_id = $1 and id = $2) \
         or exists (select 1 from generated_invoice where org_id = $1 and id = $2) \
         or exists (select 1 from finding where org_id = $1 and id = $2) \
         or exists (select 1 from sync_run where org_id = $1 and id = $2) as known",
    )
    .bind(org)
    .bind(thing)
    .value(tx)
    .await
}

pub async fn set_slug(tx: &mut Tx, org: OrgId, slug: &str) -> Result<(), DbError> {
    sql("update organization set slug = $2 where id = $1")
        .bind(org)
        .bind(slug)
        .run_one(tx)
        .await
}
