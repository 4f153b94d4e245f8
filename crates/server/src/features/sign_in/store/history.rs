//! What happened to accounts.

use crate::db::{AccountEventId, At, DbError, PersonId, Tx, sql};

#[derive(Debug, sqlx::FromRow)]
pub struct EventRow {
    pub id: AccountEventId,
    pub kind: String,
    pub detail: String,
    pub at: At,
    pub user_agent: String,
    pub address: String,
}

/// Of a person that is there.
pub async fn insert(tx: &mut Tx, person: PersonId, event: &EventRow) -> Result<(), DbError> {
    sql(
        "insert into account_event (id, person_id, kind, detail, at, user_agent, address) \
         select $1, person.id, $3, $4, $5, $6, $7 from person where person.id = $2",
    )
    .bind(event.id)
    .bind(person)
    .bind(&event.kind)
    .bind(&event.detail)
    .bind(event.at)
    .bind(&event.user_agent)
    .bind(&event.address)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn delete(tx: &mut Tx, id: AccountEventId) -> Result<(), DbError> {
    sql("delete from account_event where id = $1")
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

pub async fn forget(tx: &mut Tx, person: PersonId, before: At) -> Result<(), DbError> {
    sql("delete from account_event where person_id = $1 and at < $2")
        .bind(person)
        .bind(before)
        .run(tx)
        .await?;
    Ok(())
}

/// Newest first, after `after`.
pub async fn list(
    tx: &mut Tx,
    person: PersonId,
    after: Option<(At, AccountEventId)>,
    limit: i64,
) -> Result<Vec<EventRow>, DbError> {
    sql(
        "select id, kind, detail, at, user_agent, address from account_event \
         where person_id = $1 and ($2 is null or at < $2 or (at = $2 and id < $3)) \
         order by at desc, id desc limit $4",
    )
    .bind(person)
    .bind(after.map(|(at, _)| at))
    .bind(after.map(|(_, id)| id))
    .bind(limit)
    .all(tx)
    .await
}
