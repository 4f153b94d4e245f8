//! Contracts as programs read them.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Contract, LineEvent, QuantityInput, Standing,
    line::{Followed, Line},
    lines_of_contract, store,
};
use crate::{
    app::App,
    db::{CatalogItemId, ContractId, ContractLineId, Day, Exact, Tx},
    fault::Fault,
    http::{After, Permission, Who},
};

/// A contract in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContractSummary {
    #[serde(flatten)]
    pub contract: Contract,
    pub standing: Standing,
    pub lines: i64,
    /// Monthly value of its running lines; null before they were first measured, of drafts, or
    /// where your role does not see it.
    pub mrr_minor: Option<i64>,
    #[serde(skip)]
    pub sort_key: String,
}

impl ContractSummary {
    pub fn of(row: store::ListedContract, who: &Who, today: Day) -> Self {
        let standing = row.contract.terms.standing(today);
        let counts = who.may(Permission::ReadCost) && standing != Standing::Draft;
        Self {
            mrr_minor: row.mrr_minor.filter(|_| counts),
            lines: row.lines,
            standing,
            sort_key: row.sort_key,
            contract: row.contract,
        }
    }

    /// Where it stands in the list.
    pub fn place(&self) -> After {
        After::of_text(&self.sort_key, self.contract.id.0)
    }
}

/// A contract with its lines.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContractDetail {
    #[serde(flatten)]
    pub contract: Contract,
    pub standing: Standing,
    pub mrr_minor: Option<i64>,
    pub lines: Vec<LineView>,
}

/// A contract line.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ContractLineView)]
pub struct LineView {
    pub id: ContractLineId,
    pub reference: String,
    pub position: i64,
    pub catalog_item_id: CatalogItemId,
    pub item_code: String,
    pub description: String,
    /// At the line's start.
    pub unit_price: Exact,
    /// Today.
    pub unit_price_now: Exact,
    pub price_per: String,
    pub cycle: String,
    pub timing: String,
    /// As agreed at the line's start.
    pub quantity: QuantityInput,
    /// What it follows, and since when.
    pub follows: Vec<Followed>,
    /// Where the quantity now stands; null before its source was first read.
    pub quantity_now: Option<Exact>,
    pub monthly_minor: Option<i64>,
    pub tax_type: String,
    pub account_code: String,
    pub starts_on: Day,
    pub ends_on: Option<Day>,
    pub anchor_on: Day,
    pub events: Vec<LineEvent>,
    pub version: i64,
}

impl LineView {
    fn of(line: Line, who: &Who, today: Day) -> Self {
        Self {
            id: line.id,
            reference: line.terms.reference.clone(),
            position: line.position,
            catalog_item_id: line.terms.catalog_item_id,
            item_code: line.item_code.clone(),
            description: line.terms.description.clone(),
            unit_price: line.terms.unit_price,
            unit_price_now: Exact::from_micros(line.price_on(today).0),
            price_per: line.terms.price_per.text(),
            cycle: line.terms.cycle.text(),
            timing: line.terms.timing.text(),
            quantity: QuantityInput::of(&line.terms.rule, &line.terms.subscriptions),
            quantity_now: line.quantity_now,
            monthly_minor: line.monthly_minor.filter(|_| who.may(Permission::ReadCost)),
            tax_type: line.terms.tax_type.clone(),
            account_code: line.terms.account_code.clone(),
            starts_on: line.terms.starts_on,
            ends_on: line.terms.ends_on,
            anchor_on: line.terms.anchor_on,
            follows: line.follows,
            events: line.events,
            version: line.version,
        }
    }
}

/// A contract as it stands today.
pub async fn detail(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: ContractId,
) -> Result<ContractDetail, Fault> {
    let contract = super::contract(tx, who.org, id).await?;
    let today = Day(who.today(app));
    let lines = lines_of_contract(tx, who.org, id).await?;
    let lines: Vec<LineView> = lines
        .into_iter()
        .map(|line| LineView::of(line, who, today))
        .collect();
    let standing = contract.terms.standing(today);
    let values: Option<Vec<i64>> = lines.iter().map(|line| line.monthly_minor).collect();
    Ok(ContractDetail {
        mrr_minor: values
            .filter(|_| standing != Standing::Draft)
            .map(|values| values.iter().sum()),
        standing,
        lines,
        contract,
    })
}
