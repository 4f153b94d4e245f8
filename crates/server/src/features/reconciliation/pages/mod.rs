//! Reconciliation for people: by client, by client and item, the rows behind one line, and the
//! tools that read sources and compare anew.

mod csv;
mod detail;
mod list;
#[cfg(test)]
mod tests;
mod tools;

use axum::routing::{get, post};

use super::ItemRow;
use crate::{
    db::Exact,
    http::Routes,
    ui::{Number, SixNumbers},
};

pub const LIST: &str = "/reconciliation";

pub fn routes() -> Routes {
    Routes::new()
        .route("/reconciliation", get(list::show))
        .route("/reconciliation.csv", get(csv::export))
        .route("/reconciliation/tools", post(tools::run))
        .route("/reconciliation/{client}/{item}", get(detail::show))
}

fn micros(exact: Option<Exact>) -> Option<i64> {
    exact.and_then(|exact| exact.to_micros().ok())
}

/// The six numbers of a row; those that differ from what was agreed stand out. `rows` says where
/// the rows behind a number are.
pub fn six_numbers(row: &ItemRow, rows: impl Fn(&str) -> Option<String>) -> SixNumbers {
    let agreed = micros(row.contracted);
    let number = |name: &str, exact: Option<Exact>| {
        let value = micros(exact);
        let number = Number::new(value, rows(name).filter(|_| value.is_some()));
        match (value, agreed) {
            (Some(value), Some(agreed)) if value != agreed => number.differing(),
            _ => number,
        }
    };
    SixNumbers {
        bought: number("bought", row.bought),
        assigned: number("assigned", row.assigned),
        deployed: number("deployed", row.deployed),
        contracted: number("contracted", row.contracted),
        invoiced: number("invoiced", row.invoiced),
        // What is not paid yet is a matter of receivables, not of agreement.
        paid: Number::new(
            micros(row.paid),
            rows("invoiced").filter(|_| row.paid.is_some()),
        ),
    }
}
