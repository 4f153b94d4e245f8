//! What the frame and Home count.

use crate::db::{At, DbError, OrgId, PersonId, Tx, sql};

#[derive(sqlx::FromRow)]
pub struct SourceRow {
    pub name: String,
    pub problem: Option<String>,
    pub last_synced_at: Option<At>,
}

pub async fn sources(tx: &mut Tx, org: OrgId) -> Result<Vec<SourceRow>, DbError> {
    sql(
        "select name, case when state = 'needs_attention' then problem end as problem, \
         last_synced_at from connection where org_id = $1 and state <> 'disconnected' \
         order by name",
    )
    .bind(org)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct Waiting {
    pub findings: i64,
    pub drafts: i64,
    pub mappings: i64,
}

pub async fn waiting(tx: &mut Tx, org: OrgId) -> Result<Waiting, DbError> {
    sql("select \
           (select count(*) from finding where org_id = $1 and state = 'open') as findings, \
           (select count(*) from generated_invoice where org_id = $1 \
              and status in ('draft', 'approved')) as drafts, \
           (select count(*) from client_link where org_id = $1 \
              and state in ('suggested', 'unmapped')) as mappings")
    .bind(org)
    .one(tx)
    .await
}

pub async fn email(tx: &mut Tx, person: PersonId) -> Result<String, DbError> {
    sql("select email from person where id = $1")
        .bind(person)
        .value(tx)
        .await
}
