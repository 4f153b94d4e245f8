//! What people write on drafts.

use billing::{Micro, Money};

use super::{super::plan::exact, drafts::DraftRow, drafts::LineRow};
use crate::db::{DbError, Exact, GeneratedInvoiceId, GeneratedLineId, OrgId, Tx, sql};

/// A line as a person leaves it.
pub struct WrittenLine {
    pub id: GeneratedLineId,
    pub description: String,
    pub tax_type: String,
    pub account_code: String,
    pub net: Money,
    /// The tax, and the rate it is taken at.
    pub tax: (Money, Micro),
    /// Where the person typed another amount.
    pub typed: Option<TypedAmount>,
}

pub struct TypedAmount {
    pub quantity: Exact,
    pub unit_price: Exact,
    /// What goes out to the ledger as quantity and price.
    pub sent: (Exact, Exact),
    pub explanation: String,
}

/// Writes dates and texts; `note` stays where there is none.
pub async fn set_invoice(
    tx: &mut Tx,
    org: OrgId,
    row: &DraftRow,
    note: Option<&str>,
) -> Result<(), DbError> {
    sql(
        "update generated_invoice set issued_on = $3, due_on = $4, reference = $5, \
           note = coalesce($6, note) where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(row.id)
    .bind(row.issued_on)
    .bind(row.due_on)
    .bind(&row.reference)
    .bind(note)
    .run_one(tx)
    .await
}

pub async fn write_line(tx: &mut Tx, org: OrgId, line: &WrittenLine) -> Result<(), DbError> {
    sql(
        "update generated_line set description = $3, tax_type = $4, tax_rate = $5, \
           account_code = $6, tax_minor = $7 where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(line.id)
    .bind(&line.description)
    .bind(&line.tax_type)
    .bind(exact(line.tax.1))
    .bind(&line.account_code)
    .bind(line.tax.0.minor)
    .run_one(tx)
    .await?;
    let Some(typed) = &line.typed else {
        return Ok(());
    };
    // The first amount that somebody wrote over is what was agreed.
    sql(
        "update generated_line set agreed_minor = case when by_hand then agreed_minor \
             else net_minor end, \
           by_hand = $3, quantity = $4, unit_price = $5, sent_quantity = $6, \
           sent_unit_amount = $7, net_minor = $8, explanation = $9, counted = null, \
           count_missing_on = null \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(line.id)
    .bind(true)
    .bind(typed.quantity)
    .bind(typed.unit_price)
    .bind(typed.sent.0)
    .bind(typed.sent.1)
    .bind(line.net.minor)
    .bind(&typed.explanation)
    .run_one(tx)
    .await
}

/// Puts a line of a person's behind the `place.1` lines there are.
pub async fn add_line(
    tx: &mut Tx,
    org: OrgId,
    place: (GeneratedInvoiceId, usize),
    line: &WrittenLine,
) -> Result<(), DbError> {
    let Some(typed) = &line.typed else {
        return Ok(());
    };
    sql(
        "insert into generated_line (org_id, id, generated_invoice_id, position, description, \
           quantity, unit_price, sent_quantity, sent_unit_amount, net_minor, tax_minor, tax_type, \
           tax_rate, account_code, charge_kind, explanation, by_hand) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'one_off', $15, $16)",
    )
    .bind(org)
    .bind(line.id)
    .bind(place.0)
    .bind(i64::try_from(place.1).unwrap_or(i64::MAX).saturating_add(1))
    .bind(&line.description)
    .bind(typed.quantity)
    .bind(typed.unit_price)
    .bind(typed.sent.0)
    .bind(typed.sent.1)
    .bind(line.net.minor)
    .bind(line.tax.0.minor)
    .bind(&line.tax_type)
    .bind(exact(line.tax.1))
    .bind(&line.account_code)
    .bind(&typed.explanation)
    .bind(true)
    .run(tx)
    .await?;
    Ok(())
}

/// Takes a line off; the period it covered and the charge it was made of wait again.
pub async fn remove_line(
    tx: &mut Tx,
    org: OrgId,
    draft: GeneratedInvoiceId,
    line: &LineRow,
) -> Result<(), DbError> {
    sql("delete from generated_line where org_id = $1 and id = $2")
        .bind(org)
        .bind(line.id)
        .run_one(tx)
        .await?;
    sql("update generated_line set position = position - 1 \
         where org_id = $1 and generated_invoice_id = $2 and position > $3")
    .bind(org)
    .bind(draft)
    .bind(line.position)
    .run(tx)
    .await?;
    sql(
        "update coverage set state = 'planned', generated_invoice_id = null, \
           version = version + 1 where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(line.coverage_id)
    .run(tx)
    .await?;
    sql(
        "update one_off set state = 'waiting', generated_invoice_id = null \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(line.one_off_id)
    .run(tx)
    .await?;
    Ok(())
}

/// Numbers the lines in this order.
pub async fn order_lines(
    tx: &mut Tx,
    org: OrgId,
    draft: GeneratedInvoiceId,
    order: &[GeneratedLineId],
) -> Result<(), DbError> {
    for (position, line) in (1_i64..).zip(order) {
        sql("update generated_line set position = $4 \
             where org_id = $1 and generated_invoice_id = $2 and id = $3 and position <> $4")
        .bind(org)
        .bind(draft)
        .bind(*line)
        .bind(position)
        .run(tx)
        .await?;
    }
    Ok(())
}

/// Nobody has approved it any more.
pub async fn back_to_draft(tx: &mut Tx, org: OrgId, id: GeneratedInvoiceId) -> Result<(), DbError> {
    sql(
        "update generated_invoice set status = 'draft', approved_hash = null, approved_by = null, \
           approved_at = null, problem = null where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .run_one(tx)
    .await
}
