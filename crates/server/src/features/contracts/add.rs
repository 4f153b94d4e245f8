//! A line more in a contract.

use serde_json::json;

use super::{
    ContractTerms, LineInput,
    change::{measure_now, record},
    lines::lines_of_contract,
    store,
};
use crate::{
    app::App,
    db::{ContractId, ContractLineId, OrgId, PersonId, Tx},
    fault::Fault,
    input::Checks,
};

/// Adds a line to an active contract.
pub async fn add_line(
    app: &App,
    org: OrgId,
    person: Option<PersonId>,
    tx: &mut Tx,
    contract: ContractId,
    input: &LineInput,
) -> Result<ContractLineId, Fault> {
    let terms: ContractTerms = super::contract(tx, org, contract).await?.terms;
    if terms.status == "ended" {
        return Err(Fault::conflict("contract_ended", "this contract has ended"));
    }
    let lines = lines_of_contract(tx, org, contract).await?;
    let position = lines.iter().map(|line| line.position).max().unwrap_or(0) + 1;
    let mut checks = Checks::default();
    let at = usize::try_from(position).unwrap_or(1);
    let checked = input.checked(tx, org, &terms, at, &mut checks, "").await?;
    let Some(mut checked) = checked.filter(|_| checks.is_fine()) else {
        return Err(checks.fault());
    };
    if input.reference.is_none() {
        // A removed draft line may have left its number in use.
        checked.reference = free_reference(tx, org, &terms, position).await?;
    } else if store::line_by_reference(tx, org, &checked.reference)
        .await?
        .is_some()
    {
        return Err(Fault::field("reference", "another line has this reference"));
    }
    for subscription in &checked.subscriptions {
        let follower = store::follower(tx, org, subscription, checked.starts_on).await?;
        if let Some((_, _, reference)) = follower {
            let message = format!("subscription {subscription} already feeds line {reference}");
            return Err(Fault::field("quantity.subscriptions", message));
        }
    }
    let id: ContractLineId = app.new_id();
    store::insert_line(tx, org, contract, id, position, &checked).await?;
    measure_now(app, tx, org, contract).await?;
    let detail = json!({ "contract_id": contract, "line": checked });
    record(app, org, person, tx, "contract_line.added", id, &detail).await?;
    Ok(id)
}

async fn free_reference(
    tx: &mut Tx,
    org: OrgId,
    contract: &ContractTerms,
    position: i64,
) -> Result<String, Fault> {
    let mut at = position;
    loop {
        let reference = format!("{}-{at}", contract.reference);
        if store::line_by_reference(tx, org, &reference)
            .await?
            .is_none()
        {
            return Ok(reference);
        }
        at += 1;
    }
}
