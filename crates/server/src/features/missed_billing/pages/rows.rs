//! The rows behind a finding as tables, one per source, and the six numbers that lead to them.

use billing::{
    finding::{Evidence as Seen, Finding, Told},
    reconcile::Numbers,
};

use crate::{
    features::missed_billing::behind::{Behind, Is},
    http::{Permission, Who},
    ui::{Column, Evidence, Number, SixNumbers, format},
};

const SUBSCRIPTIONS: &str = "subscriptions";
const ASSIGNED: &str = "assigned";
const DEVICES: &str = "devices";
const CONTRACT: &str = "contract";
const INVOICES: &str = "invoices";
const BILLS: &str = "bills";

/// The tables that have a row, in the order in which money flows.
pub fn tables(rows: &[Behind], who: &Who) -> Vec<Evidence> {
    let sees_cost = who.may(Permission::ReadCost);
    let all = [
        subscriptions(rows, sees_cost),
        assigned(rows),
        devices(rows),
        contract(rows),
        invoices(rows),
        bills(rows, sees_cost),
    ];
    all.into_iter().flatten().collect()
}

fn anchor_of(seen: &Seen) -> &'static str {
    match seen {
        Seen::Subscription { .. } => SUBSCRIPTIONS,
        Seen::Assigned { .. } => ASSIGNED,
        Seen::Count { .. } => DEVICES,
        Seen::ContractLine { .. } => CONTRACT,
        Seen::LedgerLine { .. } => INVOICES,
        Seen::BillLine { .. } => BILLS,
    }
}

/// The table, unless nothing went into it.
fn filled<'r>(
    rows: &'r [Behind],
    anchor: &'static str,
    empty: Evidence,
    add: impl Fn(Evidence, &'r Behind) -> Evidence,
) -> Option<Evidence> {
    let mut own = rows
        .iter()
        .filter(|row| anchor_of(&row.seen) == anchor)
        .peekable();
    own.peek()?;
    Some(own.fold(empty.anchored(anchor), add))
}

fn subscriptions(rows: &[Behind], sees_cost: bool) -> Option<Evidence> {
    let mut columns = vec![
        Column::text("Subscription"),
        Column::date("Since"),
        Column::text("Ordered by"),
        Column::number("Quantity"),
        Column::number("Price"),
    ];
    columns.extend(sees_cost.then(|| Column::number("Cost")));
    let table = Evidence::new("Bought", "Subscriptions at the distributor", columns);
    filled(rows, SUBSCRIPTIONS, table, |table, row| {
        let Seen::Subscription {
            quantity,
            price,
            cost,
            currency,
            ..
        } = &row.seen
        else {
            return table;
        };
        let (href, name, since, by) = match &row.is {
            Is::Subscription(id, now) => (
                Some(format!("/subscriptions/{id}")),
                now.product_name.clone(),
                format::date(now.starts_on.0),
                now.ordered_by.clone().unwrap_or_default(),
            ),
            _ => (
                None,
                "A subscription that is gone".to_owned(),
                String::new(),
                String::new(),
            ),
        };
        let mut cells = vec![
            name,
            since,
            by,
            format::quantity(quantity.0),
            format::unit_price(price.0, currency.code()),
        ];
        cells.extend(sees_cost.then(|| format::unit_price(cost.0, currency.code())));
        table.row_at(href, cells)
    })
}

fn assigned(rows: &[Behind]) -> Option<Evidence> {
    let columns = vec![Column::date("Counted on"), Column::number("Seats")];
    let table = Evidence::new("Assigned", "Seats in the tenant", columns);
    filled(rows, ASSIGNED, table, |table, row| match &row.seen {
        Seen::Assigned {
            quantity, taken_on, ..
        } => table.row(vec![format::date(*taken_on), format::quantity(quantity.0)]),
        _ => table,
    })
}

fn devices(rows: &[Behind]) -> Option<Evidence> {
    let columns = vec![
        Column::date("Counted on"),
        Column::text("Count"),
        Column::number("Devices"),
    ];
    let table = Evidence::new("Deployed", "Devices seen by the RMM", columns);
    filled(rows, DEVICES, table, |table, row| match &row.seen {
        Seen::Count {
            quantity,
            taken_on,
            is_last_good,
            ..
        } => {
            let kind = if *is_last_good {
                "the last good one"
            } else {
                "complete"
            };
            let cells = vec![
                format::date(*taken_on),
                kind.to_owned(),
                format::quantity(quantity.0),
            ];
            table.row(cells)
        }
        _ => table,
    })
}

fn contract(rows: &[Behind]) -> Option<Evidence> {
    let columns = vec![
        Column::text("Line"),
        Column::text("Contract"),
        Column::number("Quantity"),
        Column::number("Accounts for"),
        Column::number("Price"),
    ];
    let table = Evidence::new("Contracted", "Lines of the client's contracts", columns);
    filled(rows, CONTRACT, table, |table, row| {
        let Seen::ContractLine {
            quantity,
            accounts_for,
            unit_price,
            currency,
            ..
        } = &row.seen
        else {
            return table;
        };
        let (href, item, reference) = match &row.is {
            Is::ContractLine {
                contract,
                reference,
                item,
            } => (
                Some(format!("/contracts/{contract}")),
                item.clone(),
                reference.clone(),
            ),
            _ => (None, "A line that is gone".to_owned(), String::new()),
        };
        let cells = vec![
            item,
            reference,
            format::quantity(quantity.0),
            format::quantity(accounts_for.0),
            format::unit_price(unit_price.0, currency.code()),
        ];
        table.row_at(href, cells)
    })
}

fn invoices(rows: &[Behind]) -> Option<Evidence> {
    let columns = vec![
        Column::text("Invoice"),
        Column::text("Line"),
        Column::date("Date"),
        Column::number("Quantity"),
        Column::number("Net"),
    ];
    let table = Evidence::new("Invoiced", "Lines in accounting", columns);
    filled(rows, INVOICES, table, |table, row| {
        let Seen::LedgerLine {
            quantity,
            net,
            date,
            ..
        } = &row.seen
        else {
            return table;
        };
        let (href, number, line) = match &row.is {
            Is::Invoice(id, line) => (
                Some(format!("/invoices/{id}")),
                line.number.clone(),
                line.description.clone(),
            ),
            _ => (None, "An invoice that is gone".to_owned(), String::new()),
        };
        let cells = vec![
            number,
            line,
            format::date(*date),
            format::quantity(quantity.0),
            format::money(net.minor, net.currency.code()),
        ];
        table.row_at(href, cells)
    })
}

fn bills(rows: &[Behind], sees_cost: bool) -> Option<Evidence> {
    let mut columns = vec![
        Column::text("Bill"),
        Column::text("Line"),
        Column::date("Period"),
        Column::number("Quantity"),
        Column::number("Charge"),
    ];
    columns.extend(sees_cost.then(|| Column::number("Cost")));
    let table = Evidence::new(
        "On the distributor's bill",
        "Lines of its bills to you",
        columns,
    );
    filled(rows, BILLS, table, |table, row| {
        let Seen::BillLine {
            quantity,
            cost,
            charge,
            period,
            ..
        } = &row.seen
        else {
            return table;
        };
        let (number, line) = match &row.is {
            Is::Bill(line) => (line.number.clone(), line.description.clone()),
            _ => ("A bill that is gone".to_owned(), String::new()),
        };
        let mut cells = vec![
            number,
            line,
            format::period(period.start(), period.end()),
            format::quantity(quantity.0),
            format::money(charge.minor, charge.currency.code()),
        ];
        cells.extend(sees_cost.then(|| format::money(cost.minor, cost.currency.code())));
        table.row(cells)
    })
}

/// The six numbers, each leading to its rows where there are some.
pub fn six_numbers(finding: &Finding, numbers: &Numbers) -> SixNumbers {
    let has = |anchor: &str| {
        finding
            .evidence
            .iter()
            .any(|seen| anchor_of(seen) == anchor)
    };
    let differs = where_they_part(&finding.told);
    let number = |name: &str, micro: Option<billing::Micro>, anchor: &str| {
        let number = Number::new(
            micro.map(|micro| micro.0),
            has(anchor).then(|| format!("#{anchor}")),
        );
        if name == differs {
            number.differing()
        } else {
            number
        }
    };
    SixNumbers {
        bought: number("bought", numbers.bought, SUBSCRIPTIONS),
        assigned: number("assigned", numbers.assigned, ASSIGNED),
        deployed: number("deployed", numbers.deployed, DEVICES),
        contracted: number("contracted", numbers.contracted, CONTRACT),
        invoiced: number("invoiced", numbers.invoiced, INVOICES),
        paid: number("paid", numbers.paid, INVOICES),
    }
}

/// The number that does not agree with the one before it.
fn where_they_part(told: &Told) -> &'static str {
    match told {
        Told::UnbilledProduct { .. } | Told::QuantityGap { .. } | Told::UnbilledDevice { .. } => {
            "contracted"
        }
        Told::InvoiceShort { .. } | Told::OverBilled { .. } | Told::SkippedPeriod { .. } => {
            "invoiced"
        }
        Told::UnusedLicence { .. } => "assigned",
        _ => "",
    }
}
