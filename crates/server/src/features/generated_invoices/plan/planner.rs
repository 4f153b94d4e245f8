//! Lines and drafts of one plan, from what storage holds.

use std::collections::{HashMap, HashSet};

use billing::{
    Period,
    charge::{Run, charges_as_counted},
    coverage::{ChargeKind, Key},
    due::PaymentTerms,
    money::Money,
    period::{Schedule, Timing},
    policy::{Increases, InvoiceDate},
};
use chrono::NaiveDate;

use super::super::{store, store::ForeignLine, store::OneOffRow};
use super::{Plan, PlannedDraft, PlannedLine, Scope, Settled, known::Known, writer::Writer};
use crate::{
    db::{ClientId, ContractId, ContractLineId, Day, OrgId, Tx},
    fault::Fault,
    features::{
        contracts::{self, Line, Word},
        entity_profiles, meters, reconciliation,
    },
};

pub struct Planner<'s> {
    scope: &'s Scope,
    pub(super) writer: Writer,
    pub lines: Vec<Line>,
    contracts: HashMap<ContractId, store::ContractRow>,
    covered: HashMap<ContractLineId, Known>,
    foreign: HashMap<(ClientId, String), Vec<ForeignLine>>,
    one_offs: Vec<OneOffRow>,
    /// When a client has to pay, by its profile or by what the ledger says.
    terms: HashMap<ClientId, PaymentTerms>,
    last_net: HashMap<ContractId, i64>,
    /// Settled usage that later readings may change: what was invoiced, by line and period.
    pub(super) late: HashMap<ContractLineId, Vec<(NaiveDate, i64)>>,
}

impl<'s> Planner<'s> {
    pub async fn load(tx: &mut Tx, org: OrgId, scope: &'s Scope) -> Result<Self, Fault> {
        let mut lines = contracts::lines_of_clients(tx, org, scope.clients).await?;
        lines.retain(|line| {
            // What an ended contract owes until its end is owed still.
            line.contract_status != "draft"
                && scope
                    .contract
                    .is_none_or(|contract| contract == line.contract_id)
        });
        lines.sort_by(|a, b| {
            (a.contract_reference.as_str(), a.position, a.id).cmp(&(
                b.contract_reference.as_str(),
                b.position,
                b.id,
            ))
        });
        let contracts = store::contracts(tx, org, scope.clients).await?;
        let mut covered: HashMap<ContractLineId, Known> = HashMap::new();
        for row in store::covered(tx, org, scope.clients).await? {
            covered.entry(row.line_id).or_default().add(&row)?;
        }
        let since = contracts.iter().map(|row| row.bill_from).min();
        let since = since.unwrap_or(Day(scope.as_of));
        let mut foreign: HashMap<(ClientId, String), Vec<ForeignLine>> = HashMap::new();
        for row in store::foreign_lines(tx, org, scope.clients, since).await? {
            let key = (row.client_id, row.item_code.to_lowercase());
            foreign.entry(key).or_default().push(row);
        }
        let one_offs = store::waiting_one_offs(tx, org, scope.clients).await?;
        let mut late: HashMap<ContractLineId, Vec<(NaiveDate, i64)>> = HashMap::new();
        for row in meters::late_readings(tx, org, scope.clients).await? {
            let mut own = lines.iter().filter(|line| line.id == row.line_id);
            if own.any(|line| line.terms.rule.meter.as_ref() == Some(&row.meter)) {
                let periods = late.entry(row.line_id).or_default();
                periods.push((row.starts_on.0, row.net_minor));
            }
        }
        Ok(Self {
            scope,
            late,
            writer: Writer::load(tx, org).await?,
            lines,
            contracts: contracts.into_iter().map(|row| (row.id, row)).collect(),
            covered,
            foreign,
            one_offs,
            terms: terms(tx, org).await?,
            last_net: store::last_nets(tx, org, scope.clients)
                .await?
                .into_iter()
                .collect(),
        })
    }

    pub fn line(
        &self,
        line: &Line,
        mut history: billing::charge::History,
        plan: &mut Plan,
    ) -> Result<Vec<PlannedLine>, Fault> {
        let terms = line.billing_terms()?;
        let window_on = self.window_on(line.contract_id)?;
        let window_end = self.scope.as_of.succ_opt().unwrap_or(NaiveDate::MAX);
        let Ok(window) = Period::new(window_on.min(self.scope.as_of), window_end) else {
            return Ok(Vec::new());
        };
        let mut known = self.covered.get(&line.id).cloned().unwrap_or_default();
        let adopted = self.billed_before(line, &known.keys, window_on)?;
        known.adopt(adopted.iter().map(|one| one.key));
        known.mark(&mut history, &self.writer.policy);
        plan.settled.extend(adopted);
        let run = Run {
            window,
            run_on: self.scope.as_of,
            since: terms.bill_from,
            arrears_after: None,
            // The old way of billing caught up its own changes; ours begin with its last invoice.
            catch_up_from: known.last_adopted.unwrap_or(terms.bill_from),
            covered: &known.keys,
        };
        let charged = match charges_as_counted(&terms, &history, &self.writer.policy, &run) {
            Ok(charged) => charged,
            Err(error) => {
                // One line that cannot be worked out must not hold up the others.
                let problem = format!("{}: {error}", line.terms.reference);
                plan.problems.push(problem);
                return Ok(Vec::new());
            }
        };
        let mut planned = Vec::new();
        for gap in &charged.uncounted {
            planned.push(self.writer.uncounted(line, gap)?);
        }
        for charge in charged.charges {
            if charge.net.minor == 0 {
                plan.settled.push(Settled {
                    line: line.id,
                    key: charge.coverage,
                    ends_on: charge.period.end(),
                    invoice: None,
                    window_on,
                });
            } else {
                planned.push(self.writer.charge(line, &charge)?);
            }
        }
        self.correct(line, (&terms, &history), &known, plan, &mut planned)?;
        planned.sort_by_key(|line| line.covers);
        Ok(planned)
    }

    /// Periods that the ledger billed before BillingOne made invoices: a line with the item's
    /// code, dated in the period (in arrears: in the one after).
    fn billed_before(
        &self,
        line: &Line,
        covered: &[Key],
        window_on: NaiveDate,
    ) -> Result<Vec<Settled>, Fault> {
        let key = (line.client_id, line.item_code.to_lowercase());
        let Some(foreign) = self.foreign.get(&key) else {
            return Ok(Vec::new());
        };
        let schedule = line.schedule().map_err(Fault::internal)?;
        let kind = own_kind(line);
        let known: HashSet<Key> = covered.iter().copied().collect();
        let mut found = Vec::new();
        for tile in schedule.tiles(line.bill_from.0, self.scope.as_of) {
            let key = Key {
                period_start: tile.service.start(),
                kind,
            };
            let dated_in = match line.terms.timing.0 {
                Timing::Advance => Some(tile.service),
                Timing::Arrears => schedule.next(&tile).map(|next| next.service),
            };
            let invoice = dated_in
                .and_then(|days| foreign.iter().find(|row| days.contains(row.issued_on.0)))
                .map(|row| row.invoice_id);
            if let Some(invoice) = invoice.filter(|_| !known.contains(&key)) {
                found.push(Settled {
                    line: line.id,
                    key,
                    ends_on: tile.service.end(),
                    invoice: Some(invoice),
                    window_on,
                });
            }
        }
        Ok(found)
    }

    /// The first day of the contract's period that is being invoiced: what changed before it is
    /// caught up.
    fn window_on(&self, contract: ContractId) -> Result<NaiveDate, Fault> {
        let as_of = self.scope.as_of;
        let Some(contract) = self.contracts.get(&contract) else {
            return Ok(as_of);
        };
        let cycle = Word::try_from(contract.cycle.clone()).map_err(Fault::internal)?;
        let start = contract.starts_on.0;
        let schedule = Schedule::new(cycle.0, start, start, None).map_err(Fault::internal)?;
        let tile = schedule.tile_at(as_of);
        Ok(tile.map_or(as_of, |tile| tile.nominal.start()))
    }

    /// A change inside an invoiced period makes no invoice by itself, unless the policy says so:
    /// it waits for the next that has something of its own, or comes when nothing else will.
    pub fn wait_for_the_next_invoice(&self, lines: &mut Vec<PlannedLine>) {
        let is_late = |line: &PlannedLine| {
            matches!(
                line.kind,
                ChargeKind::CatchUp | ChargeKind::PriceStep | ChargeKind::Correction
            )
        };
        let goes_on = |line: &PlannedLine| {
            let line = self
                .lines
                .iter()
                .find(|own| Some(own.id) == line.contract_line);
            line.is_some_and(|line| {
                line.terms
                    .ends_on
                    .is_none_or(|end| end.0 > self.scope.as_of)
            })
        };
        let waits = self.writer.policy.increases == Increases::NextInvoice
            && lines.iter().all(is_late)
            && lines.iter().any(goes_on);
        if waits {
            lines.clear();
        }
    }

    /// Waiting one-offs join the draft of their client and currency, or make one.
    pub fn add_one_offs(
        &self,
        by_contract: &mut Vec<(ContractId, Vec<PlannedLine>)>,
    ) -> Result<(), Fault> {
        for row in &self.one_offs {
            let fits = |contract: &store::ContractRow| {
                contract.client_id == row.client_id && contract.currency == row.currency
            };
            let drafted = by_contract.iter().position(|(contract, lines)| {
                !lines.is_empty() && self.contracts.get(contract).is_some_and(fits)
            });
            let any = || {
                self.contracts
                    .values()
                    .filter(|row| fits(row))
                    .min_by_key(|row| (row.is_ended, row.id))
                    .map(|row| row.id)
            };
            let line = self.writer.one_off(row)?;
            match (drafted.and_then(|at| by_contract.get_mut(at)), any()) {
                (Some((_, lines)), _) => lines.push(line),
                (None, Some(contract)) => by_contract.push((contract, vec![line])),
                // It waits until the client has a contract in its currency.
                (None, None) => {}
            }
        }
        Ok(())
    }

    pub fn draft(&self, id: ContractId, lines: Vec<PlannedLine>) -> Result<PlannedDraft, Fault> {
        let contract = self
            .contracts
            .get(&id)
            .ok_or(Fault::NotFound("this contract"))?;
        let currency = reconciliation::currency(&contract.currency)?;
        let sum = |pick: fn(&PlannedLine) -> Money| {
            Money::sum(currency, lines.iter().map(pick)).map_err(Fault::internal)
        };
        let issued_on = self.issued_on(&lines);
        let terms = self.terms.get(&contract.client_id);
        let terms = terms.copied().unwrap_or(PaymentTerms::STANDARD);
        Ok(PlannedDraft {
            client: contract.client_id,
            client_name: contract.client_name.clone(),
            contract: Some(id),
            window_on: self.window_on(id)?,
            currency,
            issued_on,
            due_on: terms.due_on(issued_on),
            reference: contract
                .purchase_order
                .clone()
                .unwrap_or_else(|| contract.reference.clone()),
            ledger: contract.ledger_id,
            net: sum(|line| line.net)?,
            tax: sum(|line| line.tax)?,
            last_net: self.last_net.get(&id).map(|minor| Money {
                minor: *minor,
                currency,
            }),
            lines,
        })
    }

    /// The first day of the latest advance period, unless that has passed: an invoice for a
    /// skipped month is dated when it is made.
    fn issued_on(&self, lines: &[PlannedLine]) -> NaiveDate {
        let starts = lines
            .iter()
            .filter(|line| line.kind == ChargeKind::Recurring)
            .filter_map(|line| line.period.map(Period::start));
        match self.writer.policy.invoice_date {
            InvoiceDate::PeriodStart => starts
                .max()
                .unwrap_or(self.scope.today)
                .max(self.scope.today),
            InvoiceDate::RunDate => self.scope.today,
        }
    }
}

fn own_kind(line: &Line) -> ChargeKind {
    let is_metered = matches!(
        line.terms.rule.rule.source,
        billing::quantity::QuantitySource::Meter { .. }
    );
    if is_metered && line.terms.timing.0 == Timing::Arrears {
        ChargeKind::Usage
    } else {
        ChargeKind::Recurring
    }
}

/// When clients have to pay: as agreed with them, which goes before what accounting assumes. A client
/// with several contacts there has the terms of the one its invoices go to: the first.
pub async fn terms(tx: &mut Tx, org: OrgId) -> Result<HashMap<ClientId, PaymentTerms>, Fault> {
    let mut terms = HashMap::new();
    for row in store::contact_terms(tx, org).await? {
        let agreed = agreed(row.terms_days, row.terms_from);
        terms
            .entry(row.client_id)
            .or_insert(agreed.unwrap_or(PaymentTerms::STANDARD));
    }
    terms.extend(entity_profiles::terms(tx, org).await?);
    Ok(terms)
}

fn agreed(days: Option<i64>, from: Option<String>) -> Option<PaymentTerms> {
    Some(PaymentTerms {
        days: days?.try_into().ok()?,
        counted_from: Word::try_from(from?).ok()?.0,
    })
}
