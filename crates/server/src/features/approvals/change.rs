//! Other rules. Whoever changes them decides what others must ask for, so it takes a fresh factor.

use std::collections::BTreeSet;

use billing::{
    Currency,
    draft::{self, NeverSatisfied},
};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{ApprovalLimit, ApprovalRules, able, rules, store};
use crate::{
    app::App,
    db::{DbError, PersonId, Tx},
    fault::Fault,
    features::{
        audit::{self, Act},
        reconciliation::id_of,
        sign_in,
    },
    http::Who,
    input::{self, Checks},
};

/// The most currencies with a limit of their own.
const MOST_LIMITS: usize = 30;
const STALE: &str = "who has to approve is changed with a fresh factor only; enter it on the settings page, or \
     sign in anew";

/// All of the rules, as they shall be.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulesChange {
    /// The version you saw; 0 where there were no rules yet.
    pub version: i64,
    #[serde(default)]
    pub limits: Vec<LimitInput>,
    /// 0.2 is 20 %.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub change_share: Option<String>,
    #[serde(default)]
    pub approvers: Vec<PersonId>,
    #[serde(default)]
    pub asks_factor: bool,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApprovalLimitInput)]
pub struct LimitInput {
    pub currency: String,
    pub limit_minor: i64,
}

impl RulesChange {
    fn read(&self) -> Result<ApprovalRules, Fault> {
        let mut checks = Checks::default();
        let mut seen = BTreeSet::new();
        if self.limits.len() > MOST_LIMITS {
            checks.wrong("limits", format!("at most {MOST_LIMITS} limits, please"));
        }
        for (at, limit) in self.limits.iter().enumerate() {
            let field = format!("limits.{at}");
            if limit.currency.parse::<Currency>().is_err() {
                checks.wrong(&*field, "this is not a currency; write it as GBP");
            } else if !seen.insert(limit.currency.as_str()) {
                checks.wrong(&*field, "this currency has a limit already");
            } else if limit.limit_minor < 0 {
                checks.wrong(&*field, "a limit cannot be negative");
            }
        }
        let share = checks.optional("change_share", self.change_share.as_deref(), |text| {
            input::not_negative(text)
        });
        checks.done()?;
        let approvers: BTreeSet<PersonId> = self.approvers.iter().copied().collect();
        Ok(ApprovalRules {
            limits: self
                .limits
                .iter()
                .map(|limit| ApprovalLimit {
                    currency: limit.currency.clone(),
                    limit_minor: limit.limit_minor,
                })
                .collect(),
            change_share: share,
            approvers: approvers.into_iter().collect(),
            asks_factor: self.asks_factor,
            version: self.version,
        })
    }
}

/// Puts these rules in place of those there are.
///
/// # Errors
/// 403 when the last factor of `who` is too old, 409 when they have another version by now, 422
/// for wrong fields and for rules that nobody could satisfy.
pub async fn save(
    app: &App,
    tx: &mut Tx,
    who: &Who,
    change: &RulesChange,
) -> Result<ApprovalRules, Fault> {
    if sign_in::is_stale(app, who) {
        return Err(Fault::Forbidden(STALE));
    }
    let before = rules(tx, who.org).await?;
    if before.version != change.version {
        return Err(DbError::Stale.into());
    }
    let after = change.read()?;
    let people: Vec<_> = able(tx, who.org)
        .await?
        .iter()
        .map(|one| id_of(one.person.0))
        .collect();
    draft::check(&after.rules()?, &people).map_err(never_satisfied)?;
    store::save(tx, who.org, &after).await?;
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action: "approval_rules.changed",
        subject_kind: "organization",
        subject: Some(who.org.0),
    };
    let after = rules(tx, who.org).await?;
    let detail = json!({ "before": before, "after": after });
    audit::record(app, tx, act, &detail).await?;
    Ok(after)
}

fn never_satisfied(why: NeverSatisfied) -> Fault {
    match why {
        NeverSatisfied::OnlyOnePerson => Fault::field(
            "limits",
            "only one person here may approve, so nobody could be the second; invite somebody as \
             Owner, Admin or Finance first",
        ),
        NeverSatisfied::NoApprover => Fault::field(
            "approvers",
            "none of these people may approve; choose an Owner, Admin or Finance person",
        ),
    }
}
