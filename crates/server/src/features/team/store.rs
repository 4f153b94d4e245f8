//! Places in an organization, and invitations to it.

use super::{Invited, Member};
use crate::{
    db::{At, DbError, EmailLinkId, OrgId, PersonId, Tx, sql, sql_owned},
    role::Role,
};

const MEMBER: &str = "select person.id as person, person.email, person.name, membership.role, \
     exists (select 1 from factor where factor.person_id = person.id \
       and factor.status = 'verified') as has_second_factor, \
     membership.created_at as joined_at, \
     (select max(session.last_active_at) from session \
       where session.person_id = person.id) as last_active_at \
     from membership join person on person.id = membership.person_id \
     where membership.org_id = $1";

pub async fn members(tx: &mut Tx, org: OrgId) -> Result<Vec<Member>, DbError> {
    sql_owned(format!("{MEMBER} order by person.email"))
        .bind(org)
        .all(tx)
        .await
}

pub async fn member(tx: &mut Tx, org: OrgId, person: PersonId) -> Result<Option<Member>, DbError> {
    sql_owned(format!("{MEMBER} and membership.person_id = $2"))
        .bind(org)
        .bind(person)
        .optional(tx)
        .await
}

pub async fn owners(tx: &mut Tx, org: OrgId) -> Result<i64, DbError> {
    sql("select count(*) from membership where org_id = $1 and role = 'owner'")
        .bind(org)
        .value(tx)
        .await
}

pub async fn set_role(
    tx: &mut Tx,
    org: OrgId,
    person: PersonId,
    role: Role,
) -> Result<(), DbError> {
    sql("update membership set role = $3 where org_id = $1 and person_id = $2")
        .bind(org)
        .bind(person)
        .bind(role.as_str())
        .run_one(tx)
        .await
}

/// Whether the person has a place in another organization.
pub async fn is_elsewhere(tx: &mut Tx, org: OrgId, person: PersonId) -> Result<bool, DbError> {
    let places: i64 = sql("select count(*) from membership where org_id <> $1 and person_id = $2")
        .bind(org)
        .bind(person)
        .value(tx)
        .await?;
    Ok(places > 0)
}

const INVITED: &str = "select email_link.id, person.email, email_link.role, \
     coalesce(nullif(inviter.name, ''), inviter.email) as invited_by, \
     email_link.created_at as invited_at, email_link.expires_at, email_link.sent_at \
     from email_link join person on person.id = email_link.person_id \
     left join person inviter on inviter.id = email_link.invited_by \
     where email_link.org_id = $1 and email_link.kind = 'invitation' \
       and email_link.used_at is null and email_link.withdrawn_at is null";

/// Invitations that nobody has accepted or taken back, the too old among them.
pub async fn invited(tx: &mut Tx, org: OrgId) -> Result<Vec<Invited>, DbError> {
    sql_owned(format!("{INVITED} order by person.email"))
        .bind(org)
        .all(tx)
        .await
}

pub async fn invitation(
    tx: &mut Tx,
    org: OrgId,
    id: EmailLinkId,
) -> Result<Option<Invited>, DbError> {
    sql_owned(format!("{INVITED} and email_link.id = $2"))
        .bind(org)
        .bind(id)
        .optional(tx)
        .await
}

/// Takes back what was sent to a person, if it is open; one of it, or all to this organization.
pub async fn withdraw(tx: &mut Tx, org: OrgId, person: PersonId, now: At) -> Result<(), DbError> {
    sql(
        "update email_link set withdrawn_at = $3 where org_id = $1 and person_id = $2 \
         and kind = 'invitation' and used_at is null and withdrawn_at is null",
    )
    .bind(org)
    .bind(person)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Takes back what a person sent; to how many.
pub async fn withdraw_sent_by(
    tx: &mut Tx,
    org: OrgId,
    person: PersonId,
    now: At,
) -> Result<u64, DbError> {
    sql(
        "update email_link set withdrawn_at = $3 where org_id = $1 and invited_by = $2 \
         and kind = 'invitation' and used_at is null and withdrawn_at is null",
    )
    .bind(org)
    .bind(person)
    .bind(now)
    .run(tx)
    .await
}

/// Forgets somebody who was only ever invited, once nothing they were sent is open.
pub async fn forget_invited(tx: &mut Tx, person: PersonId) -> Result<(), DbError> {
    sql(
        "delete from person where id = $1 and password_hash is null \
         and email_confirmed_at is null \
         and not exists (select 1 from membership where membership.person_id = person.id) \
         and not exists (select 1 from email_link where email_link.person_id = person.id \
           and email_link.used_at is null and email_link.withdrawn_at is null)",
    )
    .bind(person)
    .run(tx)
    .await?;
    Ok(())
}

/// Whether the person has a place in any organization, without which nobody signs in.
pub async fn is_anywhere(tx: &mut Tx, person: PersonId) -> Result<bool, DbError> {
    let places: i64 = sql("select count(*) from membership where person_id = $1")
        .bind(person)
        .value(tx)
        .await?;
    Ok(places > 0)
}

pub async fn set_name(tx: &mut Tx, person: PersonId, name: &str, now: At) -> Result<(), DbError> {
    sql("update person set name = $2, updated_at = $3 where id = $1")
        .bind(person)
        .bind(name)
        .bind(now)
        .run_one(tx)
        .await
}

pub async fn organization_name(tx: &mut Tx, org: OrgId) -> Result<String, DbError> {
    sql("select name from organization where id = $1")
        .bind(org)
        .value(tx)
        .await
}

/// Takes a person's place away, and every session in it.
pub async fn remove_member(
    tx: &mut Tx,
    org: OrgId,
    person: PersonId,
    now: At,
) -> Result<(), DbError> {
    sql("update session set revoked_at = $3 \
         where org_id = $1 and person_id = $2 and revoked_at is null")
    .bind(org)
    .bind(person)
    .bind(now)
    .run(tx)
    .await?;
    // Answers kept for changes that a device may send again.
    sql("delete from idempotency where org_id = $1 and person_id = $2")
        .bind(org)
        .bind(person)
        .run(tx)
        .await?;
    sql("delete from membership where org_id = $1 and person_id = $2")
        .bind(org)
        .bind(person)
        .run_one(tx)
        .await
}

#[derive(sqlx::FromRow)]
pub struct Consent {
    pub connected_by: PersonId,
    pub name: String,
}

/// Connections that stand by somebody's consent.
pub async fn consents(tx: &mut Tx, org: OrgId) -> Result<Vec<Consent>, DbError> {
    sql(
        "select connected_by, name from connection where org_id = $1 \
         and connected_by is not null and state <> 'disconnected' order by name",
    )
    .bind(org)
    .all(tx)
    .await
}
