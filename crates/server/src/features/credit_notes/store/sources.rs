//! What can be credited, and what the ledger and the clients say about it.

use crate::db::{
    ClientId, ConnectionId, Day, DbError, Exact, GeneratedCreditNoteId, GeneratedInvoiceId,
    GeneratedLineId, OrgId, Tx, sql,
};

/// A line of an invoice, with what credit notes hold of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CreditableRow {
    pub id: GeneratedLineId,
    pub description: String,
    pub item_code: Option<String>,
    pub quantity: Exact,
    pub unit_price: Exact,
    pub sent_quantity: Exact,
    pub sent_unit_amount: Exact,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub tax_type: String,
    pub tax_rate: Exact,
    pub account_code: String,
    pub starts_on: Option<Day>,
    pub ends_on: Option<Day>,
    pub credited_net_minor: i64,
    pub credited_tax_minor: i64,
}

/// The lines of an invoice; what `except` holds of them is left out, because it is being edited.
pub async fn creditable(
    tx: &mut Tx,
    org: OrgId,
    invoice: GeneratedInvoiceId,
    except: Option<GeneratedCreditNoteId>,
) -> Result<Vec<CreditableRow>, DbError> {
    sql("with held as (select credit.generated_line_id, \
             sum(credit.net_minor) as net_minor, sum(credit.tax_minor) as tax_minor \
           from generated_credit_note note \
           join generated_credit_line credit on credit.org_id = note.org_id \
             and credit.credit_note_id = note.id \
           where note.org_id = $1 and note.generated_invoice_id = $2 \
             and note.status not in ('rejected', 'void') and ($3 is null or note.id <> $3) \
           group by credit.generated_line_id) \
         select line.id, line.description, line.item_code, line.quantity, line.unit_price, \
           line.sent_quantity, line.sent_unit_amount, line.net_minor, line.tax_minor, \
           line.tax_type, line.tax_rate, line.account_code, line.starts_on, line.ends_on, \
           cast(coalesce(held.net_minor, 0) as bigint) as credited_net_minor, \
           cast(coalesce(held.tax_minor, 0) as bigint) as credited_tax_minor \
         from generated_line line left join held on held.generated_line_id = line.id \
         where line.org_id = $1 and line.generated_invoice_id = $2 order by line.position")
    .bind(org)
    .bind(invoice)
    .bind(except)
    .all(tx)
    .await
}

/// What a credit note is judged against.
pub struct Surroundings {
    /// The client's contact in the ledger.
    pub contact: Option<String>,
    pub tax_codes: Vec<String>,
    pub account_codes: Vec<String>,
}

pub async fn surroundings(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
    ledger: Option<ConnectionId>,
) -> Result<Surroundings, DbError> {
    let contacts: Vec<String> = sql("select external_id from client_link \
         where org_id = $1 and connection_id = $2 and client_id = $3 and state = 'mapped' \
         order by external_id limit 1")
    .bind(org)
    .bind(ledger)
    .bind(client)
    .values(tx)
    .await?;
    let rates = tax_rates(tx, org).await?;
    let accounts = accounts(tx, org).await?;
    Ok(Surroundings {
        contact: contacts.into_iter().next(),
        tax_codes: rates.into_iter().map(|(code, _)| code).collect(),
        account_codes: accounts.into_iter().map(|(code, _)| code).collect(),
    })
}

/// The tax codes that the ledger takes for sales, with their rates.
pub async fn tax_rates(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, Exact)>, DbError> {
    sql(
        "select external_id, rate from tax_rate where org_id = $1 and removed_at is null \
           and status = 'ACTIVE' and applies_to_revenue order by external_id",
    )
    .bind(org)
    .all(tx)
    .await
}

/// The same, with their names.
pub async fn tax_names(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, String)>, DbError> {
    sql(
        "select external_id, name from tax_rate where org_id = $1 and removed_at is null \
           and status = 'ACTIVE' and applies_to_revenue order by external_id",
    )
    .bind(org)
    .all(tx)
    .await
}

pub async fn accounts(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, String)>, DbError> {
    sql("select code, name from ledger_account \
         where org_id = $1 and removed_at is null and status = 'ACTIVE' order by code")
    .bind(org)
    .all(tx)
    .await
}

/// The connected ledger.
pub async fn ledger(tx: &mut Tx, org: OrgId) -> Result<Option<ConnectionId>, DbError> {
    let found: Vec<ConnectionId> = sql("select id from connection \
         where org_id = $1 and vendor = 'xero' and state <> 'disconnected' \
         order by connected_at, id limit 1")
    .bind(org)
    .values(tx)
    .await?;
    Ok(found.into_iter().next())
}

/// Clients by name, for whom a free one can be made.
pub async fn clients(tx: &mut Tx, org: OrgId) -> Result<Vec<(ClientId, String)>, DbError> {
    sql(
        "select id, name from client where org_id = $1 and status = 'active' and own_use = false \
         order by name_key, id",
    )
    .bind(org)
    .all(tx)
    .await
}
