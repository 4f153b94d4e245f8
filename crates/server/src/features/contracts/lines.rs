//! Lines as they are read: of one contract, of some clients, of all, each with what happened to it
//! and what it follows.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    line::{Followed, Line, LineEvent},
    store,
};
use crate::{
    db::{ClientId, ContractId, ContractLineId, OrgId, Tx},
    fault::Fault,
    features::clients::Span,
};

pub async fn line(tx: &mut Tx, org: OrgId, id: ContractLineId) -> Result<Line, Fault> {
    let rows = store::line(tx, org, id).await?;
    let mut lines = with_history(tx, org, rows).await?;
    lines.pop().ok_or(Fault::NotFound("this contract line"))
}

/// A contract's lines in their order.
pub async fn lines_of_contract(
    tx: &mut Tx,
    org: OrgId,
    contract: ContractId,
) -> Result<Vec<Line>, Fault> {
    let rows = store::lines_of_contract(tx, org, contract).await?;
    with_history(tx, org, rows).await
}

/// The lines of all contracts of a client, drafts left out.
pub async fn lines_of_client(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
) -> Result<Vec<Line>, Fault> {
    let rows = store::lines_of_client(tx, org, client).await?;
    with_history(tx, org, rows).await
}

/// The lines of every contract that is no draft.
pub async fn lines_of_organization(tx: &mut Tx, org: OrgId) -> Result<Vec<Line>, Fault> {
    let rows = store::agreed_lines(tx, org).await?;
    let events = store::all_events(tx, org).await?;
    let follows = store::all_follows(tx, org).await?;
    Ok(assemble(rows, events, follows))
}

/// The lines of contracts with some of the clients.
pub async fn lines_of_clients(tx: &mut Tx, org: OrgId, clients: Span) -> Result<Vec<Line>, Fault> {
    if clients == Span::ALL {
        return lines_of_organization(tx, org).await;
    }
    let rows = store::lines_of_clients(tx, org, clients).await?;
    with_history(tx, org, rows).await
}

/// The lines of active contracts that rise on anniversaries.
pub async fn lines_with_uplift(tx: &mut Tx, org: OrgId) -> Result<Vec<Line>, Fault> {
    let rows = store::lines_with_uplift(tx, org).await?;
    with_history(tx, org, rows).await
}

async fn with_history(
    tx: &mut Tx,
    org: OrgId,
    rows: Vec<store::LineRow>,
) -> Result<Vec<Line>, Fault> {
    let ids: Vec<ContractLineId> = rows.iter().map(|row| row.id).collect();
    let events = store::events_of(tx, org, &ids).await?;
    let follows = store::follows_of(tx, org, &ids).await?;
    Ok(assemble(rows, events, follows))
}

fn assemble(
    rows: Vec<store::LineRow>,
    events: Vec<LineEvent>,
    follows: Vec<Followed>,
) -> Vec<Line> {
    let mut events_of: HashMap<Uuid, Vec<LineEvent>> = HashMap::new();
    for event in events {
        events_of.entry(event.line_id.0).or_default().push(event);
    }
    let mut follows_of: HashMap<Uuid, Vec<Followed>> = HashMap::new();
    for follow in follows {
        follows_of.entry(follow.line_id.0).or_default().push(follow);
    }
    rows.into_iter()
        .map(|row| {
            let follows = follows_of.remove(&row.id.0).unwrap_or_default();
            let mut terms = row.terms;
            terms.subscriptions = follows
                .iter()
                .filter(|follow| follow.counts_from.is_none())
                .map(|follow| follow.subscription_external_id.clone())
                .collect();
            terms.subscriptions.sort();
            Line {
                events: events_of.remove(&row.id.0).unwrap_or_default(),
                id: row.id,
                contract_id: row.contract_id,
                contract_reference: row.contract_reference,
                contract_status: row.contract_status,
                client_id: row.client_id,
                currency: row.currency,
                bill_from: row.bill_from,
                item_code: row.item_code,
                item_name: row.item_name,
                position: row.position,
                terms,
                follows,
                quantity_now: row.quantity_now,
                monthly_minor: row.monthly_minor,
                version: row.version,
            }
        })
        .collect()
}
