//! Invoices with too little, too much, or nothing.

use chrono::NaiveDate;

use super::{Injector, Pair};
use crate::world::answers::Leak;
use crate::world::days::months_later;
use crate::world::model::{Cycle, Line, Slip};

impl Injector<'_> {
    pub(super) fn invoices(&mut self) {
        for is_short in [true, false, true, false] {
            let drawn = self.draw(|client, code| {
                client
                    .line(code)
                    .is_some_and(|line| line.agreed_on(client_day(line)) >= 3)
            });
            let Some(pair) = drawn else { continue };
            let (period, off) = (self.month, self.dice.between(1, 2));
            let due = self.due(pair, period);
            let quantity = if is_short {
                due.saturating_sub(off)
            } else {
                due + off
            };
            if quantity == 0 {
                continue;
            }
            if let Some(line) = self.line(pair) {
                line.slips.push(Slip { period, quantity });
            }
            let (client, code) = pair;
            self.note(if is_short {
                Leak::InvoiceShort { client, code }
            } else {
                Leak::OverBilled { client, code }
            });
        }
        if let Some(pair) = self.draw(|_, _| true) {
            let period = months_later(self.month, -1);
            self.skip(pair, period);
        }
    }

    pub(super) fn due(&self, (place, code): Pair, period: NaiveDate) -> u32 {
        let client = self.world.clients.get(place);
        client
            .and_then(|client| client.line(code).map(|line| client.due_in(line, period)))
            .unwrap_or(0)
    }

    pub(super) fn skip(&mut self, pair: Pair, period: NaiveDate) {
        let Some(line) = self.line(pair) else { return };
        line.slips.push(Slip {
            period,
            quantity: 0,
        });
        let line = line.key.clone();
        self.note(Leak::SkippedPeriod {
            client: pair.0,
            line,
            period,
        });
    }

    /// A whole invoice nobody made; that client has no other leak.
    pub(super) fn skipped_invoice(&mut self) {
        let Some((place, _)) = self.draw_in_pounds() else {
            return;
        };
        self.pairs.retain(|(client, _)| *client != place);
        let period = months_later(self.month, -2);
        let lines = self
            .client(place)
            .and_then(|client| client.contract.as_ref());
        let codes: Vec<&'static str> = lines
            .iter()
            .flat_map(|contract| &contract.lines)
            .filter(|line| line.cycle == Cycle::Monthly && line.runs_on(period))
            .map(|line| line.item.code)
            .collect();
        for code in codes {
            self.skip((place, code), period);
        }
        self.world.skipped_clients.push(place);
    }
}

/// Any day on which the last agreed quantity stands.
fn client_day(line: &Line) -> NaiveDate {
    line.agreed.last().map_or(line.start, |(day, _)| *day)
}
