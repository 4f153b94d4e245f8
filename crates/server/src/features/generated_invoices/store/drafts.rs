//! Drafts with their lines, and what they are judged against.

use billing::Micro;

use super::super::{PlannedLine, plan::exact};
use super::word;
use crate::db::{
    At, ClientId, ConnectionId, ContractId, ContractLineId, CoverageId, Day, DbError, Exact,
    GeneratedInvoiceId, GeneratedLineId, OneOffId, OrgId, PersonId, Tx, sql,
};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DraftRow {
    pub id: GeneratedInvoiceId,
    pub number: Option<String>,
    pub client_id: ClientId,
    pub contract_id: Option<ContractId>,
    pub currency: String,
    pub status: String,
    pub issued_on: Day,
    pub due_on: Option<Day>,
    pub reference: String,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
    pub content_hash: Vec<u8>,
    pub approved_hash: Option<Vec<u8>>,
    pub approved_by: Option<PersonId>,
    pub post_state: Option<String>,
    pub post_attempt: i64,
    pub connection_id: Option<ConnectionId>,
    pub ledger_external_id: Option<String>,
    /// For the team's eyes only.
    pub note: Option<String>,
    pub version: i64,
}

pub async fn draft(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
) -> Result<Option<DraftRow>, DbError> {
    sql(
        "select id, number, client_id, contract_id, currency, status, issued_on, due_on, \
           reference, net_minor, tax_minor, total_minor, content_hash, approved_hash, \
           approved_by, post_state, post_attempt, connection_id, ledger_external_id, note, version \
         from generated_invoice where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LineRow {
    pub id: GeneratedLineId,
    pub position: i64,
    pub contract_line_id: Option<ContractLineId>,
    pub coverage_id: Option<CoverageId>,
    /// The charge it was made of, where that waited by itself.
    pub one_off_id: Option<OneOffId>,
    pub description: String,
    pub item_code: Option<String>,
    pub quantity: Exact,
    pub unit_price: Exact,
    /// What goes out to the ledger as quantity and price (exactly, or one of the total).
    pub sent_quantity: Exact,
    pub sent_unit_amount: Exact,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub tax_type: String,
    pub tax_rate: Exact,
    pub account_code: String,
    pub starts_on: Option<Day>,
    pub ends_on: Option<Day>,
    pub charge_kind: String,
    pub counted: Option<String>,
    pub count_missing_on: Option<Day>,
    pub explanation: String,
    /// A person typed the amount.
    pub by_hand: bool,
    /// What the contract made of it before.
    pub agreed_minor: Option<i64>,
    pub unit_cost: Option<Exact>,
    pub cost_currency: Option<String>,
}

pub async fn lines(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
) -> Result<Vec<LineRow>, DbError> {
    sql(
        "select line.id, line.position, line.contract_line_id, line.coverage_id, \
           line.one_off_id, line.description, line.item_code, line.quantity, line.unit_price, line.sent_quantity, \
           line.sent_unit_amount, line.net_minor, line.tax_minor, line.tax_type, line.tax_rate, \
           line.account_code, line.starts_on, line.ends_on, line.charge_kind, line.counted, \
           line.count_missing_on, line.explanation, line.by_hand, line.agreed_minor, item.unit_cost, item.currency as cost_currency \
         from generated_line line \
         left join catalog_item item on item.org_id = line.org_id and item.code = line.item_code \
         where line.org_id = $1 and line.generated_invoice_id = $2 order by line.position",
    )
    .bind(org)
    .bind(id)
    .all(tx)
    .await
}

/// What a draft is judged against.
pub struct Surroundings {
    pub client_currency: String,
    /// The client's contact in the ledger.
    pub contact: Option<String>,
    pub tax_codes: Vec<String>,
    pub account_codes: Vec<String>,
    /// Whether the client wants its purchase-order number on every invoice.
    pub is_reference_required: bool,
    /// What stands for a purchase-order number where the contract has none.
    pub contract_reference: Option<String>,
    pub purchase_order: Option<String>,
}

impl Surroundings {
    /// What the client will find as its own reference. Our contract's does not count where it
    /// wants a purchase-order number.
    pub fn reference(&self, written: &str) -> Option<String> {
        let is_ours = self.contract_reference.as_deref() == Some(written)
            && self.purchase_order.as_deref() != Some(written);
        let is_none = written.is_empty() || (self.is_reference_required && is_ours);
        (!is_none).then(|| written.to_owned())
    }

    /// The purchase-order number, where the draft still has our contract's reference in its place.
    pub fn late_reference(&self, written: &str) -> Option<String> {
        let is_ours = self.contract_reference.as_deref() == Some(written);
        let order = self.purchase_order.clone();
        order.filter(|order| is_ours && order != written)
    }
}

pub async fn surroundings(
    tx: &mut Tx,
    org: OrgId,
    draft: &DraftRow,
) -> Result<Surroundings, DbError> {
    let client_currency = sql("select currency from client where org_id = $1 and id = $2")
        .bind(org)
        .bind(draft.client_id)
        .value(tx)
        .await?;
    let contacts: Vec<String> = sql("select external_id from client_link \
         where org_id = $1 and connection_id = $2 and client_id = $3 and state = 'mapped' \
         order by external_id limit 1")
    .bind(org)
    .bind(draft.connection_id)
    .bind(draft.client_id)
    .values(tx)
    .await?;
    let tax_codes = sql("select external_id from tax_rate \
         where org_id = $1 and removed_at is null and status = 'ACTIVE' and applies_to_revenue")
    .bind(org)
    .values(tx)
    .await?;
    let account_codes = sql("select code from ledger_account \
         where org_id = $1 and removed_at is null and status = 'ACTIVE'")
    .bind(org)
    .values(tx)
    .await?;
    let required: Vec<bool> = sql("select is_reference_required from entity_profile \
         where org_id = $1 and client_id = $2")
    .bind(org)
    .bind(draft.client_id)
    .values(tx)
    .await?;
    let named: Option<(String, Option<String>)> =
        sql("select reference, purchase_order from contract where org_id = $1 and id = $2")
            .bind(org)
            .bind(draft.contract_id)
            .optional(tx)
            .await?;
    let (contract_reference, purchase_order) = named.unzip();
    Ok(Surroundings {
        is_reference_required: required.contains(&true),
        contract_reference,
        purchase_order: purchase_order.flatten(),
        client_currency,
        contact: contacts.into_iter().next(),
        tax_codes,
        account_codes,
    })
}

/// A new draft without its lines.
pub struct NewDraft<'a> {
    pub id: GeneratedInvoiceId,
    pub client: ClientId,
    pub contract: Option<ContractId>,
    pub currency: &'a str,
    pub issued_on: Day,
    pub due_on: Day,
    pub reference: &'a str,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub connection: Option<ConnectionId>,
    pub search_key: String,
    pub now: At,
}

pub async fn insert_draft(tx: &mut Tx, org: OrgId, new: &NewDraft<'_>) -> Result<(), DbError> {
    sql(
        "insert into generated_invoice (org_id, id, client_id, contract_id, currency, status, \
           issued_on, due_on, reference, net_minor, tax_minor, total_minor, content_hash, \
           connection_id, stops, holds, search_key, created_at) \
         values ($1, $2, $3, $4, $5, 'draft', $6, $7, $8, $9, $10, $11, $12, $13, '[]', '[]', \
           $14, $15)",
    )
    .bind(org)
    .bind(new.id)
    .bind(new.client)
    .bind(new.contract)
    .bind(new.currency)
    .bind(new.issued_on)
    .bind(new.due_on)
    .bind(new.reference)
    .bind(new.net_minor)
    .bind(new.tax_minor)
    .bind(new.net_minor.saturating_add(new.tax_minor))
    .bind(Vec::<u8>::new())
    .bind(new.connection)
    .bind(&new.search_key)
    .bind(new.now)
    .run(tx)
    .await?;
    Ok(())
}

pub struct NewLine<'a> {
    pub id: GeneratedLineId,
    pub draft: GeneratedInvoiceId,
    pub position: i64,
    pub coverage: Option<CoverageId>,
    pub sent: (Exact, Exact),
    pub planned: &'a PlannedLine,
}

pub async fn insert_line(tx: &mut Tx, org: OrgId, new: &NewLine<'_>) -> Result<(), DbError> {
    let line = new.planned;
    sql(
        "insert into generated_line (org_id, id, generated_invoice_id, position, \
           contract_line_id, coverage_id, description, item_code, quantity, unit_price, \
           sent_quantity, sent_unit_amount, net_minor, tax_minor, tax_type, tax_rate, \
           account_code, starts_on, ends_on, charge_kind, counted, \
           count_missing_on, explanation, one_off_id) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
           $18, $19, $20, $21, $22, $23, $24)",
    )
    .bind(org)
    .bind(new.id)
    .bind(new.draft)
    .bind(new.position)
    .bind(line.contract_line)
    .bind(new.coverage)
    .bind(&line.description)
    .bind(line.item_code.as_deref())
    .bind(exact(line.quantity))
    .bind(exact(line.unit_price))
    .bind(new.sent.0)
    .bind(new.sent.1)
    .bind(line.net.minor)
    .bind(line.tax.minor)
    .bind(&line.tax_type)
    .bind(exact(line.tax_rate.unwrap_or(Micro::ZERO)))
    .bind(&line.account_code)
    .bind(line.period.map(|period| Day(period.start())))
    .bind(line.period.map(|period| Day(period.end())))
    .bind(word(&line.kind))
    .bind(line.counted.as_deref())
    .bind(line.count_missing_on.map(Day))
    .bind(&line.explanation)
    .bind(line.one_off)
    .run(tx)
    .await?;
    Ok(())
}

/// Stores what a draft's content comes to.
pub async fn set_content(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
    hash: Vec<u8>,
    stops: &str,
    holds: &str,
) -> Result<(), DbError> {
    sql(
        "update generated_invoice set content_hash = $3, stops = $4, holds = $5 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(hash)
    .bind(stops)
    .bind(holds)
    .run_one(tx)
    .await
}

/// A state with what belongs to it; `version` is what the person saw.
pub struct Move<'a> {
    pub id: GeneratedInvoiceId,
    pub version: i64,
    pub status: &'a str,
    pub approved: Option<(Vec<u8>, PersonId, At)>,
    pub problem: Option<&'a str>,
}

/// # Errors
/// [`DbError::Stale`] when somebody was faster.
pub async fn set_status(tx: &mut Tx, org: OrgId, new: &Move<'_>) -> Result<(), DbError> {
    let approved = new.approved.as_ref();
    sql(
        "update generated_invoice set status = $4, approved_hash = $5, approved_by = $6, \
           approved_at = $7, problem = $8, version = version + 1 \
         where org_id = $1 and id = $2 and version = $3",
    )
    .bind(org)
    .bind(new.id)
    .bind(new.version)
    .bind(new.status)
    .bind(approved.map(|(hash, _, _)| hash.clone()))
    .bind(approved.map(|(_, by, _)| *by))
    .bind(approved.map(|(_, _, at)| *at))
    .bind(new.problem)
    .run_one(tx)
    .await
}
