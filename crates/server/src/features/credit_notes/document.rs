//! A stored credit note as `billing` sees it: one reading, used when it is made, approved and
//! posted, so that all three mean the same content.

use billing::{
    Money,
    credit::{State, content},
    draft::{Draft, Line, Stop, stops},
    money::TaxedAmount,
};
use sha2::{Digest, Sha256};

use super::{
    Stored,
    store::{self, LineRow, NoteRow},
};
use crate::{
    db::{GeneratedCreditNoteId, OrgId, Tx},
    fault::Fault,
    features::{
        connections,
        reconciliation::{self, id_of},
    },
};

/// A credit note with everything that decides whether it may go out.
pub struct Document {
    pub row: NoteRow,
    pub lines: Vec<LineRow>,
    pub draft: Draft,
}

pub async fn document(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedCreditNoteId,
) -> Result<Document, Fault> {
    let row = store::note(tx, org, id)
        .await?
        .ok_or(Fault::NotFound("this credit note"))?;
    let lines = store::lines(tx, org, id).await?;
    let surroundings = store::surroundings(tx, org, row.client_id, row.connection_id).await?;
    let locked_through = match row.connection_id {
        Some(ledger) => connections::one(tx, org, ledger).await?.locked_through(),
        None => None,
    };
    let currency = reconciliation::currency(&row.currency)?;
    let draft = Draft {
        client: id_of(row.client_id.0),
        currency,
        // An invoice that was issued in another currency is credited in that one.
        client_currency: currency,
        contact: surroundings.contact,
        invoice_date: row.issued_on.0,
        due_date: None,
        reference: None,
        is_reference_required: false,
        lines: lines.iter().map(|line| drafted(line, currency)).collect(),
        covered_elsewhere: Vec::new(),
        ledger_tax_codes: surroundings.tax_codes,
        ledger_account_codes: surroundings.account_codes,
        ledger_locked_through: locked_through,
        last_total: None,
        repeating_invoices: Vec::new(),
    };
    Ok(Document { row, lines, draft })
}

fn drafted(line: &LineRow, currency: billing::Currency) -> Line {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Line {
        id: id_of(line.id.0),
        covers: None,
        description: line.description.clone(),
        quantity: reconciliation::micro(line.quantity),
        unit_price: reconciliation::micro(line.unit_price),
        amount: TaxedAmount::Exclusive {
            net: Money {
                minor: line.net_minor,
                currency,
            },
        },
        tax_code: text(&line.tax_type),
        tax_rate: Some(reconciliation::micro(line.tax_rate)),
        account_code: text(&line.account_code),
        cost: None,
        contract_value: None,
        is_explained: true,
        count: None,
        count_missing_on: None,
        price_list_currency: None,
    }
}

impl Document {
    /// Hash of all that the client will see, and of what it credits.
    pub fn content_hash(&self) -> Vec<u8> {
        let currency = self.draft.currency;
        let credits: Vec<_> = self
            .lines
            .iter()
            .map(|line| {
                let tax = Money {
                    minor: line.tax_minor,
                    currency,
                };
                (line.generated_line_id.map(|id| id_of(id.0)), tax)
            })
            .collect();
        let invoice = self.row.generated_invoice_id.map(|id| id_of(id.0));
        let text = content(&self.draft, &self.row.reason, invoice, &credits);
        Sha256::digest(text.as_bytes()).to_vec()
    }

    pub fn stops(&self) -> Vec<Stop> {
        stops(&self.draft)
    }

    pub fn state(&self) -> Result<State, Fault> {
        Ok(self.row.status.parse::<Stored>()?.0)
    }
}
