//! What applying a finding costs or gives, for each moment it can start to count.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::charge::{Charge, PricePer};
use crate::coverage::{ChargeKind, Key};
use crate::explanation::{Explanation, Meaning, Op, Operand, Reasoning, Rule, SourceRow};
use crate::fraction::Fraction;
use crate::id::Id;
use crate::micro::Micro;
use crate::money::{Currency, LedgerForm, Money, MoneyError};
use crate::period::{Period, Schedule, Tile};
use crate::policy::Policy;
use crate::proration::{ShareError, share};

/// From when a finding's correction counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplyWhen {
    /// Right from the next period; nothing now.
    NextPeriod,
    /// Right from today: the rest of what is already invoiced.
    FromNow,
    /// Right from the evidenced date.
    BillBack,
    /// Right from the next period, with the waiver of the past recorded on its coverage.
    WaivePast,
}

impl ApplyWhen {
    pub const ALL: [ApplyWhen; 4] = [
        ApplyWhen::NextPeriod,
        ApplyWhen::FromNow,
        ApplyWhen::BillBack,
        ApplyWhen::WaivePast,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            ApplyWhen::NextPeriod => "next_period",
            ApplyWhen::FromNow => "from_now",
            ApplyWhen::BillBack => "bill_back",
            ApplyWhen::WaivePast => "waive_past",
        }
    }

    pub fn parse(word: &str) -> Option<ApplyWhen> {
        ApplyWhen::ALL
            .into_iter()
            .find(|when| when.as_str() == word)
    }
}

/// A quantity that is missing (positive) or too many (negative) on a contract line.
#[derive(Clone, Debug)]
pub struct Shortfall {
    pub quantity: Micro,
    pub unit_price: Micro,
    pub price_per: PricePer,
    pub currency: Currency,
    pub schedule: Schedule,
    /// The evidenced date.
    pub since: NaiveDate,
    /// Nothing earlier is owed.
    pub bill_from: NaiveDate,
    /// The first day not yet invoiced on this line.
    pub invoiced_until: NaiveDate,
    pub today: NaiveDate,
}

/// One option: what joins the next draft, period by period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplyAmount {
    pub when: ApplyWhen,
    pub now: Money,
    /// Each invoiced period concerned, with its share and its amount rounded once.
    pub parts: Vec<ApplyPart>,
    /// Invoiced periods whose coverage records the waiver.
    pub waived: Vec<Period>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplyPart {
    pub period: Period,
    pub share: Fraction,
    pub amount: Money,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    #[error(transparent)]
    Money(#[from] MoneyError),
    #[error(transparent)]
    Share(#[from] ShareError),
}

/// The four options, in [`ApplyWhen::ALL`]'s order, each with its amount.
pub fn apply_amounts(
    shortfall: &Shortfall,
    policy: &Policy,
) -> Result<Vec<ApplyAmount>, ApplyError> {
    let none = Money::zero(shortfall.currency);
    let back = parts_from(shortfall, shortfall.since.max(shortfall.bill_from), policy)?;
    let waived = back.iter().map(|part| part.period).collect();
    let now = parts_from(shortfall, shortfall.today.max(shortfall.bill_from), policy)?;
    let option = |when, parts: Vec<ApplyPart>| -> Result<ApplyAmount, ApplyError> {
        let now = Money::sum(shortfall.currency, parts.iter().map(|p| p.amount))?;
        Ok(ApplyAmount {
            when,
            now,
            parts,
            waived: Vec::new(),
        })
    };
    Ok(vec![
        option(ApplyWhen::NextPeriod, Vec::new())?,
        option(ApplyWhen::FromNow, now)?,
        option(ApplyWhen::BillBack, back)?,
        ApplyAmount {
            when: ApplyWhen::WaivePast,
            now: none,
            parts: Vec::new(),
            waived,
        },
    ])
}

/// What one option puts on the next draft: a line for each period concerned, with its
/// explanation. `rows` are the finding and its evidence.
pub fn apply_charges(
    line: Id,
    shortfall: &Shortfall,
    when: ApplyWhen,
    policy: &Policy,
    rows: &[SourceRow],
) -> Result<Vec<Charge>, ApplyError> {
    let options = apply_amounts(shortfall, policy)?;
    let chosen = options.into_iter().find(|option| option.when == when);
    let parts = chosen.map(|option| option.parts).unwrap_or_default();
    parts
        .iter()
        .map(|part| bill_back(line, shortfall, part, policy, rows))
        .collect()
}

fn bill_back(
    line: Id,
    shortfall: &Shortfall,
    part: &ApplyPart,
    policy: &Policy,
    rows: &[SourceRow],
) -> Result<Charge, ApplyError> {
    let Shortfall {
        quantity,
        unit_price,
        ..
    } = *shortfall;
    let explanation = billed_back(quantity, unit_price, part, policy, rows)?;
    Ok(Charge {
        line,
        coverage: Key {
            period_start: part.period.start(),
            kind: ChargeKind::BillBack,
        },
        period: part.period,
        quantity,
        unit_price,
        share: part.share,
        net: part.amount,
        form: LedgerForm::of(part.amount, quantity, unit_price, part.share)?,
        on_its_own: false,
        count: None,
        explanation,
    })
}

/// Why one period's part is its amount. `quantity` is negative where too much was invoiced.
///
/// # Errors
/// [`MoneyError`] when it is more than can be stored.
pub fn billed_back(
    quantity: Micro,
    unit_price: Micro,
    part: &ApplyPart,
    policy: &Policy,
    rows: &[SourceRow],
) -> Result<Explanation, MoneyError> {
    let mut reasoning = Reasoning::default();
    let operands = vec![
        Operand::micro(quantity),
        Operand::micro(unit_price),
        Operand::Number(part.share),
    ];
    let value = reasoning.step(Meaning::Value, Op::Multiply, operands)?;
    let currency = part.amount.currency;
    total(&mut reasoning, value, currency, policy)?;
    Ok(reasoning.explained(Rule::BillBack, policy, currency, rows.to_vec(), Vec::new()))
}

/// Why a distributor's charge is its amount: it stands so on the bill.
///
/// # Errors
/// [`MoneyError`] when it is more than can be stored.
pub fn passed_on(
    amount: Money,
    policy: &Policy,
    rows: &[SourceRow],
) -> Result<Explanation, MoneyError> {
    let mut reasoning = Reasoning::default();
    let value = reasoning.given(Meaning::Value, amount.major())?;
    total(&mut reasoning, value, amount.currency, policy)?;
    let currency = amount.currency;
    Ok(reasoning.explained(Rule::OneOff, policy, currency, rows.to_vec(), Vec::new()))
}

fn total(
    reasoning: &mut Reasoning,
    value: Operand,
    currency: Currency,
    policy: &Policy,
) -> Result<(), MoneyError> {
    let rounding = policy.rounding;
    let op = Op::RoundMoney { currency, rounding };
    reasoning.step(Meaning::Total, op, vec![value])?;
    Ok(())
}

/// The amounts from `from` to the end of what has been invoiced, one per period.
fn parts_from(
    shortfall: &Shortfall,
    from: NaiveDate,
    policy: &Policy,
) -> Result<Vec<ApplyPart>, ApplyError> {
    let mut parts = Vec::new();
    let tiles = shortfall.schedule.tiles(from, shortfall.invoiced_until);
    for tile in tiles {
        if let Some(part) = part_of(shortfall, &tile, from, policy)? {
            parts.push(part);
        }
    }
    Ok(parts)
}

fn part_of(
    shortfall: &Shortfall,
    tile: &Tile,
    from: NaiveDate,
    policy: &Policy,
) -> Result<Option<ApplyPart>, ApplyError> {
    let open = Period::new(
        tile.service.start(),
        tile.service.end().min(shortfall.invoiced_until),
    );
    let Some(period) = open.ok().and_then(|open| open.from_day(from)) else {
        return Ok(None);
    };
    let share = share(tile, period, shortfall.price_per, policy.basis)?;
    let amount = crate::money::line_total(
        shortfall.quantity,
        shortfall.unit_price,
        share,
        shortfall.currency,
        policy.rounding,
    )?;
    Ok(Some(ApplyPart {
        period,
        share,
        amount,
    }))
}
