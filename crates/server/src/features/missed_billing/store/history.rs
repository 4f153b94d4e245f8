//! What happened to a finding, and the changes of contracts that came from it.

use crate::db::{At, DbError, FindingId, OrgId, PersonId, Tx, sql};

pub struct Event<'a> {
    pub finding: FindingId,
    pub at: At,
    pub person: Option<PersonId>,
    pub kind: &'a str,
    pub detail: String,
}

pub async fn insert_event(
    tx: &mut Tx,
    org: OrgId,
    id: uuid::Uuid,
    event: &Event<'_>,
) -> Result<(), DbError> {
    sql(
        "insert into finding_event (org_id, id, finding_id, at, person_id, kind, detail) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(org)
    .bind(id)
    .bind(event.finding)
    .bind(event.at)
    .bind(event.person)
    .bind(event.kind)
    .bind(&event.detail)
    .run(tx)
    .await?;
    Ok(())
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EventRow {
    pub at: At,
    pub kind: String,
    pub detail: String,
    pub person_name: Option<String>,
}

/// What happened to a finding, newest first.
pub async fn events(tx: &mut Tx, org: OrgId, id: FindingId) -> Result<Vec<EventRow>, DbError> {
    sql(
        "select event.at, event.kind, event.detail, person.name as person_name \
         from finding_event event left join person on person.id = event.person_id \
         where event.org_id = $1 and event.finding_id = $2 order by event.id desc",
    )
    .bind(org)
    .bind(id)
    .all(tx)
    .await
}

/// Changes of contract lines that came from a finding, newest first.
pub async fn contract_events(
    tx: &mut Tx,
    org: OrgId,
    id: FindingId,
) -> Result<Vec<uuid::Uuid>, DbError> {
    sql(
        "select id from contract_event where org_id = $1 and finding_id = $2 \
         and undone_at is null order by recorded_at desc, id desc",
    )
    .bind(org)
    .bind(id)
    .values(tx)
    .await
}
