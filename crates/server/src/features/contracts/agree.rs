//! Making a contract, changing a draft, activating and ending.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    Contract, ContractInput, ContractTerms, LineInput, contract, input::Checked, line::LineTerms,
    lines::lines_of_contract, measure_contract, store,
};
use crate::{
    app::App,
    db::{ContractId, ContractLineId, Day, OrgId, Tx},
    fault::Fault,
    features::{
        audit::{self, Act},
        catalog::Created,
        contract_templates::{self, Filled},
        generated_invoices::review::ReviewDrafts,
    },
    http::{Who, given},
    input, queue,
};

/// Makes a contract with all its lines. Saying the same again under one reference changes
/// nothing.
///
/// # Errors
/// 409 when the reference belongs to a contract that differs; 422 with every wrong field.
pub async fn create(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    input: &ContractInput,
) -> Result<Created<Contract>, Fault> {
    let Filled { input, left_out } = contract_templates::filled(app, who, tx, input).await?;
    if let Some(item) = left_out.first() {
        let message = format!(
            "its line of {item} follows subscriptions and this client has none that is free; \
             say the lines yourself"
        );
        return Err(Fault::field("template", message));
    }
    let checked = input.checked(app, tx, who.org).await?;
    if let Some(known) = store::contract_by_reference(tx, who.org, &checked.terms.reference).await?
    {
        return already_there(tx, who.org, known, &checked).await;
    }
    check_lines_are_free(tx, who.org, &checked, None).await?;
    let id = app.new_id();
    store::insert_contract(tx, who.org, id, &checked.terms, app.now()).await?;
    insert_lines(app, tx, who.org, id, &checked.lines).await?;
    measure_contract(tx, who.org, id, Day(who.today(app))).await?;
    let detail = json!({ "terms": checked.terms, "lines": checked.lines });
    record(app, who, tx, "contract.created", id, &detail).await?;
    Ok(Created::New(contract(tx, who.org, id).await?))
}

async fn already_there(
    tx: &mut Tx,
    org: OrgId,
    known: Contract,
    said: &Checked,
) -> Result<Created<Contract>, Fault> {
    let lines = lines_of_contract(tx, org, known.id).await?;
    let says_the_same =
        known.terms == said.terms && lines.iter().map(|line| &line.terms).eq(said.lines.iter());
    if says_the_same {
        return Ok(Created::AlreadyThere(known));
    }
    Err(Fault::conflict(
        "reference_taken",
        format!(
            "the reference {} already belongs to the contract \"{}\", which says something else",
            known.terms.reference, known.terms.name
        ),
    ))
}

/// Refuses lines whose reference is taken or whose subscriptions feed another contract.
async fn check_lines_are_free(
    tx: &mut Tx,
    org: OrgId,
    checked: &Checked,
    own: Option<ContractId>,
) -> Result<(), Fault> {
    let mut checks = input::Checks::default();
    for (at, line) in checked.lines.iter().enumerate() {
        let taken = store::line_by_reference(tx, org, &line.reference).await?;
        if taken.is_some_and(|(_, contract)| Some(contract) != own) {
            let message = "a line of another contract has this reference";
            checks.wrong(format!("lines[{at}].reference"), message);
        }
        for subscription in &line.subscriptions {
            let follower = store::follower(tx, org, subscription, line.starts_on).await?;
            if let Some((_, _, reference)) = follower.filter(|found| Some(found.1) != own) {
                checks.wrong(
                    format!("lines[{at}].quantity.subscriptions"),
                    format!("subscription {subscription} already feeds line {reference}"),
                );
            }
        }
    }
    checks.done()
}

async fn insert_lines(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    contract: ContractId,
    lines: &[LineTerms],
) -> Result<(), Fault> {
    for (position, line) in (1..).zip(lines) {
        let id: ContractLineId = app.new_id();
        store::insert_line(tx, org, contract, id, position, line).await?;
    }
    Ok(())
}

/// What to change of a contract; what is left out stays. What an active contract has agreed
/// (dates of service, cycle, lines) changes only by events on its lines.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContractChange {
    /// The version you saw.
    pub version: i64,
    pub name: Option<String>,
    /// The day the term ends; an active contract rolls on beyond it until it is `ended`.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub ends_on: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub purchase_order: Option<Option<String>>,
    /// active: of a draft; ended: billing stops at `ends_on`.
    pub status: Option<String>,
    /// Only of a draft.
    pub starts_on: Option<String>,
    /// Only of a draft.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub bill_from: Option<Option<String>>,
    /// Only of a draft.
    pub cycle: Option<String>,
    /// Only of a draft.
    pub timing: Option<String>,
    /// Only of a draft: all lines anew.
    pub lines: Option<Vec<LineInput>>,
}

impl ContractChange {
    fn touches_what_was_agreed(&self) -> bool {
        self.starts_on.is_some()
            || self.bill_from.is_some()
            || self.cycle.is_some()
            || self.timing.is_some()
            || self.lines.is_some()
    }

    fn applied_to(&self, input: &mut ContractInput) {
        let replace = |field: &mut String, new: &Option<String>| {
            if let Some(new) = new {
                field.clone_from(new);
            }
        };
        replace(&mut input.name, &self.name);
        replace(&mut input.starts_on, &self.starts_on);
        replace(&mut input.cycle, &self.cycle);
        replace(&mut input.timing, &self.timing);
        if let Some(end) = &self.ends_on {
            input.ends_on.clone_from(end);
        }
        if let Some(from) = &self.bill_from {
            input.bill_from.clone_from(from);
        }
        if let Some(order) = &self.purchase_order {
            input.purchase_order.clone_from(order);
        }
        if self.status.is_some() {
            input.status.clone_from(&self.status);
        }
        if let Some(lines) = &self.lines {
            input.lines.clone_from(lines);
        }
    }
}

/// Changes, activates or ends a contract from the version the caller saw.
pub async fn update(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: ContractId,
    change: &ContractChange,
) -> Result<Contract, Fault> {
    let before = contract(tx, who.org, id).await?;
    if before.terms.is_draft() {
        let mut input = ContractInput::of(tx, who.org, &before).await?;
        change.applied_to(&mut input);
        return replace_draft(app, who, tx, id, change.version, &input).await;
    }
    if change.touches_what_was_agreed() {
        return Err(Fault::conflict(
            "already_agreed",
            "this contract is active, so its dates, cycle and lines are agreed; change a line \
             from a date instead, or end the contract and make a new one",
        ));
    }
    let after = changed_terms(app, who, &before.terms, change)?;
    store::update_contract(tx, who.org, id, change.version, &after).await?;
    if after.status == "ended" {
        let end = after.ends_on.unwrap_or(Day(who.today(app)));
        end_lines(app, who, tx, id, end).await?;
    }
    if after.purchase_order != before.terms.purchase_order {
        queue::enqueue(app, tx, &ReviewDrafts { org: who.org }).await?;
    }
    measure_contract(tx, who.org, id, Day(who.today(app))).await?;
    let detail = json!({ "before": before.terms, "after": after });
    record(app, who, tx, "contract.changed", id, &detail).await?;
    contract(tx, who.org, id).await
}

fn changed_terms(
    app: &App,
    who: &Who,
    before: &ContractTerms,
    change: &ContractChange,
) -> Result<ContractTerms, Fault> {
    let mut checks = input::Checks::default();
    let mut after = before.clone();
    if let Some(name) = &change.name
        && let Some(name) = checks.take("name", input::line(name, 300))
    {
        after.name = name;
    }
    if let Some(order) = &change.purchase_order {
        after.purchase_order = checks.optional("purchase_order", order.as_deref(), |text| {
            input::line(text, 100)
        });
    }
    if let Some(end) = &change.ends_on {
        after.ends_on = checks.optional("ends_on", end.as_deref(), input::day);
    }
    if let Some(status) = &change.status
        && let Some(status) = checks.take("status", input::one_of(status, &["active", "ended"]))
    {
        status.clone_into(&mut after.status);
    }
    if before.status == "ended" && after.status == "active" {
        checks.wrong("status", "an ended contract cannot go on; make a new one");
    }
    if after.status == "ended" && after.ends_on.is_none() {
        after.ends_on = Some(Day(who.today(app)));
    }
    if after.ends_on.is_some_and(|end| end <= after.starts_on) {
        checks.wrong("ends_on", "the end must be after the start");
    }
    checks.done()?;
    Ok(after)
}

/// Billing of every line stops at the contract's end.
async fn end_lines(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: ContractId,
    end: Day,
) -> Result<(), Fault> {
    for line in lines_of_contract(tx, who.org, id).await? {
        let goes_on = line.terms.ends_on.is_none_or(|ends| ends > end);
        if goes_on && line.terms.starts_on < end {
            super::end_line(app, who.org, Some(who.person), tx, &line, end).await?;
        }
    }
    Ok(())
}

/// Puts a whole new text in the place of a draft's, and activates it if it says so.
pub async fn replace_draft(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: ContractId,
    seen_version: i64,
    input: &ContractInput,
) -> Result<Contract, Fault> {
    let before = contract(tx, who.org, id).await?;
    if !before.terms.is_draft() {
        return Err(Fault::conflict(
            "not_a_draft",
            "this contract is no longer a draft",
        ));
    }
    if before.version != seen_version {
        return Err(crate::db::DbError::Stale.into());
    }
    let input = ContractInput {
        reference: Some(before.terms.reference.clone()),
        ..input.clone()
    };
    let checked = input.checked(app, tx, who.org).await?;
    check_lines_are_free(tx, who.org, &checked, Some(id)).await?;
    store::update_contract(tx, who.org, id, seen_version, &checked.terms).await?;
    store::delete_lines(tx, who.org, id).await?;
    insert_lines(app, tx, who.org, id, &checked.lines).await?;
    measure_contract(tx, who.org, id, Day(who.today(app))).await?;
    let action = if checked.terms.is_draft() {
        "contract.draft_changed"
    } else {
        "contract.activated"
    };
    let detail = json!({ "terms": checked.terms, "lines": checked.lines });
    record(app, who, tx, action, id, &detail).await?;
    contract(tx, who.org, id).await
}

/// Takes a line out of a draft.
pub async fn remove_draft_line(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: ContractId,
    line: ContractLineId,
) -> Result<(), Fault> {
    let before = contract(tx, who.org, id).await?;
    if !before.terms.is_draft() {
        return Err(Fault::conflict(
            "not_a_draft",
            "this contract is agreed; end the line from a day on instead",
        ));
    }
    store::delete_line(tx, who.org, id, line).await?;
    let detail = json!({ "line": line });
    record(app, who, tx, "contract.draft_line_removed", id, &detail).await
}

pub(super) async fn record(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    action: &str,
    id: ContractId,
    detail: &impl serde::Serialize,
) -> Result<(), Fault> {
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action,
        subject_kind: "contract",
        subject: Some(id.0),
    };
    audit::record(app, tx, act, detail).await
}
