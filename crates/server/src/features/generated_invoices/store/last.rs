//! The last invoice of a contract, which the next is compared with.

use billing::coverage::ChargeKind;

use crate::{
    db::{ContractId, ContractLineId, DbError, Exact, GeneratedInvoiceId, OrgId, Tx, sql},
    fault::Fault,
};

#[derive(sqlx::FromRow)]
pub struct LastRow {
    pub id: GeneratedInvoiceId,
    pub net_minor: i64,
    pub currency: String,
}

pub async fn last_invoice(
    tx: &mut Tx,
    org: OrgId,
    contract: ContractId,
    besides: GeneratedInvoiceId,
) -> Result<Option<LastRow>, DbError> {
    sql("select id, net_minor, currency from generated_invoice \
         where org_id = $1 and contract_id = $2 and status in ('posted', 'part_paid', 'paid') \
           and id <> $3 \
         order by issued_on desc, id desc limit 1")
    .bind(org)
    .bind(contract)
    .bind(besides)
    .optional(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct LastLine {
    pub contract_line_id: Option<ContractLineId>,
    pub charge_kind: String,
    pub description: String,
    pub quantity: Exact,
    pub unit_price: Exact,
    pub net_minor: i64,
    pub is_counted: bool,
    /// The contract's line has ended, so that it does not come again.
    pub is_over: bool,
}

impl LastLine {
    pub fn kind(&self) -> Result<ChargeKind, Fault> {
        Ok(serde_json::from_value(self.charge_kind.clone().into())?)
    }
}

pub async fn last_lines(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
) -> Result<Vec<LastLine>, DbError> {
    sql(
        "select line.contract_line_id, line.charge_kind, line.description, line.quantity, \
           line.unit_price, line.net_minor, line.counted is not null as is_counted, \
           coalesce(agreed.ends_on <= line.ends_on, false) as is_over \
         from generated_line line \
         left join contract_line agreed on agreed.org_id = line.org_id \
           and agreed.id = line.contract_line_id \
         where line.org_id = $1 and line.generated_invoice_id = $2 order by line.position",
    )
    .bind(org)
    .bind(id)
    .all(tx)
    .await
}
