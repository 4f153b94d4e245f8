//! Clients that follow each other by their ids, so that a long list is worked through in pieces.

use uuid::Uuid;

use crate::db::ClientId;

/// Every client from one id to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: ClientId,
    pub to: ClientId,
}

impl Span {
    pub const ALL: Self = Self {
        from: ClientId(Uuid::nil()),
        to: ClientId(Uuid::max()),
    };

    pub fn one(client: ClientId) -> Self {
        Self {
            from: client,
            to: client,
        }
    }

    /// One client, or all where none is chosen.
    pub fn of(client: Option<ClientId>) -> Self {
        client.map_or(Self::ALL, Self::one)
    }
}
