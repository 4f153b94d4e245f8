//! What a role may do: one table, used at the door, in use cases and by templates.

use std::str::FromStr;

use crate::fault::Fault;

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Owner,
    Admin,
    Finance,
    Engineer,
    Viewer,
}

impl Role {
    pub const ALL: [Self; 5] = [
        Self::Owner,
        Self::Admin,
        Self::Finance,
        Self::Engineer,
        Self::Viewer,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Finance => "finance",
            Self::Engineer => "engineer",
            Self::Viewer => "viewer",
        }
    }

    /// The apps of the house that share the session and that the role may enter. Finance does
    /// without the lists of operations.
    pub fn apps(self) -> &'static [&'static str] {
        match self {
            Self::Finance => &["billing"],
            Self::Owner | Self::Admin | Self::Engineer | Self::Viewer => &["billing", "operations"],
        }
    }

    /// The matrix of who may do what.
    pub fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::Read => true,
            Permission::ReadCost | Permission::Work | Permission::Connect => {
                matches!(self, Self::Owner | Self::Admin | Self::Finance)
            }
            Permission::Administer => matches!(self, Self::Owner | Self::Admin),
            Permission::Own => self == Self::Owner,
        }
    }
}

impl FromStr for Role {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self, Fault> {
        let role = Self::ALL.into_iter().find(|role| role.as_str() == text);
        role.ok_or_else(|| {
            Fault::field(
                "role",
                "this is not a role; choose owner, admin, finance, engineer or viewer",
            )
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Clients, subscriptions, counts, reconciliation, findings, contracts, invoices.
    Read,
    /// Cost, margin, MRR, receivables.
    ReadCost,
    /// Sync, act on findings, mappings, contracts, drafts, posting, catalog.
    Work,
    /// Connect and disconnect integrations.
    Connect,
    /// Team, policies, organization settings, audit log.
    Administer,
    /// Delete the organization, export everything.
    Own,
}

impl Permission {
    /// What somebody without it is told.
    pub fn refusal(self) -> &'static str {
        match self {
            Self::Read => "reading needs a place in this organization",
            Self::ReadCost => "cost and margin are for Owner, Admin and Finance",
            Self::Work => "changes are for Owner, Admin and Finance",
            Self::Connect => "integrations are for Owner, Admin and Finance",
            Self::Administer => "settings of the organization are for Owner and Admin",
            Self::Own => "taking everything along and deleting it is for the Owner",
        }
    }
}
