//! In whose name an organization writes.

use super::super::letterhead::Letterhead;
use crate::db::{DbError, OrgId, Tx, sql};

pub async fn letterhead(tx: &mut Tx, org: OrgId) -> Result<Option<Letterhead>, DbError> {
    sql(
        "select legal_name, address, tax_number, email, payment, logo_hash, version \
         from letterhead where org_id = $1",
    )
    .bind(org)
    .optional(tx)
    .await
}

/// # Errors
/// [`DbError::Stale`] when it has another version by now.
pub async fn save(tx: &mut Tx, org: OrgId, new: &Letterhead) -> Result<(), DbError> {
    sql(
        "insert into letterhead (org_id, legal_name, address, tax_number, email, payment) \
         values ($1, $2, $3, $4, $5, $6) \
         on conflict (org_id) do update set legal_name = excluded.legal_name, \
         address = excluded.address, tax_number = excluded.tax_number, email = excluded.email, \
         payment = excluded.payment, version = letterhead.version + 1 \
         where letterhead.org_id = $1 and letterhead.version = $7",
    )
    .bind(org)
    .bind(&new.legal_name)
    .bind(&new.address)
    .bind(&new.tax_number)
    .bind(&new.email)
    .bind(&new.payment)
    .bind(new.version)
    .run_one(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct LogoRow {
    pub image: Vec<u8>,
    pub hash: String,
}

pub async fn logo(tx: &mut Tx, org: OrgId) -> Result<Option<LogoRow>, DbError> {
    sql("select logo as image, logo_hash as hash from letterhead \
         where org_id = $1 and logo is not null")
    .bind(org)
    .optional(tx)
    .await
}

/// Puts a logo in the place of the one there was, or takes it away. What was typed stays as it is.
pub async fn set_logo(tx: &mut Tx, org: OrgId, logo: Option<LogoRow>) -> Result<(), DbError> {
    let (image, hash) = logo.map(|logo| (logo.image, logo.hash)).unzip();
    sql(
        "insert into letterhead (org_id, legal_name, address, tax_number, email, payment, logo, \
         logo_hash) values ($1, '', '', '', '', '', $2, $3) \
         on conflict (org_id) do update set logo = excluded.logo, logo_hash = excluded.logo_hash, \
         version = letterhead.version + 1 where letterhead.org_id = $1",
    )
    .bind(org)
    .bind(image)
    .bind(hash)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn name(tx: &mut Tx, org: OrgId) -> Result<String, DbError> {
    sql("select name from organization where id = $1")
        .bind(org)
        .value(tx)
        .await
}
