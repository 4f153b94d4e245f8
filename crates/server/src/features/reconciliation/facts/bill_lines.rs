//! The distributor's charges, and which of them were passed on as they came.

use std::collections::HashMap;

use billing::{
    Id, Period,
    reconcile::{BillLine, BillState},
};
use chrono::NaiveDate;
use uuid::Uuid;

use super::super::{bills, bills::PassedOn, store};
use super::{
    LOOK_BACK, Loader, PASSED_ON_LOOK_BACK,
    names::{Document, micro},
    words::{bill_line_kind, currency},
};
use crate::{
    db::{Day, Tx},
    fault::Fault,
};

impl Loader {
    pub(super) async fn bills(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        let since = self.since(LOOK_BACK);
        let bills = store::bills(tx, self.org, since).await?;
        let states = bills::states(tx, self.org, &bills).await?;
        let billed_on = bills
            .iter()
            .map(|bill| (bill.id.0, bill.billed_on.0))
            .collect();
        // What passes a charge on may be dated as early as the charge itself, which comes before
        // the bill it stands on.
        let passed_since = self.since(PASSED_ON_LOOK_BACK);
        let mut passed_on = self.passed_on(tx, passed_since, billed_on).await?;
        for row in store::bill_lines(tx, self.org, since).await? {
            let state = states
                .get(&row.bill_id.0)
                .copied()
                .unwrap_or(BillState::Standing);
            let Some(mut line) = self.bill_line(&row, state)? else {
                continue;
            };
            // Only a standing bill's charge uses up the line that passes it on.
            if state == BillState::Standing {
                let client = self.facts.companies.get(line.company.0 as usize);
                let client = client.and_then(|company| company.client);
                line.is_passed_on = client.is_some_and(|client| passed_on.take(client, &row));
            }
            line.id = self
                .names
                .put_line(Document::Bill, row.bill_id.0, row.line_no);
            self.facts.bill_lines.push(line);
        }
        Ok(())
    }

    /// Ledger lines that may pass a distributor's charge on.
    async fn passed_on(
        &self,
        tx: &mut Tx,
        since: Day,
        billed_on: HashMap<Uuid, NaiveDate>,
    ) -> Result<PassedOn, Fault> {
        let mut passed_on = PassedOn::of(billed_on);
        for row in store::loose_lines(tx, self.org, since).await? {
            let key = (row.connection_id, row.contact_external_id);
            if let Some(client) = self.contacts.get(&key) {
                passed_on.put(*client, row.net_minor, &row.currency, row.issued_on.0);
            }
        }
        Ok(passed_on)
    }

    fn bill_line(
        &self,
        row: &store::BillLineRow,
        bill_state: BillState,
    ) -> Result<Option<BillLine>, Fault> {
        let company = row
            .company_external_id
            .clone()
            .and_then(|company| self.companies.get(&(row.connection_id, company)).copied());
        let (Some(company), Some(starts_on)) = (company, row.starts_on) else {
            return Ok(None);
        };
        let day_after = starts_on.0.succ_opt().unwrap_or(NaiveDate::MAX);
        let end = row.ends_on.map_or(day_after, |day| day.0.max(day_after));
        let Ok(period) = Period::new(starts_on.0, end) else {
            return Ok(None);
        };
        let product = row.product_external_id.clone();
        let subscription = row.subscription_external_id.clone();
        Ok(Some(BillLine {
            id: Id::default(),
            company,
            product: product.and_then(|id| self.products.get(&(row.connection_id, id)).copied()),
            subscription: subscription
                .and_then(|id| self.subscriptions.get(&(row.connection_id, id)).copied()),
            kind: bill_line_kind(&row.kind, &row.term),
            bill_state,
            quantity: micro(row.quantity),
            unit_cost: micro(row.unit_cost),
            cost_minor: row.cost_total_minor,
            charge_minor: row.price_total_minor,
            currency: currency(&row.currency)?,
            period,
            is_passed_on: false,
        }))
    }
}
