//! Links between vendor records and clients, and what proposals are made from.

use super::{ClientLink, ConnectionRef, Decision};
use crate::{
    db::{At, ClientId, ConnectionId, DbError, OrgId, PersonId, Tx, sql},
    paging::{After, Window},
};

pub async fn connections(tx: &mut Tx, org: OrgId) -> Result<Vec<ConnectionRef>, DbError> {
    sql("select id, vendor, name from connection where org_id = $1 order by vendor, id")
        .bind(org)
        .all(tx)
        .await
}

pub async fn link(
    tx: &mut Tx,
    org: OrgId,
    connection: ConnectionId,
    external_id: &str,
) -> Result<Option<ClientLink>, DbError> {
    sql(
        "select client_link.connection_id, connection.vendor, client_link.external_id, \
         coalesce(vendor_company.name, '') as company, vendor_company.own_ref, \
         vendor_company.web_domain, vendor_company.email_domain, client_link.state, \
         client_link.client_id, client.reference as client_reference, \
         client.name as client_name, client_link.score, client_link.reason, \
         client_link.version, vendor_company.removed_at is not null as is_gone \
         from client_link \
         join connection on connection.org_id = $1 and connection.id = client_link.connection_id \
         left join vendor_company on vendor_company.org_id = $1 \
           and vendor_company.connection_id = client_link.connection_id \
           and vendor_company.external_id = client_link.external_id \
         left join client on client.org_id = $1 and client.id = client_link.client_id \
         where client_link.org_id = $1 and client_link.connection_id = $2 \
           and client_link.external_id = $3",
    )
    .bind(org)
    .bind(connection)
    .bind(external_id)
    .optional(tx)
    .await
}

pub async fn write_decision(
    tx: &mut Tx,
    org: OrgId,
    decision: &Decision<'_>,
    client: Option<ClientId>,
    person: Option<PersonId>,
    now: At,
) -> Result<(), DbError> {
    sql(
        "insert into client_link (org_id, connection_id, external_id, client_id, state, score, \
         reason, decided_by, decided_at) values ($1, $2, $3, $4, $5, 0, $6, $7, $8) \
         on conflict (org_id, connection_id, external_id) do update set \
         client_id = excluded.client_id, state = excluded.state, score = 0, \
         reason = excluded.reason, decided_by = excluded.decided_by, \
         decided_at = excluded.decided_at, version = client_link.version + 1",
    )
    .bind(org)
    .bind(decision.connection)
    .bind(decision.external_id)
    .bind(client)
    .bind(decision.state.as_str())
    .bind(decision.reason)
    .bind(person)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

pub struct LinkFilter {
    pub pattern: Option<String>,
    pub state: Option<String>,
    pub connection: Option<ConnectionId>,
    pub client: Option<ClientId>,
}

#[derive(sqlx::FromRow)]
pub struct LinkRow {
    pub name_key: String,
    #[sqlx(flatten)]
    pub link: ClientLink,
}

impl LinkRow {
    /// Where it stands in the list.
    pub fn place(&self) -> After {
        After::of_text(&self.name_key, self.link.connection_id.0).with_tail(&self.link.external_id)
    }
}

/// Links by the vendor's name of the company. Every record that was read has one: see
/// [`super::propose`].
pub async fn links(
    tx: &mut Tx,
    org: OrgId,
    filter: &LinkFilter,
    window: &Window,
) -> Result<Vec<LinkRow>, DbError> {
    sql(
        "select client_link.connection_id, connection.vendor, client_link.external_id, \
         coalesce(vendor_company.name, '') as company, \
         coalesce(vendor_company.name_key, '') as name_key, vendor_company.own_ref, \
         vendor_company.web_domain, vendor_company.email_domain, client_link.state, \
         client_link.client_id, client.reference as client_reference, \
         client.name as client_name, client_link.score, client_link.reason, \
         client_link.version, vendor_company.removed_at is not null as is_gone \
         from client_link \
         join connection on connection.org_id = $1 and connection.id = client_link.connection_id \
         left join vendor_company on vendor_company.org_id = $1 \
           and vendor_company.connection_id = client_link.connection_id \
           and vendor_company.external_id = client_link.external_id \
         left join client on client.org_id = $1 and client.id = client_link.client_id \
         where client_link.org_id = $1 \
           and ($2 is null or vendor_company.name_key like $2 or client.name_key like $2) \
           and ($3 is null or client_link.state = $3) \
           and ($4 is null or client_link.connection_id = $4) \
           and ($5 is null or client_link.client_id = $5) \
           and ($6 is null or (coalesce(vendor_company.name_key, ''), \
             client_link.connection_id, client_link.external_id) > ($6, $7, $8)) \
         order by coalesce(vendor_company.name_key, ''), client_link.connection_id, \
           client_link.external_id limit $9",
    )
    .bind(org)
    .bind(filter.pattern.as_deref())
    .bind(filter.state.as_deref())
    .bind(filter.connection)
    .bind(filter.client)
    .bind(window.after.as_ref().and_then(After::text))
    .bind(window.after.as_ref().map(|after| after.id))
    .bind(window.after.as_ref().and_then(After::tail))
    .bind(window.rows())
    .all(tx)
    .await
}

/// A vendor record that nobody decided about.
#[derive(sqlx::FromRow)]
pub struct OpenCompany {
    pub connection_id: ConnectionId,
    pub external_id: String,
    pub name: String,
    pub own_ref: Option<String>,
    pub web_domain: Option<String>,
    pub email_domain: Option<String>,
    /// As they stand now; null for a record that has no link yet.
    pub state: Option<String>,
    pub client_id: Option<ClientId>,
    pub score: Option<i64>,
}

/// Records without a link, and links that are only suggested or open. What a person unmapped
/// with their own hand is left as it is.
pub async fn open_companies(tx: &mut Tx, org: OrgId) -> Result<Vec<OpenCompany>, DbError> {
    sql(
        "select vendor_company.connection_id, vendor_company.external_id, vendor_company.name, \
         vendor_company.own_ref, vendor_company.web_domain, vendor_company.email_domain, \
         client_link.state, client_link.client_id, client_link.score \
         from vendor_company left join client_link on client_link.org_id = $1 \
           and client_link.connection_id = vendor_company.connection_id \
           and client_link.external_id = vendor_company.external_id \
         where vendor_company.org_id = $1 and vendor_company.removed_at is null \
           and (client_link.state is null or client_link.state = 'suggested' \
             or client_link.state = 'unmapped' and client_link.decided_by is null) \
         order by vendor_company.connection_id, vendor_company.external_id",
    )
    .bind(org)
    .all(tx)
    .await
}

/// Records that share an id the MSP gave: such an id is not unique and decides nothing.
pub async fn shared_own_refs(
    tx: &mut Tx,
    org: OrgId,
) -> Result<Vec<(ConnectionId, String)>, DbError> {
    sql("select connection_id, own_ref from vendor_company \
         where org_id = $1 and removed_at is null and own_ref is not null \
         group by connection_id, own_ref having count(*) > 1")
    .bind(org)
    .all(tx)
    .await
}

/// What a client can be recognised by.
#[derive(sqlx::FromRow)]
pub struct KnownClient {
    pub id: ClientId,
    pub reference: String,
    pub name: String,
    pub web_domain: Option<String>,
    pub email_domain: Option<String>,
}

pub async fn known_clients(tx: &mut Tx, org: OrgId) -> Result<Vec<KnownClient>, DbError> {
    sql(
        "select id, reference, name, web_domain, email_domain from client \
         where org_id = $1 and status = 'active' order by id",
    )
    .bind(org)
    .all(tx)
    .await
}

/// What a record that is not mapped is worth a month, by the vendor and its id: the impact of the
/// finding about it.
#[derive(sqlx::FromRow)]
pub struct Worth {
    pub subject: String,
    pub impact_minor: i64,
    pub currency: String,
}

/// `kind` is `unmapped_company` or `unmapped_product`.
pub async fn worth(tx: &mut Tx, org: OrgId, kind: &str) -> Result<Vec<Worth>, DbError> {
    sql("select subject, impact_minor, currency from finding \
         where org_id = $1 and kind = $2 and state <> 'closed'")
    .bind(org)
    .bind(kind)
    .all(tx)
    .await
}

/// How many links are in each state.
pub async fn states(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, i64)>, DbError> {
    sql("select state, count(*) from client_link where org_id = $1 group by state")
        .bind(org)
        .all(tx)
        .await
}

/// What happened to one record's link, newest first.
pub async fn decisions(
    tx: &mut Tx,
    org: OrgId,
    external_id: &str,
) -> Result<Vec<PastDecision>, DbError> {
    sql(
        "select audit.at, audit.action, coalesce(person.name, '') as person, audit.detail \
         from audit left join person on person.id = audit.person_id \
         where audit.org_id = $1 and audit.action in ('client_link.decided', \
           'client_link.committed', 'catalog_link.decided') and audit.detail like $2 \
         order by audit.id desc limit 20",
    )
    .bind(org)
    .bind(format!(
        "%\"{}\"%",
        external_id.replace(['%', '_', '"', '\\'], "")
    ))
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct PastDecision {
    pub at: At,
    pub action: String,
    pub person: String,
    pub detail: String,
}
