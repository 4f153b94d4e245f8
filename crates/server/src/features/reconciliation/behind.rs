//! The rows behind the six numbers of one client and item, as they stand at the service date of
//! the last run: added up they are the numbers.

use billing::{
    Id, Micro, Period,
    reconcile::{ClientIx, ContractLine, ItemIx, LedgerLine, LineSource, invoiced_at},
};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Filter, ItemRow,
    facts::{COUNTS_BACK, currency, id_of, micro, term_months},
    rows,
    store::{self, behind::LedgerRow},
};
use crate::{
    db::{
        CatalogItemId, ClientId, ContractId, ContractLineId, Day, Exact, GeneratedInvoiceId,
        InvoiceId, OrgId, SubscriptionId, Tx,
    },
    fault::Fault,
    features::{
        contracts::{self, Line, pages::rule_words},
        meters,
        sync::CreditLine,
    },
};

/// One row of the reconciliation with the rows behind each number. Seats in the tenant are not
/// read yet, so *assigned* has none.
#[derive(Debug, Serialize, ToSchema)]
pub struct Behind {
    pub numbers: ItemRow,
    pub bought: Vec<Bought>,
    pub deployed: Vec<Deployed>,
    pub contracted: Vec<Contracted>,
    /// *Invoiced*, and *paid* as each row's share of it.
    pub invoiced: Vec<Invoiced>,
}

/// A subscription whose dates cover the day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Bought {
    pub subscription_id: SubscriptionId,
    pub product: String,
    pub quantity: Exact,
    pub unit_price: Exact,
    /// Null where your role does not see it.
    pub unit_cost: Option<Exact>,
    pub currency: String,
    pub since: Day,
    pub ordered_by: Option<String>,
}

/// A count of the item's meter at one vendor record of the client.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deployed {
    pub company: String,
    pub meter: String,
    pub counted_on: Day,
    pub count: Exact,
}

/// A contract line that runs on the day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Contracted {
    pub contract_id: ContractId,
    pub contract_line_id: ContractLineId,
    pub reference: String,
    pub description: String,
    /// Where its quantity comes from, in words.
    pub rule: String,
    pub quantity: Option<Exact>,
    pub unit_price: Exact,
    pub currency: String,
}

/// A line of an invoice or, negative, of a credit note.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invoiced {
    /// In accounting; null for a credit note.
    pub invoice_id: Option<InvoiceId>,
    /// Where BillingOne made it.
    pub generated_invoice_id: Option<GeneratedInvoiceId>,
    pub number: String,
    pub description: String,
    pub issued_on: Day,
    pub quantity: Exact,
    pub paid_quantity: Exact,
    pub net_minor: i64,
    pub currency: String,
}

pub async fn behind(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
    item: CatalogItemId,
) -> Result<Behind, Fault> {
    let filter = Filter {
        client: Some(client),
        item: Some(item),
        limit: 1,
        ..Filter::default()
    };
    let found = rows(tx, org, &filter).await?.pop();
    let numbers = found.ok_or(Fault::NotFound("this line of the reconciliation"))?;
    let known = store::behind::item(tx, org, item).await?;
    let known = known.ok_or(Fault::NotFound("this catalog item"))?;
    let day = numbers.service_on;
    let lines = contracts::lines_of_client(tx, org, client).await?;
    let lines: Vec<Line> = lines
        .into_iter()
        .filter(|line| line.contract_status != "draft" && line.terms.catalog_item_id == item)
        .collect();
    let deployed = match &known.meter {
        Some(meter) if numbers.deployed.is_some() => deployed(tx, org, client, meter, day).await?,
        _ => Vec::new(),
    };
    Ok(Behind {
        bought: bought(tx, org, client, item, day).await?,
        deployed,
        contracted: lines
            .iter()
            .filter(|line| line.is_running(day))
            .map(|line| contracted(line, day))
            .collect(),
        invoiced: invoiced(tx, org, client, &known.code, day, &lines).await?,
        numbers,
    })
}

async fn bought(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
    item: CatalogItemId,
    day: Day,
) -> Result<Vec<Bought>, Fault> {
    let rows = store::behind::bought(tx, org, client, item, day).await?;
    // What does not recur is no quantity that a client has.
    let recurring = rows
        .into_iter()
        .filter(|row| term_months(&row.billing_term).is_some());
    Ok(recurring
        .map(|row| Bought {
            subscription_id: row.id,
            product: row.product_name,
            quantity: row.quantity,
            unit_price: row.unit_price,
            unit_cost: Some(row.unit_cost),
            currency: row.currency,
            since: row.starts_on,
            ordered_by: row.ordered_by,
        })
        .collect())
}

/// The last good count of each tool; of several tools those of the same day add up.
async fn deployed(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
    meter: &str,
    day: Day,
) -> Result<Vec<Deployed>, Fault> {
    let since = Day(day
        .0
        .checked_sub_days(COUNTS_BACK)
        .unwrap_or(NaiveDate::MIN));
    let snapshots = store::snapshots(tx, org, since, day).await?;
    let mut seen = Vec::new();
    let mut found = Vec::new();
    for snapshot in snapshots.iter().filter(|snapshot| snapshot.complete) {
        if seen.contains(&snapshot.connection_id) {
            continue;
        }
        seen.push(snapshot.connection_id);
        for row in store::behind::counted(tx, org, snapshot.id, client, meter).await? {
            found.push(Deployed {
                company: row.company,
                meter: meter.to_owned(),
                counted_on: snapshot.taken_on,
                count: whole(row.count),
            });
        }
    }
    if let Some(read) = meters::standing_of(tx, org, client, (meter, since, day)).await? {
        found.push(Deployed {
            company: String::new(),
            meter: meter.to_owned(),
            counted_on: read.taken_on,
            count: read.value,
        });
    }
    let latest = found.iter().map(|row| row.counted_on).max();
    found.retain(|row| Some(row.counted_on) == latest);
    Ok(found)
}

fn whole(count: i64) -> Exact {
    Exact::from_micros(count.saturating_mul(billing::micro::ONE))
}

fn contracted(line: &Line, day: Day) -> Contracted {
    Contracted {
        contract_id: line.contract_id,
        contract_line_id: line.id,
        reference: line.terms.reference.clone(),
        description: line.terms.description.clone(),
        rule: rule_words(line),
        quantity: line.quantity_now,
        unit_price: Exact::from_micros(line.price_on(day).0),
        currency: line.currency.clone(),
    }
}

async fn invoiced(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
    code: &str,
    day: Day,
    lines: &[Line],
) -> Result<Vec<Invoiced>, Fault> {
    let since = store::behind::billed_since(tx, org).await?.unwrap_or(day);
    let mut rows = store::behind::invoiced(tx, org, client, code, since).await?;
    for note in store::behind::credits(tx, org, client, since).await? {
        let credited: Vec<CreditLine> = serde_json::from_str(&note.lines)?;
        let of_item = credited
            .into_iter()
            .filter(|line| same_code(line.item_code.as_deref(), code));
        rows.extend(of_item.map(|line| LedgerRow {
            invoice_id: None,
            generated_invoice_id: None,
            number: note.number.clone(),
            description: line.description,
            issued_on: note.issued_on,
            quantity: Exact(-line.quantity.0),
            net_minor: line.net_minor.saturating_neg(),
            currency: note.currency.clone(),
            starts_on: None,
            ends_on: None,
            paid_minor: 0,
            total_minor: 0,
        }));
    }
    let facts: Vec<LedgerLine> = (0..)
        .zip(&rows)
        .map(ledger_line)
        .collect::<Result<_, _>>()?;
    let agreed: Vec<ContractLine> = lines
        .iter()
        .map(|line| contract_line(line, day))
        .collect::<Result<_, _>>()?;
    let counted = invoiced_at(day.0, &agreed, &facts);
    let shown = counted.into_iter().filter_map(|fact| {
        let row = rows.get(usize::try_from(fact.id.0).ok()?)?;
        Some(Invoiced {
            invoice_id: row.invoice_id,
            generated_invoice_id: row.generated_invoice_id,
            number: row.number.clone(),
            description: row.description.clone(),
            issued_on: row.issued_on,
            quantity: row.quantity,
            paid_quantity: Exact::from_micros(fact.paid_quantity().0),
            net_minor: row.net_minor,
            currency: row.currency.clone(),
        })
    });
    Ok(shown.collect())
}

fn same_code(written: Option<&str>, code: &str) -> bool {
    written.is_some_and(|written| written.to_lowercase() == code.to_lowercase())
}

/// There is one client and one item here, so their indexes name nobody else.
const CLIENT: ClientIx = ClientIx(0);
const ITEM: ItemIx = ItemIx(0);

/// Its id is its place among the rows.
fn ledger_line((place, row): (u128, &LedgerRow)) -> Result<LedgerLine, Fault> {
    let period = match (row.starts_on, row.ends_on) {
        (Some(start), Some(end)) => Period::new(start.0, end.0).ok(),
        _ => None,
    };
    Ok(LedgerLine {
        id: Id(place),
        client: CLIENT,
        item: Some(ITEM),
        line: None,
        quantity: micro(row.quantity),
        net_minor: row.net_minor,
        currency: currency(&row.currency)?,
        date: row.issued_on.0,
        period,
        document_paid_minor: row.paid_minor,
        document_total_minor: row.total_minor,
    })
}

fn contract_line(line: &Line, day: Day) -> Result<ContractLine, Fault> {
    let terms = line.billing_terms()?;
    let quantity = line.quantity_now.map_or(Micro::ZERO, micro);
    let months = match line.terms.price_per.text().as_str() {
        "term" => terms.cycle.months().unwrap_or(1),
        _ => 1,
    };
    Ok(ContractLine {
        id: id_of(line.id.0),
        client: CLIENT,
        item: ITEM,
        source: LineSource::Fixed,
        quantity,
        accounts_for: quantity,
        to_catch_up: Micro::ZERO,
        unit_price: line.price_on(day),
        currency: terms.currency,
        price_months: u16::try_from(months).unwrap_or(1),
        price_raised_on: None,
        cycle: terms.cycle,
        timing: terms.timing,
        anchor: terms.anchor,
        start: terms.start,
        end: terms.end,
        bill_from: terms.bill_from,
        trial_until: None,
    })
}
