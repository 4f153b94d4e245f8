//! What would be invoiced as of a day: worked out from contracts and coverage, nothing stored.

mod known;
mod late;
mod planner;
mod writer;

use billing::{
    Currency, Micro, Period,
    coverage::{ChargeKind, Key},
    money::{LedgerForm, Money},
};
use chrono::NaiveDate;

pub use self::{planner::terms, writer::Writer};

use self::planner::Planner;
use super::store;
use crate::{
    db::{
        ClientId, ConnectionId, ContractId, ContractLineId, Day, Exact, GeneratedInvoiceId,
        InvoiceId, OneOffId, OrgId, Tx,
    },
    fault::Fault,
    features::{clients::Span, contracts},
};

/// What to invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub clients: Span,
    pub contract: Option<ContractId>,
    /// Everything that can be charged by this day.
    pub as_of: NaiveDate,
    pub today: NaiveDate,
}

/// The drafts that would be made, and the periods that turn out to need none.
#[derive(Debug, Default)]
pub struct Plan {
    pub drafts: Vec<PlannedDraft>,
    pub settled: Vec<Settled>,
    /// Lines that could not be worked out whole, each as a sentence that says why.
    pub problems: Vec<String>,
}

/// A period that needs no line of ours.
#[derive(Debug, Clone)]
pub struct Settled {
    pub line: ContractLineId,
    pub key: Key,
    pub ends_on: NaiveDate,
    /// The ledger's invoice that billed it before; none where it comes to nothing.
    pub invoice: Option<InvoiceId>,
    /// The first day of what is being invoiced.
    pub window_on: NaiveDate,
}

#[derive(Debug)]
pub struct PlannedDraft {
    pub client: ClientId,
    pub client_name: String,
    pub contract: Option<ContractId>,
    pub currency: Currency,
    /// The first day of what is being invoiced.
    pub window_on: NaiveDate,
    pub issued_on: NaiveDate,
    pub due_on: NaiveDate,
    pub reference: String,
    pub ledger: Option<ConnectionId>,
    pub lines: Vec<PlannedLine>,
    pub net: Money,
    pub tax: Money,
    /// What the last invoice of this contract came to, before tax.
    pub last_net: Option<Money>,
}

impl PlannedDraft {
    pub fn gross_minor(&self) -> i64 {
        self.net.minor.saturating_add(self.tax.minor)
    }

    /// The row it would be stored as.
    pub(super) fn row(&self) -> store::DraftRow {
        store::DraftRow {
            id: GeneratedInvoiceId(uuid::Uuid::nil()),
            number: None,
            client_id: self.client,
            contract_id: self.contract,
            currency: self.currency.code().to_owned(),
            status: super::state_word(billing::draft::State::Draft).to_owned(),
            issued_on: Day(self.issued_on),
            due_on: Some(Day(self.due_on)),
            reference: self.reference.clone(),
            net_minor: self.net.minor,
            tax_minor: self.tax.minor,
            total_minor: self.gross_minor(),
            content_hash: Vec::new(),
            approved_hash: None,
            approved_by: None,
            post_state: None,
            post_attempt: 0,
            connection_id: self.ledger,
            ledger_external_id: None,
            note: None,
            version: 1,
        }
    }
}

#[derive(Debug)]
pub struct PlannedLine {
    pub contract_line: Option<ContractLineId>,
    pub covers: Option<Key>,
    pub one_off: Option<OneOffId>,
    pub description: String,
    pub item_code: Option<String>,
    pub quantity: Micro,
    pub unit_price: Micro,
    pub form: LedgerForm,
    pub net: Money,
    pub tax: Money,
    pub tax_type: String,
    pub tax_rate: Option<Micro>,
    pub account_code: String,
    pub period: Option<Period>,
    pub kind: ChargeKind,
    /// The count the quantity was taken from, as JSON; one that is too old stops the draft.
    pub counted: Option<String>,
    /// Nothing was counted by this day: the amount is not known, and the draft is stopped.
    pub count_missing_on: Option<NaiveDate>,
    /// `billing::explanation::Explanation` as JSON, or what led to a one-off.
    pub explanation: String,
}

/// Works out everything in `scope`.
pub async fn plan(tx: &mut Tx, org: OrgId, scope: &Scope) -> Result<Plan, Fault> {
    let planner = Planner::load(tx, org, scope).await?;
    let histories = contracts::histories(tx, org, &planner.lines, scope.as_of).await?;
    let mut plan = Plan::default();
    let mut by_contract: Vec<(ContractId, Vec<PlannedLine>)> = Vec::new();
    for line in &planner.lines {
        let history = histories.get(&line.id).cloned().unwrap_or_default();
        let made = planner.line(line, history, &mut plan)?;
        // Lines come by contract, so the last is the only one it can join.
        match by_contract.last_mut() {
            Some((contract, lines)) if *contract == line.contract_id => lines.extend(made),
            _ => by_contract.push((line.contract_id, made)),
        }
    }
    for (_, lines) in &mut by_contract {
        planner.wait_for_the_next_invoice(lines);
    }
    planner.add_one_offs(&mut by_contract)?;
    for (contract, lines) in by_contract {
        if !lines.is_empty() {
            plan.drafts.push(planner.draft(contract, lines)?);
        }
    }
    Ok(plan)
}

/// The exact decimal that storage keeps.
pub fn exact(micro: Micro) -> Exact {
    Exact::from_micros(micro.0)
}
