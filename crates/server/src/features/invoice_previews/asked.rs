//! The question, in words that `money.md` has for it.

use std::collections::BTreeMap;

use billing::{
    Currency, Micro, Money, Period, Policy,
    charge::{Change, Event, History, PricePer, Terms},
    period::{Cycle, Timing, add_months},
    policy::{Basis, ChangeDay, Decreases, Increases, PriceChange, Rounding, TaxRounding},
    quantity::{Counting, QuantityRule, QuantitySource, Reading},
};
use chrono::{Datelike as _, Days, NaiveDate, TimeDelta};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Agreed, place};
use crate::fault::Fault;

/// More than an invoice has.
const MOST_LINES: usize = 5_000;
/// More months than lie between the dates that are taken.
const MOST_PERIODS: i64 = 12 * 250;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InvoicePreviewQuestion)]
pub struct Asked {
    /// ISO 4217.
    currency: String,
    #[serde(default)]
    policy: PolicyAsked,
    lines: Vec<LineAsked>,
    #[serde(default)]
    events: Vec<EventAsked>,
    #[serde(default)]
    readings: Vec<ReadingAsked>,
    period: PeriodAsked,
}

/// Choices about money; what is left out is the standard one.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = InvoicePreviewPolicy)]
struct PolicyAsked {
    /// actual_days | thirty_days | whole_months | none
    #[schema(value_type = String)]
    basis: Basis,
    /// included | excluded
    #[schema(value_type = String)]
    change_day: ChangeDay,
    /// next_invoice | own_invoice
    #[schema(value_type = String)]
    increases: Increases,
    /// credit | next_period | not_allowed
    #[schema(value_type = String)]
    decreases: Decreases,
    /// next_period | immediately
    #[schema(value_type = String)]
    price_change: PriceChange,
    /// half_up | half_down | half_even
    #[schema(value_type = String)]
    rounding: Rounding,
    /// line | document
    #[schema(value_type = String)]
    tax_rounding: TaxRounding,
    /// The day of a month by which usage of a past period is complete; 15 unless said, 0 at once.
    #[schema(value_type = Option<i64>)]
    settle_day: Option<u8>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InvoicePreviewLineAsked)]
struct LineAsked {
    /// The caller's own name for it.
    key: String,
    /// At the line's start; of a line with readings, what stands before the first.
    #[schema(value_type = String)]
    quantity: Micro,
    #[schema(value_type = String)]
    unit_price: Micro,
    /// month | term
    #[schema(value_type = String)]
    price_per: PricePer,
    /// once | weekly | monthly | quarterly | half_yearly | annual | two_yearly | three_yearly
    #[schema(value_type = String)]
    cycle: Cycle,
    /// advance | arrears
    #[schema(value_type = String)]
    timing: Timing,
    #[schema(value_type = String)]
    start: NaiveDate,
    /// The first day without it.
    #[schema(value_type = Option<String>)]
    end: Option<NaiveDate>,
    /// A share: 0.2 for 20 per cent.
    #[schema(value_type = String)]
    tax_rate: Micro,
    /// Units that stand in the price.
    #[schema(value_type = Option<String>)]
    included: Option<Micro>,
    /// The least that is billed.
    #[schema(value_type = Option<String>)]
    minimum: Option<Micro>,
    /// The least that a period of the line comes to, before tax.
    #[schema(value_type = Option<String>)]
    minimum_spend: Option<Micro>,
}

/// A change of a line's quantity.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InvoicePreviewEvent)]
struct EventAsked {
    #[schema(value_type = String)]
    on: NaiveDate,
    /// The key of a line.
    line: String,
    /// How many more, or fewer with a minus.
    #[schema(value_type = String)]
    change: Micro,
}

/// A day's count of a line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InvoicePreviewReading)]
struct ReadingAsked {
    /// The key of a line.
    line: String,
    #[schema(value_type = String)]
    on: NaiveDate,
    #[schema(value_type = String)]
    value: Micro,
}

/// Half open: the end is the first day that is no longer in it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InvoicePreviewPeriod)]
struct PeriodAsked {
    #[schema(value_type = String)]
    start: NaiveDate,
    #[schema(value_type = String)]
    end: NaiveDate,
}

impl Asked {
    pub(super) fn currency(&self) -> Result<Currency, Fault> {
        let currency = self.currency.parse::<Currency>();
        currency.map_err(|error| Fault::field("currency", error.to_string()))
    }

    pub(super) fn period(&self) -> Result<Period, Fault> {
        let PeriodAsked { start, end } = self.period;
        let period = Period::new(start, end);
        let period = period.map_err(|error| Fault::field("period", error.to_string()))?;
        check_year("period", start)?;
        check_year("period", end)?;
        if period.days() > 366 * 3 {
            return Err(Fault::field("period", "ask about at most three years"));
        }
        Ok(period)
    }

    pub(super) fn policy(&self) -> Result<Policy, Fault> {
        let asked = &self.policy;
        let standard = Policy::default();
        let settle_day = asked.settle_day.unwrap_or(standard.settle_day);
        if settle_day > 31 {
            return Err(Fault::field(
                "policy",
                "settle_day is a day of a month, or 0",
            ));
        }
        Ok(Policy {
            name: "preview".to_owned(),
            basis: asked.basis,
            change_day: asked.change_day,
            increases: asked.increases,
            decreases: asked.decreases,
            price_change: asked.price_change,
            rounding: asked.rounding,
            tax_rounding: asked.tax_rounding,
            settle_day,
            ..standard
        })
    }

    /// The lines with what happened to each.
    pub(super) fn agreed(self, currency: Currency, period: Period) -> Result<Vec<Agreed>, Fault> {
        if self.lines.len() > MOST_LINES {
            return Err(Fault::field("lines", "ask about at most 5,000 lines"));
        }
        let mut places = BTreeMap::new();
        for (at, line) in self.lines.iter().enumerate() {
            if places.insert(line.key.clone(), at).is_some() {
                let said = format!("two lines have the key {}", line.key);
                return Err(Fault::field("lines", said));
            }
        }
        let mut histories: Vec<History> = vec![History::default(); self.lines.len()];
        for event in self.events {
            check_year("events", event.on)?;
            let history = of_line(&mut histories, &places, "events", &event.line)?;
            history.events.push(Event {
                row: None,
                on: event.on,
                change: Change::Add(event.change),
                seen_at: None,
                is_billed: false,
            });
        }
        for reading in self.readings {
            check_year("readings", reading.on)?;
            let history = of_line(&mut histories, &places, "readings", &reading.line)?;
            history.readings.push(reading.counted());
        }
        let lines = self.lines.into_iter().zip(histories).enumerate();
        lines
            .map(|(at, (line, history))| line.agreed(place(at), currency, period, history))
            .collect()
    }
}

/// Dates that people mean; others make periods without end.
fn check_year(field: &str, day: NaiveDate) -> Result<(), Fault> {
    if (1970..=2200).contains(&day.year()) {
        Ok(())
    } else {
        Err(Fault::field(
            field,
            format!("{day} is not between 1970 and 2200"),
        ))
    }
}

fn of_line<'h>(
    histories: &'h mut [History],
    places: &BTreeMap<String, usize>,
    field: &str,
    key: &str,
) -> Result<&'h mut History, Fault> {
    let known = places.get(key).and_then(|at| histories.get_mut(*at));
    known.ok_or_else(|| Fault::field(field, format!("there is no line with the key {key}")))
}

impl ReadingAsked {
    /// A caller's number is right as it stands, a zero too.
    fn counted(&self) -> Reading {
        Reading {
            on: self.on,
            value: self.value,
            state: billing::quantity::CountState::Confirmed,
            taken_at: None,
            row: None,
            units: Vec::new(),
        }
    }
}

impl LineAsked {
    fn agreed(
        self,
        id: billing::Id,
        currency: Currency,
        period: Period,
        mut history: History,
    ) -> Result<Agreed, Fault> {
        self.check()?;
        let rule = self.rule(&mut history);
        let minimum_spend = self.minimum_spend.map(|least| self.money(least, currency));
        Ok(Agreed {
            terms: Terms {
                line: id,
                item: None,
                currency,
                unit_price: self.unit_price,
                price_steps: Vec::new(),
                price_per: self.price_per,
                cycle: self.cycle,
                cycle_steps: Vec::new(),
                timing: self.timing,
                anchor: self.anchor(period),
                start: self.start,
                end: self.end,
                bill_from: self.start,
                rule,
                minimum_spend: minimum_spend.transpose()?,
                discount: None,
                trial_until: None,
                is_committed: false,
            },
            history,
            tax_rate: self.tax_rate,
            key: self.key,
        })
    }

    fn check(&self) -> Result<(), Fault> {
        let wrong = |said: &str| Err(Fault::field("lines", format!("line {}: {said}", self.key)));
        check_year("lines", self.start)?;
        if let Some(end) = self.end {
            check_year("lines", end)?;
            if end <= self.start {
                return wrong("its end is not after its start; an end is the first day without it");
            }
        }
        if self.tax_rate.is_negative() || self.tax_rate > Micro::ONE {
            return wrong("tax_rate is a share between 0 and 1: 0.2 for 20 per cent");
        }
        let never_negative = [Some(self.quantity), self.included, self.minimum];
        if never_negative.into_iter().flatten().any(Micro::is_negative) {
            return wrong("quantities are not negative");
        }
        Ok(())
    }

    /// A line with readings is metered by its last day; every other has its quantity and its events.
    fn rule(&self, history: &mut History) -> QuantityRule {
        let rule = if history.readings.is_empty() {
            QuantityRule::fixed(self.quantity)
        } else {
            if self.quantity.is_positive() {
                history.readings.push(self.before_any());
            }
            QuantityRule::of(QuantitySource::Meter {
                counting: Counting::LastDay,
            })
        };
        QuantityRule {
            included: self.included.unwrap_or_default(),
            minimum: self.minimum,
            ..rule
        }
    }

    fn before_any(&self) -> Reading {
        let before = self.start.checked_sub_days(Days::new(1));
        let first = ReadingAsked {
            line: String::new(),
            on: before.unwrap_or(self.start),
            value: self.quantity,
        };
        first.counted()
    }

    /// Periods are counted from the line's start, unless the period asked about is one of the line's
    /// own: then they go with it, and a line that starts inside one has a part of it.
    fn anchor(&self, period: Period) -> NaiveDate {
        let (start, end) = (period.start(), period.end());
        if self.cycle == Cycle::Weekly && period.days() == 7 {
            let weeks = (self.start - start).num_days().div_euclid(7);
            return start + TimeDelta::weeks(weeks);
        }
        let Some(months) = self.cycle.months().map(i64::from) else {
            return self.start;
        };
        // Of 28 February to 31 March the anchor is the 31st.
        let day = start.day().max(end.day());
        if add_months(start, months, day) != end {
            return self.start;
        }
        let is_anchor = |anchor: &NaiveDate| *anchor <= self.start && anchor.day() == day;
        (0..MOST_PERIODS)
            .map(|periods| add_months(end, -periods * months, day))
            .find(is_anchor)
            .unwrap_or(self.start)
    }

    fn money(&self, amount: Micro, currency: Currency) -> Result<Money, Fault> {
        let minor = i128::from(amount.0) * i128::from(currency.minor_per_major());
        let unit = i128::from(Micro::ONE.0);
        let whole = i64::try_from(minor / unit)
            .ok()
            .filter(|_| minor % unit == 0);
        let whole = whole.filter(|minor| *minor >= 0);
        whole
            .map(|minor| Money::new(minor, currency))
            .ok_or_else(|| {
                let said = format!(
                    "line {}: minimum_spend is no amount of {currency}",
                    self.key
                );
                Fault::field("lines", said)
            })
    }
}
