//! A stored draft as `billing` sees it: one reading, used when it is made, approved and posted,
//! so that all three mean the same content.

use billing::{
    Currency, Micro, Money, Policy,
    coverage::Key,
    draft::{Difference, Draft, Hold, Line, Stop, holds, stops},
    money::TaxedAmount,
    quantity::Counted,
};
use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::{
    PlannedDraft, PlannedLine,
    comparison::{Beside, Entry as Compared, comparison, last_of},
    store::{self, DraftRow, LineRow},
};
use crate::{
    db::{ConnectionId, GeneratedInvoiceId, OrgId, Tx},
    fault::Fault,
    features::{
        connections,
        reconciliation::{self, id_of},
        repeating_invoices,
    },
};

/// A draft with everything that decides whether it may go out.
pub struct Document {
    pub row: DraftRow,
    pub lines: Vec<LineRow>,
    pub draft: Draft,
    pub policy: Policy,
    /// Against the contract's last invoice, each with the words of its line.
    pub differences: Vec<(String, Difference)>,
    /// The purchase-order number that the contract was given after the draft was made.
    pub late_reference: Option<String>,
}

pub async fn document(tx: &mut Tx, org: OrgId, id: GeneratedInvoiceId) -> Result<Document, Fault> {
    let row = store::draft(tx, org, id)
        .await?
        .ok_or(Fault::NotFound("this draft"))?;
    let lines = store::lines(tx, org, id).await?;
    let policy = reconciliation::policy(tx, org).await?;
    let surroundings = store::surroundings(tx, org, &row).await?;
    let late_reference = surroundings.late_reference(&row.reference);
    let currency = reconciliation::currency(&row.currency)?;
    let last = last_of(tx, org, row.contract_id, id).await?;
    let mut compared = Vec::with_capacity(lines.len());
    for line in &lines {
        compared.push(line.compared(currency)?);
    }
    let comparison = comparison(last.as_ref(), &compared, currency)?;
    let mut drafted = Vec::with_capacity(lines.len());
    for (line, beside) in lines.iter().zip(comparison.beside()) {
        drafted.push(drafted_line(line, currency, beside)?);
    }
    let draft = Draft {
        client: id_of(row.client_id.0),
        currency,
        client_currency: reconciliation::currency(&surroundings.client_currency)?,
        contact: surroundings.contact.clone(),
        invoice_date: row.issued_on.0,
        due_date: row.due_on.map(|day| day.0),
        reference: surroundings.reference(&row.reference),
        is_reference_required: surroundings.is_reference_required,
        lines: drafted,
        covered_elsewhere: Vec::new(),
        ledger_tax_codes: surroundings.tax_codes,
        ledger_account_codes: surroundings.account_codes,
        ledger_locked_through: locked_through(tx, org, row.connection_id).await?,
        last_total: last.map(|last| last.net),
        repeating_invoices: repeating_invoices::standing(tx, org, row.client_id).await?,
    };
    Ok(Document {
        differences: comparison.differences,
        row,
        lines,
        draft,
        policy,
        late_reference,
    })
}

/// What would stand in the way of a draft that is only planned, and what differs from last time.
pub struct Foreseen {
    pub stops: Vec<Stop>,
    pub holds: Vec<Hold>,
    pub differences: Vec<(String, Difference)>,
}

pub async fn foreseen(tx: &mut Tx, org: OrgId, planned: &PlannedDraft) -> Result<Foreseen, Fault> {
    let row = planned.row();
    let surroundings = store::surroundings(tx, org, &row).await?;
    let last = last_of(tx, org, row.contract_id, row.id).await?;
    let compared: Vec<_> = planned.lines.iter().map(Compared::planned).collect();
    let comparison = comparison(last.as_ref(), &compared, planned.currency)?;
    let mut lines = Vec::with_capacity(planned.lines.len());
    for (line, beside) in planned.lines.iter().zip(comparison.beside()) {
        lines.push(planned_line(line, beside)?);
    }
    let draft = Draft {
        client: id_of(row.client_id.0),
        currency: planned.currency,
        client_currency: reconciliation::currency(&surroundings.client_currency)?,
        contact: surroundings.contact.clone(),
        invoice_date: planned.issued_on,
        due_date: Some(planned.due_on),
        reference: surroundings.reference(&row.reference),
        is_reference_required: surroundings.is_reference_required,
        lines,
        covered_elsewhere: Vec::new(),
        ledger_tax_codes: surroundings.tax_codes,
        ledger_account_codes: surroundings.account_codes,
        ledger_locked_through: locked_through(tx, org, row.connection_id).await?,
        last_total: last.map(|last| last.net),
        repeating_invoices: repeating_invoices::standing(tx, org, row.client_id).await?,
    };
    Ok(Foreseen {
        stops: stops(&draft),
        holds: holds(&draft),
        differences: comparison.differences,
    })
}

/// The day up to which the ledger takes nothing any more.
async fn locked_through(
    tx: &mut Tx,
    org: OrgId,
    ledger: Option<ConnectionId>,
) -> Result<Option<NaiveDate>, Fault> {
    let Some(ledger) = ledger else {
        return Ok(None);
    };
    let connection = connections::one(tx, org, ledger).await?;
    Ok(connection.locked_through())
}

fn planned_line(line: &PlannedLine, beside: Beside) -> Result<Line, Fault> {
    Ok(Line {
        id: billing::Id(0),
        covers: line
            .contract_line
            .zip(line.covers)
            .map(|(of, key)| (id_of(of.0), key)),
        description: line.description.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price,
        amount: TaxedAmount::Exclusive { net: line.net },
        tax_code: Some(line.tax_type.clone()).filter(|code| !code.is_empty()),
        // Without a rate the ledger does not know the code; that is what the stop says then.
        tax_rate: Some(line.tax_rate.unwrap_or_default()),
        account_code: Some(line.account_code.clone()).filter(|code| !code.is_empty()),
        cost: None,
        contract_value: line.counted.as_ref().and(beside.last_net),
        is_explained: beside.is_planned,
        count: line
            .counted
            .as_deref()
            .map(serde_json::from_str)
            .transpose()?,
        count_missing_on: line.count_missing_on,
        price_list_currency: None,
    })
}

fn drafted_line(line: &LineRow, currency: Currency, beside: Beside) -> Result<Line, Fault> {
    let net = Money {
        minor: line.net_minor,
        currency,
    };
    let covers = match (line.contract_line_id, line.starts_on, line.coverage_id) {
        (Some(contract_line), Some(start), Some(_)) => {
            let kind = serde_json::from_value(line.charge_kind.clone().into())?;
            Some((
                id_of(contract_line.0),
                Key {
                    period_start: start.0,
                    kind,
                },
            ))
        }
        _ => None,
    };
    Ok(Line {
        id: id_of(line.id.0),
        covers,
        description: line.description.clone(),
        quantity: reconciliation::micro(line.quantity),
        unit_price: reconciliation::micro(line.unit_price),
        amount: TaxedAmount::Exclusive { net },
        tax_code: Some(line.tax_type.clone()).filter(|code| !code.is_empty()),
        tax_rate: Some(reconciliation::micro(line.tax_rate)),
        account_code: Some(line.account_code.clone()).filter(|code| !code.is_empty()),
        cost: line.cost(currency),
        contract_value: line
            .agreed(currency)
            .or(beside.last_net.filter(|_| line.counted.is_some())),
        is_explained: beside.is_planned,
        count: line.count(),
        count_missing_on: line.count_missing_on.map(|day| day.0),
        price_list_currency: None,
    })
}

impl Document {
    /// Hash of all that the client will see.
    pub fn content_hash(&self) -> Vec<u8> {
        Sha256::digest(self.draft.content().as_bytes()).to_vec()
    }

    pub fn stops(&self) -> Vec<Stop> {
        stops(&self.draft)
    }

    pub fn holds(&self) -> Vec<Hold> {
        holds(&self.draft)
    }

    /// Net, tax and gross the ledger's way.
    pub fn totals(&self) -> Result<billing::money::DocumentTotals, Fault> {
        self.draft.totals(&self.policy).map_err(Fault::internal)
    }
}

impl LineRow {
    fn compared(&self, currency: Currency) -> Result<Compared<'_>, Fault> {
        Ok(Compared {
            contract_line: self.contract_line_id,
            kind: serde_json::from_value(self.charge_kind.clone().into())?,
            quantity: reconciliation::micro(self.quantity),
            unit_price: reconciliation::micro(self.unit_price),
            net: Money {
                minor: self.net_minor,
                currency,
            },
            is_by_hand: self.by_hand,
            is_counted: self.counted.is_some() || self.count_missing_on.is_some(),
            description: &self.description,
        })
    }

    /// What the contract made of the line before somebody typed another amount.
    fn agreed(&self, currency: Currency) -> Option<Money> {
        let minor = self.agreed_minor?;
        Some(Money { minor, currency })
    }

    /// The count its quantity was taken from, if it was counted.
    pub(super) fn count(&self) -> Option<Counted> {
        serde_json::from_str(self.counted.as_deref()?).ok()
    }

    /// What the line costs the MSP, where the catalog knows a cost in the same currency.
    fn cost(&self, currency: Currency) -> Option<Money> {
        let unit = reconciliation::micro(self.unit_cost?);
        if self.cost_currency.as_deref() != Some(currency.code()) || self.charge_kind != "recurring"
        {
            return None;
        }
        let quantity: Micro = reconciliation::micro(self.quantity);
        billing::money::line_total(
            quantity,
            unit,
            billing::Fraction::ONE,
            currency,
            billing::policy::Rounding::HalfUp,
        )
        .ok()
    }
}
