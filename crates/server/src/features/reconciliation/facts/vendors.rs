//! Vendors' companies, products and counts, each with the client or item it is linked to.

use std::collections::{HashMap, HashSet};

use billing::{
    Micro, Period,
    reconcile::{ClientIx, Company, CompanyIx, Count, Product, ProductIx, Trusted},
};

use super::super::store;
use super::{
    COUNTS_BACK, Loader, micro,
    names::{Origin, vendor_id},
    next,
};
use crate::{
    db::{ConnectionId, Day, Tx},
    fault::Fault,
    features::meters,
};

impl Loader {
    pub(super) async fn companies(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        for row in store::companies(tx, self.org, "pax8").await? {
            let id = vendor_id("company", row.connection_id, &row.external_id);
            let company = Company {
                id,
                client: row
                    .linked_id
                    .and_then(|client| self.clients.get(&client).copied()),
                is_ignored: row.ignored,
            };
            let key = (row.connection_id, row.external_id.clone());
            self.companies
                .insert(key, CompanyIx(next(&self.facts.companies)));
            self.facts.companies.push(company);
            self.names.put(
                id,
                Origin::Company {
                    name: row.name,
                    external_id: row.external_id,
                },
            );
        }
        self.contacts = self.linked(tx, "xero").await?;
        self.organizations = self.linked(tx, "ninjaone").await?;
        Ok(())
    }

    async fn linked(
        &self,
        tx: &mut Tx,
        vendor: &str,
    ) -> Result<HashMap<(ConnectionId, String), ClientIx>, Fault> {
        let rows = store::companies(tx, self.org, vendor).await?;
        let known = rows.into_iter().filter_map(|row| {
            let client = self.clients.get(&row.linked_id?)?;
            Some(((row.connection_id, row.external_id), *client))
        });
        Ok(known.collect())
    }

    pub(super) async fn products(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        for row in store::products(tx, self.org).await? {
            let id = vendor_id("product", row.connection_id, &row.external_id);
            let product = Product {
                id,
                item: row
                    .linked_id
                    .and_then(|item| self.items.get(&item).copied()),
                is_ignored: row.ignored,
            };
            let key = (row.connection_id, row.external_id.clone());
            self.products
                .insert(key, ProductIx(next(&self.facts.products)));
            self.facts.products.push(product);
            self.names.put(
                id,
                Origin::Product {
                    name: row.name,
                    external_id: row.external_id,
                },
            );
        }
        Ok(())
    }

    /// The last counts, the last good ones, and those that stood when this month was invoiced.
    pub(super) async fn counts(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        let (since, until) = (self.since(COUNTS_BACK), Day(self.facts.service_date));
        let snapshots = store::snapshots(tx, self.org, since, until).await?;
        let month = Day(Period::month_of(self.facts.service_date).start());
        let mut wanted = Vec::new();
        let mut seen: HashSet<(ConnectionId, bool, bool)> = HashSet::new();
        for snapshot in &snapshots {
            let role = (
                snapshot.connection_id,
                snapshot.complete,
                snapshot.taken_on <= month,
            );
            if seen.insert(role) {
                wanted.push(snapshot);
            }
        }
        for snapshot in wanted {
            let trusted = if snapshot.complete {
                Trusted::Good
            } else {
                Trusted::No
            };
            for row in store::counts(tx, self.org, snapshot.id).await? {
                let key = (snapshot.connection_id, row.company_external_id);
                let Some(client) = self.organizations.get(&key).copied() else {
                    continue;
                };
                let id = vendor_id(
                    &snapshot.id.to_string(),
                    key.0,
                    &format!("{} {}", key.1, row.meter),
                );
                self.names.put(id, Origin::Snapshot { company: key.1 });
                let meter = self.meter(&row.meter);
                let quantity = Micro(row.count.saturating_mul(billing::micro::ONE));
                if snapshot.complete {
                    let good = self.good_counts.entry((client, meter)).or_default();
                    good.push((snapshot.taken_on.0, quantity));
                }
                self.facts.counts.push(Count {
                    id,
                    client,
                    meter,
                    quantity,
                    taken_on: snapshot.taken_on.0,
                    trusted,
                });
            }
        }
        self.readings(tx, since, until).await
    }

    /// The same of the organization's own meters.
    async fn readings(&mut self, tx: &mut Tx, since: Day, until: Day) -> Result<(), Fault> {
        for row in meters::standing(tx, self.org, (Some(since), until)).await? {
            let Some(client) = self.clients.get(&row.client_id.0).copied() else {
                continue;
            };
            let id = billing::Id(row.id.0.as_u128());
            let company = row.meter.clone();
            self.names.put(id, Origin::Snapshot { company });
            let (meter, quantity) = (self.meter(&row.meter), micro(row.value));
            let good = self.good_counts.entry((client, meter)).or_default();
            good.push((row.taken_on.0, quantity));
            self.facts.counts.push(Count {
                id,
                client,
                meter,
                quantity,
                taken_on: row.taken_on.0,
                trusted: Trusted::Good,
            });
        }
        Ok(())
    }
}
