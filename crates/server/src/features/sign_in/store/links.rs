//! Links that were sent by e-mail.

use crate::{
    db::{At, DbError, EmailLinkId, OrgId, PersonId, Tx, sql, sql_owned},
    features::sign_in::links::NewLink,
};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LinkRow {
    pub id: EmailLinkId,
    pub kind: String,
    pub person_id: PersonId,
    pub email: String,
    pub name: String,
    pub org_id: Option<OrgId>,
    pub role: Option<String>,
    pub redirect_to: Option<String>,
    pub expires_at: At,
    pub sent_at: Option<At>,
    pub used_at: Option<At>,
    pub withdrawn_at: Option<At>,
}

/// Does nothing where the link is there already.
pub async fn insert(tx: &mut Tx, new: &NewLink, now: At, expires_at: At) -> Result<(), DbError> {
    let place = new.place.as_ref();
    sql(
        "insert into email_link (id, kind, person_id, org_id, role, invited_by, redirect_to, \
         created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         on conflict (id) do nothing",
    )
    .bind(new.id)
    .bind(new.kind.as_str())
    .bind(new.person)
    .bind(place.map(|place| place.org))
    .bind(place.map(|place| place.role.as_str()))
    .bind(place.map(|place| place.by))
    .bind(new.redirect_to.clone())
    .bind(now)
    .bind(expires_at)
    .run(tx)
    .await?;
    Ok(())
}

const LINK: &str = "select email_link.id, email_link.kind, email_link.person_id, person.email, \
     person.name, email_link.org_id, email_link.role, email_link.redirect_to, \
     email_link.expires_at, email_link.sent_at, email_link.used_at, email_link.withdrawn_at \
     from email_link join person on person.id = email_link.person_id \
       and person.disabled_at is null";

pub async fn one(tx: &mut Tx, id: EmailLinkId) -> Result<Option<LinkRow>, DbError> {
    sql_owned(format!("{LINK} where email_link.id = $1"))
        .bind(id)
        .optional(tx)
        .await
}

pub async fn set_sent(tx: &mut Tx, id: EmailLinkId, now: At) -> Result<(), DbError> {
    sql("update email_link set sent_at = $2 where id = $1")
        .bind(id)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// False when it was used or taken back before.
pub async fn use_up(tx: &mut Tx, id: EmailLinkId, now: At) -> Result<bool, DbError> {
    let used = sql("update email_link set used_at = $2 \
         where id = $1 and used_at is null and withdrawn_at is null")
    .bind(id)
    .bind(now)
    .run(tx)
    .await?;
    Ok(used == 1)
}

/// Takes back what was sent to a person to set their password, and was not used.
pub async fn withdraw_recoveries(tx: &mut Tx, person: PersonId, now: At) -> Result<(), DbError> {
    sql(
        "update email_link set withdrawn_at = $2 where person_id = $1 \
         and kind = 'recovery' and used_at is null and withdrawn_at is null",
    )
    .bind(person)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Who has this address and a place anywhere.
pub async fn recoverable(tx: &mut Tx, email: &str) -> Result<Option<PersonId>, DbError> {
    let found: Vec<PersonId> = sql(
        "select id from person where email = $1 and disabled_at is null \
         and exists (select 1 from membership where membership.person_id = person.id)",
    )
    .bind(email)
    .values(tx)
    .await?;
    Ok(found.into_iter().next())
}

/// That the address is theirs: they have opened a letter sent to it.
pub async fn confirm_email(tx: &mut Tx, person: PersonId, now: At) -> Result<(), DbError> {
    sql("update person set email_confirmed_at = coalesce(email_confirmed_at, $2) where id = $1")
        .bind(person)
        .bind(now)
        .run_one(tx)
        .await
}
