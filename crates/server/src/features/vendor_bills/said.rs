//! What findings say of lines of bills.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{
    passing::{BillFinding, LineState},
    store::{FindingRow, LineRow},
};
use crate::{
    db::{CatalogItemId, ClientId},
    fault::Fault,
    features::missed_billing::{Evidence, Place},
};

/// Findings by what of a bill they are about.
#[derive(Default)]
pub struct Said {
    lines: HashMap<(Uuid, i64), BillFinding>,
    /// Lines that nobody passed on, which no person has settled yet.
    unbilled: HashSet<(Uuid, i64)>,
    /// `pax8:ID` of a company or product, `C007/pax8:ID` of a client's product.
    subjects: HashMap<String, BillFinding>,
    gaps: HashMap<(ClientId, CatalogItemId), BillFinding>,
}

impl Said {
    pub fn of(rows: Vec<FindingRow>) -> Result<Self, Fault> {
        let mut said = Self::default();
        for row in rows {
            let finding = BillFinding {
                id: row.id,
                kind: row.kind,
            };
            match (row.evidence, row.client_id, row.catalog_item_id) {
                (Some(evidence), _, _) => {
                    let is_open = finding.kind == "unbilled_charge" && row.state != "applied";
                    let evidence: Evidence = serde_json::from_str(&evidence)?;
                    for place in evidence.rows.into_iter().map(|row| row.place) {
                        let Place::Bill { id, line_no } = place else {
                            continue;
                        };
                        if is_open {
                            said.unbilled.insert((id, line_no));
                        }
                        said.lines.insert((id, line_no), finding.clone());
                    }
                }
                (None, Some(client), Some(item)) if finding.kind == "quantity_gap" => {
                    said.gaps.insert((client, item), finding);
                }
                _ => {
                    said.subjects.insert(row.subject, finding);
                }
            }
        }
        Ok(said)
    }

    pub fn is_unbilled(&self, row: &LineRow) -> bool {
        self.unbilled.contains(&(row.bill_id.0, row.line_no))
    }

    /// The finding about a line itself; of one that nobody passes on also what hides it, and of
    /// one that is billed for too few.
    pub fn about(&self, row: &LineRow, state: LineState) -> Option<BillFinding> {
        let itself = self.lines.get(&(row.bill_id.0, row.line_no));
        let found = match state {
            _ if itself.is_some() => itself,
            LineState::Unmatched => self.hidden(row),
            LineState::Matched => {
                let gap = row.client_id.zip(row.item_id);
                gap.and_then(|key| self.gaps.get(&key))
            }
            _ => None,
        };
        found.cloned()
    }

    fn hidden(&self, row: &LineRow) -> Option<&BillFinding> {
        let vendors = |id: &Option<String>| id.as_ref().map(|id| format!("pax8:{id}"));
        let company = vendors(&row.company_external_id).filter(|_| row.client_id.is_none());
        let product = vendors(&row.product_external_id);
        let of_client = row.client_reference.as_ref().zip(product.as_ref());
        let of_client = of_client.map(|(client, product)| format!("{client}/{product}"));
        [company, of_client, product]
            .into_iter()
            .flatten()
            .find_map(|subject| self.subjects.get(&subject))
    }
}
