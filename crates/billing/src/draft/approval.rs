//! Who has to agree before a draft counts as approved.
//!
//! Below an organization's limits one person is enough. Above them a second one is needed, nobody
//! agrees to what they changed themselves, and where second approvers are named one of the two is
//! such a person or stands in for one. The Owner may override all of it with a reason; stops and
//! holds are looked at elsewhere and fall to nobody's override here.

use serde::{Deserialize, Serialize};

use crate::id::Id;
use crate::micro::Micro;
use crate::money::Money;

/// What an organization asks for. Without limits one person is always enough.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// One a currency: an invoice of more, tax included, needs two. Where there are any, an
    /// invoice in a currency without one needs two as well: nobody said what is little there.
    pub limits: Vec<Money>,
    /// An invoice that differs from the last one by more than this share, before tax, needs two;
    /// so does the first one of a contract. 0.2 is 20 %.
    pub change: Option<Micro>,
    /// One of the two must be among these; nobody named means anybody who may approve.
    pub approvers: Vec<Id>,
}

/// Why one person is not enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "above", rename_all = "snake_case", deny_unknown_fields)]
pub enum Above {
    Limit { total: Money, limit: Money },
    NoLimitInCurrency { total: Money },
    Change { now: Money, last: Money },
    FirstInvoice,
}

/// Somebody's agreement with what a draft says now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voice {
    pub person: Id,
    /// The approver who asked them to stand in.
    pub in_place_of: Option<Id>,
    /// Whether anything on the draft is of their hand.
    pub has_edited: bool,
    /// The Owner's, with a reason.
    pub is_override: bool,
}

/// Whether the voices there are suffice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Approved,
    /// One has agreed; another has to.
    NeedsAnother,
    /// Enough have agreed, but none of the named approvers.
    NeedsAnApprover,
}

/// Why somebody's agreement cannot count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoVoice {
    #[error("whoever changed an invoice above the limit cannot approve it")]
    OwnEdits,
    #[error("this person has agreed already; it takes somebody else")]
    Twice,
}

/// A rule that nobody could satisfy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NeverSatisfied {
    #[error("two people are needed and only one may approve")]
    OnlyOnePerson,
    #[error("none of the named approvers may approve")]
    NoApprover,
}

/// Every reason why this invoice needs a second person; none means one is enough. `total` has tax
/// in it; `now` and `last` are before tax, so that a new tax rate is no change.
pub fn above(rules: &Rules, total: Money, now: Money, last: Option<Money>) -> Vec<Above> {
    let mut found = Vec::new();
    let limit = rules
        .limits
        .iter()
        .find(|limit| limit.currency == total.currency);
    match limit {
        Some(limit) if total.minor.unsigned_abs() > limit.minor.unsigned_abs() => {
            let limit = *limit;
            found.push(Above::Limit { total, limit });
        }
        None if !rules.limits.is_empty() => found.push(Above::NoLimitInCurrency { total }),
        _ => {}
    }
    if let Some(share) = rules.change {
        match last {
            None => found.push(Above::FirstInvoice),
            Some(last) if differs_by_more(now, last, share) => {
                found.push(Above::Change { now, last });
            }
            Some(_) => {}
        }
    }
    found
}

/// Exactly the share is not more than it. Another currency, or a last invoice of nothing, is.
pub(super) fn differs_by_more(now: Money, last: Money, share: Micro) -> bool {
    if now.currency != last.currency {
        return true;
    }
    let difference = (i128::from(now.minor) - i128::from(last.minor)).unsigned_abs();
    let base = i128::from(last.minor).unsigned_abs();
    difference * 1_000_000 > base * u128::from(share.0.unsigned_abs())
}

/// Whether one more voice may be raised beside those that were.
pub fn may_speak(above: &[Above], voices: &[Voice], new: Voice) -> Result<(), NoVoice> {
    if new.is_override {
        return Ok(());
    }
    if voices.iter().any(|voice| voice.person == new.person) {
        return Err(NoVoice::Twice);
    }
    if !above.is_empty() && new.has_edited {
        return Err(NoVoice::OwnEdits);
    }
    Ok(())
}

/// What the voices come to. Those of people who have edited count for nothing above the limits:
/// they may have agreed before they did.
pub fn decide(rules: &Rules, above: &[Above], voices: &[Voice]) -> Decision {
    if voices.iter().any(|voice| voice.is_override) {
        return Decision::Approved;
    }
    if above.is_empty() {
        return if voices.is_empty() {
            Decision::NeedsAnother
        } else {
            Decision::Approved
        };
    }
    let mut heard: Vec<&Voice> = Vec::new();
    for voice in voices.iter().filter(|voice| !voice.has_edited) {
        if heard.iter().all(|known| known.person != voice.person) {
            heard.push(voice);
        }
    }
    if heard.len() < 2 {
        return Decision::NeedsAnother;
    }
    let speaks_as = |voice: &&Voice| {
        let stands_for = voice.in_place_of.unwrap_or(voice.person);
        rules.approvers.contains(&voice.person) || rules.approvers.contains(&stands_for)
    };
    if rules.approvers.is_empty() || heard.iter().any(speaks_as) {
        Decision::Approved
    } else {
        Decision::NeedsAnApprover
    }
}

/// Refuses rules that the people there are could never satisfy. `able` are those who may approve.
pub fn check(rules: &Rules, able: &[Id]) -> Result<(), NeverSatisfied> {
    if rules.limits.is_empty() && rules.change.is_none() {
        return Ok(());
    }
    if able.len() < 2 {
        return Err(NeverSatisfied::OnlyOnePerson);
    }
    let is_able = |approver: &Id| able.contains(approver);
    if rules.approvers.is_empty() || rules.approvers.iter().any(is_able) {
        Ok(())
    } else {
        Err(NeverSatisfied::NoApprover)
    }
}
