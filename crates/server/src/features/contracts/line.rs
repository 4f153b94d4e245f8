//! A contract line as agreed, with all that happened to it since, as `billing` wants it.

use billing::{
    Currency, Fraction, Id, Micro, Money,
    charge::{Change, Event, PricePer, PriceStep, Terms},
    money::line_total,
    period::{Cycle, Schedule, ScheduleError, Timing},
    policy::Rounding,
    quantity::QuantitySource,
};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{StoredRule, Word, input::micro};
use crate::{
    db::{
        At, CatalogItemId, ClientId, ContractId, ContractLineId, Day, Exact, FindingId, PersonId,
    },
    fault::Fault,
};

/// What a line says. Never edited once its contract is active: see [`LineEvent`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct LineTerms {
    pub reference: String,
    pub catalog_item_id: CatalogItemId,
    pub description: String,
    /// At the line's start.
    pub unit_price: Exact,
    #[sqlx(try_from = "String")]
    pub price_per: Word<PricePer>,
    #[sqlx(try_from = "String")]
    pub cycle: Word<Cycle>,
    #[sqlx(try_from = "String")]
    pub timing: Word<Timing>,
    #[sqlx(rename = "quantity_rule", try_from = "String")]
    pub rule: StoredRule,
    pub tax_type: String,
    pub account_code: String,
    pub starts_on: Day,
    /// The first day without it.
    pub ends_on: Option<Day>,
    pub anchor_on: Day,
    /// The vendor's ids of the subscriptions it has followed from their own start, sorted.
    #[sqlx(skip)]
    pub subscriptions: Vec<String>,
}

/// A subscription that a line takes its quantity from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct Followed {
    #[serde(skip)]
    pub line_id: ContractLineId,
    /// The vendor's id.
    pub subscription_external_id: String,
    /// It counts from this day; from its own start when null.
    pub counts_from: Option<Day>,
}

/// Something that was changed about a line, and from when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct LineEvent {
    pub id: Uuid,
    #[serde(skip)]
    pub line_id: ContractLineId,
    pub effective_on: Day,
    /// quantity | price | subscription | ended
    pub kind: String,
    /// Of a quantity or price.
    pub before_value: Option<Exact>,
    pub after_value: Option<Exact>,
    pub subscription_external_id: Option<String>,
    /// next_period | from_now | bill_back | waive_past, where a finding was applied; uplift, where
    /// a rise was agreed ahead.
    pub applied_as: Option<String>,
    pub finding_id: Option<FindingId>,
    pub person_id: Option<PersonId>,
    pub recorded_at: At,
    pub undone_at: Option<At>,
}

/// A line with its contract's frame and its history.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: ContractLineId,
    pub contract_id: ContractId,
    pub contract_reference: String,
    pub contract_status: String,
    pub client_id: ClientId,
    pub currency: String,
    pub bill_from: Day,
    pub item_code: String,
    pub item_name: String,
    pub position: i64,
    pub terms: LineTerms,
    pub follows: Vec<Followed>,
    /// Oldest effect first; undone ones too.
    pub events: Vec<LineEvent>,
    /// On the day last looked at: see [`super::measure_organization`].
    pub quantity_now: Option<Exact>,
    pub monthly_minor: Option<i64>,
    pub version: i64,
}

impl Line {
    /// What happened and still holds.
    pub fn live_events(&self) -> impl DoubleEndedIterator<Item = &LineEvent> {
        self.events.iter().filter(|event| event.undone_at.is_none())
    }

    pub fn is_fixed(&self) -> bool {
        matches!(self.terms.rule.rule.source, QuantitySource::Fixed { .. })
    }

    /// The source's quantity of a fixed line on a day: what was agreed, then the last change.
    pub fn fixed_quantity_on(&self, day: Day) -> Option<Micro> {
        let QuantitySource::Fixed { quantity } = self.terms.rule.rule.source else {
            return None;
        };
        Some(self.last_value("quantity", day).unwrap_or(quantity))
    }

    pub fn price_on(&self, day: Day) -> Micro {
        self.last_value("price", day)
            .unwrap_or_else(|| micro(self.terms.unit_price))
    }

    fn last_value(&self, kind: &str, day: Day) -> Option<Micro> {
        let event = self
            .live_events()
            .rev()
            .find(|event| event.kind == kind && event.effective_on <= day)?;
        event.after_value.map(micro)
    }

    /// The day the price last rose, if it ever did.
    pub fn price_raised_on(&self, today: Day) -> Option<Day> {
        self.live_events()
            .rev()
            .filter(|event| event.kind == "price" && event.effective_on <= today)
            .find(|event| event.after_value > event.before_value)
            .map(|event| event.effective_on)
    }

    /// The line as it would be with another price from a day on.
    #[must_use]
    pub fn with_price(&self, day: Day, price: Micro) -> Self {
        let mut line = self.clone();
        let at = line
            .events
            .partition_point(|event| event.effective_on <= day);
        let event = LineEvent {
            id: Uuid::nil(),
            line_id: self.id,
            effective_on: day,
            kind: "price".to_owned(),
            before_value: None,
            after_value: Some(Exact::from_micros(price.0)),
            subscription_external_id: None,
            applied_as: None,
            finding_id: None,
            person_id: None,
            recorded_at: At(chrono::DateTime::UNIX_EPOCH),
            undone_at: None,
        };
        line.events.insert(at, event);
        line
    }

    pub fn is_running(&self, day: Day) -> bool {
        self.terms.starts_on <= day && self.terms.ends_on.is_none_or(|end| day < end)
    }

    pub fn currency(&self) -> Result<Currency, Fault> {
        self.currency.parse().map_err(Fault::internal)
    }

    /// How the line's time is cut into periods.
    pub fn schedule(&self) -> Result<Schedule, ScheduleError> {
        Schedule::new(
            self.terms.cycle.0,
            self.terms.anchor_on.0,
            self.terms.starts_on.0,
            self.terms.ends_on.map(|day| day.0),
        )
    }

    /// The line as the rules of charging want it.
    pub fn billing_terms(&self) -> Result<Terms, Fault> {
        let price_steps = self
            .live_events()
            .filter(|event| event.kind == "price")
            .filter_map(|event| {
                Some(PriceStep {
                    from: event.effective_on.0,
                    unit_price: micro(event.after_value?),
                    is_late: event.recorded_at.0.date_naive() > event.effective_on.0,
                })
            })
            .collect();
        Ok(Terms {
            line: billing_id(self.id.0),
            item: Some(billing_id(self.terms.catalog_item_id.0)),
            currency: self.currency()?,
            unit_price: micro(self.terms.unit_price),
            price_steps: one_per_day(price_steps),
            price_per: self.terms.price_per.0,
            cycle: self.terms.cycle.0,
            cycle_steps: Vec::new(),
            timing: self.terms.timing.0,
            anchor: self.terms.anchor_on.0,
            start: self.terms.starts_on.0,
            end: self.terms.ends_on.map(|day| day.0),
            bill_from: self.bill_from.0,
            rule: self.terms.rule.rule.clone(),
            minimum_spend: None,
            discount: None,
            trial_until: None,
            is_committed: false,
        })
    }

    /// The changes of a fixed line's quantity, as events.
    pub fn quantity_events(&self) -> Vec<Event> {
        self.live_events()
            .filter(|event| event.kind == "quantity")
            .filter_map(|event| {
                Some(Event {
                    row: Some(billing_id(event.id)),
                    on: event.effective_on.0,
                    change: Change::Set(micro(event.after_value?)),
                    seen_at: Some(event.recorded_at.0),
                    is_billed: false,
                })
            })
            .collect()
    }

    /// What `quantity` of it is worth a month on a day; nothing for what does not recur or does
    /// not run.
    pub fn monthly_value(&self, quantity: Micro, day: Day) -> Result<Money, Fault> {
        let currency = self.currency()?;
        let months = self.terms.cycle.0.months();
        let share = match (self.terms.cycle.0, self.terms.price_per.0) {
            (Cycle::Once, _) => return Ok(Money::zero(currency)),
            _ if !self.is_running(day) => return Ok(Money::zero(currency)),
            (Cycle::Weekly, _) => Fraction::new(52, 12).unwrap_or(Fraction::ONE),
            (_, PricePer::Month) => Fraction::ONE,
            (_, PricePer::Term) => {
                Fraction::new(1, i128::from(months.unwrap_or(1))).unwrap_or(Fraction::ONE)
            }
        };
        let price = self.price_on(day);
        line_total(quantity, price, share, currency, Rounding::HalfUp).map_err(Fault::internal)
    }
}

/// Two prices that start on one day: the one agreed last holds.
fn one_per_day(steps: Vec<PriceStep>) -> Vec<PriceStep> {
    let mut kept: Vec<PriceStep> = Vec::with_capacity(steps.len());
    for step in steps {
        kept.retain(|earlier| earlier.from != step.from);
        kept.push(step);
    }
    kept
}

/// A stored row's id as the rules carry it.
pub fn billing_id(id: Uuid) -> Id {
    Id(id.as_u128())
}

/// The line of a billing id.
pub fn line_id(id: Id) -> ContractLineId {
    ContractLineId(Uuid::from_u128(id.0))
}

/// The first period start on or after `day`: where *next period* begins.
pub fn next_period_start(line: &Line, day: NaiveDate) -> Result<Option<NaiveDate>, Fault> {
    let schedule = line.schedule().map_err(Fault::internal)?;
    if day <= schedule.start() {
        return Ok(Some(schedule.start()));
    }
    let Some(tile) = schedule.tile_at(day) else {
        return Ok(None);
    };
    if tile.service.start() == day {
        return Ok(Some(day));
    }
    Ok(schedule.next(&tile).map(|next| next.service.start()))
}
