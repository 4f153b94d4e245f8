//! The rows behind a finding, with the names that people know them by.

use billing::finding;

use super::{
    Evidence,
    evidence::Place,
    store::behind::{self, DocumentLine, SubscriptionRow},
};
use crate::{
    db::{ContractId, ContractLineId, InvoiceId, OrgId, SubscriptionId, Tx, VendorBillId},
    fault::Fault,
    features::contracts,
};

/// One row: the numbers as they were seen, and what it is today.
pub struct Behind {
    pub seen: finding::Evidence,
    pub is: Is,
}

pub enum Is {
    Subscription(SubscriptionId, SubscriptionRow),
    ContractLine {
        contract: ContractId,
        reference: String,
        item: String,
    },
    Invoice(InvoiceId, DocumentLine),
    Bill(DocumentLine),
    /// A count, or a row that is no longer there.
    Unnamed,
}

/// Rows shown of one finding; a product that nobody mapped may rest on hundreds.
const MOST: usize = 100;

pub async fn behind(tx: &mut Tx, org: OrgId, evidence: &Evidence) -> Result<Vec<Behind>, Fault> {
    let mut rows = Vec::new();
    for row in evidence.rows.iter().take(MOST) {
        rows.push(Behind {
            seen: row.seen,
            is: named(tx, org, &row.place).await?,
        });
    }
    Ok(rows)
}

async fn named(tx: &mut Tx, org: OrgId, place: &Place) -> Result<Is, Fault> {
    let found = match place {
        Place::Subscription { id, .. } => {
            let id = SubscriptionId(*id);
            let row = behind::subscription(tx, org, id).await?;
            row.map(|row| Is::Subscription(id, row))
        }
        Place::Line { id, .. } => contract_line(tx, org, ContractLineId(*id)).await?,
        Place::Invoice { id, line_no } => {
            let id = InvoiceId(*id);
            let row = behind::invoice_line(tx, org, id, *line_no).await?;
            row.map(|row| Is::Invoice(id, row))
        }
        Place::Bill { id, line_no } => behind::bill_line(tx, org, VendorBillId(*id), *line_no)
            .await?
            .map(Is::Bill),
        Place::Snapshot { .. } | Place::Unknown => None,
    };
    Ok(found.unwrap_or(Is::Unnamed))
}

async fn contract_line(tx: &mut Tx, org: OrgId, id: ContractLineId) -> Result<Option<Is>, Fault> {
    match contracts::line(tx, org, id).await {
        Ok(line) => Ok(Some(Is::ContractLine {
            contract: line.contract_id,
            reference: line.contract_reference,
            item: line.item_name,
        })),
        Err(Fault::NotFound(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}
