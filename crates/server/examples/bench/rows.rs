//! An MSP in the tables, sixty clients to a size: ten items for each client, bought, agreed and
//! invoiced every month of a year. Of a hundred agreements one is wrong.

use anyhow::{Context as _, Result};
use billing::{
    Micro,
    quantity::{QuantityRule, QuantitySource},
};
use billingone::{
    db::{At, Column, Day, Kind, Upsert, Value, upsert},
    features::reconciliation::StoredRule,
};
use chrono::{Datelike as _, Months, NaiveDate};
use uuid::Uuid;

use crate::place::Place;

const CLIENTS: u32 = 60;
const ITEMS: u32 = 25;
const ITEMS_OF_A_CLIENT: u32 = 10;
const MONTHS: u32 = 12;
const UNIT_PRICE: i64 = 22_000_000;
const UNIT_COST: i64 = 15_400_000;

use Kind::{Bool, Bytes, Int, Text, Uuid as Id};

macro_rules! tables {
    ($($field:ident $table:literal key ($($key:literal),*) ($($column:literal $kind:ident),*);)*) => {
        /// The rows of every table, written as they become many.
        struct Tables { $($field: Table,)* }

        impl Tables {
            fn new() -> Self {
                Self { $($field: Table {
                    columns: &[$(($column, $kind)),*], key: &[$($key),*], name: $table, rows: Vec::new()
                },)* }
            }

            /// In an order in which every row finds what it refers to.
            async fn write(&mut self, place: &Place) -> Result<()> {
                let mut tx = place.app.db.write(place.org).await?;
                $(
                    let Table { name, columns, key, rows } = &mut self.$field;
                    let shape = Upsert {
                        table: name, columns, key, update: &[], unless_equal: None,
                    };
                    upsert(&mut tx, &shape, std::mem::take(rows)).await?;
                )*
                Ok(tx.commit().await?)
            }
        }
    };
}

struct Table {
    name: &'static str,
    columns: &'static [Column],
    key: &'static [&'static str],
    rows: Vec<Vec<Value>>,
}

impl Table {
    fn put(&mut self, row: impl Into<Vec<Value>>) {
        self.rows.push(row.into());
    }
}

tables! {
    connection "connection" key ("org_id", "id")
        ("org_id" Id, "id" Id, "vendor" Text, "name" Text, "state" Text,
        "account_ref" Text, "settings" Text, "connected_at" Int);
    item "catalog_item" key ("org_id", "id")
        ("org_id" Id, "id" Id, "code" Text, "name" Text, "name_key" Text,
        "description" Text, "currency" Text, "unit_price" Int, "tax_type" Text,
        "account_code" Text, "status" Text, "created_at" Int);
    client "client" key ("org_id", "id")
        ("org_id" Id, "id" Id, "reference" Text, "name" Text, "name_key" Text,
        "currency" Text, "own_use" Bool, "status" Text, "created_at" Int);
    company "vendor_company" key ("org_id", "connection_id", "external_id")
        ("org_id" Id, "connection_id" Id, "external_id" Text, "name" Text,
        "name_key" Text, "status" Text, "content_hash" Bytes, "seen_run" Id);
    client_link "client_link" key ("org_id", "connection_id", "external_id")
        ("org_id" Id, "connection_id" Id, "external_id" Text,
        "client_id" Id, "state" Text, "reason" Text);
    product "vendor_product" key ("org_id", "connection_id", "external_id")
        ("org_id" Id, "connection_id" Id, "external_id" Text, "name" Text,
        "name_key" Text, "vendor_name" Text, "sku" Text, "content_hash" Bytes, "seen_run" Id);
    catalog_link "catalog_link" key ("org_id", "connection_id", "external_id")
        ("org_id" Id, "connection_id" Id, "external_id" Text,
        "catalog_item_id" Id, "state" Text, "reason" Text);
    subscription "subscription" key ("org_id", "id")
        ("org_id" Id, "id" Id, "connection_id" Id, "external_id" Text,
        "company_external_id" Text, "product_external_id" Text, "product_name" Text,
        "quantity" Int, "unit_price" Int, "unit_cost" Int, "currency" Text, "status" Text,
        "billing_term" Text, "starts_on" Text, "search_key" Text, "content_hash" Bytes,
        "seen_run" Id);
    event "subscription_event" key ("org_id", "subscription_id", "happened_at")
        ("org_id" Id, "subscription_id" Id, "happened_at" Int,
        "quantity" Int, "unit_price" Int, "unit_cost" Int, "status" Text);
    contract "contract" key ("org_id", "id")
        ("org_id" Id, "id" Id, "reference" Text, "client_id" Id, "name" Text,
        "name_key" Text, "currency" Text, "status" Text, "starts_on" Text, "bill_from" Text,
        "cycle" Text, "timing" Text, "created_at" Int);
    line "contract_line" key ("org_id", "id")
        ("org_id" Id, "id" Id, "contract_id" Id, "reference" Text,
        "position" Int, "catalog_item_id" Id, "description" Text, "unit_price" Int,
        "price_per" Text, "cycle" Text, "timing" Text, "quantity_rule" Text, "tax_type" Text,
        "account_code" Text, "anchor_on" Text, "starts_on" Text, "priced_on" Text);
    followed "line_subscription" key ("org_id", "line_id", "subscription_external_id")
        ("org_id" Id, "line_id" Id, "subscription_external_id" Text);
    invoice "invoice" key ("org_id", "id")
        ("org_id" Id, "id" Id, "connection_id" Id, "external_id" Text,
        "number" Text, "reference" Text, "contact_external_id" Text, "contact_name" Text,
        "status" Text, "issued_on" Text, "due_on" Text, "currency" Text, "subtotal_minor" Int,
        "tax_minor" Int, "total_minor" Int, "paid_minor" Int, "credited_minor" Int,
        "due_minor" Int, "search_key" Text, "content_hash" Bytes, "seen_run" Id);
    invoice_line "invoice_line" key ("org_id", "invoice_id", "line_no")
        ("org_id" Id, "invoice_id" Id, "line_no" Int,
        "description" Text, "item_code" Text, "quantity" Int, "unit_price" Int,
        "net_minor" Int, "tax_minor" Int, "tax_type" Text, "account_code" Text);
}

pub async fn fill(place: &Place, size: u32) -> Result<()> {
    let today = place.app.now().0.date_naive();
    let mut filling = Filling {
        place,
        tables: Tables::new(),
        pax8: place.app.new_id(),
        xero: place.app.new_id(),
        items: Vec::new(),
        this_month: today.with_day(1).context("no first of the month")?,
        now: place.app.now(),
    };
    filling.what_all_share();
    for n in 0..CLIENTS * size {
        filling.client(n)?;
        if n % 100 == 0 {
            filling.tables.write(place).await?;
        }
    }
    filling.tables.write(place).await
}

struct Filling<'p> {
    place: &'p Place,
    tables: Tables,
    pax8: Uuid,
    xero: Uuid,
    items: Vec<Uuid>,
    this_month: NaiveDate,
    now: At,
}

macro_rules! row {
    ($($value:expr),* $(,)?) => { [$(Value::from($value)),*] };
}

impl Filling<'_> {
    fn what_all_share(&mut self) {
        let (org, now) = (self.place.org, self.now);
        for (id, vendor) in [(self.pax8, "pax8"), (self.xero, "xero")] {
            self.tables.connection.put(row![
                org,
                id,
                vendor,
                vendor,
                "connected",
                "account",
                "{}",
                now
            ]);
        }
        for n in 0..ITEMS {
            let (id, code) = (self.place.app.new_id::<Uuid>(), format!("ITEM-{n}"));
            self.items.push(id);
            self.tables.item.put(row![
                org, id, &code, &code, &code, "", "GBP", UNIT_PRICE, "OUTPUT2", "200", "active",
                now
            ]);
            let product = format!("product-{n}");
            self.tables.product.put(row![
                org,
                self.pax8,
                &product,
                &code,
                &code,
                "Vendor",
                "SKU",
                vec![0_u8],
                self.pax8
            ]);
            self.tables
                .catalog_link
                .put(row![org, self.pax8, &product, id, "mapped", ""]);
        }
    }

    fn client(&mut self, n: u32) -> Result<()> {
        let (org, now) = (self.place.org, self.now);
        let client: Uuid = self.place.app.new_id();
        let name = format!("Client {n:06}");
        let key = name.to_lowercase();
        let own_use = n == 0;
        self.tables.client.put(row![
            org,
            client,
            format!("C{n:06}"),
            &name,
            &key,
            "GBP",
            own_use,
            "active",
            now
        ]);
        for vendor in [self.pax8, self.xero] {
            let record = format!("record-{n:06}");
            self.tables.company.put(row![
                org,
                vendor,
                &record,
                &name,
                &key,
                "Active",
                vec![0_u8],
                vendor
            ]);
            self.tables
                .client_link
                .put(row![org, vendor, &record, client, "mapped", ""]);
        }
        let began = Day(self.months_ago(MONTHS - 1)?);
        let contract: Uuid = self.place.app.new_id();
        self.tables.contract.put(row![
            org,
            contract,
            format!("K{n:06}"),
            client,
            &name,
            &key,
            "GBP",
            "active",
            began,
            began,
            "monthly",
            "advance",
            now
        ]);
        for nth in 0..ITEMS_OF_A_CLIENT {
            self.agreement(n, nth, contract)?;
        }
        for month in 0..MONTHS {
            self.invoice(n, month)?;
        }
        Ok(())
    }

    /// What a client buys and was promised: half of the lines follow the subscription.
    fn agreement(&mut self, n: u32, nth: u32, contract: Uuid) -> Result<()> {
        let (org, app) = (self.place.org, &self.place.app);
        let (subscription, line): (Uuid, Uuid) = (app.new_id(), app.new_id());
        let (item, quantity) = (item_of(n, nth), quantity_of(n, nth));
        let began = Day(self.months_ago(MONTHS - 1)?);
        let external = format!("subscription-{n:06}-{nth}");
        let bought = if is_wrong(n, nth) {
            quantity + 1
        } else {
            quantity
        };
        let bought = i64::from(bought) * billing::micro::ONE;
        self.tables.subscription.put(row![
            org,
            subscription,
            self.pax8,
            &external,
            format!("record-{n:06}"),
            format!("product-{item}"),
            "Product",
            bought,
            UNIT_PRICE,
            UNIT_COST,
            "GBP",
            "Active",
            "Monthly",
            began,
            "product",
            vec![0_u8],
            self.pax8
        ]);
        let happened = At(self.now.0 - chrono::TimeDelta::days(400));
        self.tables.event.put(row![
            org,
            subscription,
            happened,
            bought,
            UNIT_PRICE,
            UNIT_COST,
            "Active"
        ]);
        let follows = nth.is_multiple_of(2) && !is_wrong(n, nth);
        let mut rule = QuantityRule::fixed(Micro::whole(i32::try_from(quantity)?));
        if follows {
            rule.source = QuantitySource::Subscription;
            self.tables.followed.put(row![org, line, &external]);
        }
        let rule = serde_json::to_string(&StoredRule { rule, meter: None })?;
        let catalog_item = self.items.get(item as usize).copied().unwrap_or_default();
        self.tables.line.put(row![
            org,
            line,
            contract,
            format!("L{n:06}-{nth}"),
            i64::from(nth),
            catalog_item,
            "Item",
            UNIT_PRICE,
            "month",
            "monthly",
            "advance",
            rule,
            "OUTPUT2",
            "200",
            began,
            began,
            began
        ]);
        Ok(())
    }

    fn invoice(&mut self, n: u32, month: u32) -> Result<()> {
        let (org, invoice): (_, Uuid) = (self.place.org, self.place.app.new_id());
        let mut total = 0;
        for nth in 0..ITEMS_OF_A_CLIENT {
            let quantity = i64::from(quantity_of(n, nth));
            let net = quantity * UNIT_PRICE / 10_000;
            total += net;
            self.tables.invoice_line.put(row![
                org,
                invoice,
                i64::from(nth + 1),
                "Managed services",
                format!("ITEM-{}", item_of(n, nth)),
                quantity * billing::micro::ONE,
                UNIT_PRICE,
                net,
                net / 5,
                "OUTPUT2",
                "200"
            ]);
        }
        let issued = self.months_ago(month)?;
        let due = issued + chrono::Days::new(30);
        let gross = total + total / 5;
        let is_paid = month > 1;
        let number = format!("INV-{n:06}-{month:02}");
        self.tables.invoice.put(row![
            org,
            invoice,
            self.xero,
            &number,
            &number,
            "",
            format!("record-{n:06}"),
            format!("Client {n:06}"),
            if is_paid { "PAID" } else { "AUTHORISED" },
            Day(issued),
            Day(due),
            "GBP",
            total,
            total / 5,
            gross,
            if is_paid { gross } else { 0 },
            0_i64,
            if is_paid { 0 } else { gross },
            format!("{number} client {n:06}").to_lowercase(),
            vec![0_u8],
            self.xero
        ]);
        Ok(())
    }

    fn months_ago(&self, months: u32) -> Result<NaiveDate> {
        let then = self.this_month.checked_sub_months(Months::new(months));
        then.context("long ago")
    }
}

fn item_of(n: u32, nth: u32) -> u32 {
    (n + nth * 2) % ITEMS
}

fn quantity_of(n: u32, nth: u32) -> u32 {
    1 + (n * 7 + nth * 13) % 40
}

fn is_wrong(n: u32, nth: u32) -> bool {
    (n * ITEMS_OF_A_CLIENT + nth) % 100 == 17
}
