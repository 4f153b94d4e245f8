//! What planning reads of contracts, coverage, the ledger and waiting one-offs.

use billing::{Micro, coverage::Key};

use crate::{
    db::{
        At, ClientId, ConnectionId, ContractId, ContractLineId, Day, DbError, Exact, FindingId,
        InvoiceId, OneOffId, OrgId, Tx, sql,
    },
    fault::Fault,
    features::clients::Span,
};

#[derive(sqlx::FromRow)]
pub struct ContractRow {
    pub id: ContractId,
    pub client_id: ClientId,
    pub client_name: String,
    pub reference: String,
    pub currency: String,
    pub bill_from: Day,
    pub purchase_order: Option<String>,
    pub is_ended: bool,
    pub starts_on: Day,
    pub cycle: String,
    /// The connected ledger the client has a contact in.
    pub ledger_id: Option<ConnectionId>,
}

pub async fn contracts(
    tx: &mut Tx,
    org: OrgId,
    clients: Span,
) -> Result<Vec<ContractRow>, DbError> {
    sql(
        "select contract.id, contract.client_id, client.name as client_name, \
           contract.reference, contract.currency, contract.bill_from, contract.purchase_order, \
           contract.status = 'ended' as is_ended, \
           contract.starts_on, contract.cycle, \
           (select c.id from connection c where c.org_id = $1 and c.vendor = 'xero' \
              and c.state <> 'disconnected' order by c.connected_at, c.id limit 1) as ledger_id \
         from contract join client on client.org_id = contract.org_id \
           and client.id = contract.client_id \
         where contract.org_id = $1 and contract.status <> 'draft' \
           and contract.client_id >= $2 and contract.client_id <= $3 order by contract.reference",
    )
    .bind(org)
    .bind(clients.from)
    .bind(clients.to)
    .all(tx)
    .await
}

/// The connected ledger, into which drafts go.
pub async fn ledger(tx: &mut Tx, org: OrgId) -> Result<Option<ConnectionId>, DbError> {
    let ledgers: Vec<ConnectionId> = sql("select id from connection \
         where org_id = $1 and vendor = 'xero' and state <> 'disconnected' \
         order by connected_at, id limit 1")
    .bind(org)
    .values(tx)
    .await?;
    Ok(ledgers.into_iter().next())
}

/// When a client has to pay, as a contact of it in the ledger says.
#[derive(sqlx::FromRow)]
pub struct TermsRow {
    pub client_id: ClientId,
    pub terms_days: Option<i64>,
    pub terms_from: Option<String>,
}

/// In the order in which a client's contacts are chosen for its invoices.
pub async fn contact_terms(tx: &mut Tx, org: OrgId) -> Result<Vec<TermsRow>, DbError> {
    sql(
        "select link.client_id, contact.terms_days, contact.terms_from \
         from client_link link \
         join connection on connection.org_id = link.org_id \
           and connection.id = link.connection_id and connection.vendor = 'xero' \
           and connection.state <> 'disconnected' \
         join vendor_company contact on contact.org_id = link.org_id \
           and contact.connection_id = link.connection_id \
           and contact.external_id = link.external_id \
         where link.org_id = $1 and link.state = 'mapped' and link.client_id is not null \
         order by link.external_id",
    )
    .bind(org)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct CoveredRow {
    pub line_id: ContractLineId,
    pub starts_on: Day,
    pub charge_kind: String,
    /// waived | drafted | posted | …
    pub state: String,
    /// The ledger's invoice that billed it before.
    pub invoice_id: Option<InvoiceId>,
    pub known_at: Option<At>,
    pub window_on: Option<Day>,
}

impl CoveredRow {
    pub fn key(&self) -> Result<Key, Fault> {
        let kind = serde_json::from_value(self.charge_kind.clone().into())?;
        Ok(Key {
            period_start: self.starts_on.0,
            kind,
        })
    }
}

pub async fn covered(tx: &mut Tx, org: OrgId, clients: Span) -> Result<Vec<CoveredRow>, DbError> {
    sql(
        "select coverage.line_id, coverage.starts_on, coverage.charge_kind, coverage.state, \
           coverage.invoice_id, coverage.known_at, coverage.window_on \
         from contract \
         join contract_line line on line.org_id = contract.org_id \
           and line.contract_id = contract.id \
         join coverage on coverage.org_id = line.org_id and coverage.line_id = line.id \
         where contract.org_id = $1 and contract.client_id >= $2 and contract.client_id <= $3 \
           and coverage.state <> 'planned'",
    )
    .bind(org)
    .bind(clients.from)
    .bind(clients.to)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct ForeignLine {
    pub client_id: ClientId,
    pub item_code: String,
    pub issued_on: Day,
    pub invoice_id: InvoiceId,
}

/// Lines with an item code on owed or paid invoices that BillingOne did not make.
pub async fn foreign_lines(
    tx: &mut Tx,
    org: OrgId,
    clients: Span,
    since: Day,
) -> Result<Vec<ForeignLine>, DbError> {
    sql(
        "select link.client_id, line.item_code, invoice.issued_on, invoice.id as invoice_id \
         from invoice \
         join client_link link on link.org_id = invoice.org_id \
           and link.connection_id = invoice.connection_id \
           and link.external_id = invoice.contact_external_id and link.state = 'mapped' \
         join invoice_line line on line.org_id = invoice.org_id and line.invoice_id = invoice.id \
         where invoice.org_id = $1 and invoice.issued_on >= $2 and invoice.removed_at is null \
           and invoice.status in ('AUTHORISED', 'PAID') and line.item_code is not null \
           and link.client_id >= $3 and link.client_id <= $4 \
           and not exists (select 1 from generated_invoice made \
             where made.org_id = invoice.org_id and made.ledger_external_id = invoice.external_id) \
         order by invoice.issued_on, invoice.id",
    )
    .bind(org)
    .bind(since)
    .bind(clients.from)
    .bind(clients.to)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct OneOffRow {
    pub id: OneOffId,
    pub client_id: ClientId,
    pub contract_line_id: Option<ContractLineId>,
    pub finding_id: Option<FindingId>,
    pub description: String,
    pub item_code: Option<String>,
    pub quantity: Exact,
    pub unit_price: Exact,
    pub net_minor: i64,
    pub currency: String,
    pub tax_type: String,
    pub account_code: String,
    pub starts_on: Option<Day>,
    pub ends_on: Option<Day>,
    pub explanation: String,
}

pub async fn waiting_one_offs(
    tx: &mut Tx,
    org: OrgId,
    clients: Span,
) -> Result<Vec<OneOffRow>, DbError> {
    sql(
        "select id, client_id, contract_line_id, finding_id, description, item_code, quantity, \
           unit_price, net_minor, currency, tax_type, account_code, starts_on, ends_on, \
           explanation \
         from one_off where org_id = $1 and state = 'waiting' \
           and client_id >= $2 and client_id <= $3 order by id",
    )
    .bind(org)
    .bind(clients.from)
    .bind(clients.to)
    .all(tx)
    .await
}

/// Rates by tax type, as fractions of one.
pub async fn tax_rates(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, Micro)>, DbError> {
    let rows: Vec<(String, i64)> = sql("select external_id, max(rate) from tax_rate \
         where org_id = $1 and removed_at is null and status = 'ACTIVE' group by external_id")
    .bind(org)
    .all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(name, rate)| (name, Micro(rate)))
        .collect())
}

/// What each contract's last invoice of ours came to before tax.
pub async fn last_nets(
    tx: &mut Tx,
    org: OrgId,
    clients: Span,
) -> Result<Vec<(ContractId, i64)>, DbError> {
    sql("select contract_id, net_minor from generated_invoice made \
         where org_id = $1 and client_id >= $2 and client_id <= $3 \
           and contract_id is not null and status in ('posted', 'part_paid', 'paid') \
           and id = (select max_id.id from generated_invoice max_id \
             where max_id.org_id = made.org_id and max_id.contract_id = made.contract_id \
               and max_id.status in ('posted', 'part_paid', 'paid') order by max_id.issued_on desc, max_id.id desc limit 1)")
    .bind(org)
    .bind(clients.from)
    .bind(clients.to)
    .all(tx)
    .await
}
