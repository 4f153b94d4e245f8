//! Contract lines, the subscriptions they follow, and what is covered.

use billing::{
    Micro,
    coverage::{ChargeKind, State},
    reconcile::{ClientIx, ContractLine, Covered, LineIx, Subscription, SubscriptionIx},
};
use chrono::NaiveDate;

use super::super::{lines::LineFacts, lines::Quantities, store};
use super::{
    LOOK_BACK, Loader,
    names::{Origin, id_of, micro},
    next,
    words::{currency, cycle, parse_word, term_months, timing},
};
use crate::{db::Tx, fault::Fault};

impl Loader {
    pub(super) async fn lines_and_subscriptions(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        let since = self.since(LOOK_BACK);
        let rows = store::subscriptions(tx, self.org, since).await?;
        let quantities = Quantities::load(tx, self.org, &rows).await?;
        for (line, external_id) in quantities.line_subscriptions() {
            self.line_of_subscription.insert(external_id.clone(), line);
        }
        for row in store::lines(tx, self.org).await? {
            let Some(line) = self.line(&row, &quantities)? else {
                continue;
            };
            self.lines.insert(row.id.0, LineIx(next(&self.facts.lines)));
            self.facts.lines.push(line);
        }
        for row in rows {
            let raised_on = quantities.raised_on(&row.external_id);
            self.subscription(row, raised_on)?;
        }
        Ok(())
    }

    /// The day a line is looked at: of one that has ended, the last day it ran.
    fn known_on(&self, row: &store::LineRow) -> NaiveDate {
        let last = row.ends_on.and_then(|end| end.0.pred_opt());
        last.map_or(self.facts.service_date, |last| {
            last.min(self.facts.service_date)
        })
    }

    fn line(
        &self,
        row: &store::LineRow,
        quantities: &Quantities,
    ) -> Result<Option<ContractLine>, Fault> {
        let (Some(client), Some(item)) = (
            self.clients.get(&row.client_id.0),
            self.items.get(&row.catalog_item_id.0),
        ) else {
            return Ok(None);
        };
        let meter_count = |on: NaiveDate, meter: &str| self.meter_count(*client, meter, on);
        let LineFacts {
            rule_source,
            billed,
            to_catch_up,
            unit_price,
            price_raised_on,
        } = quantities.of_line(row, self.known_on(row), meter_count)?;
        let cycle = cycle(&row.cycle)?;
        let months = if row.price_per == "term" {
            cycle.months().unwrap_or(1)
        } else {
            1
        };
        Ok(Some(ContractLine {
            id: id_of(row.id.0),
            client: *client,
            item: *item,
            source: rule_source,
            quantity: billed.quantity,
            accounts_for: billed.accounts_for,
            to_catch_up,
            unit_price,
            currency: currency(&row.currency)?,
            price_months: u16::try_from(months).unwrap_or(1),
            price_raised_on,
            cycle,
            timing: timing(&row.timing)?,
            anchor: row.anchor_on.0,
            start: row.starts_on.0,
            end: row.ends_on.map(|day| day.0),
            bill_from: row.bill_from.0,
            trial_until: None,
        }))
    }

    /// The last good count of a client's meter by a day.
    fn meter_count(&self, client: ClientIx, meter: &str, on: NaiveDate) -> Option<Micro> {
        let counts = self.good_counts.get(&(client, *self.meters.get(meter)?))?;
        let by_then = counts.iter().filter(|(taken_on, _)| *taken_on <= on);
        by_then
            .max_by_key(|(taken_on, _)| *taken_on)
            .map(|(_, quantity)| *quantity)
    }

    fn subscription(
        &mut self,
        row: store::SubscriptionRow,
        quantity_raised_on: Option<NaiveDate>,
    ) -> Result<(), Fault> {
        let company = self
            .companies
            .get(&(row.connection_id, row.company_external_id.clone()));
        let product = self
            .products
            .get(&(row.connection_id, row.product_external_id.clone()));
        // A company or product that the last sync has not brought yet comes with the next one.
        let (Some(company), Some(product)) = (company.copied(), product.copied()) else {
            return Ok(());
        };
        let line = self.line_of_subscription.get(&row.external_id);
        let subscription = Subscription {
            id: id_of(row.id.0),
            company,
            product,
            line: line.and_then(|line| self.lines.get(line).copied()),
            quantity: micro(row.quantity),
            quantity_raised_on,
            price: micro(row.unit_price),
            cost: micro(row.unit_cost),
            currency: currency(&row.currency)?,
            term_months: term_months(&row.billing_term),
            is_trial: row.status == "Trial" || row.billing_term == "Trial",
            start: row.starts_on.0,
            end: row.ends_on.map(|day| day.0),
            previous_cost: row.previous_unit_cost.map(micro),
            cost_changed_on: row.cost_changed_on.map(|day| day.0),
        };
        let key = (row.connection_id, row.external_id.clone());
        self.subscriptions
            .insert(key, SubscriptionIx(next(&self.facts.subscriptions)));
        self.names.put(
            subscription.id,
            Origin::Subscription {
                external_id: row.external_id,
            },
        );
        self.facts.subscriptions.push(subscription);
        Ok(())
    }

    pub(super) async fn coverage(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        for row in store::coverage(tx, self.org).await? {
            let Some(line) = self.lines.get(&row.line_id.0).copied() else {
                continue;
            };
            let kind = parse_word::<ChargeKind>(&row.charge_kind)?;
            let state = parse_word::<State>(&row.state)?;
            self.facts.coverage.push(Covered {
                line,
                period_start: row.starts_on.0,
                kind,
                state,
                quantity: None,
            });
        }
        Ok(())
    }
}
