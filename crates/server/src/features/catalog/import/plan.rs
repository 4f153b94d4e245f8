//! What a row of a file does to its item.

use std::collections::HashMap;

use super::{
    Action, Changed, ImportInput, Row, WrongCell, amount,
    columns::{Column, Columns},
};
use crate::{
    app::App,
    fault::Fault,
    features::catalog::{CatalogItem, ItemChange, ItemInput},
    http::Who,
    sheet::Record,
};

/// Looks at one row after another.
pub struct Planner<'a> {
    pub app: &'a App,
    pub who: &'a Who,
    pub input: &'a ImportInput,
    pub columns: &'a Columns,
    /// By their code in small letters.
    pub known: HashMap<String, CatalogItem>,
    /// The line on which each code stood.
    pub seen: HashMap<String, u64>,
}

impl Planner<'_> {
    pub fn row(&mut self, record: &Record) -> Row {
        let columns = self.columns;
        let cell = |column| columns.cell(record, column);
        let key = cell(Column::Code).unwrap_or_default().to_lowercase();
        let before = self.known.get(&key).cloned();
        let name = cell(Column::Name).map(str::to_owned);
        let mut row = Row {
            line: record.line,
            code: cell(Column::Code).unwrap_or_default().to_owned(),
            name: name
                .or_else(|| Some(before.as_ref()?.name.clone()))
                .unwrap_or_default(),
            action: Action::Wrong,
            changes: Vec::new(),
            wrong: Vec::new(),
            before: None,
            after: None,
        };
        let after = self.after(record, before.as_ref(), &mut row.wrong);
        if let Some(line) = self.seen.get(&key).filter(|_| !key.is_empty()) {
            row.wrong.push(WrongCell {
                column: Column::Code.as_str().to_owned(),
                message: format!("this code stands on line {line} already"),
            });
        }
        self.seen.entry(key).or_insert(record.line);
        let Some(after) = after.filter(|_| row.wrong.is_empty()) else {
            return row;
        };
        row.changes = before
            .as_ref()
            .map(|before| changes(before, &after))
            .unwrap_or_default();
        row.action = match &before {
            None => Action::Create,
            Some(_) if row.changes.is_empty() => Action::Skip,
            Some(_) => Action::Update,
        };
        row.before = before;
        row.after = Some(after);
        row
    }

    /// The item as the row will have it; what is wrong is noted by its column.
    fn after(
        &self,
        record: &Record,
        before: Option<&CatalogItem>,
        wrong: &mut Vec<WrongCell>,
    ) -> Option<CatalogItem> {
        let mut amount = |column: Column| {
            let typed = self.columns.cell(record, column)?;
            let read = amount::read(typed).map_err(|message| {
                wrong.push(WrongCell {
                    column: column.as_str().to_owned(),
                    message,
                });
            });
            // Whatever is noted needs no second complaint.
            Some(read.map_or_else(|()| "0".to_owned(), |price| price.to_string()))
        };
        let prices = (amount(Column::UnitPrice), amount(Column::UnitCost));
        let read = match before {
            Some(before) => self.changed(record, before, prices),
            None => self.made(record, prices),
        };
        match read {
            Ok(item) => Some(item),
            Err(fault) => {
                let known: Vec<String> = wrong.iter().map(|cell| cell.column.clone()).collect();
                let cells = fault.fields().into_iter();
                let cells = cells.filter(|(column, _)| !known.contains(column));
                wrong.extend(cells.map(|(column, message)| WrongCell { column, message }));
                None
            }
        }
    }

    /// A known item with what the row says of it.
    fn changed(
        &self,
        record: &Record,
        before: &CatalogItem,
        (price, cost): Prices,
    ) -> Result<CatalogItem, Fault> {
        let cell = |column| self.columns.cell(record, column).map(str::to_owned);
        let change = ItemChange {
            version: before.version,
            name: cell(Column::Name),
            description: cell(Column::Description),
            unit_price: price,
            unit_cost: cost.map(Some),
            currency: cell(Column::Currency),
            tax_type: cell(Column::Tax),
            account_code: cell(Column::Account),
            meter: cell(Column::Meter).map(Some),
            status: cell(Column::Status).map(|status| status.to_lowercase()),
            ..ItemChange::default()
        };
        change.applied_to(before)
    }

    /// A new item; what the row leaves out of tax and account is the file's.
    fn made(&self, record: &Record, (price, cost): Prices) -> Result<CatalogItem, Fault> {
        let cell = |column| self.columns.cell(record, column).map(str::to_owned);
        let or = |column, other: &String| cell(column).unwrap_or_else(|| other.clone());
        let input = ItemInput {
            code: cell(Column::Code).unwrap_or_default(),
            name: cell(Column::Name).unwrap_or_default(),
            description: cell(Column::Description).unwrap_or_default(),
            unit_price: price.unwrap_or_default(),
            unit_cost: cost,
            currency: cell(Column::Currency),
            tax_type: or(Column::Tax, &self.input.tax_type),
            account_code: or(Column::Account, &self.input.account_code),
            meter: cell(Column::Meter),
        };
        let made = input.checked(self.app.new_id(), &self.who.currency)?;
        let change = ItemChange {
            status: cell(Column::Status).map(|status| status.to_lowercase()),
            ..ItemChange::default()
        };
        change.applied_to(&made).map(|item| CatalogItem {
            version: made.version,
            ..item
        })
    }
}

/// Price and cost, as they are written here.
type Prices = (Option<String>, Option<String>);

/// What differs, field by field, as people read it.
fn changes(before: &CatalogItem, after: &CatalogItem) -> Vec<Changed> {
    let text = |item: &CatalogItem, column: Column| match column {
        Column::Code => item.code.clone(),
        Column::Name => item.name.clone(),
        Column::Description => item.description.clone(),
        Column::UnitPrice => item.unit_price.to_string(),
        Column::UnitCost => item
            .unit_cost
            .map(|cost| cost.to_string())
            .unwrap_or_default(),
        Column::Tax => item.tax_type.clone(),
        Column::Account => item.account_code.clone(),
        Column::Meter => item.meter.clone().unwrap_or_default(),
        Column::Currency => item.currency.clone(),
        Column::Status => item.status.clone(),
    };
    let differing = Column::ALL
        .into_iter()
        .filter(|column| text(before, *column) != text(after, *column));
    differing
        .map(|column| Changed {
            field: column.as_str().to_owned(),
            before: text(before, column),
            after: text(after, column),
        })
        .collect()
}
