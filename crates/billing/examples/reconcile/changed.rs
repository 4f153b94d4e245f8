//! A hundred lines changed, looked at with the few clients they belong to instead of all.

use std::collections::{BTreeMap, BTreeSet};

use billing::Micro;
use billing::reconcile::{ClientIx, CompanyIx, Facts, Outcome, Rules, Scope, reconcile};

const CHANGED_LINES: usize = 100;

/// Changes lines spread over the whole table; the clients they belong to.
pub fn change(facts: &mut Facts) -> BTreeSet<ClientIx> {
    let apart = (facts.ledger.len() / CHANGED_LINES).max(1);
    let rows = facts.ledger.iter_mut().step_by(apart).take(CHANGED_LINES);
    rows.map(|row| {
        row.quantity = row.quantity.plus(Micro::ONE);
        row.client
    })
    .collect()
}

/// The rows of each client, as an index of a database would find them.
pub struct ByClient(BTreeMap<ClientIx, Facts>);

impl ByClient {
    pub fn of(facts: &Facts, clients: &BTreeSet<ClientIx>) -> Self {
        let mut by_client: BTreeMap<ClientIx, Facts> = clients
            .iter()
            .map(|client| (*client, Facts::at(facts.service_date)))
            .collect();
        for line in &facts.lines {
            if let Some(rows) = by_client.get_mut(&line.client) {
                rows.lines.push(*line);
            }
        }
        for sold in &facts.subscriptions {
            if let Some(rows) = by_client.get_mut(&ClientIx(sold.company.0)) {
                rows.subscriptions.push(*sold);
            }
        }
        for row in &facts.ledger {
            if let Some(rows) = by_client.get_mut(&row.client) {
                rows.ledger.push(*row);
            }
        }
        Self(by_client)
    }

    /// Looks at these clients alone: their rows are put together and compared.
    pub fn look_again(&self, all: &Facts) -> Outcome {
        let mut some = Facts::at(all.service_date);
        some.items.clone_from(&all.items);
        some.products.clone_from(&all.products);
        for ((client, rows), place) in self.0.iter().zip(0_u32..) {
            let at = ClientIx(place);
            some.clients.extend(all.clients.get(client.0 as usize));
            let mut company = all.companies.get(client.0 as usize).copied();
            if let Some(company) = &mut company {
                company.client = Some(at);
            }
            some.companies.extend(company);
            let lines = rows.lines.iter().copied();
            some.lines.extend(lines.map(|mut line| {
                line.client = at;
                line
            }));
            let subscriptions = rows.subscriptions.iter().copied();
            some.subscriptions.extend(subscriptions.map(|mut sold| {
                sold.company = CompanyIx(place);
                sold
            }));
            let ledger = rows.ledger.iter().copied();
            some.ledger.extend(ledger.map(|mut row| {
                row.client = at;
                row
            }));
        }
        let clients: Vec<ClientIx> = (0_u32..).map(ClientIx).take(self.0.len()).collect();
        reconcile(&some, &Rules::default(), Scope::Clients(&clients))
    }
}

/// Puts what was found about some clients in place of what was known about them.
pub fn put_in_place(
    known: Outcome,
    again: Outcome,
    facts: &Facts,
    clients: &BTreeSet<ClientIx>,
) -> Outcome {
    let ids: BTreeSet<_> = clients
        .iter()
        .filter_map(|client| facts.clients.get(client.0 as usize))
        .map(|client| client.id)
        .collect();
    let mut whole = known;
    whole.rows.retain(|row| !ids.contains(&row.client));
    whole.rows.extend(again.rows);
    whole.rows.sort_by_key(|row| (row.client, row.item));
    whole
        .findings
        .retain(|finding| finding.client.is_none_or(|client| !ids.contains(&client)));
    whole.findings.extend(again.findings);
    whole.findings.sort_by_key(|finding| finding.identity);
    whole
}
