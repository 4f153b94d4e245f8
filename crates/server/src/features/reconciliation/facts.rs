//! From tables to [`billing::reconcile::Facts`]: every row gets a small index, vendors' records
//! get the client or item they are linked to, and nothing is decided.

use std::collections::{HashMap, HashSet};

use billing::{
    Currency, Id, Micro, Period,
    coverage::{ChargeKind, State},
    finding::BillLineKind,
    period::{Cycle, Timing},
    reconcile::{
        BillLine, BillState, Client, ClientIx, Company, CompanyIx, ContractLine, Count, Covered,
        Facts, Item, ItemIx, LedgerLine, LineIx, MeterIx, Price, Product, ProductIx, Subscription,
        SubscriptionIx, Trusted,
    },
};
use chrono::{Days, NaiveDate};
use futures::TryStreamExt as _;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    bills::{self, PassedOn},
    lines::{LineFacts, Quantities},
    store,
};
use crate::{
    db::{ConnectionId, Day, Exact, OrgId, Tx},
    fault::Fault,
};

/// The facts, and what their rows are called outside.
pub struct Loaded {
    pub facts: Facts,
    pub names: Names,
}

/// Where an [`Id`] of the outcome comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A client, item or contract line, by the MSP's own reference.
    Own(String),
    Company {
        name: String,
        external_id: String,
    },
    Product {
        name: String,
        external_id: String,
    },
    Subscription {
        external_id: String,
    },
    Snapshot {
        company: String,
    },
    Invoice {
        invoice: Uuid,
        line_no: i64,
    },
    Bill {
        bill: Uuid,
        line_no: i64,
    },
}

#[derive(Default)]
pub struct Names(HashMap<Id, Origin>);

impl Names {
    pub fn origin(&self, id: Id) -> Option<&Origin> {
        self.0.get(&id)
    }

    fn put(&mut self, id: Id, origin: Origin) {
        self.0.insert(id, origin);
    }
}

/// A vendor's record has no row id of its own; its connection and its vendor's id make one.
fn vendor_id(kind: &str, connection: ConnectionId, external_id: &str) -> Id {
    let mut hash = Sha256::new();
    hash.update(kind.as_bytes());
    hash.update(connection.0.as_bytes());
    hash.update(external_id.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let (half, _) = digest.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    Id(u128::from_be_bytes(*half))
}

fn row_id(parent: Uuid, line_no: i64) -> Id {
    Id(parent
        .as_u128()
        .wrapping_add(u128::from(line_no.unsigned_abs()) + 1))
}

pub fn id_of(uuid: Uuid) -> Id {
    Id(uuid.as_u128())
}

pub fn uuid_of(id: Id) -> Uuid {
    Uuid::from_u128(id.0)
}

pub fn micro(exact: Exact) -> Micro {
    Micro(exact.to_micros().unwrap_or(i64::MAX))
}

pub fn currency(code: &str) -> Result<Currency, Fault> {
    code.parse()
        .map_err(|_| Fault::Internal(anyhow::anyhow!("stored currency {code:?}")))
}

/// Bills and ended subscriptions are looked at this far back.
const LOOK_BACK: Days = Days::new(130);
/// Snapshots older than this are never compared with.
const COUNTS_BACK: Days = Days::new(40);

pub async fn load(tx: &mut Tx, org: OrgId, service_date: NaiveDate) -> Result<Loaded, Fault> {
    let mut loader = Loader {
        org,
        facts: Facts::at(service_date),
        names: Names::default(),
        clients: HashMap::new(),
        items: HashMap::new(),
        item_codes: HashMap::new(),
        meters: HashMap::new(),
        lines: HashMap::new(),
        companies: HashMap::new(),
        products: HashMap::new(),
        subscriptions: HashMap::new(),
        contacts: HashMap::new(),
        organizations: HashMap::new(),
        line_of_subscription: HashMap::new(),
    };
    loader.clients(tx).await?;
    loader.items(tx).await?;
    loader.companies(tx).await?;
    loader.products(tx).await?;
    loader.counts(tx).await?;
    loader.lines_and_subscriptions(tx).await?;
    loader.coverage(tx).await?;
    loader.ledger(tx).await?;
    loader.bills(tx).await?;
    for own in store::references(tx, org).await? {
        loader.names.put(id_of(own.id), Origin::Own(own.reference));
    }
    Ok(Loaded {
        facts: loader.facts,
        names: loader.names,
    })
}

struct Loader {
    org: OrgId,
    facts: Facts,
    names: Names,
    clients: HashMap<Uuid, ClientIx>,
    items: HashMap<Uuid, ItemIx>,
    item_codes: HashMap<String, ItemIx>,
    meters: HashMap<String, MeterIx>,
    lines: HashMap<Uuid, LineIx>,
    companies: HashMap<(ConnectionId, String), CompanyIx>,
    products: HashMap<(ConnectionId, String), ProductIx>,
    subscriptions: HashMap<(ConnectionId, String), SubscriptionIx>,
    /// Ledger contacts and RMM organizations that are somebody's.
    contacts: HashMap<(ConnectionId, String), ClientIx>,
    organizations: HashMap<(ConnectionId, String), ClientIx>,
    line_of_subscription: HashMap<String, Uuid>,
}

/// The next index of a table.
fn next<T>(table: &[T]) -> u32 {
    u32::try_from(table.len()).unwrap_or(u32::MAX)
}

impl Loader {
    fn since(&self, back: Days) -> Day {
        Day(self
            .facts
            .service_date
            .checked_sub_days(back)
            .unwrap_or(NaiveDate::MIN))
    }

    async fn clients(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        for row in store::clients(tx, self.org).await? {
            self.clients
                .insert(row.id.0, ClientIx(next(&self.facts.clients)));
            self.facts.clients.push(Client {
                id: id_of(row.id.0),
                currency: currency(&row.currency)?,
                is_own_use: row.own_use,
            });
        }
        Ok(())
    }

    async fn items(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        for row in store::items(tx, self.org).await? {
            let ix = ItemIx(next(&self.facts.items));
            self.items.insert(row.id.0, ix);
            self.item_codes.insert(row.code.to_lowercase(), ix);
            let currency = currency(&row.currency)?;
            let price = |exact: Exact| Price {
                unit_price: micro(exact),
                currency,
                months: 1,
            };
            let meter = row.meter.map(|meter| self.meter(&meter));
            self.facts.items.push(Item {
                id: id_of(row.id.0),
                meter,
                price: Some(price(row.unit_price)),
                cost: row.unit_cost.map(price),
            });
        }
        Ok(())
    }

    fn meter(&mut self, name: &str) -> MeterIx {
        let fresh = MeterIx(u32::try_from(self.meters.len()).unwrap_or(u32::MAX));
        *self.meters.entry(name.to_owned()).or_insert(fresh)
    }

    async fn companies(&mut self, tx: &mut Tx) -> Result<(), Fault> {
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

    async fn products(&mut self, tx: &mut Tx) -> Result<(), Fault> {
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
    async fn counts(&mut self, tx: &mut Tx) -> Result<(), Fault> {
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
                self.facts.counts.push(Count {
                    id,
                    client,
                    meter,
                    quantity: Micro(row.count.saturating_mul(billing::micro::ONE)),
                    taken_on: snapshot.taken_on.0,
                    trusted,
                });
            }
        }
        Ok(())
    }

    async fn lines_and_subscriptions(&mut self, tx: &mut Tx) -> Result<(), Fault> {
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
        } = quantities.of_line(row, self.facts.service_date, meter_count)?;
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
        let meter = self.meters.get(meter)?;
        let good = self.facts.counts.iter().filter(|count| {
            count.client == client
                && count.meter == *meter
                && count.taken_on <= on
                && count.trusted == Trusted::Good
        });
        good.max_by_key(|count| count.taken_on)
            .map(|count| count.quantity)
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

    async fn coverage(&mut self, tx: &mut Tx) -> Result<(), Fault> {
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

    async fn ledger(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        let earliest = self.facts.lines.iter().map(|line| line.bill_from).min();
        let since = Day(earliest.unwrap_or(self.facts.service_date));
        let mut rows = store::foreign_lines(tx, self.org, since);
        while let Some(row) = rows.try_next().await? {
            let Some(client) = self
                .contacts
                .get(&(row.connection_id, row.contact_external_id))
            else {
                continue;
            };
            let code = row.item_code.unwrap_or_default().to_lowercase();
            let id = row_id(row.invoice_id.0, row.line_no);
            self.names.put(
                id,
                Origin::Invoice {
                    invoice: row.invoice_id.0,
                    line_no: row.line_no,
                },
            );
            self.facts.ledger.push(LedgerLine {
                id,
                client: *client,
                item: self.item_codes.get(&code).copied(),
                line: None,
                quantity: micro(row.quantity),
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

    async fn bills(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        let since = self.since(LOOK_BACK);
        let bills = store::bills(tx, self.org, since).await?;
        let states = bills::states(&bills);
        let billed_on = bills
            .iter()
            .map(|bill| (bill.id.0, bill.billed_on.0))
            .collect();
        let mut passed_on = self.passed_on(tx, since, billed_on).await?;
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
            let origin = Origin::Bill {
                bill: row.bill_id.0,
                line_no: row.line_no,
            };
            self.names.put(line.id, origin);
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
            id: row_id(row.bill_id.0, row.line_no),
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

#[derive(serde::Deserialize)]
struct CreditLine {
    item_code: Option<String>,
    quantity: Exact,
    net_minor: i64,
}

pub fn cycle(word: &str) -> Result<Cycle, Fault> {
    parse_word(word)
}

pub fn timing(word: &str) -> Result<Timing, Fault> {
    parse_word(word)
}

/// Reads a stored word with the same names that `billing` gives it at rest.
fn parse_word<T: serde::de::DeserializeOwned>(word: &str) -> Result<T, Fault> {
    serde_json::from_value(serde_json::Value::from(word)).map_err(Fault::from)
}

/// Pax8's billing terms in months; none for what does not recur.
pub fn term_months(billing_term: &str) -> Option<u16> {
    match billing_term {
        "Monthly" | "Trial" => Some(1),
        "Annual" | "1-Year" => Some(12),
        "2-Year" => Some(24),
        "3-Year" => Some(36),
        _ => None,
    }
}

/// Pax8 writes usage as a subscription line whose term is Arrears.
fn bill_line_kind(kind: &str, term: &str) -> BillLineKind {
    match kind {
        "subscription" if term == "Arrears" => BillLineKind::Usage,
        "subscription" => BillLineKind::Subscription,
        "prorate" => BillLineKind::Prorate,
        "one-time" => BillLineKind::OneTime,
        "service-charge" => BillLineKind::ServiceCharge,
        "service-credit" => BillLineKind::ServiceCredit,
        "rebate" => BillLineKind::Rebate,
        "payment-credit" | "invoice-credit" => BillLineKind::Settlement,
        _ => BillLineKind::Other,
    }
}
