//! Devices: what the MSP looks after.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::NinjaOne;
use super::paging::Numbered;
use crate::lenient::{filled, flag};
use crate::list::Listed;
use crate::words::words;
use crate::{Cursor, Error, Page, dates};

words! {
    /// The kinds of device that are counted, and the rest by name.
    pub enum NodeClass {
        WindowsWorkstation = "WINDOWS_WORKSTATION",
        WindowsServer = "WINDOWS_SERVER",
        Mac = "MAC",
        MacServer = "MAC_SERVER",
        LinuxWorkstation = "LINUX_WORKSTATION",
        LinuxServer = "LINUX_SERVER",
        VmwareHost = "VMWARE_VM_HOST",
        VmwareGuest = "VMWARE_VM_GUEST",
        HypervHost = "HYPERV_VMM_HOST",
        HypervGuest = "HYPERV_VMM_GUEST",
        Android = "ANDROID",
        AppleIos = "APPLE_IOS",
        AppleIpadOs = "APPLE_IPADOS",
        CloudMonitor = "CLOUD_MONITOR_TARGET",
    }
}

words! {
    pub enum ApprovalStatus { Pending = "PENDING", Approved = "APPROVED" }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    pub id: i64,
    #[serde(default, deserialize_with = "filled")]
    pub uid: Option<String>,
    pub organization_id: i64,
    #[serde(default)]
    pub location_id: Option<i64>,
    pub node_class: NodeClass,
    #[serde(default)]
    pub approval_status: Option<ApprovalStatus>,
    #[serde(default, deserialize_with = "flag")]
    pub offline: bool,
    #[serde(default, deserialize_with = "filled")]
    pub display_name: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub system_name: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub dns_name: Option<String>,
    #[serde(default, deserialize_with = "dates::seconds_option")]
    pub created: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "dates::seconds_option")]
    pub last_contact: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "dates::seconds_option")]
    pub last_update: Option<DateTime<Utc>>,
}

impl Device {
    /// The name to show.
    pub fn name(&self) -> &str {
        let names = [&self.display_name, &self.system_name, &self.dns_name];
        names
            .into_iter()
            .flatten()
            .next()
            .map_or("(no name)", String::as_str)
    }
}

impl Listed for Device {
    const ID: &'static str = "id";
}

impl Numbered for Device {
    fn id(&self) -> i64 {
        self.id
    }
}

impl NinjaOne {
    pub async fn devices(&self, cursor: Option<&Cursor>) -> Result<Page<Device>, Error> {
        self.page(&["v2", "devices-detailed"], cursor, "devices")
            .await
    }
}
