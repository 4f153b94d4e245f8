//! What a contract's invoice of a month said, wrong where a leak made it so.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::bills::catch_ups;
use super::days::{months_between, months_later, period_text};
use super::model::{Client, Contract, Cycle, Line as ContractLine, Timing};
use crate::xero::Line;

/// The lines of the recurring invoice that the contract wants dated on the first of `month`.
pub(crate) fn recurring_lines(client: &Client, contract: &Contract, month: NaiveDate) -> Vec<Line> {
    let step = contract.cycle.months();
    let since = months_between(contract.start, month);
    let first_invoice = if contract.timing == Timing::Arrears {
        step
    } else {
        0
    };
    if since < first_invoice || since.rem_euclid(step) != 0 {
        return Vec::new();
    }
    let service = if contract.timing == Timing::Arrears {
        months_later(month, -step)
    } else {
        month
    };
    let mut lines: Vec<Line> = contract
        .lines
        .iter()
        .filter(|line| line.runs_on(service))
        .filter_map(|line| recurring_line(client, contract, line, service))
        .collect();
    if contract.cycle == Cycle::Monthly && contract.timing == Timing::Advance && since > 0 {
        for (text, amount) in catch_ups(client, month) {
            lines.push(Line::new(&text, Decimal::ONE, amount).posted_to("205", tax(client)));
        }
    }
    lines
}

fn recurring_line(
    client: &Client,
    contract: &Contract,
    line: &ContractLine,
    service: NaiveDate,
) -> Option<Line> {
    let (start, end) = line.period(contract.start, service);
    if start != service {
        return None;
    }
    let slip = line.slips.iter().find(|slip| slip.period == start);
    let quantity = slip.map_or_else(|| client.due_in(line, start), |slip| slip.quantity);
    if quantity == 0 {
        return None;
    }
    let months = if line.item.is_annual {
        1
    } else {
        line.cycle.months()
    };
    let price = line.unit_price * Decimal::from(months);
    let text = format!("{}, {}", line.item.name, period_text(start, end));
    let sold = Line::new(&text, Decimal::from(quantity), price);
    Some(
        sold.item(line.item.code)
            .posted_to(line.item.account_code, tax(client)),
    )
}

/// The tax type of what a client is sold.
pub(crate) fn tax(client: &Client) -> &'static str {
    if client.is_foreign() {
        "ZERORATEDOUTPUT"
    } else {
        "OUTPUT2"
    }
}
