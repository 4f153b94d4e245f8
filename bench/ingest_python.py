"""Pages of invoices into SQLite with nothing but `json` and `sqlite3`: the same tables, the same
comparison by content hash, a transaction a page, twice over.
"""

import glob
import hashlib
import json
import os
import sqlite3
import sys
import time
import uuid

ORG, CONNECTION = uuid.uuid4().bytes, uuid.uuid4().bytes
INVOICE = (
    "org_id id connection_id external_id number reference contact_external_id contact_name "
    "status issued_on due_on currency currency_rate subtotal_minor tax_minor total_minor "
    "paid_minor credited_minor due_minor fully_paid_on vendor_updated_at search_key "
    "content_hash seen_run"
).split()
LINE = (
    "org_id invoice_id line_no description item_code quantity unit_price net_minor tax_minor "
    "tax_type account_code"
).split()
KEPT = ("org_id", "id", "connection_id", "external_id")


def marks(columns):
    return f"({', '.join(columns)}) values ({', '.join('?' for _ in columns)})"


UPSERT = (
    f"insert into invoice {marks(INVOICE)} on conflict (org_id, connection_id, external_id) "
    "do update set "
    + ", ".join(f"{name} = excluded.{name}" for name in INVOICE if name not in KEPT)
)
ADD_LINE = f"insert into invoice_line {marks(LINE)}"


def cents(number):
    return round(number * 100)


def millionths(number):
    return round(number * 1_000_000)


def day(moment):
    seconds = int(moment[6:19]) // 1000
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))


def row_of(invoice):
    number, name = invoice["InvoiceNumber"], invoice["Contact"]["Name"]
    reference = invoice["Reference"]
    row = [
        number,
        reference,
        invoice["Contact"]["ContactID"],
        name,
        invoice["Status"],
        day(invoice["Date"]),
        day(invoice["DueDate"]),
        invoice["CurrencyCode"],
        millionths(invoice["CurrencyRate"]),
        cents(invoice["SubTotal"]),
        cents(invoice["TotalTax"]),
        cents(invoice["Total"]),
        cents(invoice["AmountPaid"]),
        cents(invoice["AmountCredited"]),
        cents(invoice["AmountDue"]),
        day(invoice["FullyPaidOnDate"]),
        int(invoice["UpdatedDateUTC"][6:19]) * 1000,
        f"{number} {name} {reference}".lower(),
    ]
    lines = [
        [
            place,
            line["Description"],
            line["ItemCode"],
            millionths(line["Quantity"]),
            millionths(line["UnitAmount"]),
            cents(line["LineAmount"]),
            cents(line["TaxAmount"]),
            line["TaxType"],
            line["AccountCode"],
        ]
        for place, line in enumerate(invoice["LineItems"], 1)
    ]
    return invoice["InvoiceID"], row, lines


def write(db, invoices, run):
    records = [row_of(invoice) for invoice in invoices if invoice["Type"] == "ACCREC"]
    known = {
        external: (row_id, content)
        for external, row_id, content in db.execute(
            "select external_id, id, content_hash from invoice "
            "where org_id = ? and connection_id = ? "
            "and external_id in (select value from json_each(?))",
            (ORG, CONNECTION, json.dumps([record[0] for record in records])),
        )
    }
    rows, parts, gone, same = [], [], [], []
    for external, row, lines in records:
        content = hashlib.sha256(repr((row, lines)).encode()).digest()
        row_id, before = known.get(external, (None, None))
        if before == content:
            same.append((run, ORG, CONNECTION, external))
            continue
        if row_id is None:
            row_id = uuid.uuid4().bytes
        else:
            gone.append((ORG, row_id))
        rows.append([ORG, row_id, CONNECTION, external, *row, content, run])
        parts.extend([ORG, row_id, *line] for line in lines)
    db.execute("begin immediate")
    db.executemany("delete from invoice_line where org_id = ? and invoice_id = ?", gone)
    db.executemany(UPSERT, rows)
    db.executemany(ADD_LINE, parts)
    db.executemany(
        "update invoice set seen_run = ? "
        "where org_id = ? and connection_id = ? and external_id = ?",
        same,
    )
    db.execute("commit")


def make(path):
    for end in ("", "-wal", "-shm"):
        if os.path.exists(path + end):
            os.remove(path + end)
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript("pragma journal_mode = wal; pragma synchronous = full;")
    db.execute("pragma foreign_keys = on")
    for file in sorted(glob.glob("migrations/sqlite/*.sql")):
        with open(file, encoding="utf-8") as script:
            db.executescript(script.read())
    db.execute(
        "insert into organization values (?, 'x', 'x', 'GBP', 'UTC', '{}', '{}', 1, 0)", (ORG,)
    )
    db.execute(
        "insert into connection (org_id, id, vendor, name, state, settings, connected_at) "
        "values (?, ?, 'xero', 'Xero', 'connected', '{}', 0)",
        (ORG, CONNECTION),
    )
    return db


def read(db, folder):
    run = uuid.uuid4().bytes
    started = time.perf_counter()
    for file in sorted(glob.glob(f"{folder}/page-*.json")):
        with open(file, "rb") as page:
            write(db, json.load(page)["Invoices"], run)
    return time.perf_counter() - started


def main(path, folder):
    db = make(path)
    first, again = read(db, folder), read(db, folder)
    invoices = db.execute("select count(*) from invoice").fetchone()[0]
    lines, net = db.execute("select count(*), sum(net_minor) from invoice_line").fetchone()
    said = {
        "seconds": first,
        "answer": {"invoices": invoices, "lines": lines, "net_minor": net},
        "per_second": round(invoices / first),
        "unchanged_per_second": round(invoices / again),
    }
    print(json.dumps(said))


main(*sys.argv[1:])
