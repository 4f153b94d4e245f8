//! The audit log; rows are only ever added.

use super::Act;
use crate::db::{At, AuditId, DbError, Tx, sql};

pub async fn insert(
    tx: &mut Tx,
    id: AuditId,
    at: At,
    act: &Act<'_>,
    detail: &str,
) -> Result<(), DbError> {
    sql(
        "insert into audit (org_id, id, at, person_id, action, subject_kind, subject_id, detail) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(act.org)
    .bind(id)
    .bind(at)
    .bind(act.person)
    .bind(act.action)
    .bind(act.subject_kind)
    .bind(act.subject)
    .bind(detail)
    .run(tx)
    .await?;
    Ok(())
}
