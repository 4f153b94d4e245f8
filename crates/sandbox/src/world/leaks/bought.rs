//! Seats bought and not agreed, and products nobody mapped.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::Injector;
use crate::world::answers::Leak;
use crate::world::clients::Role;
use crate::world::days::{days_later, months_later};
use crate::world::dice::uuid;
use crate::world::model::{Product, ProductKind, Source, Subscription, Term, Version};
use crate::world::subscriptions::next_anniversary;

impl Injector<'_> {
    /// A month's first day within the last three, where bought and agreed may part.
    pub(super) fn recent_month(&mut self) -> NaiveDate {
        let back = i32::try_from(self.dice.between(0, 2)).unwrap_or(0);
        months_later(self.month, -back)
    }

    /// Some clients hold what the catalog lacks; so does a company nobody linked, where it is the
    /// company that is missing and not the product.
    pub(super) fn unmapped_products(&mut self) {
        let products: Vec<Arc<Product>> = self
            .world
            .catalogue
            .of_kind(ProductKind::Seat)
            .filter(|product| product.item.is_none())
            .cloned()
            .collect();
        for (number, product) in products.into_iter().enumerate() {
            let mut holders: Vec<usize> = self
                .world
                .clients
                .iter()
                .enumerate()
                .filter(|(_, client)| {
                    client.is_company_linked
                        && client.contract.is_some()
                        && client.company.is_some()
                        && !client.is_foreign()
                })
                .map(|(place, _)| place)
                .collect();
            let count = 3 * self.roles.len().div_ceil(60);
            for turn in 0..count {
                let Some(place) = self.dice.draw(&mut holders) else {
                    break;
                };
                let term = if turn == 1 {
                    Term::Annual
                } else {
                    Term::Monthly
                };
                self.give(place, &product, term, days_later(self.today, -330));
            }
            let unlinked = self
                .roles
                .iter()
                .position(|role| *role == Role::CompanyUnknown);
            if let (0, Some(place)) = (number, unlinked) {
                self.give(place, &product, Term::Monthly, days_later(self.today, -90));
            }
            self.note(Leak::UnmappedProduct { product });
        }
    }

    /// Adds a subscription to a client's company.
    pub(super) fn give(
        &mut self,
        place: usize,
        product: &Arc<Product>,
        term: Term,
        start: NaiveDate,
    ) {
        let id = uuid(self.world.seed, "given subscription", self.world.given);
        self.world.given += 1;
        let today = self.today;
        let quantity = self.dice.between(2, 12);
        let months = Decimal::from(term.months().unwrap_or(1));
        let Some(company) = self
            .client(place)
            .and_then(|client| client.company.as_mut())
        else {
            return;
        };
        company.subscriptions.push(Subscription {
            id,
            product: Arc::clone(product),
            term,
            status: "Active",
            start,
            end: None,
            committed_until: (term == Term::Annual).then(|| next_anniversary(start, today)),
            versions: vec![Version {
                from: start,
                quantity,
                price: product.price * months,
                cost: product.cost * months,
            }],
        });
    }

    pub(super) fn quantities(&mut self) {
        for is_foreign in [false, false, true] {
            if let Some(pair) = self.draw_fixed(is_foreign) {
                let from = self.recent_month();
                let more = self.dice.between(1, 7);
                if let Some(held) = self.held(pair)
                    && let Some(last) = held.versions.last().copied()
                {
                    held.versions.push(Version {
                        from,
                        quantity: last.quantity + more,
                        ..last
                    });
                }
                self.note(Leak::QuantityGap {
                    client: pair.0,
                    code: pair.1,
                });
            }
        }
        // A second subscription of the same product, which the contract line does not follow.
        let followed = self.draw(|client, code| {
            client
                .line(code)
                .is_some_and(|line| matches!(line.source, Source::Subscriptions(_)))
        });
        if let Some(pair) = followed {
            let from = self.recent_month();
            if let Some(product) = self.held(pair).map(|held| Arc::clone(&held.product)) {
                self.give(pair.0, &product, Term::Monthly, from);
                self.note(Leak::QuantityGap {
                    client: pair.0,
                    code: pair.1,
                });
            }
        }
        for _ in 0..3 {
            self.unbilled_product();
        }
    }

    pub(super) fn unbilled_product(&mut self) {
        let Some(pair) = self.draw_in_pounds() else {
            return;
        };
        let Some(product) = self.held(pair).map(|held| Arc::clone(&held.product)) else {
            return;
        };
        if let Some(contract) = self
            .client(pair.0)
            .and_then(|client| client.contract.as_mut())
        {
            contract.lines.retain(|line| line.item.code != pair.1);
        }
        self.note(Leak::UnbilledProduct {
            client: pair.0,
            product,
        });
    }

    /// Looks like a leak and is none: a cancellation that has not come yet.
    pub(super) fn harmless(&mut self) {
        for _ in 0..3 {
            let Some(pair) = self.draw_fixed(false) else {
                return;
            };
            let end = months_later(self.month, 1);
            if let Some(held) = self.held(pair) {
                held.status = "PendingCancel";
                held.end = Some(end);
            }
        }
    }
}
