//! Repeating invoices.

use crate::db::{At, ClientId, Day, DbError, OrgId, PersonId, RepeatingInvoiceId, Tx, sql};

#[derive(sqlx::FromRow)]
pub struct RepeatingRow {
    pub id: RepeatingInvoiceId,
    pub name: String,
    pub client_id: Option<ClientId>,
    pub client_name: String,
    pub reference: String,
    pub status: String,
    pub currency: String,
    pub period: i64,
    pub unit: String,
    pub starts_on: Option<Day>,
    pub next_on: Option<Day>,
    pub ends_on: Option<Day>,
    pub is_active: bool,
    pub subtotal_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
    pub lines: String,
    pub removed_at: Option<At>,
    pub not_ours_reason: Option<String>,
    pub not_ours_by: Option<PersonId>,
    pub not_ours_at: Option<At>,
}

/// Which to list.
#[derive(Debug, Default)]
pub struct Filter {
    pub client: Option<ClientId>,
    /// Part of a name, as `like` wants it.
    pub pattern: Option<String>,
    /// Those after this one.
    pub after: Option<RepeatingInvoiceId>,
    pub limit: i64,
}

macro_rules! select_repeating {
    ($which:literal) => {
        concat!(
            "select one.id, one.name, client.id as client_id, \
                 coalesce(client.name, one.contact_name) as client_name, one.reference, one.status, \
                 one.currency, one.period, one.unit, one.starts_on, one.next_on, one.ends_on, \
                 one.is_active, one.subtotal_minor, one.tax_minor, one.total_minor, one.lines, \
                 one.removed_at, one.not_ours_reason, one.not_ours_by, one.not_ours_at \
             from repeating_invoice one \
             left join client_link link on link.org_id = one.org_id \
                 and link.connection_id = one.connection_id \
                 and link.external_id = one.contact_external_id and link.state = 'mapped' \
             left join client on client.org_id = link.org_id and client.id = link.client_id \
             where one.org_id = $1 ",
            $which
        )
    };
}

/// What stands in accounting, in the order it was first read.
pub async fn list(tx: &mut Tx, org: OrgId, filter: &Filter) -> Result<Vec<RepeatingRow>, DbError> {
    sql(select_repeating!(
        "and one.removed_at is null \
           and ($2 is null or client.id = $2) \
           and ($3 is null or one.search_key like $3 or client.name_key like $3) \
           and ($4 is null or one.id > $4) \
         order by one.id limit $5"
    ))
    .bind(org)
    .bind(filter.client)
    .bind(filter.pattern.clone())
    .bind(filter.after)
    .bind(filter.limit)
    .all(tx)
    .await
}

/// One, also when it is gone from accounting.
pub async fn one(
    tx: &mut Tx,
    org: OrgId,
    id: RepeatingInvoiceId,
) -> Result<Option<RepeatingRow>, DbError> {
    sql(select_repeating!("and one.id = $2"))
        .bind(org)
        .bind(id)
        .optional(tx)
        .await
}

/// One that still bills a client.
#[derive(sqlx::FromRow)]
pub struct StandingRow {
    pub name: String,
    pub currency: String,
    pub period: i64,
    pub unit: String,
    pub total_minor: i64,
}

/// What still bills a client and is not said to be something else.
pub async fn standing(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
) -> Result<Vec<StandingRow>, DbError> {
    sql(
        "select one.name, one.currency, one.period, one.unit, one.total_minor \
         from client_link link join repeating_invoice one on one.org_id = $1 \
           and one.connection_id = link.connection_id \
           and one.contact_external_id = link.external_id \
         where link.org_id = $1 and link.client_id = $2 and link.state = 'mapped' \
           and one.is_active and one.removed_at is null and one.not_ours_at is null \
         order by one.name, one.external_id",
    )
    .bind(org)
    .bind(client)
    .all(tx)
    .await
}

/// With a reason it is not ours; without one it is again.
pub async fn set_not_ours(
    tx: &mut Tx,
    org: OrgId,
    id: RepeatingInvoiceId,
    reason: Option<&str>,
    person: PersonId,
    now: At,
) -> Result<(), DbError> {
    sql(
        "update repeating_invoice set not_ours_reason = $3, not_ours_by = $4, not_ours_at = $5 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(reason)
    .bind(reason.map(|_| person))
    .bind(reason.map(|_| now))
    .run(tx)
    .await
    .map(drop)
}
