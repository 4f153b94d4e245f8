//! From everything that is known about clients to six numbers per client and item, and findings.
//!
//! The caller fills [`Facts`] from its tables, giving every client, item, product and line a
//! small index on the way, and gets an [`Outcome`]. Nothing is joined: facts are grouped by
//! client in one pass, and each client is then looked at by itself, which is also why a few
//! clients can be done again alone with the same result.

mod bills;
mod calendar;
mod cell;
mod client;
mod facts;
mod group;
mod index;
mod merge;
mod periods;
mod prices;
mod quantities;
mod sums;
mod unmapped;
mod worth;

use serde::{Deserialize, Serialize};

pub use facts::{
    Assigned, BillLine, BillState, Client, ClientIx, ClientPrice, Company, CompanyIx, ContractLine,
    Count, Covered, Facts, Item, ItemIx, LedgerLine, LineIx, LineSource, MeterIx, Part, Price,
    Product, ProductIx, Subscription, SubscriptionIx, Trusted,
};

pub use sums::invoiced_at;

use crate::finding::{Finding, SeverityRules};
use crate::id::Id;
use crate::micro::Micro;
use crate::period::Period;
use index::Index;

/// The six numbers of one client and item at the service date. A source that has nothing to say
/// is none, never zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    pub bought: Option<Micro>,
    pub assigned: Option<Micro>,
    pub deployed: Option<Micro>,
    pub contracted: Option<Micro>,
    pub invoiced: Option<Micro>,
    pub paid: Option<Micro>,
}

/// One line of the reconciliation page. There are as many as pairs of client and item, so the
/// numbers lie close together; [`Row::numbers`] gives them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub client: Id,
    pub item: Id,
    packed: [i64; 6],
}

/// Stands for none. No count comes near it.
const NONE: i64 = i64::MIN;

impl Row {
    fn new(client: Id, item: Id, numbers: &Numbers) -> Row {
        let Numbers {
            bought,
            assigned,
            deployed,
            contracted,
            invoiced,
            paid,
        } = *numbers;
        let packed = [bought, assigned, deployed, contracted, invoiced, paid];
        Row {
            client,
            item,
            packed: packed.map(|number| number.map_or(NONE, |number| number.0)),
        }
    }

    pub fn numbers(&self) -> Numbers {
        let number = |packed: i64| (packed != NONE).then_some(Micro(packed));
        let [bought, assigned, deployed, contracted, invoiced, paid] = self.packed.map(number);
        Numbers {
            bought,
            assigned,
            deployed,
            contracted,
            invoiced,
            paid,
        }
    }
}

impl Numbers {
    /// Counted minus licensed: *deployed* (else *assigned*) minus *bought* (else *contracted*),
    /// where both are known.
    pub fn variance(&self) -> Option<Micro> {
        let counted = self.deployed.or(self.assigned)?;
        let licensed = self.bought.or(self.contracted)?;
        Some(counted.minus(licensed))
    }
}

/// What can be chosen about finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    pub severity: SeverityRules,
    /// The organization's policy day: usage of a past period is complete by then.
    pub settle_day: u8,
    pub skipped_after_days: u16,
    /// A cost rise is news for this long.
    pub cost_rise_days: u16,
    /// How far back a vendor bill is searched for charges of a client without a contract; one
    /// with a contract is searched from its `bill_from`.
    pub charge_days: u16,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            severity: SeverityRules::default(),
            settle_day: 15,
            skipped_after_days: 3,
            cost_rise_days: 60,
            charge_days: 92,
        }
    }
}

/// Which findings a run is to decide. What is outside its scope it says nothing about: neither
/// there nor gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// Everything; the facts are complete.
    All,
    /// These clients only. Their facts are complete; others' facts may be missing and are not
    /// looked at. Findings about companies and products need every client and are left out.
    Clients(&'a [ClientIx]),
}

/// What a run found, in a fixed order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub rows: Vec<Row>,
    pub findings: Vec<Finding>,
}

/// A period of a contract line, invoiced by a document that is not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invoiced {
    pub line: Id,
    pub period: Period,
    /// The ledger line that shows it.
    pub by: Id,
}

/// Looks at everything in `scope` and says what disagrees.
///
/// Facts whose indexes point nowhere are passed over: a subscription of a company that is not in
/// the table belongs to nobody.
pub fn reconcile(facts: &Facts, rules: &Rules, scope: Scope<'_>) -> Outcome {
    let index = Index::of(facts);
    let mut outcome = shared_out(facts, &index, rules, &clients_in(facts, scope));
    if scope == Scope::All {
        unmapped::findings(facts, rules, &mut outcome.findings);
    }
    bills::overcharged(facts, rules, scope, &mut outcome.findings);
    outcome.findings = merge::merged(outcome.findings, rules);
    outcome
}

/// Periods that have no settled coverage and that the ledger shows as invoiced all the same: by
/// hand, or by what billed before. The caller records them as posted, so that nobody charges them
/// again.
pub fn invoiced_elsewhere(facts: &Facts, rules: &Rules, scope: Scope<'_>) -> Vec<Invoiced> {
    let index = Index::of(facts);
    let mut desk = client::Desk::new(facts);
    let mut found = Vec::new();
    for at in clients_in(facts, scope) {
        found.extend(desk.invoiced_elsewhere(facts, &index, rules, at));
    }
    found.sort_by_key(|invoiced| (invoiced.line, invoiced.period));
    found
}

fn clients_in(facts: &Facts, scope: Scope<'_>) -> Vec<ClientIx> {
    match scope {
        Scope::All => {
            let everyone = 0..u32::try_from(facts.clients.len()).unwrap_or(u32::MAX);
            everyone.map(ClientIx).collect()
        }
        Scope::Clients(some) => some.to_vec(),
    }
}

/// Fewer rows than this are looked at sooner than a thread is started.
const ROWS_WORTH_A_THREAD: usize = 200_000;
const THREADS: usize = 2;

/// The clients in their order. Each is looked at by itself, so where there are many rows two
/// halves are looked at at once; the result is the same.
fn shared_out(facts: &Facts, index: &Index, rules: &Rules, clients: &[ClientIx]) -> Outcome {
    let rows = facts.lines.len() + facts.subscriptions.len() + facts.ledger.len();
    if rows < ROWS_WORTH_A_THREAD || clients.len() < THREADS {
        return look_at_each(facts, index, rules, clients, rows);
    }
    let shares = clients.chunks(clients.len().div_ceil(THREADS));
    let expected = rows / THREADS;
    std::thread::scope(|scope| {
        let running: Vec<_> = shares
            .map(|share| scope.spawn(move || look_at_each(facts, index, rules, share, expected)))
            .collect();
        let mut whole = Outcome::default();
        for share in running {
            // A panic in a share is a panic of the whole, as it would be without threads.
            let share = share
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            whole.take_in(share);
        }
        whole
    })
}

fn look_at_each(
    facts: &Facts,
    index: &Index,
    rules: &Rules,
    clients: &[ClientIx],
    expected_rows: usize,
) -> Outcome {
    let mut desk = client::Desk::new(facts);
    let mut outcome = Outcome::default();
    // Most pairs of client and item have a row in each of the three tables.
    outcome.rows.reserve(expected_rows / 3);
    for at in clients {
        desk.look_at(facts, index, rules, *at, &mut outcome);
    }
    outcome
}

impl Outcome {
    fn take_in(&mut self, mut more: Outcome) {
        if self.rows.is_empty() {
            self.rows = more.rows;
        } else {
            self.rows.append(&mut more.rows);
        }
        self.findings.append(&mut more.findings);
    }
}
