//! Repeating invoices that the books still hold from the time before: ended, when the contracts
//! began to be billed elsewhere. They follow from the contracts, without dice, so that nothing else
//! of a seed's world moves.

use super::World;
use super::days::{days_later, months_later, morning};
use super::recurring;
use crate::xero::{Document, Ledger, Repeating, SeedError, Unit};

/// How many clients still have theirs.
const KEPT: usize = 3;

pub(super) fn keep(world: &World, ledger: &mut Ledger) -> Result<(), SeedError> {
    let clients = world.clients.iter();
    let agreed =
        clients.filter_map(|client| Some((client.contact?, client.contract.as_ref()?, client)));
    for (contact, contract, client) in agreed.take(KEPT) {
        let until = days_later(contract.start, -1);
        let start = months_later(contract.start, -12);
        let lines = contract.lines.iter().map(|line| {
            let agreed = line.agreed.first().map_or(1, |(_, quantity)| *quantity);
            crate::xero::Line::new(line.item.name, agreed.into(), line.unit_price)
                .item(line.item.code)
                .posted_to(line.item.account_code, recurring::tax(client))
        });
        let document = Document {
            currency: client.currency,
            lines: lines.collect(),
            updated: morning(start),
            ..Document::sale(
                contact,
                "",
                start,
                days_later(start, client.terms_days.into()),
            )
        };
        ledger.add_repeating(Repeating {
            document,
            unit: Unit::Monthly,
            every: contract.cycle.months().unsigned_abs(),
            ends_on: Some(until),
        })?;
    }
    Ok(())
}
