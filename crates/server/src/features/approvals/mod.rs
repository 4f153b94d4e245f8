//! Who has to agree before a draft counts as approved: the organization's rules, and who stands in
//! for whom while somebody is away. What the rules mean for one draft is `billing::draft`'s; asking
//! for people's agreement is `generated_invoices`'.

pub mod api;
mod change;
mod form;
pub mod pages;
mod stand_in;
mod store;
#[cfg(test)]
mod tests;

pub use change::{RulesChange, save};
pub use stand_in::{StandIn, forget, set_stand_in, stand_ins};

use billing::{Micro, Money, draft};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    db::{Exact, OrgId, PersonId, Tx},
    fault::Fault,
    features::reconciliation::{currency, id_of, micro},
    role::{Permission, Role},
};

/// What an organization asks for. Without limits one person is always enough.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApprovalRules {
    /// An invoice of more, tax included, needs two people; so does one in a currency without a
    /// limit, where there are any.
    pub limits: Vec<ApprovalLimit>,
    /// An invoice that differs from the last one by more than this share needs two people, and so
    /// does the first of a contract. 0.2 is 20 %; null asks for nothing.
    pub change_share: Option<Exact>,
    /// One of the two must be among these; none means anybody who may approve.
    pub approvers: Vec<PersonId>,
    /// Whether approving above the limits asks for a fresh factor.
    pub asks_factor: bool,
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct ApprovalLimit {
    pub currency: String,
    pub limit_minor: i64,
}

/// Somebody who may approve.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Able {
    pub person: PersonId,
    pub name: String,
    pub role: String,
}

impl ApprovalRules {
    /// The rules as `billing` judges by them.
    pub fn rules(&self) -> Result<draft::Rules, Fault> {
        let limits = self.limits.iter().map(|limit| {
            Ok(Money {
                minor: limit.limit_minor,
                currency: currency(&limit.currency)?,
            })
        });
        Ok(draft::Rules {
            limits: limits.collect::<Result<_, Fault>>()?,
            change: self.change_share.map(micro),
            approvers: self.approvers.iter().map(|id| id_of(id.0)).collect(),
        })
    }

    /// The share in percent, as people type it.
    fn change_percent(&self) -> Option<String> {
        let share = micro(self.change_share?);
        let percent = Micro(share.0.saturating_mul(100));
        Some(percent.decimal().normalize().to_string())
    }
}

pub async fn rules(tx: &mut Tx, org: OrgId) -> Result<ApprovalRules, Fault> {
    let row = store::rules(tx, org).await?;
    let (change_share, asks_factor, version) = row.map_or((None, false, 0), |row| {
        (row.change_share, row.asks_factor, row.version)
    });
    Ok(ApprovalRules {
        limits: store::limits(tx, org).await?,
        change_share,
        approvers: store::approvers(tx, org).await?,
        asks_factor,
        version,
    })
}

/// Everybody who may approve drafts, by name.
pub async fn able(tx: &mut Tx, org: OrgId) -> Result<Vec<Able>, Fault> {
    let mut found = Vec::new();
    for member in store::members(tx, org).await? {
        if member.role.parse::<Role>()?.may(Permission::Work) {
            found.push(member);
        }
    }
    Ok(found)
}
