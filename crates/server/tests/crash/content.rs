//! What an installation holds at the end, without what is only ours: ids and times.

use std::collections::BTreeMap;

use crate::{
    db::{OrgId, sql, sql_owned},
    house::House,
};

pub type Content = BTreeMap<&'static str, Vec<String>>;

/// What the vendors said: a row is its id there and the hash of everything else.
const RECORDS: [&str; 7] = [
    "vendor_company",
    "vendor_product",
    "subscription",
    "vendor_bill",
    "tax_rate",
    "ledger_account",
    "ledger_item",
];

/// What else there is: a name, the columns that make a row, where they come from.
const ROWS: [(&str, &str, &str); 31] = [
    // Of an invoice of ours the ledger's id depends on which was posted first; its number does not.
    (
        "payment",
        "i.number, t.credit_note_external_id, t.paid_on, t.amount_minor, t.status",
        "payment t left join invoice i on i.org_id = t.org_id \
         and i.external_id = t.invoice_external_id where t.removed_at is null",
    ),
    (
        "credit_note",
        "t.number, t.contact_external_id, t.status, t.issued_on, t.currency, t.total_minor, \
        t.remaining_minor, t.lines",
        "credit_note t where t.removed_at is null",
    ),
    (
        "device",
        "t.external_id, t.company_external_id, t.name, t.meter",
        "device t where t.removed_at is null",
    ),
    (
        "invoice",
        "t.number, t.contact_external_id, t.status, t.issued_on, t.due_on, \
        t.subtotal_minor, t.tax_minor, t.total_minor, t.paid_minor, t.due_minor",
        "invoice t where t.removed_at is null",
    ),
    (
        "subscription_event",
        "s.external_id, t.happened_at, t.quantity, t.unit_cost, t.status",
        "subscription_event t join subscription s on s.org_id = t.org_id and s.id = t.subscription_id",
    ),
    (
        "vendor_bill_line",
        "b.external_id, t.line_no, t.external_id, t.quantity, t.cost_total_minor",
        "vendor_bill_line t join vendor_bill b on b.org_id = t.org_id and b.id = t.bill_id",
    ),
    (
        "invoice_line",
        "i.number, t.line_no, t.description, t.quantity, t.net_minor",
        "invoice_line t join invoice i on i.org_id = t.org_id and i.id = t.invoice_id",
    ),
    (
        "snapshot_count",
        "t.company_external_id, t.meter, t.count",
        "snapshot_count t join snapshot s on s.org_id = t.org_id and s.id = t.snapshot_id \
         and s.taken_at = (select max(taken_at) from snapshot where org_id = t.org_id)",
    ),
    (
        "connection",
        "t.vendor, t.name, t.state, t.problem, t.account_ref",
        "connection t",
    ),
    (
        "client",
        "t.reference, t.name, t.currency, case when t.own_use then 1 else 0 end, t.status",
        "client t",
    ),
    (
        "client_link",
        "t.external_id, t.state, t.score, t.reason, c.reference",
        "client_link t left join client c on c.org_id = t.org_id and c.id = t.client_id",
    ),
    (
        "catalog_item",
        "t.code, t.name, t.unit_price, t.unit_cost, t.meter, t.status",
        "catalog_item t",
    ),
    (
        "catalog_link",
        "t.external_id, t.state, t.score, t.reason, i.code",
        "catalog_link t left join catalog_item i on i.org_id = t.org_id and i.id = t.catalog_item_id",
    ),
    (
        "contract",
        "t.reference, c.reference, t.name, t.status, t.starts_on, t.ends_on, t.bill_from",
        "contract t join client c on c.org_id = t.org_id and c.id = t.client_id",
    ),
    (
        "contract_line",
        "c.reference, t.position, t.description, t.unit_price, t.starts_on, \
        t.ends_on, t.quantity_now, t.monthly_minor",
        "contract_line t join contract c on c.org_id = t.org_id and c.id = t.contract_id",
    ),
    (
        "line_subscription",
        "l.description, t.subscription_external_id, t.counts_from",
        "line_subscription t join contract_line l on l.org_id = t.org_id and l.id = t.line_id",
    ),
    (
        "contract_event",
        "c.reference, l.position, t.effective_on, t.kind, t.before_value, \
        t.after_value, t.subscription_external_id, t.applied_as, \
        case when t.undone_at is null then 'stands' else 'undone' end",
        "contract_event t join contract_line l on l.org_id = t.org_id and l.id = t.line_id \
         join contract c on c.org_id = l.org_id and c.id = l.contract_id",
    ),
    (
        "coverage",
        "c.reference, l.position, t.starts_on, t.ends_on, t.charge_kind, t.state, \
        t.reason, g.number",
        "coverage t join contract_line l on l.org_id = t.org_id and l.id = t.line_id \
         join contract c on c.org_id = l.org_id and c.id = l.contract_id \
         left join generated_invoice g on g.org_id = t.org_id and g.id = t.generated_invoice_id",
    ),
    (
        "reconciliation_row",
        "c.reference, i.code, t.service_on, t.bought, t.assigned, t.deployed, \
        t.contracted, t.invoiced, t.paid, t.variance",
        "reconciliation_row t join client c on c.org_id = t.org_id and c.id = t.client_id \
         join catalog_item i on i.org_id = t.org_id and i.id = t.catalog_item_id",
    ),
    (
        "finding",
        "t.kind, t.subject, t.title, t.side, t.state, t.impact_minor, t.currency, \
        t.one_off_minor, t.accepted_impact_minor",
        "finding t",
    ),
    (
        "finding_event",
        "f.kind, f.subject, t.kind",
        "finding_event t join finding f on f.org_id = t.org_id and f.id = t.finding_id \
         and t.kind in ('applied', 'undone')",
    ),
    (
        "one_off",
        "c.reference, t.description, t.quantity, t.net_minor, t.currency, t.starts_on, \
        t.state, g.number",
        "one_off t join client c on c.org_id = t.org_id and c.id = t.client_id \
         left join generated_invoice g on g.org_id = t.org_id and g.id = t.generated_invoice_id",
    ),
    (
        "number_series",
        "t.name, t.prefix, t.next",
        "number_series t",
    ),
    (
        "generated_invoice",
        "t.number, c.reference, t.currency, t.status, t.issued_on, t.due_on, \
        t.reference, t.net_minor, t.tax_minor, t.total_minor, t.post_state, t.post_attempt, \
        i.number, t.ledger_status, t.problem",
        "generated_invoice t join client c on c.org_id = t.org_id and c.id = t.client_id \
         left join invoice i on i.org_id = t.org_id and i.external_id = t.ledger_external_id",
    ),
    (
        "generated_line",
        "g.number, c.reference, t.position, t.description, t.quantity, \
        t.unit_price, t.net_minor, t.tax_minor, t.charge_kind, t.starts_on, t.ends_on",
        "generated_line t join generated_invoice g on g.org_id = t.org_id \
         and g.id = t.generated_invoice_id \
         join client c on c.org_id = g.org_id and c.id = g.client_id",
    ),
    (
        "generated_credit_note",
        "t.number, c.reference, g.number, t.currency, t.status, t.issued_on, t.reason, \
        t.net_minor, t.tax_minor, t.total_minor, t.allocated_minor, t.post_state, \
        t.post_attempt, t.ledger_status, t.problem",
        "generated_credit_note t join client c on c.org_id = t.org_id and c.id = t.client_id \
         left join generated_invoice g on g.org_id = t.org_id and g.id = t.generated_invoice_id",
    ),
    (
        "generated_credit_line",
        "n.number, t.position, t.description, t.quantity, t.unit_price, t.net_minor, t.tax_minor",
        "generated_credit_line t join generated_credit_note n on n.org_id = t.org_id \
         and n.id = t.credit_note_id",
    ),
    (
        "generated_payment",
        "g.number, t.account_name, t.paid_on, t.amount_minor, t.reference, t.state, t.problem",
        "generated_payment t join generated_invoice g on g.org_id = t.org_id \
         and g.id = t.generated_invoice_id",
    ),
    (
        "audit",
        "t.action, t.subject_kind",
        "audit t where t.action not like 'connection.%'",
    ),
    (
        "dead jobs",
        "t.kind, t.last_error",
        "job t where t.state <> 'done'",
    ),
    (
        "webhooks not processed",
        "t.vendor",
        "inbound_webhook t where t.processed_at is null",
    ),
];

/// What was seen on the way and is no more: how often depends on when it was looked.
const ON_THE_WAY: [(&str, &str); 6] = [
    ("finding", " | closed | "),
    ("audit", "sync."),
    // A sync while the setup is told may know a client before its owner says which record it is.
    ("audit", "client_link.committed"),
    // A sync between two steps of posting sees an invoice that is still a draft in the ledger.
    ("audit", "draft.ledger_changed"),
    ("audit", "credit_note.ledger_changed"),
    // Counts that came between making a draft and the last look at it.
    ("audit", "draft.recounted"),
];

/// What is stored, and which invoices the ledger made under the numbers of our series.
pub async fn content(house: &House) -> Content {
    let database = house.database().await;
    let mut tx = database.read_global().await.unwrap();
    let org: OrgId = sql("select id from organization")
        .value(&mut tx)
        .await
        .unwrap();
    drop(tx);
    let mut tx = database.read(org).await.unwrap();
    let mut content = Content::new();
    for table in RECORDS {
        let text = format!(
            "select external_id, content_hash from {table} \
             where org_id = $1 and removed_at is null"
        );
        let rows: Vec<(String, Vec<u8>)> = sql_owned(text).bind(org).all(&mut tx).await.unwrap();
        let rows = rows
            .into_iter()
            .map(|(id, hash)| format!("{id} {}", hex::encode(hash)));
        content.insert(table, rows.collect());
    }
    for (name, columns, from) in ROWS {
        let columns: Vec<String> = split(columns)
            .map(|column| format!("coalesce(cast({column} as text), '-')"))
            .collect();
        let mark = if from.contains(" where ") {
            "and"
        } else {
            "where"
        };
        let text = format!(
            "select {} from {from} {mark} t.org_id = $1",
            columns.join(" || ' | ' || ")
        );
        let rows: Vec<String> = sql_owned(text).bind(org).values(&mut tx).await.unwrap();
        content.insert(name, rows.iter().map(|row| without_ids(row)).collect());
    }
    drop(tx);
    database.close().await;
    for (name, way) in ON_THE_WAY {
        let rows = content.get_mut(name).unwrap();
        rows.retain(|row| !row.contains(way));
    }
    content.insert("ledger", ledger(house, &content));
    content.insert("given and taken", given_and_taken(house));
    for rows in content.values_mut() {
        rows.sort();
    }
    content
}

/// A row whose words are no ids of ours.
fn without_ids(row: &str) -> String {
    let words = row.split(' ').filter(|word| !word.starts_with("fin_"));
    words.collect::<Vec<_>>().join(" ")
}

fn split(columns: &str) -> impl Iterator<Item = &str> {
    columns.split(", ").map(str::trim)
}

/// Invoices in the ledger under numbers of our series.
fn ledger(house: &House, content: &Content) -> Vec<String> {
    let numbers: Vec<&str> = content["generated_invoice"]
        .iter()
        .filter_map(|row| row.split(" | ").next())
        .collect();
    let uses = house.sandbox.control.ledger().into_iter();
    uses.filter(|one| numbers.contains(&one.number.as_str()))
        .map(|one| {
            assert_eq!(one.created, 1, "{} was created more than once", one.number);
            let currency = one.currency;
            format!(
                "{} {} {} {currency:?}",
                one.number, one.status, one.total_minor
            )
        })
        .collect()
}

/// Credit notes and payments in the ledger that carry numbers of our series.
fn given_and_taken(house: &House) -> Vec<String> {
    let control = &house.sandbox.control;
    let credits = control.credits().into_iter().map(|one| {
        format!(
            "{} {} {} set against invoices {} times with {}",
            one.number, one.status, one.total_minor, one.allocations, one.allocated_minor
        )
    });
    let payments = control.payments().into_iter();
    let payments = payments.map(|one| format!("{} of {}", one.reference, one.amount_minor));
    let own = |text: &String| text.starts_with("B1-");
    credits.chain(payments).filter(own).collect()
}

/// Panics with rows of which one side has more.
pub fn assert_same(reached: &Content, wanted: &Content, how: &str) {
    let mut differences = Vec::new();
    for (name, wanted) in wanted {
        let (more, missing) = (
            without(&reached[name], wanted),
            without(wanted, &reached[name]),
        );
        if !more.is_empty() || !missing.is_empty() {
            differences.push(format!("{name}: only here {more:#?}, missing {missing:#?}"));
        }
    }
    assert!(differences.is_empty(), "{how}: {}", differences.join("\n"));
}

/// Some of the rows of one list that another lacks, as often as it lacks them.
fn without(rows: &[String], others: &[String]) -> Vec<String> {
    let mut left = others.to_vec();
    let mut more = rows.to_vec();
    more.retain(|row| match left.iter().position(|other| other == row) {
        Some(place) => {
            left.swap_remove(place);
            false
        }
        None => true,
    });
    more.truncate(8);
    more
}

/// What must hold of any end, disturbed or not.
pub fn assert_sound(content: &Content) {
    assert_eq!(content["dead jobs"], Vec::<String>::new());
    assert_eq!(content["webhooks not processed"], Vec::<String>::new());
    let posted: Vec<&String> = content["generated_invoice"]
        .iter()
        .filter(|row| row.contains(" | posted | ") || row.contains(" | part_paid | "))
        .collect();
    assert!(posted.len() > 5, "{posted:#?}");
    // One credit note, one payment, each once.
    let own = &content["given and taken"];
    assert_eq!(own.len(), 2, "{own:#?}");
    assert!(own.iter().any(|row| row.contains(" 1 times ")), "{own:#?}");
    assert_eq!(posted.len(), content["ledger"].len());
    for (draft, invoice) in posted.iter().zip(&content["ledger"]) {
        let part = |place| draft.split(" | ").nth(place).unwrap();
        // Number and total, to the cent.
        let expected = format!("{} AUTHORISED {} ", part(0), part(9));
        assert!(invoice.starts_with(&expected), "{draft} became {invoice}");
    }
}
