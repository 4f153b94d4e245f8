//! Where a correction goes: the contract line, or the contract that would get one.

use billing::{
    Currency, Micro,
    charge::PricePer,
    period::{Schedule, Timing},
};
use chrono::NaiveDate;

use super::{FindingView, store};
use crate::{
    db::{ContractId, Day, Tx},
    fault::Fault,
    features::{
        contracts::{self, Line},
        reconciliation,
    },
    http::Who,
};

pub struct Place {
    /// None where the contract has no line for the item yet.
    pub line: Option<Line>,
    pub contract: ContractId,
    pub contract_reference: String,
    /// Code and name of the catalog item.
    pub item: (String, String),
    pub tax_type: String,
    pub account_code: String,
    pub currency: Currency,
    pub unit_price: Micro,
    pub price_per: PricePer,
    pub schedule: Schedule,
    pub bill_from: NaiveDate,
    /// The first day not yet invoiced: where a change of the contract can start cleanly.
    pub invoiced_until: NaiveDate,
    pub today: NaiveDate,
}

/// # Errors
/// 409 where the client has no active contract in the finding's currency.
pub async fn place_of(
    tx: &mut Tx,
    who: &Who,
    view: &FindingView,
    today: NaiveDate,
) -> Result<Place, Fault> {
    match view.contract_line_id {
        Some(id) => {
            let line = contracts::line(tx, who.org, id).await?;
            of_line(tx, who, view, line, today).await
        }
        None => of_contract(tx, who, view, today).await,
    }
}

async fn of_line(
    tx: &mut Tx,
    who: &Who,
    view: &FindingView,
    line: Line,
    today: NaiveDate,
) -> Result<Place, Fault> {
    let schedule = line.schedule().map_err(Fault::internal)?;
    let covered = store::covered_until(tx, who.org, line.id).await?;
    let has_invoice = view
        .evidence
        .finding
        .numbers
        .is_some_and(|n| n.invoiced.is_some());
    let invoiced_until = covered.map_or_else(
        || open_from(&schedule, line.terms.timing.0, today, has_invoice),
        |d| d.0,
    );
    Ok(Place {
        contract: line.contract_id,
        contract_reference: line.contract_reference.clone(),
        item: (line.item_code.clone(), line.item_name.clone()),
        tax_type: line.terms.tax_type.clone(),
        account_code: line.terms.account_code.clone(),
        currency: line.currency()?,
        unit_price: line.price_on(Day(today)),
        price_per: line.terms.price_per.0,
        bill_from: line.bill_from.0,
        invoiced_until,
        schedule,
        today,
        line: Some(line),
    })
}

/// The end of the running period where it is billed already, else its start.
fn open_from(
    schedule: &Schedule,
    timing: Timing,
    today: NaiveDate,
    is_invoiced: bool,
) -> NaiveDate {
    let Some(tile) = schedule.tile_at(today) else {
        return today;
    };
    if timing == Timing::Advance && is_invoiced {
        tile.service.end()
    } else {
        tile.service.start()
    }
}

async fn of_contract(
    tx: &mut Tx,
    who: &Who,
    view: &FindingView,
    today: NaiveDate,
) -> Result<Place, Fault> {
    let (Some(client), Some(item)) = (view.client_id, view.catalog_item_id) else {
        return Err(no_contract(view));
    };
    let currency = reconciliation::currency(&view.currency)?;
    let contract = store::contract_for(tx, who.org, client, &view.currency).await?;
    let contract =
        contracts::contract(tx, who.org, contract.ok_or_else(|| no_contract(view))?).await?;
    let item = store::item(tx, who.org, item).await?;
    let terms = &contract.terms;
    let end = terms.ends_on.map(|day| day.0);
    let schedule = Schedule::new(terms.cycle.0, terms.starts_on.0, terms.starts_on.0, end)
        .map_err(Fault::internal)?;
    let price = view.evidence.finding.price;
    Ok(Place {
        line: None,
        contract: contract.id,
        contract_reference: terms.reference.clone(),
        item: (item.code, item.name),
        tax_type: item.tax_type,
        account_code: item.account_code,
        currency,
        unit_price: price.map_or_else(|| reconciliation::micro(item.unit_price), |p| p.unit_price),
        price_per: PricePer::Month,
        bill_from: terms.bill_from.0,
        invoiced_until: open_from(&schedule, terms.timing.0, today, true),
        schedule,
        today,
    })
}

fn no_contract(view: &FindingView) -> Fault {
    let client = view.client_name.as_deref().unwrap_or("this client");
    Fault::conflict(
        "no_contract",
        format!(
            "{client} has no active contract in {}; create one first",
            view.currency
        ),
    )
}
