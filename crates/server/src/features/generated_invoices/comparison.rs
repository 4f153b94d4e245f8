//! A draft beside the last invoice of its contract: what differs, and whether somebody meant it.

use std::collections::HashMap;

use billing::{
    Micro, Money,
    coverage::ChargeKind,
    draft::{Charged, Difference, Subject, compare},
};

use super::{
    PlannedLine,
    store::{self, LastLine, LastRow},
};
use crate::{
    db::{ContractId, ContractLineId, GeneratedInvoiceId, OrgId, Tx},
    fault::Fault,
    features::reconciliation::{currency, id_of, micro},
};

/// The last invoice of a contract that went out.
pub struct Last {
    pub net: Money,
    pub lines: Vec<LastLine>,
}

/// The last invoice of a contract besides this draft itself.
pub async fn last_of(
    tx: &mut Tx,
    org: OrgId,
    contract: Option<ContractId>,
    besides: GeneratedInvoiceId,
) -> Result<Option<Last>, Fault> {
    let Some(contract) = contract else {
        return Ok(None);
    };
    let Some(row) = store::last_invoice(tx, org, contract, besides).await? else {
        return Ok(None);
    };
    let LastRow {
        id,
        net_minor,
        currency: code,
    } = row;
    Ok(Some(Last {
        net: Money {
            minor: net_minor,
            currency: currency(&code)?,
        },
        lines: store::last_lines(tx, org, id).await?,
    }))
}

/// A line of this draft as it is compared, however it is stored.
pub struct Entry<'a> {
    pub contract_line: Option<ContractLineId>,
    pub kind: ChargeKind,
    pub quantity: Micro,
    pub unit_price: Micro,
    pub net: Money,
    pub is_by_hand: bool,
    pub is_counted: bool,
    pub description: &'a str,
}

impl<'a> Entry<'a> {
    pub fn planned(line: &'a PlannedLine) -> Self {
        Self {
            contract_line: line.contract_line,
            kind: line.kind,
            quantity: line.quantity,
            unit_price: line.unit_price,
            net: line.net,
            is_by_hand: false,
            is_counted: line.counted.is_some() || line.count_missing_on.is_some(),
            description: &line.description,
        }
    }
}

/// What differs from the last invoice, with the words of each line.
pub struct Comparison {
    pub differences: Vec<(String, Difference)>,
    is_planned: Vec<bool>,
    last_net: Vec<Option<Money>>,
}

/// What is known of one line from the last invoice.
#[derive(Debug, Clone, Copy)]
pub struct Beside {
    /// An event or a planned step stands behind what differs.
    pub is_planned: bool,
    /// What the line came to then.
    pub last_net: Option<Money>,
}

impl Comparison {
    /// For each line of the draft, in order.
    pub fn beside(&self) -> impl Iterator<Item = Beside> + '_ {
        let pairs = self.is_planned.iter().zip(&self.last_net);
        pairs.map(|(is_planned, last_net)| Beside {
            is_planned: *is_planned,
            last_net: *last_net,
        })
    }
}

/// Compares the draft's lines with the last invoice; the first invoice of a contract differs from
/// nothing.
pub fn comparison(
    last: Option<&Last>,
    lines: &[Entry<'_>],
    currency: billing::Currency,
) -> Result<Comparison, Fault> {
    let Some(last) = last.filter(|last| last.net.currency == currency) else {
        return Ok(Comparison {
            differences: Vec::new(),
            is_planned: lines.iter().map(|line| !line.is_by_hand).collect(),
            last_net: vec![None; lines.len()],
        });
    };
    let mut subjects = Subjects::default();
    let mut before = Vec::with_capacity(last.lines.len());
    for line in &last.lines {
        before.push(subjects.last(line, currency)?);
    }
    let known: Vec<Subject> = before.iter().map(|line| line.subject).collect();
    let now: Vec<Charged> = lines
        .iter()
        .map(|line| subjects.now(line, &known))
        .collect();
    let differences = compare(&before, &now, currency).map_err(Fault::internal)?;
    let is_planned = now
        .iter()
        .map(|line| is_planned(&differences, line.subject))
        .collect();
    let last_net = now
        .iter()
        .map(|line| net_of(&before, line.subject))
        .collect();
    let differences = differences
        .into_iter()
        .map(|one| (subjects.words(one.subject), one));
    Ok(Comparison {
        differences: differences.collect(),
        is_planned,
        last_net,
    })
}

/// What lines charge for, with the words of each.
#[derive(Default)]
struct Subjects {
    words: HashMap<Subject, String>,
    own: u128,
}

impl Subjects {
    fn of(&mut self, line: Option<ContractLineId>, kind: ChargeKind, words: &str) -> Subject {
        let subject = if let Some(line) = line {
            Subject::Contract(id_of(line.0), kind)
        } else {
            self.own += 1;
            Subject::Own(billing::Id(self.own))
        };
        self.words.insert(subject, words.to_owned());
        subject
    }

    fn last(&mut self, line: &LastLine, currency: billing::Currency) -> Result<Charged, Fault> {
        Ok(Charged {
            subject: self.of(line.contract_line_id, line.kind()?, &line.description),
            quantity: micro(line.quantity),
            unit_price: micro(line.unit_price),
            net: Money {
                minor: line.net_minor,
                currency,
            },
            is_by_hand: false,
            is_counted: line.is_counted,
            begins_or_ends: line.is_over,
        })
    }

    /// `known` is what the last invoice charged for.
    fn now(&mut self, line: &Entry<'_>, known: &[Subject]) -> Charged {
        let subject = self.of(line.contract_line, line.kind, line.description);
        Charged {
            subject,
            quantity: line.quantity,
            unit_price: line.unit_price,
            net: line.net,
            is_by_hand: line.is_by_hand,
            is_counted: line.is_counted,
            begins_or_ends: !known.contains(&subject),
        }
    }

    fn words(&self, subject: Subject) -> String {
        self.words.get(&subject).cloned().unwrap_or_default()
    }
}

fn is_planned(differences: &[Difference], subject: Subject) -> bool {
    let own = differences.iter().find(|one| one.subject == subject);
    own.is_none_or(|one| one.reason.is_planned())
}

fn net_of(before: &[Charged], subject: Subject) -> Option<Money> {
    let mut own = before.iter().filter(|line| line.subject == subject);
    let first = own.next()?;
    own.try_fold(first.net, |sum, line| sum.checked_add(line.net).ok())
}
