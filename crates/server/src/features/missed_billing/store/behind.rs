//! The rows that findings rest on, as they stand now.

use crate::db::{Day, DbError, InvoiceId, OrgId, SubscriptionId, Tx, VendorBillId, sql};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SubscriptionRow {
    pub product_name: String,
    pub starts_on: Day,
    pub ordered_by: Option<String>,
}

pub async fn subscription(
    tx: &mut Tx,
    org: OrgId,
    id: SubscriptionId,
) -> Result<Option<SubscriptionRow>, DbError> {
    sql(
        "select product_name, starts_on, ordered_by from subscription \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}

/// A line of an invoice or of a distributor's bill.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DocumentLine {
    pub number: String,
    pub description: String,
}

pub async fn invoice_line(
    tx: &mut Tx,
    org: OrgId,
    id: InvoiceId,
    line_no: i64,
) -> Result<Option<DocumentLine>, DbError> {
    sql("select invoice.number, line.description from invoice \
         join invoice_line line on line.org_id = invoice.org_id and line.invoice_id = invoice.id \
         where invoice.org_id = $1 and invoice.id = $2 and line.line_no = $3")
    .bind(org)
    .bind(id)
    .bind(line_no)
    .optional(tx)
    .await
}

pub async fn bill_line(
    tx: &mut Tx,
    org: OrgId,
    id: VendorBillId,
    line_no: i64,
) -> Result<Option<DocumentLine>, DbError> {
    sql(
        "select bill.number, line.product_name as description from vendor_bill bill \
         join vendor_bill_line line on line.org_id = bill.org_id and line.bill_id = bill.id \
         where bill.org_id = $1 and bill.id = $2 and line.line_no = $3",
    )
    .bind(org)
    .bind(id)
    .bind(line_no)
    .optional(tx)
    .await
}
