//! Calls made to vendors' accounts, and pauses they asked for. No tenant's rows: two organizations
//! may share one vendor account.

use chrono::TimeDelta;
use vendors::http::Quota;

use crate::db::{At, DbError, Tx, sql};

pub struct Account<'q> {
    vendor: &'static str,
    tenant: &'q str,
}

impl<'q> Account<'q> {
    pub fn of(quota: &'q Quota) -> Self {
        Self {
            vendor: quota.vendor.code(),
            tenant: &quota.tenant,
        }
    }
}

#[derive(sqlx::FromRow)]
pub struct Paused {
    pub blocked_until: At,
    pub blocked_by: String,
}

/// No vendor asks for a longer pause than until its next day. One that ends later was noted by a
/// clock that ran ahead, and is not believed.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(25);

/// Calls so little ahead are those of a machine whose clock differs a bit; calls beyond were
/// counted by a clock that has been set back since.
const SKEW: TimeDelta = TimeDelta::minutes(1);

pub async fn paused(
    tx: &mut Tx,
    account: &Account<'_>,
    now: At,
) -> Result<Option<Paused>, DbError> {
    sql("select blocked_until, blocked_by from vendor_budget \
         where vendor = $1 and tenant = $2 and blocked_until > $3 and blocked_until <= $4")
    .bind(account.vendor)
    .bind(account.tenant)
    .bind(now)
    .bind(now + LONGEST_PAUSE)
    .optional(tx)
    .await
}

/// A pause is only ever made longer.
pub async fn pause(
    tx: &mut Tx,
    account: &Account<'_>,
    until: At,
    why: &str,
    now: At,
) -> Result<(), DbError> {
    sql(
        "insert into vendor_budget (vendor, tenant, blocked_until, blocked_by) \
         values ($1, $2, $3, $4) \
         on conflict (vendor, tenant) do update set \
         blocked_until = excluded.blocked_until, blocked_by = excluded.blocked_by \
         where vendor_budget.blocked_until < excluded.blocked_until \
           or vendor_budget.blocked_until > $5",
    )
    .bind(account.vendor)
    .bind(account.tenant)
    .bind(until)
    .bind(why)
    .bind(now + LONGEST_PAUSE)
    .run(tx)
    .await?;
    Ok(())
}

/// How many calls were made after an instant.
pub async fn since(tx: &mut Tx, account: &Account<'_>, after: At, now: At) -> Result<i64, DbError> {
    sql(
        "select cast(coalesce(sum(calls), 0) as bigint) from vendor_call \
         where vendor = $1 and tenant = $2 and at > $3 and at <= $4",
    )
    .bind(account.vendor)
    .bind(account.tenant)
    .bind(after)
    .bind(now + SKEW)
    .value(tx)
    .await
}

pub async fn oldest_since(
    tx: &mut Tx,
    account: &Account<'_>,
    after: At,
    now: At,
) -> Result<Vec<(At, i64)>, DbError> {
    sql("select at, calls from vendor_call \
         where vendor = $1 and tenant = $2 and at > $3 and at <= $4 order by at")
    .bind(account.vendor)
    .bind(account.tenant)
    .bind(after)
    .bind(now + SKEW)
    .all(tx)
    .await
}

/// How many calls are under way.
pub async fn open(tx: &mut Tx, account: &Account<'_>, now: At) -> Result<i64, DbError> {
    sql("select count(*) from vendor_call \
         where vendor = $1 and tenant = $2 and open_until > $3 and at <= $4")
    .bind(account.vendor)
    .bind(account.tenant)
    .bind(now)
    .bind(now + SKEW)
    .value(tx)
    .await
}

pub async fn insert(
    tx: &mut Tx,
    account: &Account<'_>,
    id: i64,
    at: At,
    calls: i64,
    open_until: Option<At>,
) -> Result<(), DbError> {
    sql(
        "insert into vendor_call (vendor, tenant, id, at, calls, open_until) \
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(account.vendor)
    .bind(account.tenant)
    .bind(id)
    .bind(at)
    .bind(calls)
    .bind(open_until)
    .run(tx)
    .await?;
    Ok(())
}

/// The call has ended: it counts from now on, because the vendor counted it somewhere in between.
pub async fn end(tx: &mut Tx, account: &Account<'_>, id: i64, now: At) -> Result<(), DbError> {
    sql("update vendor_call set open_until = null, at = $4 \
         where vendor = $1 and tenant = $2 and id = $3")
    .bind(account.vendor)
    .bind(account.tenant)
    .bind(id)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn forget(tx: &mut Tx, account: &Account<'_>, until: At) -> Result<(), DbError> {
    sql("delete from vendor_call where vendor = $1 and tenant = $2 and at <= $3")
        .bind(account.vendor)
        .bind(account.tenant)
        .bind(until)
        .run(tx)
        .await?;
    Ok(())
}
