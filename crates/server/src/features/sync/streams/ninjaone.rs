//! NinjaOne: organizations, devices, and from them the counts of a snapshot.

use chrono::TimeDelta;
use vendors::{
    Cursor, Error, Page,
    ninjaone::{Device, NinjaOne, NodeClass, Organization},
};

use super::text;
use crate::{
    db::{At, Day, SnapshotId, replay},
    fault::Fault,
    features::{
        clients::name_key,
        sync::{
            broken,
            drive::{Run, Trouble},
            ingest::{Record, Table, Values, table},
            normal::Reason,
            plan::{self, Stream},
            store::{self, Progress, counts},
        },
    },
};

pub struct Organizations<'c>(pub &'c NinjaOne);

impl Stream for Organizations<'_> {
    const NAME: &'static str = "organizations";
    const TITLE: &'static str = "Organizations";
    type Item = Organization;

    fn table(&self) -> &'static Table {
        &table::COMPANY
    }

    async fn page(
        &self,
        _: Option<At>,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Organization>, Error> {
        self.0.organizations(cursor).await
    }

    fn id(organization: &Organization) -> String {
        organization.id.to_string()
    }

    fn record(&self, _: &Run<'_>, organization: &Organization) -> Result<Record, Reason> {
        let name = text(Some(&organization.name), 500);
        let values = Values::of(9)
            .and(name.as_str())
            .and(name_key(&name))
            .and(None::<String>)
            .and(None::<String>)
            .and(None::<String>)
            .and(None::<String>)
            .and("Active")
            .and(None::<i64>)
            .and(None::<String>);
        let key = organization.id.to_string();
        Ok(Record::new(self.table(), key, name, values, 0, Vec::new()))
    }
}

pub struct Devices<'c>(pub &'c NinjaOne);

impl Stream for Devices<'_> {
    const NAME: &'static str = "devices";
    const TITLE: &'static str = "Devices";
    type Item = Device;

    fn table(&self) -> &'static Table {
        &table::DEVICE
    }

    async fn page(&self, _: Option<At>, cursor: Option<&Cursor>) -> Result<Page<Device>, Error> {
        self.0.devices(cursor).await
    }

    fn id(device: &Device) -> String {
        device.id.to_string()
    }

    fn record(&self, _: &Run<'_>, device: &Device) -> Result<Record, Reason> {
        let name = text(Some(device.name()), 500);
        let values = Values::of(5)
            .and(device.organization_id.to_string())
            .and(name.as_str())
            .and(device.node_class.as_str())
            .and(meter(&device.node_class))
            .and(device.last_contact.map(At));
        let key = device.id.to_string();
        Ok(Record::new(self.table(), key, name, values, 1, Vec::new()))
    }
}

/// The meters that devices are counted by.
const METERS: [&str; 2] = ["workstations", "servers"];

/// What a kind of device is billed as; none for what is only watched.
fn meter(class: &NodeClass) -> Option<&'static str> {
    let [workstations, servers] = METERS;
    match class {
        NodeClass::WindowsWorkstation | NodeClass::Mac | NodeClass::LinuxWorkstation => {
            Some(workstations)
        }
        NodeClass::WindowsServer | NodeClass::LinuxServer | NodeClass::VmwareHost => Some(servers),
        _ => None,
    }
}

const NAME: &str = "counts";
/// A device unseen for longer does not count.
const SILENT: TimeDelta = TimeDelta::days(30);

/// Counts devices per client and meter. A count of which something is missing is marked
/// incomplete and never used: the last complete one stands.
pub async fn count(run: &Run<'_>, step: i64) -> Result<(), Trouble> {
    if plan::is_done(run, NAME).await? {
        return Ok(());
    }
    replay(|| write(run, step)).await?;
    Ok(())
}

async fn write(run: &Run<'_>, step: i64) -> Result<(), Fault> {
    let from = run.source;
    let mut tx = run.app.db.write(from.org).await?;
    let now = run.app.now();
    let records = counts::devices_seen(&mut tx, from).await?;
    let before = counts::last_complete(&mut tx, from).await?;
    let broken = store::broken(&mut tx, from.org, from.run).await?;
    // Something could not be read, or so little came that the list itself is in doubt.
    let is_whole = broken == "[]" && records > 0 && before.is_none_or(|b| records * 2 >= b);
    let snapshot: SnapshotId = run.app.new_id();
    let row = counts::Snapshot {
        id: snapshot,
        taken_at: now,
        taken_on: Day(run.today),
        complete: is_whole,
        records,
    };
    counts::insert_snapshot(&mut tx, from, &row).await?;
    counts::insert_counts(&mut tx, from, snapshot, now - SILENT, &METERS).await?;
    if !is_whole {
        let why = "The count is incomplete, so the last complete one is used.".to_owned();
        let note = crate::features::sync::Broken {
            stream: NAME.to_owned(),
            id: None,
            why,
        };
        broken::keep(&mut tx, run, &[note]).await?;
    }
    let progress = Progress {
        step: "Counts",
        steps_done: step + 1,
        read: 0,
        added: 0,
        changed: 0,
        removed: 0,
    };
    store::add_progress(&mut tx, from.org, from.run, &progress).await?;
    plan::mark_done(run, &mut tx, NAME).await?;
    Ok(tx.commit().await?)
}
