//! Prices under cost, costs that rose, and a bill for what had ended.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Injector, Pair};
use crate::world::answers::Leak;
use crate::world::days::{days_later, months_later, rounded};
use crate::world::model::{Charge, ChargeKind, Version};

impl Injector<'_> {
    pub(super) fn costs(&mut self) {
        for _ in 0..2 {
            let Some(pair) = self.draw_in_pounds() else {
                return;
            };
            let under = Decimal::new(i64::from(self.dice.between(20, 140)), 2);
            let cost = self
                .held(pair)
                .and_then(|held| held.versions.last())
                .map(|last| last.cost);
            if let (Some(cost), Some(line)) = (cost, self.line(pair)) {
                line.unit_price = rounded((cost - under).max(Decimal::new(10, 2)), 2);
            }
            self.note(Leak::BelowCost {
                client: pair.0,
                code: pair.1,
            });
        }
        for _ in 0..2 {
            let on = days_later(self.today, -i64::from(self.dice.between(8, 45)));
            let Some(pair) = self.draw_in_pounds() else {
                return;
            };
            if let Some(by) = self.raise_cost(pair, on) {
                self.note(Leak::CostRise {
                    client: pair.0,
                    code: pair.1,
                    on,
                    by,
                });
            }
        }
        // Old news.
        let on = days_later(self.today, -i64::from(self.dice.between(75, 140)));
        if let Some(pair) = self.draw_in_pounds() {
            self.raise_cost(pair, on);
        }
    }

    /// A rise of about a twentieth, which leaves some margin.
    pub(super) fn raise_cost(&mut self, pair: Pair, on: NaiveDate) -> Option<Decimal> {
        let sold_at = self.line(pair)?.unit_price;
        let held = self.held(pair)?;
        let last = held.versions.last().copied()?;
        let room = (sold_at - last.cost) / Decimal::TWO;
        let by = rounded((last.cost * Decimal::new(5, 2)).min(room), 2);
        let later = held.versions.iter().any(|version| version.from >= on);
        if by <= Decimal::ZERO || later {
            return None;
        }
        held.versions.push(Version {
            from: on,
            cost: last.cost + by,
            ..last
        });
        Some(by)
    }

    /// A subscription given up at the end of September, billed again in November.
    pub(super) fn overcharge(&mut self) {
        let Some(pair) = self.draw(|_, _| true) else {
            return;
        };
        let end = months_later(self.month, -1);
        let month = self.month;
        if let Some(line) = self.line(pair) {
            line.end = Some(end);
        }
        let Some(held) = self.held(pair) else { return };
        held.status = "Cancelled";
        held.end = Some(end);
        held.committed_until = None;
        let Some(last) = held.versions.last().copied() else {
            return;
        };
        let charge = Charge {
            kind: ChargeKind::Overcharge,
            billed_in: month,
            start: month,
            end: months_later(month, 1),
            product: Arc::clone(&held.product),
            subscription: Some(held.id),
            quantity: last.quantity,
            price: last.price,
            cost: last.cost,
            is_passed_on: false,
        };
        if let Some(company) = self
            .client(pair.0)
            .and_then(|client| client.company.as_mut())
        {
            company.charges.push(charge.clone());
        }
        self.note(Leak::VendorOvercharge { charge });
    }
}
