//! The reference of reconciling from stored state: sqlx alone reads the same rows, decodes them
//! and lets them go.

use std::time::{Duration, Instant};

use anyhow::Result;
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use sqlx::{PgPool, SqlitePool, postgres::PgPoolOptions, sqlite::SqlitePoolOptions};
use uuid::Uuid;

use crate::{
    place::{self, peak_bytes},
    said,
};

type Text = String;
type Maybe = Option<String>;
type Client = (Uuid, Text, bool);
type Item = (Uuid, Text, Text, i64, Option<i64>, Maybe);
type Linked = (Uuid, Text, Text, Option<Uuid>, bool);
type Line = (
    Uuid,
    Uuid,
    Uuid,
    Text,
    i64,
    Text,
    Text,
    Text,
    Text,
    Text,
    Text,
    Text,
    Maybe,
    Text,
);
type Followed = (Uuid, Text, Maybe);
type Subscription = (
    Uuid,
    Uuid,
    Text,
    Text,
    Text,
    i64,
    i64,
    i64,
    Text,
    Text,
    Text,
    Text,
    Maybe,
    Option<i64>,
    Maybe,
);
type Event = (Uuid, i64, i64);
type Invoiced = (Uuid, i64, Uuid, Text, Maybe, i64, i64, Text, Text, i64, i64);

const CLIENTS: &str = "select id, currency, own_use from client where org_id = $1 order by id";
const ITEMS: &str = "select id, code, currency, unit_price, unit_cost, meter from catalog_item \
    where org_id = $1 order by id";
const COMPANIES: &str = "select company.connection_id, company.external_id, company.name, \
      link.client_id, link.state = 'ignored' \
    from vendor_company company join client_link link on link.org_id = company.org_id \
      and link.connection_id = company.connection_id and link.external_id = company.external_id \
    where company.org_id = $1 order by company.connection_id, company.external_id";
const LINES: &str = "select line.id, contract.client_id, line.catalog_item_id, \
      contract.currency, line.unit_price, line.price_per, line.priced_on, line.cycle, \
      line.timing, line.quantity_rule, line.anchor_on, line.starts_on, line.ends_on, \
      contract.bill_from \
    from contract_line line \
    join contract on contract.org_id = line.org_id and contract.id = line.contract_id \
    where line.org_id = $1 and contract.status = 'active' order by line.id";
const FOLLOWED: &str = "select line_id, subscription_external_id, counts_from \
    from line_subscription where org_id = $1 order by line_id, subscription_external_id";
const SUBSCRIPTIONS: &str = "select id, connection_id, external_id, company_external_id, \
      product_external_id, quantity, unit_price, unit_cost, currency, status, billing_term, \
      starts_on, ends_on, previous_unit_cost, cost_changed_on \
    from subscription where org_id = $1 and removed_at is null order by id";
const EVENTS: &str = "select subscription_id, happened_at, quantity from subscription_event \
    where org_id = $1 order by subscription_id, happened_at";
const INVOICED: &str = "select line.invoice_id, line.line_no, invoice.connection_id, \
      invoice.contact_external_id, line.item_code, line.quantity, line.net_minor, \
      invoice.currency, invoice.issued_on, invoice.paid_minor, invoice.total_minor \
    from invoice \
    join invoice_line line on line.org_id = invoice.org_id and line.invoice_id = invoice.id \
    where invoice.org_id = $1 and invoice.removed_at is null \
      and invoice.status in ('AUTHORISED', 'PAID') and line.item_code is not null";

macro_rules! reads {
    ($name:ident, $pool:ty, $($row:ty: $text:expr;)*) => {
        async fn $name(pool: &$pool, org: Uuid) -> Result<u64> {
            let mut count = 0;
            $(
                let mut rows = sqlx::query_as::<_, $row>($text).bind(org).fetch(pool);
                while let Some(row) = rows.try_next().await? {
                    std::hint::black_box(row);
                    count += 1;
                }
            )*
            Ok(count)
        }
    };
    ($($name:ident $pool:ty),*) => {
        $(reads! {
            $name, $pool,
            Client: CLIENTS;
            Item: ITEMS;
            Linked: COMPANIES;
            Line: LINES;
            Followed: FOLLOWED;
            Subscription: SUBSCRIPTIONS;
            Event: EVENTS;
            Invoiced: INVOICED;
        })*
    };
}

reads!(read_sqlite SqlitePool, read_postgres PgPool);

pub async fn everything(url: &str) -> Result<Value> {
    let place = place::open(url).await?;
    let org = place.org.0;
    place.app.db.close().await;
    let (took, rows) = if url.starts_with("sqlite:") {
        let pool = SqlitePoolOptions::new().connect(url).await?;
        for _ in 0..place::WARM_UP {
            read_sqlite(&pool, org).await?;
        }
        timed(read_sqlite(&pool, org)).await?
    } else {
        let pool = PgPoolOptions::new().connect(url).await?;
        for _ in 0..place::WARM_UP {
            read_postgres(&pool, org).await?;
        }
        timed(read_postgres(&pool, org)).await?
    };
    Ok(said(
        took,
        json!({ "rows": rows, "peak_bytes": peak_bytes()? }),
    ))
}

async fn timed(work: impl Future<Output = Result<u64>>) -> Result<(Duration, u64)> {
    let started = Instant::now();
    let rows = work.await?;
    Ok((started.elapsed(), rows))
}
