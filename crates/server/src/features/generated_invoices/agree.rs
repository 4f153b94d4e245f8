//! Who has agreed to what a draft says now, and whether that is enough.

use billing::{
    Money,
    draft::{Above, Decision, NoVoice, Rules, Voice, above, decide, may_speak},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Document,
    store::{self, NewVoice},
};
use crate::{
    app::App,
    db::{At, Day, GeneratedInvoiceId, OrgId, PersonId, Tx},
    fault::Fault,
    features::{
        approvals::{self, ApprovalRules},
        reconciliation::id_of,
    },
    http::{Permission, Who},
    ui::format,
};

/// Somebody's agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = DraftAgreement)]
pub struct Agreement {
    pub person: PersonId,
    pub name: String,
    /// The approver who had asked them to stand in.
    pub in_place_of: Option<PersonId>,
    /// The Owner's reason for overriding the rules.
    pub override_reason: Option<String>,
    pub at: At,
}

/// How far a draft is from being approved, by the organization's rules.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = DraftAgreements)]
pub struct Agreements {
    /// Why one person is not enough, as sentences; empty where one is.
    pub second_person_because: Vec<String>,
    /// Who has agreed to what it says now.
    pub agreed: Vec<Agreement>,
    /// Whether approving asks for a factor shown lately.
    pub asks_factor: bool,
}

/// A draft held against the rules.
pub struct Standing {
    rules: ApprovalRules,
    judged: Rules,
    pub above: Vec<Above>,
    agreed: Vec<Agreement>,
    /// Who changed something on it.
    editors: Vec<PersonId>,
}

impl Standing {
    pub async fn of(tx: &mut Tx, org: OrgId, document: &Document) -> Result<Self, Fault> {
        let rules = approvals::rules(tx, org).await?;
        let judged = rules.rules()?;
        let row = &document.row;
        let money = |minor| Money {
            minor,
            currency: document.draft.currency,
        };
        let (total, now) = (money(row.total_minor), money(row.net_minor));
        Ok(Self {
            above: above(&judged, total, now, document.draft.last_total),
            agreed: store::agreements(tx, org, row.id, document.content_hash()).await?,
            editors: store::editors(tx, org, row.id).await?,
            rules,
            judged,
        })
    }

    fn voice(&self, agreement: &Agreement) -> Voice {
        Voice {
            person: id_of(agreement.person.0),
            in_place_of: agreement.in_place_of.map(|id| id_of(id.0)),
            has_edited: self.editors.contains(&agreement.person),
            is_override: agreement.override_reason.is_some(),
        }
    }

    fn voices(&self) -> Vec<Voice> {
        self.agreed.iter().map(|one| self.voice(one)).collect()
    }

    /// Whether the person must show a factor first.
    pub fn asks_factor(&self) -> bool {
        self.rules.asks_factor && !self.above.is_empty()
    }

    pub fn told(self) -> Agreements {
        Agreements {
            second_person_because: self.above.iter().map(sentence).collect(),
            asks_factor: self.asks_factor(),
            agreed: self.agreed,
        }
    }

    /// Adds the person's agreement; what all of them come to now.
    ///
    /// # Errors
    /// 409 where they have agreed already or changed the draft themselves, 403 for an override by
    /// somebody who is not the Owner.
    pub async fn agree(
        mut self,
        app: &App,
        tx: &mut Tx,
        who: &Who,
        document: &Document,
        override_reason: Option<&str>,
    ) -> Result<Decision, Fault> {
        if override_reason.is_some() && !who.may(Permission::Own) {
            return Err(Fault::Forbidden("only the Owner overrides these rules"));
        }
        let given = Agreement {
            person: who.person,
            name: who.name.clone(),
            in_place_of: self.stands_in_for(app, tx, who).await?,
            override_reason: override_reason.map(str::to_owned),
            at: app.now(),
        };
        may_speak(&self.above, &self.voices(), self.voice(&given)).map_err(no_voice)?;
        let new = NewVoice {
            id: app.new_id::<uuid::Uuid>(),
            draft: document.row.id,
            given: &given,
            content_hash: document.content_hash(),
        };
        store::give_voice(tx, who.org, &new).await?;
        self.agreed.push(given);
        Ok(decide(&self.judged, &self.above, &self.voices()))
    }

    /// The named approver in whose place this person speaks today.
    async fn stands_in_for(
        &self,
        app: &App,
        tx: &mut Tx,
        who: &Who,
    ) -> Result<Option<PersonId>, Fault> {
        if self.rules.approvers.contains(&who.person) {
            return Ok(None);
        }
        let today = Day(who.today(app));
        let away = approvals::stand_ins(tx, who.org, today).await?;
        let asked = away
            .iter()
            .find(|one| one.stand_in == who.person && self.rules.approvers.contains(&one.person));
        Ok(asked.map(|one| one.person))
    }
}

fn no_voice(why: NoVoice) -> Fault {
    match why {
        NoVoice::OwnEdits => Fault::conflict(
            "own_edits",
            "you changed this invoice, and it is above what one may approve alone; somebody else \
             has to approve it",
        ),
        NoVoice::Twice => Fault::conflict(
            "second_person",
            "you have approved this already; it takes a second person",
        ),
    }
}

/// What is missing after somebody agreed.
pub fn still_missing(decision: Decision) -> &'static str {
    match decision {
        Decision::Approved => "Approved. It waits under Ready to post.",
        Decision::NeedsAnother => "Your approval is noted. A second person has to approve it too.",
        Decision::NeedsAnApprover => {
            "Your approval is noted. One of the named approvers has to approve it too."
        }
    }
}

fn sentence(above: &Above) -> String {
    let written = |money: &Money| format::money(money.minor, money.currency.code());
    match above {
        Above::Limit { total, limit } => format!(
            "It comes to {}, above the limit of {}.",
            written(total),
            written(limit)
        ),
        Above::NoLimitInCurrency { total } => format!(
            "There is no limit for {}, so every invoice in it needs two.",
            total.currency.code()
        ),
        Above::Change { now, last } => format!(
            "Before tax it comes to {}, where the last came to {}.",
            written(now),
            written(last)
        ),
        Above::FirstInvoice => "It is the first invoice of its contract.".to_owned(),
    }
}

/// How far a stored draft is.
pub async fn agreements(tx: &mut Tx, org: OrgId, document: &Document) -> Result<Agreements, Fault> {
    Ok(Standing::of(tx, org, document).await?.told())
}

/// What was agreed to counts no more: what the draft says is another thing now.
pub async fn fall(tx: &mut Tx, org: OrgId, id: GeneratedInvoiceId) -> Result<(), Fault> {
    Ok(store::withdraw_voices(tx, org, id).await?)
}
