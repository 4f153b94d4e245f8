//! What a role may do: one table, used by extractors and by templates.

use std::{marker::PhantomData, str::FromStr};

use axum::{extract::FromRequestParts, http::request::Parts};

use super::Who;
use crate::{app::App, fault::Fault};

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

    /// The matrix of who may do what.
    pub fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::Read => true,
            Permission::ReadCost | Permission::Work | Permission::Connect => {
                matches!(self, Self::Owner | Self::Admin | Self::Finance)
            }
            Permission::Administer => matches!(self, Self::Owner | Self::Admin),
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
}

impl Permission {
    fn refusal(self) -> &'static str {
        match self {
            Self::Read => "reading needs a place in this organization",
            Self::ReadCost => "cost and margin are for Owner, Admin and Finance",
            Self::Work => "changes are for Owner, Admin and Finance",
            Self::Connect => "integrations are for Owner, Admin and Finance",
            Self::Administer => "settings of the organization are for Owner and Admin",
        }
    }
}

/// A permission as a type, so that a handler's signature says what it needs.
pub trait Needs: Send + Sync + 'static {
    const PERMISSION: Permission;
}

macro_rules! needs {
    ($($name:ident)*) => {$(
        #[derive(Debug, Clone, Copy)]
        pub struct $name;
        impl Needs for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )*};
}
needs! { Read ReadCost Work Connect Administer }

/// The signed-in person, proven to have the permission `N`.
#[derive(Debug, Clone)]
pub struct May<N>(pub Who, PhantomData<N>);

impl<N> std::ops::Deref for May<N> {
    type Target = Who;
    fn deref(&self) -> &Who {
        &self.0
    }
}

impl<N: Needs> FromRequestParts<App> for May<N> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let who = Who::from_request_parts(parts, app).await?;
        if who.role.may(N::PERMISSION) {
            Ok(Self(who, PhantomData))
        } else {
            Err(Fault::Forbidden(N::PERMISSION.refusal()))
        }
    }
}
