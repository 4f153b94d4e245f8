//! What one client's page shows beside the client itself.

use crate::db::{At, ClientId, Day, DbError, InvoiceId, OrgId, Tx, sql};

/// An invoice in accounting.
#[derive(sqlx::FromRow)]
pub struct ClientInvoice {
    pub id: InvoiceId,
    pub number: String,
    pub status: String,
    pub issued_on: Day,
    pub due_on: Option<Day>,
    pub currency: String,
    pub total_minor: i64,
    pub due_minor: i64,
}

/// The newest invoices of the ledger's contacts that are this client.
pub async fn invoices(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
    limit: i64,
) -> Result<Vec<ClientInvoice>, DbError> {
    sql(
        "select invoice.id, invoice.number, invoice.status, invoice.issued_on, invoice.due_on, \
         invoice.currency, invoice.total_minor, invoice.due_minor \
         from client_link join invoice on invoice.org_id = $1 \
           and invoice.connection_id = client_link.connection_id \
           and invoice.contact_external_id = client_link.external_id \
         where client_link.org_id = $1 and client_link.client_id = $2 \
           and client_link.state = 'mapped' and invoice.removed_at is null \
           and invoice.status not in ('VOIDED', 'DELETED') \
         order by invoice.issued_on desc, invoice.id desc limit $3",
    )
    .bind(org)
    .bind(client)
    .bind(limit)
    .all(tx)
    .await
}

/// A device as evidence: name, kind and when it was last seen.
#[derive(sqlx::FromRow)]
pub struct ClientDevice {
    pub name: String,
    pub class: String,
    pub meter: Option<String>,
    pub last_seen_at: Option<At>,
}

pub async fn client_devices(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
    limit: i64,
) -> Result<Vec<ClientDevice>, DbError> {
    sql(
        "select device.name, device.class, device.meter, device.last_seen_at \
         from client_link join device on device.org_id = $1 \
           and device.connection_id = client_link.connection_id \
           and device.company_external_id = client_link.external_id \
         where client_link.org_id = $1 and client_link.client_id = $2 \
           and client_link.state = 'mapped' and device.removed_at is null \
         order by device.meter nulls last, device.name, device.external_id limit $3",
    )
    .bind(org)
    .bind(client)
    .bind(limit)
    .all(tx)
    .await
}

/// A vendor record that is this client.
#[derive(sqlx::FromRow)]
pub struct ClientRecord {
    pub vendor: String,
    pub external_id: String,
    pub company: String,
    pub is_gone: bool,
}

pub async fn records(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
) -> Result<Vec<ClientRecord>, DbError> {
    sql("select connection.vendor, client_link.external_id, \
         coalesce(vendor_company.name, '') as company, \
         vendor_company.removed_at is not null as is_gone \
         from client_link join connection on connection.org_id = $1 \
           and connection.id = client_link.connection_id \
         left join vendor_company on vendor_company.org_id = $1 \
           and vendor_company.connection_id = client_link.connection_id \
           and vendor_company.external_id = client_link.external_id \
         where client_link.org_id = $1 and client_link.client_id = $2 \
           and client_link.state = 'mapped' \
         order by connection.vendor, client_link.external_id")
    .bind(org)
    .bind(client)
    .all(tx)
    .await
}
