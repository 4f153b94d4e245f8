//! What runs at a client, in NinjaOne.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::Meter;

/// A client in NinjaOne.
#[derive(Debug)]
pub(crate) struct Organization {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) devices: Vec<Device>,
}

#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) id: i32,
    pub(crate) class: &'static str,
    pub(crate) created: NaiveDate,
    /// The last day it was heard of; none while it is in use.
    pub(crate) silent_since: Option<NaiveDate>,
}

/// Days without contact after which a device does not count.
pub(crate) const SILENT_DAYS: i64 = 30;

impl Device {
    pub(crate) fn meter(&self) -> Option<Meter> {
        match self.class {
            "WINDOWS_WORKSTATION" | "MAC" | "LINUX_WORKSTATION" => Some(Meter::Workstations),
            "WINDOWS_SERVER" | "LINUX_SERVER" | "VMWARE_VM_HOST" => Some(Meter::Servers),
            _ => None,
        }
    }

    pub(crate) fn last_contact(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let minutes = i64::from(self.id % 37);
        match self.silent_since {
            Some(day) => day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::minutes(540 + minutes),
            None => now - TimeDelta::minutes(1 + minutes),
        }
    }

    pub(crate) fn counts(&self, now: DateTime<Utc>) -> bool {
        now - self.last_contact(now) <= TimeDelta::days(SILENT_DAYS)
    }
}
