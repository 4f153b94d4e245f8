//! Recurring work, each run once however many processes look.

use std::{future::Future, pin::Pin};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    app::App,
    db::{At, Tx, sql},
    fault::Fault,
};

/// How often, in business time.
#[derive(Debug, Clone, Copy)]
pub enum Every {
    Minutes(u32),
    /// Once a day, from this hour (UTC) on.
    DayAt(u32),
}

pub type Enqueue = for<'a> fn(&'a App, &'a mut Tx) -> Enqueued<'a>;

/// What a schedule does when it is due.
pub type Enqueued<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;

/// One line of the table in `jobs.rs`.
pub struct Schedule {
    pub name: &'static str,
    pub every: Every,
    pub enqueue: Enqueue,
}

/// Enqueues what is due. Whoever moves `last_run_at` first runs it.
pub async fn tick(app: &App, schedules: &[Schedule]) -> Result<(), Fault> {
    for schedule in schedules {
        let mut tx = app.db.write_global().await?;
        let now = app.now();
        let last: Option<(At,)> = sql("select last_run_at from schedule where name = $1")
            .bind(schedule.name)
            .optional(&mut tx)
            .await?;
        if last.is_some_and(|(last,)| !is_due(schedule.every, last.0, now.0)) {
            continue;
        }
        let moved = sql("insert into schedule (name, last_run_at) values ($1, $2) \
             on conflict (name) do update set last_run_at = excluded.last_run_at \
             where schedule.last_run_at = $3")
        .bind(schedule.name)
        .bind(now)
        .bind(last.map(|(last,)| last))
        .run(&mut tx)
        .await?;
        if moved == 1 {
            (schedule.enqueue)(app, &mut tx).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

fn is_due(every: Every, last: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    match every {
        // A clock that was set back must not silence a schedule for long.
        Every::Minutes(minutes) => {
            let period = TimeDelta::minutes(i64::from(minutes));
            now - last >= period || last - now > period
        }
        Every::DayAt(hour) => {
            let shift = TimeDelta::hours(i64::from(hour));
            (now - shift).date_naive() != (last - shift).date_naive()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_daily_schedule_runs_once_after_its_hour() {
        let every = Every::DayAt(5);
        assert!(!is_due(
            every,
            at("2026-11-12T05:10:00Z"),
            at("2026-11-13T04:59:00Z")
        ));
        assert!(is_due(
            every,
            at("2026-11-12T05:10:00Z"),
            at("2026-11-13T05:00:00Z")
        ));
    }

    #[test]
    fn a_clock_set_back_by_a_year_does_not_silence_a_schedule() {
        let every = Every::Minutes(60);
        assert!(is_due(
            every,
            at("2027-11-12T05:10:00Z"),
            at("2026-11-12T05:10:00Z")
        ));
        assert!(!is_due(
            every,
            at("2026-11-12T05:10:00Z"),
            at("2026-11-12T05:09:00Z")
        ));
    }
}
