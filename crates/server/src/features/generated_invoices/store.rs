//! The tables of generated invoices, and what planning reads of others.

pub mod scope;

use billing::{Micro, coverage::Key};

use crate::{
    db::{
        At, ClientId, ConnectionId, ContractId, ContractLineId, CoverageId, Day, DbError, Exact,
        FindingId, GeneratedInvoiceId, GeneratedLineId, InvoiceId, OneOffId, OrgId, PersonId, Tx,
        sql,
    },
    fault::Fault,
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
    /// The connected ledger the client has a contact in.
    pub ledger_id: Option<ConnectionId>,
}

pub async fn contracts(tx: &mut Tx, org: OrgId) -> Result<Vec<ContractRow>, DbError> {
    sql(
        "select contract.id, contract.client_id, client.name as client_name, \
           contract.reference, contract.currency, contract.bill_from, contract.purchase_order, \
           (select c.id from connection c where c.org_id = $1 and c.vendor = 'xero' \
              and c.state <> 'disconnected' order by c.connected_at, c.id limit 1) as ledger_id \
         from contract join client on client.org_id = contract.org_id \
           and client.id = contract.client_id \
         where contract.org_id = $1 and contract.status = 'active' order by contract.reference",
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

pub async fn covered(tx: &mut Tx, org: OrgId) -> Result<Vec<CoveredRow>, DbError> {
    sql("select line_id, starts_on, charge_kind from coverage \
         where org_id = $1 and state <> 'planned'")
    .bind(org)
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
           and link.client_id is not null \
           and not exists (select 1 from generated_invoice made \
             where made.org_id = invoice.org_id and made.ledger_external_id = invoice.external_id) \
         order by invoice.issued_on, invoice.id",
    )
    .bind(org)
    .bind(since)
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
    client: Option<ClientId>,
) -> Result<Vec<OneOffRow>, DbError> {
    sql(
        "select id, client_id, contract_line_id, finding_id, description, item_code, quantity, \
           unit_price, net_minor, currency, tax_type, account_code, starts_on, ends_on, \
           explanation \
         from one_off where org_id = $1 and state = 'waiting' \
           and ($2 is null or client_id = $2) order by id",
    )
    .bind(org)
    .bind(client)
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
pub async fn last_nets(tx: &mut Tx, org: OrgId) -> Result<Vec<(ContractId, i64)>, DbError> {
    sql("select contract_id, net_minor from generated_invoice made \
         where org_id = $1 and contract_id is not null and status in ('posted', 'part_paid', 'paid') \
           and id = (select max_id.id from generated_invoice max_id \
             where max_id.org_id = made.org_id and max_id.contract_id = made.contract_id \
               and max_id.status in ('posted', 'part_paid', 'paid') order by max_id.issued_on desc, max_id.id desc limit 1)")
    .bind(org)
    .all(tx)
    .await
}

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
           approved_by, post_state, post_attempt, connection_id, ledger_external_id, version \
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
    pub contract_line_id: Option<ContractLineId>,
    pub coverage_id: Option<CoverageId>,
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
    pub explanation: String,
    pub unit_cost: Option<Exact>,
    pub cost_currency: Option<String>,
}

pub async fn lines(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
) -> Result<Vec<LineRow>, DbError> {
    sql(
        "select line.id, line.contract_line_id, line.coverage_id, line.description, \
           line.item_code, line.quantity, line.unit_price, line.sent_quantity, \
           line.sent_unit_amount, line.net_minor, line.tax_minor, line.tax_type, line.tax_rate, \
           line.account_code, line.starts_on, line.ends_on, line.charge_kind, line.counted, \
           line.explanation, item.unit_cost, item.currency as cost_currency \
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
    pub last_net: Option<i64>,
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
    let last: Vec<i64> = sql("select net_minor from generated_invoice \
         where org_id = $1 and contract_id = $2 and status in ('posted', 'part_paid', 'paid') and id <> $3 \
         order by issued_on desc, id desc limit 1")
    .bind(org)
    .bind(draft.contract_id)
    .bind(draft.id)
    .values(tx)
    .await?;
    Ok(Surroundings {
        client_currency,
        contact: contacts.into_iter().next(),
        tax_codes,
        account_codes,
        last_net: last.into_iter().next(),
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
    pub planned: &'a super::PlannedLine,
}

pub async fn insert_line(tx: &mut Tx, org: OrgId, new: &NewLine<'_>) -> Result<(), DbError> {
    let line = new.planned;
    let exact = super::plan::exact;
    sql(
        "insert into generated_line (org_id, id, generated_invoice_id, position, \
           contract_line_id, coverage_id, description, item_code, quantity, unit_price, \
           sent_quantity, sent_unit_amount, net_minor, tax_minor, tax_type, tax_rate, \
           account_code, starts_on, ends_on, charge_kind, counted, explanation) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
           $18, $19, $20, $21, $22)",
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
    .bind(&line.explanation)
    .run(tx)
    .await?;
    Ok(())
}

/// The word `billing` gives a value at rest.
pub fn word(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_value(value).ok();
    json.and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// A coverage record to take.
pub struct Taking<'a> {
    pub id: CoverageId,
    pub line: ContractLineId,
    pub starts_on: Day,
    pub ends_on: Day,
    pub kind: String,
    pub state: &'a str,
    pub draft: Option<GeneratedInvoiceId>,
    pub invoice: Option<InvoiceId>,
    pub reason: Option<&'a str>,
}

/// Takes a period's coverage if nobody has it; its id, or none when it is taken.
pub async fn take_coverage(
    tx: &mut Tx,
    org: OrgId,
    taking: &Taking<'_>,
) -> Result<Option<CoverageId>, DbError> {
    let ids: Vec<CoverageId> = sql("insert into coverage (org_id, id, line_id, starts_on, \
           ends_on, charge_kind, state, generated_invoice_id, invoice_id, reason) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         on conflict (org_id, line_id, starts_on, charge_kind) do update set \
           state = excluded.state, ends_on = excluded.ends_on, \
           generated_invoice_id = excluded.generated_invoice_id, \
           invoice_id = excluded.invoice_id, reason = excluded.reason, \
           version = coverage.version + 1 \
         where coverage.state = 'planned' returning id")
    .bind(org)
    .bind(taking.id)
    .bind(taking.line)
    .bind(taking.starts_on)
    .bind(taking.ends_on)
    .bind(&taking.kind)
    .bind(taking.state)
    .bind(taking.draft)
    .bind(taking.invoice)
    .bind(taking.reason)
    .values(tx)
    .await?;
    Ok(ids.into_iter().next())
}

/// Moves all coverage of a document to another state.
pub async fn move_coverage(
    tx: &mut Tx,
    org: OrgId,
    draft: GeneratedInvoiceId,
    state: &str,
) -> Result<(), DbError> {
    sql("update coverage set state = $3, version = version + 1 \
         where org_id = $1 and generated_invoice_id = $2")
    .bind(org)
    .bind(draft)
    .bind(state)
    .run(tx)
    .await?;
    Ok(())
}

/// A one-off joins a draft, if it still waits.
pub async fn draft_one_off(
    tx: &mut Tx,
    org: OrgId,
    id: OneOffId,
    draft: GeneratedInvoiceId,
) -> Result<(), DbError> {
    sql(
        "update one_off set state = 'drafted', generated_invoice_id = $3 \
         where org_id = $1 and id = $2 and state = 'waiting'",
    )
    .bind(org)
    .bind(id)
    .bind(draft)
    .run_one(tx)
    .await
}

pub async fn move_one_offs(
    tx: &mut Tx,
    org: OrgId,
    draft: GeneratedInvoiceId,
    state: &str,
) -> Result<(), DbError> {
    let keeps = (state != "waiting").then_some(draft);
    sql("update one_off set state = $3, generated_invoice_id = $4 \
         where org_id = $1 and generated_invoice_id = $2")
    .bind(org)
    .bind(draft)
    .bind(state)
    .bind(keeps)
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

/// The next number of the organization's series. A number is taken once and never again.
pub async fn take_number(tx: &mut Tx, org: OrgId) -> Result<String, DbError> {
    sql(
        "insert into number_series (org_id, name, prefix, next) values ($1, 'invoice', 'B1-', 1) \
         on conflict (org_id, name) do nothing",
    )
    .bind(org)
    .run(tx)
    .await?;
    let (prefix, taken): (String, i64) = sql("update number_series set next = next + 1 \
         where org_id = $1 and name = 'invoice' returning prefix, next - 1")
    .bind(org)
    .one(tx)
    .await?;
    Ok(format!("{prefix}{taken:05}"))
}

pub async fn begin_posting(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
    version: i64,
    number: &str,
    by: PersonId,
) -> Result<(), DbError> {
    sql(
        "update generated_invoice set status = 'posting', number = $4, posted_by = $5, \
           post_state = 'queued', problem = null, version = version + 1 \
         where org_id = $1 and id = $2 and version = $3 and status = 'approved'",
    )
    .bind(org)
    .bind(id)
    .bind(version)
    .bind(number)
    .bind(by)
    .run_one(tx)
    .await
}

/// How far posting has come.
pub struct Progress<'a> {
    pub id: GeneratedInvoiceId,
    pub post_state: &'a str,
    pub ledger_external_id: Option<&'a str>,
    pub ledger_status: Option<&'a str>,
    pub problem: Option<&'a str>,
}

pub async fn set_progress(tx: &mut Tx, org: OrgId, now: &Progress<'_>) -> Result<(), DbError> {
    sql("update generated_invoice set post_state = $3, \
           ledger_external_id = coalesce($4, ledger_external_id), \
           ledger_status = coalesce($5, ledger_status), problem = $6 \
         where org_id = $1 and id = $2 and status = 'posting'")
    .bind(org)
    .bind(now.id)
    .bind(now.post_state)
    .bind(now.ledger_external_id)
    .bind(now.ledger_status)
    .bind(now.problem)
    .run_one(tx)
    .await
}

/// The end of posting: in the ledger, or back to approved with a reason.
pub async fn end_posting(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
    status: &str,
    post_state: &str,
    problem: Option<&str>,
) -> Result<(), DbError> {
    sql(
        "update generated_invoice set status = $3, post_state = $4, problem = $5, \
           post_attempt = post_attempt + case when $4 = 'refused' then 1 else 0 end, \
           version = version + 1 \
         where org_id = $1 and id = $2 and status = 'posting'",
    )
    .bind(org)
    .bind(id)
    .bind(status)
    .bind(post_state)
    .bind(problem)
    .run_one(tx)
    .await
}

/// Whether the ledger's drafts are authorised at once.
pub async fn authorises(tx: &mut Tx, org: OrgId) -> Result<bool, Fault> {
    let text: String = sql("select settings from organization where id = $1")
        .bind(org)
        .value(tx)
        .await?;
    let settings: serde_json::Value = serde_json::from_str(&text)?;
    Ok(settings
        .get("authorise_in_ledger")
        .and_then(serde_json::Value::as_bool)
        .unwrap_or(true))
}

#[derive(sqlx::FromRow)]
pub struct LedgerNews {
    pub id: GeneratedInvoiceId,
    pub status: String,
    pub ledger_status: Option<String>,
    pub now: String,
    pub paid_minor: i64,
    pub due_minor: i64,
}

/// Posted invoices whose ledger says something new since.
pub async fn ledger_news(tx: &mut Tx, org: OrgId) -> Result<Vec<LedgerNews>, DbError> {
    sql(
        "select made.id, made.status, made.ledger_status, invoice.status as now, \
           invoice.paid_minor + invoice.credited_minor as paid_minor, invoice.due_minor \
         from generated_invoice made \
         join invoice on invoice.org_id = made.org_id \
           and invoice.connection_id = made.connection_id \
           and invoice.external_id = made.ledger_external_id \
         where made.org_id = $1 and made.status in ('posted', 'part_paid', 'paid') \
         order by made.id",
    )
    .bind(org)
    .all(tx)
    .await
}

pub async fn set_ledger_status(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
    status: &str,
    ledger_status: &str,
) -> Result<(), DbError> {
    sql(
        "update generated_invoice set status = $3, ledger_status = $4, version = version + 1 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(status)
    .bind(ledger_status)
    .run_one(tx)
    .await
}
