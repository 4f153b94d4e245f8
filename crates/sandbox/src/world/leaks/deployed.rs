//! Devices nobody pays for.

use super::Injector;
use crate::world::answers::Leak;
use crate::world::catalogue::{SERVER, WORKSTATION};
use crate::world::days::days_later;
use crate::world::devices;
use crate::world::model::{Cycle, Meter, Source, Timing};

impl Injector<'_> {
    pub(super) fn devices_not_sold(&mut self, place: usize) {
        let count = self.dice.between(4, 9);
        for _ in 0..count {
            let created = days_later(self.today, -i64::from(self.dice.between(70, 400)));
            if let Some(client) = self.world.clients.get_mut(place) {
                devices::add(
                    client,
                    Meter::Workstations,
                    created,
                    self.ids,
                    &mut self.dice,
                );
            }
        }
        self.note(Leak::UnbilledDevice {
            client: place,
            code: WORKSTATION,
        });
    }

    pub(super) fn devices(&mut self) {
        for (code, meter, is_foreign) in [
            (WORKSTATION, Meter::Workstations, false),
            (SERVER, Meter::Servers, false),
            (WORKSTATION, Meter::Workstations, true),
        ] {
            let Some(place) = self.place_with_fixed(code, is_foreign) else {
                continue;
            };
            for _ in 0..self.dice.between(1, 4) {
                let created = days_later(self.today, -i64::from(self.dice.between(3, 60)));
                if let Some(client) = self.world.clients.get_mut(place) {
                    devices::add(client, meter, created, self.ids, &mut self.dice);
                }
            }
            self.note(Leak::UnbilledDevice {
                client: place,
                code,
            });
        }
    }

    pub(super) fn place_with_fixed(
        &mut self,
        code: &'static str,
        is_foreign: bool,
    ) -> Option<usize> {
        let world = &*self.world;
        let mut places: Vec<usize> = Vec::new();
        for (place, client) in world.clients.iter().enumerate() {
            let is_monthly = client.contract.as_ref().is_some_and(|contract| {
                contract.cycle == Cycle::Monthly && contract.timing == Timing::Advance
            });
            let is_fixed = client
                .line(code)
                .is_some_and(|line| matches!(line.source, Source::Fixed));
            let is_free = !world.skipped_clients.contains(&place)
                && !world
                    .leaks
                    .iter()
                    .any(|leak| leak.pair() == Some((place, code)));
            if is_monthly && is_fixed && is_free && client.is_foreign() == is_foreign {
                places.push(place);
            }
        }
        self.dice.draw(&mut places)
    }
}
