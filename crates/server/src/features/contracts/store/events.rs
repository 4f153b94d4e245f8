//! What happened to lines, and what they follow.

use uuid::Uuid;

use super::marks;
use crate::{
    db::{At, ContractId, ContractLineId, Day, DbError, OrgId, Tx, Value, sql, sql_owned},
    features::contracts::line::{Followed, LineEvent},
};

pub async fn follow(
    tx: &mut Tx,
    org: OrgId,
    line: ContractLineId,
    subscription: &str,
    counts_from: Option<Day>,
) -> Result<(), DbError> {
    sql(
        "insert into line_subscription (org_id, line_id, subscription_external_id, counts_from) \
         values ($1, $2, $3, $4)",
    )
    .bind(org)
    .bind(line)
    .bind(subscription)
    .bind(counts_from)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn unfollow(
    tx: &mut Tx,
    org: OrgId,
    line: ContractLineId,
    subscription: &str,
) -> Result<(), DbError> {
    sql(
        "delete from line_subscription where org_id = $1 and line_id = $2 \
         and subscription_external_id = $3",
    )
    .bind(org)
    .bind(line)
    .bind(subscription)
    .run(tx)
    .await?;
    Ok(())
}

/// A line of a contract that is not over which follows the subscription on or after a day.
pub async fn follower(
    tx: &mut Tx,
    org: OrgId,
    subscription: &str,
    from: Day,
) -> Result<Option<(ContractLineId, ContractId, String)>, DbError> {
    sql(
        "select contract_line.id, contract_line.contract_id, contract_line.reference \
         from line_subscription \
         join contract_line on contract_line.org_id = $1 \
           and contract_line.id = line_subscription.line_id \
         join contract on contract.org_id = $1 and contract.id = contract_line.contract_id \
         where line_subscription.org_id = $1 and line_subscription.subscription_external_id = $2 \
           and contract.status <> 'draft' \
           and (contract_line.ends_on is null or contract_line.ends_on > $3) \
         order by contract_line.id limit 1",
    )
    .bind(org)
    .bind(subscription)
    .bind(from)
    .optional(tx)
    .await
}

pub async fn events_of(
    tx: &mut Tx,
    org: OrgId,
    lines: &[ContractLineId],
) -> Result<Vec<LineEvent>, DbError> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    sql_owned(format!(
        "select id, line_id, effective_on, kind, before_value, after_value, \
         subscription_external_id, applied_as, finding_id, person_id, recorded_at, undone_at \
         from contract_event where org_id = $1 and line_id in ({}) \
         order by effective_on, recorded_at, id",
        marks(2, lines.len())
    ))
    .bind(org)
    .bind_all(lines.iter().map(|id| Value::from(*id)))
    .all(tx)
    .await
}

pub async fn all_events(tx: &mut Tx, org: OrgId) -> Result<Vec<LineEvent>, DbError> {
    sql(
        "select id, line_id, effective_on, kind, before_value, after_value, \
         subscription_external_id, applied_as, finding_id, person_id, recorded_at, undone_at \
         from contract_event where org_id = $1 order by effective_on, recorded_at, id",
    )
    .bind(org)
    .all(tx)
    .await
}

pub async fn event(tx: &mut Tx, org: OrgId, id: Uuid) -> Result<Option<LineEvent>, DbError> {
    sql(
        "select id, line_id, effective_on, kind, before_value, after_value, \
         subscription_external_id, applied_as, finding_id, person_id, recorded_at, undone_at \
         from contract_event where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}

pub async fn insert_event(tx: &mut Tx, org: OrgId, event: &LineEvent) -> Result<(), DbError> {
    sql(
        "insert into contract_event (org_id, id, line_id, effective_on, kind, before_value, \
         after_value, subscription_external_id, applied_as, finding_id, person_id, recorded_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(org)
    .bind(event.id)
    .bind(event.line_id)
    .bind(event.effective_on)
    .bind(&event.kind)
    .bind(event.before_value)
    .bind(event.after_value)
    .bind(event.subscription_external_id.as_deref())
    .bind(event.applied_as.as_deref())
    .bind(event.finding_id)
    .bind(event.person_id)
    .bind(event.recorded_at)
    .run(tx)
    .await?;
    Ok(())
}

/// Takes an event back; it stays to be seen.
pub async fn undo_event(tx: &mut Tx, org: OrgId, id: Uuid, now: At) -> Result<(), DbError> {
    sql("update contract_event set undone_at = $3 \
         where org_id = $1 and id = $2 and undone_at is null")
    .bind(org)
    .bind(id)
    .bind(now)
    .run_one(tx)
    .await
}

pub async fn follows_of(
    tx: &mut Tx,
    org: OrgId,
    lines: &[ContractLineId],
) -> Result<Vec<Followed>, DbError> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    sql_owned(format!(
        "select line_id, subscription_external_id, counts_from from line_subscription \
         where org_id = $1 and line_id in ({}) order by line_id, subscription_external_id",
        marks(2, lines.len())
    ))
    .bind(org)
    .bind_all(lines.iter().map(|id| Value::from(*id)))
    .all(tx)
    .await
}

pub async fn all_follows(tx: &mut Tx, org: OrgId) -> Result<Vec<Followed>, DbError> {
    sql(
        "select line_id, subscription_external_id, counts_from from line_subscription \
         where org_id = $1 order by line_id, subscription_external_id",
    )
    .bind(org)
    .all(tx)
    .await
}
