//! Months, and what is counted for them.

mod packs;

pub use packs::{
    PackRow, Packed, acts, content, coverage, credit_notes, fail_pack, findings, insert_pack,
    invoices, keep_pack, pack, packs,
};

use super::Sum;
use crate::db::{At, Day, DbError, OrgId, PersonId, Tx, sql};

#[derive(sqlx::FromRow)]
pub struct MonthRow {
    pub state: String,
    pub note: String,
    pub acknowledged: String,
    pub closed_by: PersonId,
    pub closed_by_name: Option<String>,
    pub closed_at: At,
    pub reason: Option<String>,
    pub version: i64,
}

pub async fn month(tx: &mut Tx, org: OrgId, month: Day) -> Result<Option<MonthRow>, DbError> {
    sql(
        "select month_end.state, month_end.note, month_end.acknowledged, month_end.closed_by, \
           coalesce(nullif(person.name, ''), person.email) as closed_by_name, \
           month_end.closed_at, month_end.reason, month_end.version \
         from month_end left join person on person.id = month_end.closed_by \
         where month_end.org_id = $1 and month_end.month_on = $2",
    )
    .bind(org)
    .bind(month)
    .optional(tx)
    .await
}

pub async fn states(tx: &mut Tx, org: OrgId) -> Result<Vec<(Day, String)>, DbError> {
    sql("select month_on, state from month_end where org_id = $1 order by month_on desc")
        .bind(org)
        .all(tx)
        .await
}

pub struct NewClose<'a> {
    pub month_on: Day,
    pub note: &'a str,
    pub acknowledged: &'a str,
    pub by: PersonId,
    pub at: At,
}

pub async fn close(tx: &mut Tx, org: OrgId, new: &NewClose<'_>) -> Result<(), DbError> {
    sql(
        "insert into month_end (org_id, month_on, state, note, acknowledged, closed_by, closed_at) \
         values ($1, $2, 'closed', $3, $4, $5, $6) \
         on conflict (org_id, month_on) do update set state = 'closed', note = $3, \
           acknowledged = $4, closed_by = $5, closed_at = $6, reason = null, \
           version = month_end.version + 1",
    )
    .bind(org)
    .bind(new.month_on)
    .bind(new.note)
    .bind(new.acknowledged)
    .bind(new.by)
    .bind(new.at)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn reopen(tx: &mut Tx, org: OrgId, month: Day, reason: &str) -> Result<(), DbError> {
    sql(
        "update month_end set state = 'reopened', reason = $3, version = version + 1 \
         where org_id = $1 and month_on = $2",
    )
    .bind(org)
    .bind(month)
    .bind(reason)
    .run_one(tx)
    .await
}

/// Things of one sort that are open, in one currency.
#[derive(sqlx::FromRow)]
pub struct OpenRow {
    pub key: String,
    pub currency: String,
    pub count: i64,
    pub minor: i64,
}

pub async fn open_findings(tx: &mut Tx, org: OrgId, end: Day) -> Result<Vec<OpenRow>, DbError> {
    sql("select kind as key, currency, count(*) as count, \
           cast(sum(impact_minor) as bigint) as minor from finding \
         where org_id = $1 and state in ('open', 'reviewed') and first_seen_on < $2 \
         group by kind, currency order by kind, currency")
    .bind(org)
    .bind(end)
    .all(tx)
    .await
}

pub async fn open_drafts(tx: &mut Tx, org: OrgId, end: Day) -> Result<Vec<OpenRow>, DbError> {
    sql("select status as key, currency, count(*) as count, \
           cast(sum(total_minor) as bigint) as minor from generated_invoice \
         where org_id = $1 and status in ('draft', 'approved', 'posting') and issued_on < $2 \
         group by status, currency order by status, currency")
    .bind(org)
    .bind(end)
    .all(tx)
    .await
}

pub async fn open_credits(tx: &mut Tx, org: OrgId, end: Day) -> Result<Vec<OpenRow>, DbError> {
    sql("select 'credits' as key, currency, count(*) as count, \
           cast(sum(total_minor) as bigint) as minor from generated_credit_note \
         where org_id = $1 and status in ('draft', 'approved', 'posting') and issued_on < $2 \
         group by currency order by currency")
    .bind(org)
    .bind(end)
    .all(tx)
    .await
}

pub async fn waiting_one_offs(tx: &mut Tx, org: OrgId) -> Result<Vec<OpenRow>, DbError> {
    sql("select 'one_offs' as key, currency, count(*) as count, \
           cast(sum(net_minor) as bigint) as minor from one_off \
         where org_id = $1 and state = 'waiting' group by currency order by currency")
    .bind(org)
    .all(tx)
    .await
}

pub async fn broken_sources(tx: &mut Tx, org: OrgId) -> Result<i64, DbError> {
    sql("select count(*) from connection where org_id = $1 and state = 'needs_attention'")
        .bind(org)
        .value(tx)
        .await
}

/// What was invoiced from a day until before another, before tax.
pub async fn invoiced(
    tx: &mut Tx,
    org: OrgId,
    (from, until): (Day, Day),
) -> Result<Vec<Sum>, DbError> {
    sql(
        "select currency, cast(sum(net_minor) as bigint) as minor from generated_invoice \
         where org_id = $1 and status in ('posted', 'part_paid', 'paid') \
           and issued_on >= $2 and issued_on < $3 group by currency order by currency",
    )
    .bind(org)
    .bind(from)
    .bind(until)
    .all(tx)
    .await
}

pub async fn credited(
    tx: &mut Tx,
    org: OrgId,
    (from, until): (Day, Day),
) -> Result<Vec<Sum>, DbError> {
    sql(
        "select currency, cast(sum(net_minor) as bigint) as minor from generated_credit_note \
         where org_id = $1 and status in ('posted', 'allocated') \
           and issued_on >= $2 and issued_on < $3 group by currency order by currency",
    )
    .bind(org)
    .bind(from)
    .bind(until)
    .all(tx)
    .await
}

pub async fn mrr(tx: &mut Tx, org: OrgId, month: Day) -> Result<Vec<Sum>, DbError> {
    sql("select currency, mrr_minor as minor from mrr_month \
         where org_id = $1 and month_on = $2 order by currency")
    .bind(org)
    .bind(month)
    .all(tx)
    .await
}

pub async fn organization(tx: &mut Tx, org: OrgId) -> Result<String, DbError> {
    sql("select name from organization where id = $1")
        .bind(org)
        .value(tx)
        .await
}
