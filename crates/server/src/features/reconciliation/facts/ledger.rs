//! What the ledger and our own posted invoices say, credits taken off.

use billing::{Micro, Period, reconcile::LedgerLine};
use futures::TryStreamExt as _;

use super::super::store;
use super::{
    Loader,
    names::{Document, Origin, id_of, micro, vendor_id},
    words::currency,
};
use crate::{
    db::{Day, Exact, Tx},
    fault::Fault,
};

#[derive(serde::Deserialize)]
struct CreditLine {
    item_code: Option<String>,
    quantity: Exact,
    net_minor: i64,
}

impl Loader {
    pub(super) async fn ledger(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        let since = Day(self.facts.ledger_since());
        let mut rows = store::foreign_lines(tx, self.org, since);
        while let Some(row) = rows.try_next().await? {
            let Some(client) = self
                .contacts
                .get(&(row.connection_id, row.contact_external_id))
            else {
                continue;
            };
            let id = self
                .names
                .put_line(Document::Invoice, row.invoice_id.0, row.line_no);
            // Nearly every code stands in the catalog as the ledger writes it.
            let code = row.item_code.unwrap_or_default();
            let item = match self.written_codes.get(&code) {
                Some(item) => Some(*item),
                None => self.item_codes.get(&code.to_lowercase()).copied(),
            };
            self.facts.ledger.push(LedgerLine {
                id,
                client: *client,
                item,
                line: None,
                quantity: Micro(row.quantity_micros),
                net_minor: row.net_minor,
                currency: currency(&row.currency)?,
                date: row.issued_on.0,
                period: None,
                document_paid_minor: row.paid_minor,
                document_total_minor: row.total_minor,
            });
        }
        drop(rows);
        self.own_ledger(tx, since).await?;
        self.credits(tx, since).await
    }

    async fn own_ledger(&mut self, tx: &mut Tx, since: Day) -> Result<(), Fault> {
        for row in store::own_lines(tx, self.org, since).await? {
            let Some(client) = self.clients.get(&row.client_id.0).copied() else {
                continue;
            };
            let is_whole = matches!(row.charge_kind.as_str(), "recurring" | "usage");
            let code = row
                .item_code
                .filter(|_| is_whole)
                .unwrap_or_default()
                .to_lowercase();
            let period = match (row.starts_on, row.ends_on) {
                (Some(start), Some(end)) => Period::new(start.0, end.0).ok(),
                _ => None,
            };
            let line = row
                .contract_line_id
                .and_then(|line| self.lines.get(&line.0).copied());
            self.facts.ledger.push(LedgerLine {
                id: id_of(row.id),
                client,
                item: self.item_codes.get(&code).copied(),
                line: line.filter(|_| is_whole),
                quantity: micro(row.quantity),
                net_minor: row.net_minor,
                currency: currency(&row.currency)?,
                date: row.issued_on.0,
                period,
                document_paid_minor: row.paid_minor,
                document_total_minor: row.total_minor,
            });
            let invoice = row.generated_invoice_id.0;
            self.names.put(
                id_of(row.id),
                Origin::Invoice {
                    invoice,
                    line_no: 0,
                },
            );
        }
        Ok(())
    }

    async fn credits(&mut self, tx: &mut Tx, since: Day) -> Result<(), Fault> {
        for row in store::credit_notes(tx, self.org, since).await? {
            let key = (row.connection_id, row.contact_external_id);
            let Some(client) = self.contacts.get(&key).copied() else {
                continue;
            };
            let currency = currency(&row.currency)?;
            let lines: Vec<CreditLine> = serde_json::from_str(&row.lines)?;
            for (number, line) in (0..).zip(lines) {
                let code = line.item_code.unwrap_or_default().to_lowercase();
                let Some(item) = self.item_codes.get(&code).copied() else {
                    continue;
                };
                let id = vendor_id(&format!("credit {number}"), key.0, &key.1);
                self.facts.ledger.push(LedgerLine {
                    id,
                    client,
                    item: Some(item),
                    line: None,
                    quantity: Micro(micro(line.quantity).0.saturating_neg()),
                    net_minor: line.net_minor.saturating_neg(),
                    currency,
                    date: row.issued_on.0,
                    period: None,
                    document_paid_minor: 0,
                    document_total_minor: 0,
                });
            }
        }
        Ok(())
    }
}
