"""The sums, outer join and classification of the pure pass in DuckDB: in memory, two threads.

Reads the rows that `examples/reconcile write` made. The clock runs over the statements alone,
which leave what our pass leaves: the numbers per client and item, and the findings.
"""

import json
import sys
import time

import duckdb

TABLES = {
    "day": "service_date date, bill_from date, this_month date",
    "item": "item integer, unit_price bigint",
    "product": "product integer, item integer",
    "line": "client integer, item integer, quantity bigint, unit_price bigint",
    "subscription": "client integer, product integer, quantity bigint, cost bigint, "
    "term_months integer, is_trial boolean, starts_on date, ends_on date, "
    "previous_cost bigint, cost_changed_on date",
    "ledger": "client integer, item integer, quantity bigint, dated_on date, paid bigint, "
    "total bigint",
}

# Millionths times millionths to cents, and the paid share of a quantity; half away from zero.
MACROS = """
create macro cents(product) as (product + 5_000_000_000) // 10_000_000_000;
create macro paid_quantity(quantity, paid, total) as case
  when total = 0 or paid = total then quantity
  else sign(quantity) * ((2 * abs(quantity) * paid + total) // (2 * total)) end;
"""

SUMS = """
create table bought_product as
select client, product, item, sum(quantity)::bigint as bought,
  sum(quantity * cost)::bigint as cost,
  coalesce(sum(quantity * (cost - previous_cost)) filter (
    cost > previous_cost and cost_changed_on between service_date - 60 and service_date
  ), 0)::bigint as rise
from subscription join product using (product), day
where term_months is not null and not is_trial and starts_on <= service_date
  and (ends_on is null or service_date < ends_on)
group by all;

create table bought as
select client, item, sum(bought)::bigint as bought, sum(cost)::bigint as cost,
  sum(rise)::bigint as rise
from bought_product group by all;

create table invoiced as
select client, item,
  (sum(quantity) filter (is_now))::bigint as invoiced,
  (sum(paid_quantity(quantity, paid, total)) filter (is_now))::bigint as paid,
  count(*) filter (is_now and quantity >= 0) as documents_now,
  count(*) filter (not is_now and quantity >= 0) as documents_before
from (
  select *, dated_on >= this_month as is_now from ledger, day
  where item is not null and dated_on >= bill_from
)
group by all;

create table numbers as
select client, item, bought, quantity as contracted, invoiced, paid, unit_price, cost, rise,
  coalesce(documents_now, 0) as documents_now, coalesce(documents_before, 0) as documents_before
from line full join bought using (client, item) full join invoiced using (client, item)
where bought is not null or quantity is not null or invoiced is not null;
"""

# A month's cost of what is contracted less what it is sold for, in 72nds as months divide.
LOST = "(cost::hugeint * 72 * contracted // bought - unit_price::hugeint * contracted * 72)"

FINDINGS = f"""
create table finding as
with own as materialized (select * from numbers where client <> 0 and contracted is not null)
select 'quantity_gap' as kind, client, item, cents((bought - contracted) * unit_price) as impact
from own where bought > contracted
union all
select 'invoice_short', client, item, cents((contracted - invoiced) * unit_price)
from own where contracted > invoiced
union all
select 'over_billed', client, item, cents((invoiced - contracted) * unit_price)
from own where invoiced > contracted
union all
select 'below_cost', client, item,
  ((2 * {LOST} + 720_000_000_000) // 1_440_000_000_000)::bigint
from own where bought > 0 and contracted > 0 and {LOST} > 0
union all
select 'cost_rise', client, item, cents(rise)
from own where rise > 0 and not (contracted > 0 and {LOST} > 0)
union all
select 'skipped_period', client, item, cents(contracted * unit_price)
from own where documents_now = 0 and contracted > 0
union all
select 'skipped_period', client, item, cents(contracted * unit_price)
from own where documents_before = 0 and contracted > 0
union all
select 'unbilled_product', client, item, cents(bought * item.unit_price)
from bought_product anti join line using (client, item) join item using (item)
where client <> 0 and bought > 0;
"""

SUM = "coalesce(sum({}), 0)::bigint"


def main(folder):
    db = duckdb.connect(":memory:", config={"threads": 2})
    for table, columns in TABLES.items():
        db.execute(f"create table {table} ({columns})")
        db.execute(f"copy {table} from '{folder}/{table}.csv' (header)")
    db.execute(MACROS)
    started = time.perf_counter()
    db.execute(SUMS)
    db.execute(FINDINGS)
    seconds = time.perf_counter() - started
    sums = ", ".join(SUM.format(name) for name in ("bought", "contracted", "invoiced", "paid"))
    rows, *sums = db.execute(f"select count(*), {sums} from numbers").fetchone()
    kinds = db.execute(
        f"select kind, count(*), {SUM.format('impact')} from finding group by kind order by kind"
    ).fetchall()
    findings = {kind: [count, cents] for kind, count, cents in kinds}
    answer = {"rows": rows, "sums": sums, "findings": findings}
    print(json.dumps({"seconds": seconds, "answer": answer}))


main(sys.argv[1])
