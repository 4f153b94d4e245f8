//! A new term: another end, and where it was agreed, higher prices from its first day on.

use billing::{Micro, price::Uplift};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{
    Contract, Line, NewPrice, agree,
    change::{refuse_overlap, uplift_price},
    contract,
    input::micro,
    lines_of_contract, measure_contract, store,
};
use crate::{
    app::App,
    db::{At, ContractId, ContractLineId, ContractRenewalId, Day, Exact, Tx},
    fault::Fault,
    http::Who,
    input::{self, Checks},
};

/// A new term of a contract.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RenewalInput {
    /// The version you saw.
    pub version: i64,
    /// The first day after the new term.
    #[schema(example = "2028-01-01")]
    pub ends_on: String,
    /// How much prices rise on the first day of the new term, in per cent.
    #[schema(example = "4")]
    pub percent: Option<String>,
    /// The lines that rise; every recurring one unless said.
    pub lines: Option<Vec<String>>,
}

/// A term that began by renewing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct Renewal {
    pub id: ContractRenewalId,
    /// The first day of the new term.
    pub starts_on: Day,
    /// The first day after it.
    pub ends_on: Day,
    pub recorded_at: At,
}

/// A price before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PriceRise)]
pub struct Rise {
    pub line: ContractLineId,
    pub line_reference: String,
    pub description: String,
    pub currency: String,
    pub before: Exact,
    pub after: Exact,
    /// What the line is worth a month at its quantity of today; null before it was first counted.
    pub monthly_before_minor: Option<i64>,
    pub monthly_after_minor: Option<i64>,
}

/// A renewed contract.
pub struct Renewed {
    pub contract: Contract,
    pub renewal: Renewal,
    pub rises: Vec<Rise>,
}

/// Renews an active contract for a new term. The uplift becomes ordinary price events on the first
/// day of the term, so that what was invoiced before stays.
///
/// # Errors
/// 409 for a draft, an ended contract or one without an end; 422 with every wrong field.
pub async fn renew(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: ContractId,
    input: &RenewalInput,
) -> Result<Renewed, Fault> {
    let before = contract(tx, who.org, id).await?;
    let first = first_day(&before)?;
    let mut checks = Checks::default();
    let ends_on = checks.take("ends_on", input::day(&input.ends_on));
    if ends_on.is_some_and(|end| end <= first) {
        let message = format!("the new term begins on {first}; it must end after that");
        checks.wrong("ends_on", message);
    }
    let percent = checks.optional("percent", input.percent.as_deref(), percent);
    let lines = lines_of_contract(tx, who.org, id).await?;
    let chosen = chosen(&lines, input, first, &mut checks);
    let (Some(ends_on), true) = (ends_on, checks.is_fine()) else {
        return Err(checks.fault());
    };
    let mut after = before.terms.clone();
    after.ends_on = Some(ends_on);
    store::update_contract(tx, who.org, id, input.version, &after).await?;
    let renewal = Renewal {
        id: app.new_id(),
        starts_on: first,
        ends_on,
        recorded_at: At(app.now().0),
    };
    store::insert_renewal(tx, who.org, id, who.person, &renewal).await?;
    let mut rises = Vec::new();
    if let Some(percent) = percent {
        for line in chosen {
            let rise = Rise::of(line, Uplift::Percent(percent), first)?;
            raise(app, who, tx, line, first, &rise).await?;
            rises.push(rise);
        }
    }
    measure_contract(tx, who.org, id, Day(who.today(app))).await?;
    let detail = json!({ "renewal": renewal, "ended_on": before.terms.ends_on, "rises": rises });
    agree::record(app, who, tx, "contract.renewed", id, &detail).await?;
    Ok(Renewed {
        contract: contract(tx, who.org, id).await?,
        renewal,
        rises,
    })
}

/// The first day of the term that would follow.
pub fn first_day(contract: &Contract) -> Result<Day, Fault> {
    if contract.terms.status != "active" {
        return Err(Fault::conflict(
            "not_active",
            "only an active contract can be renewed; activate the draft, or make a new contract",
        ));
    }
    contract.terms.ends_on.ok_or_else(|| {
        Fault::conflict(
            "no_term",
            "this contract has no end, so there is no term to renew; say when its term ends first",
        )
    })
}

/// A rise in per cent, as people write it.
pub fn percent(text: &str) -> Result<Micro, String> {
    let percent = micro(input::exact(text)?);
    if percent.is_positive() && percent <= Micro::whole(100) {
        Ok(percent)
    } else {
        Err("an uplift is more than 0 and at most 100 per cent".to_owned())
    }
}

/// Lines whose price can rise on a day: those that run then and recur.
pub fn can_rise(line: &Line, day: Day) -> bool {
    line.is_running(day) && line.terms.cycle.0 != billing::period::Cycle::Once
}

fn chosen<'l>(
    lines: &'l [Line],
    input: &RenewalInput,
    first: Day,
    checks: &mut Checks,
) -> Vec<&'l Line> {
    let may = lines.iter().filter(|line| can_rise(line, first));
    let Some(named) = &input.lines else {
        return may.collect();
    };
    for name in named {
        if !lines.iter().any(|line| is_named(line, name)) {
            checks.wrong("lines", format!("this contract has no line \"{name}\""));
        }
    }
    may.filter(|line| named.iter().any(|name| is_named(line, name)))
        .collect()
}

/// A line by its id or its reference.
pub fn is_named(line: &Line, name: &str) -> bool {
    line.id.to_string() == name || line.terms.reference == name
}

impl Rise {
    /// What an uplift makes of a line's price on a day. The new price has the places that people
    /// write prices with: the currency's.
    pub fn of(line: &Line, uplift: Uplift, day: Day) -> Result<Self, Fault> {
        let before = line.price_on(day);
        let after = uplift
            .of(before, line.currency()?)
            .map_err(|error| Fault::field("percent", error.to_string()))?;
        let quantity = line.quantity_now.map(micro);
        let monthly = |line: &Line| -> Result<Option<i64>, Fault> {
            let Some(quantity) = quantity else {
                return Ok(None);
            };
            Ok(Some(line.monthly_value(quantity, day)?.minor))
        };
        Ok(Self {
            line: line.id,
            line_reference: line.terms.reference.clone(),
            description: line.terms.description.clone(),
            currency: line.currency.clone(),
            before: Exact::from_micros(before.0),
            after: Exact::from_micros(after.0),
            monthly_before_minor: monthly(line)?,
            monthly_after_minor: monthly(&line.with_price(day, after))?,
        })
    }
}

/// Makes the price event of a rise.
pub async fn raise(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    line: &Line,
    day: Day,
    rise: &Rise,
) -> Result<uuid::Uuid, Fault> {
    refuse_overlap(line, "price", day)?;
    let new = NewPrice {
        effective_on: day,
        unit_price: micro(rise.after),
    };
    uplift_price(app, who.org, Some(who.person), tx, line.id, new).await
}
