//! The rules of approval, and who stands in for whom.

use super::{Able, ApprovalLimit, ApprovalRules, StandIn};
use crate::db::{Day, DbError, Exact, OrgId, PersonId, Tx, sql};

#[derive(sqlx::FromRow)]
pub struct RulesRow {
    pub change_share: Option<Exact>,
    pub asks_factor: bool,
    pub version: i64,
}

pub async fn rules(tx: &mut Tx, org: OrgId) -> Result<Option<RulesRow>, DbError> {
    sql("select change_share, asks_factor, version from approval_rules where org_id = $1")
        .bind(org)
        .optional(tx)
        .await
}

pub async fn limits(tx: &mut Tx, org: OrgId) -> Result<Vec<ApprovalLimit>, DbError> {
    sql("select currency, limit_minor from approval_limit where org_id = $1 order by currency")
        .bind(org)
        .all(tx)
        .await
}

pub async fn approvers(tx: &mut Tx, org: OrgId) -> Result<Vec<PersonId>, DbError> {
    sql("select person_id from approver where org_id = $1 order by person_id")
        .bind(org)
        .values(tx)
        .await
}

pub async fn members(tx: &mut Tx, org: OrgId) -> Result<Vec<Able>, DbError> {
    sql(
        "select person.id as person, coalesce(nullif(person.name, ''), person.email) as name, \
           membership.role \
         from membership join person on person.id = membership.person_id \
         where membership.org_id = $1 order by 2, person.id",
    )
    .bind(org)
    .all(tx)
    .await
}

/// Writes `after` over what there was; `after.version` is what the person saw.
pub async fn save(tx: &mut Tx, org: OrgId, after: &ApprovalRules) -> Result<(), DbError> {
    sql(
        "insert into approval_rules (org_id, change_share, asks_factor, version) \
         values ($1, $2, $3, $4 + 1) \
         on conflict (org_id) do update set change_share = excluded.change_share, \
           asks_factor = excluded.asks_factor, version = excluded.version",
    )
    .bind(org)
    .bind(after.change_share)
    .bind(after.asks_factor)
    .bind(after.version)
    .run(tx)
    .await?;
    sql("delete from approval_limit where org_id = $1")
        .bind(org)
        .run(tx)
        .await?;
    for limit in &after.limits {
        sql("insert into approval_limit (org_id, currency, limit_minor) values ($1, $2, $3)")
            .bind(org)
            .bind(&limit.currency)
            .bind(limit.limit_minor)
            .run(tx)
            .await?;
    }
    sql("delete from approver where org_id = $1")
        .bind(org)
        .run(tx)
        .await?;
    for approver in &after.approvers {
        sql("insert into approver (org_id, person_id) values ($1, $2)")
            .bind(org)
            .bind(*approver)
            .run(tx)
            .await?;
    }
    Ok(())
}

pub async fn stand_ins(tx: &mut Tx, org: OrgId, today: Day) -> Result<Vec<StandIn>, DbError> {
    sql(
        "select away.id as person, coalesce(nullif(away.name, ''), away.email) as person_name, \
           other.id as stand_in, coalesce(nullif(other.name, ''), other.email) as stand_in_name, \
           stand_in.through_on \
         from stand_in join person away on away.id = stand_in.person_id \
         join person other on other.id = stand_in.stand_in_id \
         where stand_in.org_id = $1 and stand_in.through_on >= $2 order by 2, away.id",
    )
    .bind(org)
    .bind(today)
    .all(tx)
    .await
}

pub async fn insert_stand_in(
    tx: &mut Tx,
    org: OrgId,
    person: PersonId,
    stand_in: PersonId,
    through_on: Day,
) -> Result<(), DbError> {
    sql(
        "insert into stand_in (org_id, person_id, stand_in_id, through_on) \
         values ($1, $2, $3, $4)",
    )
    .bind(org)
    .bind(person)
    .bind(stand_in)
    .bind(through_on)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn remove_stand_in(tx: &mut Tx, org: OrgId, person: PersonId) -> Result<(), DbError> {
    sql("delete from stand_in where org_id = $1 and person_id = $2")
        .bind(org)
        .bind(person)
        .run(tx)
        .await?;
    Ok(())
}

pub async fn forget_approver(tx: &mut Tx, org: OrgId, person: PersonId) -> Result<(), DbError> {
    sql("delete from approver where org_id = $1 and person_id = $2")
        .bind(org)
        .bind(person)
        .run(tx)
        .await?;
    Ok(())
}

pub async fn forget_stand_ins(tx: &mut Tx, org: OrgId, person: PersonId) -> Result<(), DbError> {
    sql("delete from stand_in where org_id = $1 and (person_id = $2 or stand_in_id = $2)")
        .bind(org)
        .bind(person)
        .run(tx)
        .await?;
    Ok(())
}

/// Their agreement to drafts that wait for another person.
pub async fn forget_open_approvals(
    tx: &mut Tx,
    org: OrgId,
    person: PersonId,
) -> Result<(), DbError> {
    sql(
        "delete from draft_approval where org_id = $1 and person_id = $2 \
           and exists (select 1 from generated_invoice made where made.org_id = $1 \
             and made.id = draft_approval.generated_invoice_id and made.status = 'draft')",
    )
    .bind(org)
    .bind(person)
    .run(tx)
    .await?;
    Ok(())
}

/// The currencies clients are invoiced in.
pub async fn currencies(tx: &mut Tx, org: OrgId) -> Result<Vec<String>, DbError> {
    sql("select distinct currency from client where org_id = $1 order by currency")
        .bind(org)
        .values(tx)
        .await
}
