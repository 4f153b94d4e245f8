//! On a draft's page: who has agreed, what approving asks for, and what differs from last time.

use super::{detail::Refused, words};
use crate::{
    app::App,
    db::Tx,
    fault::Fault,
    features::{
        generated_invoices::{
            Agreement, Detail,
            view::{DifferenceSide, DifferenceView},
        },
        sign_in,
    },
    http::{Permission, Who},
    ui::{Field, Figure, Moment, format},
};

/// A line that is not what it was on the last invoice.
pub struct Different {
    pub description: String,
    pub reason: &'static str,
    pub before: Option<String>,
    pub now: Option<String>,
    pub by: Figure,
}

/// Somebody's agreement.
pub struct Said {
    pub by: String,
    pub when: Moment,
    pub about: String,
}

/// How a draft is to be approved.
pub struct Approval {
    /// Why one person is not enough, and who has agreed.
    pub second_person: Vec<String>,
    pub agreed: Vec<Said>,
    /// Asked for where the rules want a fresh factor.
    pub factor: Option<Field>,
    /// Asked of the Owner where the rules stand in the way.
    pub override_reason: Option<Field>,
    /// What was wrong with approving.
    pub problem: Option<String>,
}

impl Asks {
    pub fn approval(
        self,
        found: &Detail,
        who: &Who,
        can_approve: bool,
        refused: &Refused,
    ) -> Approval {
        let agreed = found.agreements.agreed.iter();
        Approval {
            second_person: found.agreements.second_person_because.clone(),
            agreed: agreed.map(|one| said(one, who)).collect(),
            factor: self.factor.filter(|_| can_approve),
            override_reason: self.override_reason.filter(|_| can_approve),
            problem: match refused {
                Refused::Approval(fault) => Some(fault.to_string()),
                _ => None,
            },
        }
    }
}

/// What approving asks for, besides a reason for holds.
pub struct Asks {
    pub factor: Option<Field>,
    pub override_reason: Option<Field>,
}

const WHY_FACTOR: &str = "The rules of your organization ask who you are before this is approved.";

pub async fn asks(
    app: &App,
    tx: &mut Tx,
    who: &Who,
    found: &Detail,
    refused: &Refused,
) -> Result<Asks, Fault> {
    let wrong = match refused {
        Refused::Factor(fault) => Some(fault.to_string()),
        _ => None,
    };
    let factor = if found.agreements.asks_factor {
        sign_in::factor_field(app, tx, who, WHY_FACTOR, wrong).await?
    } else {
        None
    };
    // Asked for only where the Owner stands before the rules: after they were told so.
    let is_told = matches!(refused, Refused::Approval(_));
    let has_agreed = found
        .agreements
        .agreed
        .iter()
        .any(|one| one.person == who.person);
    let may_override = who.may(Permission::Own)
        && !found.agreements.second_person_because.is_empty()
        && (is_told || has_agreed);
    let reason = || {
        let field = Field::textarea("override_reason", "Approve it alone, because").required();
        field.hint("The Owner may. The reason is kept.")
    };
    Ok(Asks {
        factor,
        override_reason: may_override.then(reason),
    })
}

fn said(agreement: &Agreement, who: &Who) -> Said {
    let about = match (&agreement.override_reason, agreement.in_place_of) {
        (Some(reason), _) => format!("against the rules: {reason}"),
        (None, Some(_)) => "standing in for an approver".to_owned(),
        (None, None) => String::new(),
    };
    Said {
        by: agreement.name.clone(),
        when: Moment::instant(agreement.at.0, who.zone),
        about,
    }
}

pub fn different(found: &Detail) -> Vec<Different> {
    let currency = found.draft.currency.as_str();
    let lines = found.differences.iter();
    lines.map(|one| differs(one, currency)).collect()
}

fn differs(found: &DifferenceView, currency: &str) -> Different {
    let side = |side: &DifferenceSide| {
        let micros = |exact: crate::db::Exact| exact.to_micros().unwrap_or_default();
        format!(
            "{} × {} = {}",
            format::quantity(micros(side.quantity)),
            format::unit_price(micros(side.unit_price), currency),
            format::money(side.net_minor, currency)
        )
    };
    Different {
        description: found.description.clone(),
        reason: words::reason(&found.reason, found.now.is_none()),
        before: found.before.as_ref().map(side),
        now: found.now.as_ref().map(side),
        by: Figure::new(found.by_minor, currency).change(),
    }
}
