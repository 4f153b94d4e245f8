//! What runs at the clients, as NinjaOne sees it.

use chrono::NaiveDate;

use super::days::days_later;
use super::dice::Dice;
use super::model::{Client, Device, Meter};

/// Hands out NinjaOne's small whole numbers.
#[derive(Debug)]
pub(crate) struct Ids {
    organization: i32,
    device: i32,
}

impl Ids {
    pub(crate) const fn new() -> Self {
        Self {
            organization: 1,
            device: 100,
        }
    }

    pub(crate) fn organization(&mut self) -> i32 {
        self.organization += 1;
        self.organization
    }

    pub(crate) fn device(&mut self) -> i32 {
        self.device += 1;
        self.device
    }
}

const OTHERS: &[&str] = &[
    "NMS_SWITCH",
    "NMS_FIREWALL",
    "NMS_PRINTER",
    "NMS_WAP",
    "VMWARE_VM_GUEST",
];

fn class_of(meter: Meter, dice: &mut Dice) -> &'static str {
    match (meter, dice.between(1, 100)) {
        (Meter::Workstations, 1..=80) => "WINDOWS_WORKSTATION",
        (Meter::Workstations, 81..=96) => "MAC",
        (Meter::Workstations, _) => "LINUX_WORKSTATION",
        (Meter::Servers, 1..=75) => "WINDOWS_SERVER",
        (Meter::Servers, 76..=90) => "LINUX_SERVER",
        (Meter::Servers, _) => "VMWARE_VM_HOST",
    }
}

pub(crate) fn add(
    client: &mut Client,
    meter: Meter,
    created: NaiveDate,
    ids: &mut Ids,
    dice: &mut Dice,
) {
    let class = class_of(meter, dice);
    if let Some(organization) = &mut client.organization {
        organization.devices.push(Device {
            id: ids.device(),
            class,
            created,
            silent_since: None,
        });
    }
}

/// As many live devices as the contract has agreed, some long silent, and some that no meter counts.
pub(crate) fn fill(client: &mut Client, today: NaiveDate, ids: &mut Ids, dice: &mut Dice) {
    let mut wanted: Vec<(Meter, u32)> = Vec::new();
    for line in client.contract.iter().flat_map(|contract| &contract.lines) {
        if let Some(meter) = line.item.meter {
            wanted.push((meter, line.agreed_on(today)));
        }
    }
    if client.own_use {
        wanted = vec![(Meter::Workstations, client.headcount), (Meter::Servers, 4)];
    }
    for (meter, count) in wanted {
        for _ in 0..count {
            let created = days_later(today, -i64::from(dice.between(120, 900)));
            add(client, meter, created, ids, dice);
        }
    }
    let Some(organization) = &mut client.organization else {
        return;
    };
    for _ in 0..dice.between(0, 3) {
        let created = days_later(today, -i64::from(dice.between(400, 900)));
        let silent = days_later(today, -i64::from(dice.between(33, 200)));
        organization.devices.push(Device {
            id: ids.device(),
            class: "WINDOWS_WORKSTATION",
            created,
            silent_since: Some(silent),
        });
    }
    for _ in 0..dice.between(1, 5) {
        let created = days_later(today, -i64::from(dice.between(100, 900)));
        let class = dice.pick(OTHERS).copied().unwrap_or("NMS_OTHER");
        organization.devices.push(Device {
            id: ids.device(),
            class,
            created,
            silent_since: None,
        });
    }
}
