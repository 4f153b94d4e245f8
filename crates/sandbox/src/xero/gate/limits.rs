//! The vendor's limits, on simulated time: five calls at once, sixty in any minute and some
//! thousands a day for each organisation, and a minute limit for the application as a whole.

use std::collections::{HashMap, VecDeque};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::xero::state::Limits;

const MINUTE: TimeDelta = TimeDelta::minutes(1);
const DAY: TimeDelta = TimeDelta::days(1);

#[derive(Debug)]
pub struct Meters {
    limits: Option<Limits>,
    tenants: HashMap<Uuid, Meter>,
    app: VecDeque<DateTime<Utc>>,
}

#[derive(Debug, Default)]
struct Meter {
    under_way: u32,
    minute: VecDeque<DateTime<Utc>>,
    day_began: Option<DateTime<Utc>>,
    in_day: u32,
}

/// What is left, to be printed on the reply.
#[derive(Debug)]
pub struct Pass {
    left: Option<Left>,
}

#[derive(Debug)]
struct Left {
    day: u32,
    minute: u32,
    app: u32,
}

/// A call too many.
#[derive(Debug)]
pub struct Refused {
    problem: &'static str,
    retry_after: Option<TimeDelta>,
    left: Left,
}

impl Meters {
    pub fn new(limits: Option<Limits>) -> Self {
        Self {
            limits,
            tenants: HashMap::new(),
            app: VecDeque::new(),
        }
    }

    /// Counts a call in. Whoever was let in must [`Meters::leave`].
    pub fn enter(&mut self, tenant: Uuid, now: DateTime<Utc>) -> Result<Pass, Refused> {
        let Some(limits) = self.limits else {
            return Ok(Pass { left: None });
        };
        let meter = self.tenants.entry(tenant).or_default();
        forget(&mut meter.minute, now);
        forget(&mut self.app, now);
        if meter.day_began.is_none_or(|began| began + DAY <= now) {
            meter.day_began = Some(now);
            meter.in_day = 0;
        }
        let refusal = meter.refusal(&limits, &self.app, now);
        if refusal.is_none() {
            meter.under_way += 1;
            meter.in_day += 1;
            meter.minute.push_back(now);
            self.app.push_back(now);
        }
        let left = Left {
            day: limits.per_day.saturating_sub(meter.in_day),
            minute: limits.per_minute.saturating_sub(length(&meter.minute)),
            app: limits.app_per_minute.saturating_sub(length(&self.app)),
        };
        match refusal {
            None => Ok(Pass { left: Some(left) }),
            Some((problem, retry_after)) => Err(Refused {
                problem,
                retry_after,
                left,
            }),
        }
    }

    pub fn leave(&mut self, tenant: Uuid) {
        if let Some(meter) = self.tenants.get_mut(&tenant) {
            meter.under_way = meter.under_way.saturating_sub(1);
        }
    }
}

impl Meter {
    /// Which limit the next call would break, and when it would not.
    fn refusal(
        &self,
        limits: &Limits,
        app: &VecDeque<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Option<(&'static str, Option<TimeDelta>)> {
        if self.in_day >= limits.per_day {
            let began = self.day_began.unwrap_or(now);
            return Some(("day", Some(began + DAY - now)));
        }
        if length(&self.minute) >= limits.per_minute {
            let oldest = self.minute.front().copied().unwrap_or(now);
            return Some(("minute", Some(oldest + MINUTE - now)));
        }
        if length(app) >= limits.app_per_minute {
            let oldest = app.front().copied().unwrap_or(now);
            return Some(("appminute", Some(oldest + MINUTE - now)));
        }
        (self.under_way >= limits.at_once).then_some(("concurrent", None))
    }
}

fn forget(calls: &mut VecDeque<DateTime<Utc>>, now: DateTime<Utc>) {
    while calls.front().is_some_and(|call| *call + MINUTE <= now) {
        calls.pop_front();
    }
}

fn length(calls: &VecDeque<DateTime<Utc>>) -> u32 {
    u32::try_from(calls.len()).unwrap_or(u32::MAX)
}

impl Pass {
    pub fn write(&self, headers: &mut HeaderMap) {
        if let Some(left) = &self.left {
            left.write(headers);
        }
    }
}

impl Left {
    fn write(&self, headers: &mut HeaderMap) {
        headers.insert("x-daylimit-remaining", HeaderValue::from(self.day));
        headers.insert("x-minlimit-remaining", HeaderValue::from(self.minute));
        headers.insert("x-appminlimit-remaining", HeaderValue::from(self.app));
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = StatusCode::TOO_MANY_REQUESTS.into_response();
        let headers = response.headers_mut();
        self.left.write(headers);
        headers.insert(
            "x-rate-limit-problem",
            HeaderValue::from_static(self.problem),
        );
        if let Some(wait) = self.retry_after {
            // Rounded up: a client that waits so long is let in.
            let seconds = (wait + TimeDelta::milliseconds(999)).num_seconds().max(1);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn the_sixty_first_call_waits_until_the_first_is_a_minute_old() {
        let mut meters = Meters::new(Some(Limits::default()));
        let tenant = Uuid::nil();
        for call in 0..60 {
            meters.enter(tenant, second(call / 2)).unwrap();
            meters.leave(tenant);
        }
        let refused = meters.enter(tenant, second(30)).unwrap_err();
        assert_eq!(
            (refused.problem, refused.retry_after),
            ("minute", Some(TimeDelta::seconds(30)))
        );
        assert!(meters.enter(tenant, second(60)).is_ok());
    }

    #[test]
    fn the_sixth_call_at_once_is_refused_without_a_time() {
        let mut meters = Meters::new(Some(Limits::default()));
        for _ in 0..5 {
            meters.enter(Uuid::nil(), second(0)).unwrap();
        }
        let refused = meters.enter(Uuid::nil(), second(0)).unwrap_err();
        assert_eq!((refused.problem, refused.retry_after), ("concurrent", None));
        assert!(meters.enter(Uuid::max(), second(0)).is_ok());
        meters.leave(Uuid::nil());
        assert!(meters.enter(Uuid::nil(), second(0)).is_ok());
    }

    #[test]
    fn the_day_ends_a_day_after_its_first_call() {
        let limits = Limits {
            per_day: 2,
            ..Limits::default()
        };
        let mut meters = Meters::new(Some(limits));
        for at in [0, 100] {
            meters.enter(Uuid::nil(), second(at)).unwrap();
            meters.leave(Uuid::nil());
        }
        let refused = meters.enter(Uuid::nil(), second(86_000)).unwrap_err();
        assert_eq!(
            (refused.problem, refused.retry_after),
            ("day", Some(TimeDelta::seconds(400)))
        );
        assert!(meters.enter(Uuid::nil(), second(86_400)).is_ok());
    }
}
