//! Which vendor record is which client. Proposals are made after every sync; only a unique exact
//! id that the MSP itself gave commits itself. Names never do: two clients may share one.

pub mod api;
mod decide;
pub mod pages;
mod propose;
pub mod store;

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use decide::{ClientLink, decide};
pub use propose::propose;

use crate::{
    app::App,
    db::{ConnectionId, OrgId, Tx},
    fault::Fault,
    features::catalog,
    input,
};

/// What is decided about a vendor record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    Mapped,
    /// The product proposes; nobody decided.
    Suggested,
    Unmapped,
    /// A person said that it shall never be mapped.
    Ignored,
}

impl LinkState {
    pub const ALL: [&'static str; 4] = ["mapped", "suggested", "unmapped", "ignored"];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mapped => "mapped",
            Self::Suggested => "suggested",
            Self::Unmapped => "unmapped",
            Self::Ignored => "ignored",
        }
    }
}

impl FromStr for LinkState {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self, Fault> {
        Ok(match text {
            "mapped" => Self::Mapped,
            "suggested" => Self::Suggested,
            "unmapped" => Self::Unmapped,
            "ignored" => Self::Ignored,
            _ => {
                return Err(Fault::field(
                    "state",
                    "a link is mapped, suggested, unmapped or ignored",
                ));
            }
        })
    }
}

/// A decision about one vendor record, by its connection and the vendor's id.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LinkInput {
    /// The connection's id, or the vendor's name while there is one connection to it.
    #[schema(example = "pax8")]
    pub connection: String,
    pub external_id: String,
    /// The client's id or reference.
    pub client: Option<String>,
    /// The catalog item's id or code.
    pub item: Option<String>,
    /// mapped | unmapped | ignored; mapped if a client or item is named, else unmapped.
    pub state: Option<String>,
    /// Why it is ignored.
    pub reason: Option<String>,
    /// Refuse unless the link is still at this version.
    pub version: Option<i64>,
}

impl LinkInput {
    /// The client or item named.
    pub fn target(&self) -> Option<&str> {
        let target = self.client.as_deref().or(self.item.as_deref());
        target.map(str::trim).filter(|name| !name.is_empty())
    }

    pub fn checked_external_id(&self) -> Result<String, Fault> {
        input::line(&self.external_id, 200).map_err(|message| Fault::field("external_id", message))
    }

    pub fn state(&self) -> Result<LinkState, Fault> {
        let state = match self.state.as_deref().filter(|state| !state.is_empty()) {
            Some(state) => state.parse()?,
            None if self.target().is_some() => LinkState::Mapped,
            None => LinkState::Unmapped,
        };
        let has_reason = self
            .reason
            .as_deref()
            .is_some_and(|reason| !reason.trim().is_empty());
        match state {
            LinkState::Suggested => Err(Fault::field(
                "state",
                "suggestions are made by the product; choose mapped, unmapped or ignored",
            )),
            LinkState::Mapped if self.target().is_none() => {
                Err(Fault::invalid("target_missing", "say what it is mapped to"))
            }
            LinkState::Ignored if !has_reason => {
                Err(Fault::field("reason", "say why this is ignored"))
            }
            state => Ok(state),
        }
    }

    pub fn check_version(&self, current: i64) -> Result<(), Fault> {
        match self.version {
            Some(seen) if seen != current => Err(Fault::conflict(
                "stale",
                "somebody decided about this record in the meantime; look at it again",
            )),
            _ => Ok(()),
        }
    }
}

/// What is written about a record.
pub struct Decision<'a> {
    pub connection: ConnectionId,
    pub external_id: &'a str,
    pub state: LinkState,
    pub reason: &'a str,
}

/// A connection as far as links need it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ConnectionRef {
    pub id: ConnectionId,
    pub vendor: String,
    pub name: String,
}

/// A connection by its id, or by its vendor's name while that is unique.
pub async fn connection_named(tx: &mut Tx, org: OrgId, name: &str) -> Result<ConnectionRef, Fault> {
    let connections = store::connections(tx, org).await?;
    let name = name.trim();
    let id: Option<ConnectionId> = name.parse().ok();
    let mut fitting = connections.into_iter().filter(|connection| match id {
        Some(id) => connection.id == id,
        None => connection.vendor.eq_ignore_ascii_case(name),
    });
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Fault::field(
            "connection",
            format!("there is no connection \"{name}\"; connect it first"),
        )),
        (Some(_), Some(_)) => Err(Fault::field(
            "connection",
            format!("there are several connections to {name}; name one by its id"),
        )),
    }
}

/// Makes the proposals for companies and products anew: after each sync, and when clients or
/// items were added. The number of links that changed.
pub async fn propose_all(app: &App, tx: &mut Tx, org: OrgId) -> Result<u64, Fault> {
    Ok(propose(app, tx, org).await? + catalog::propose_links(app, tx, org).await?)
}

#[cfg(test)]
mod tests;
