//! What Pax8 sells and what the MSP sells it as.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::dice::{Dice, uuid};
use super::model::{Item, Meter, Product, ProductKind};

/// Names of a product, and prices a month in thousandths of a pound.
struct Row {
    name: &'static str,
    vendor: &'static str,
    unit: &'static str,
    code: &'static str,
    cost: i64,
    suggested: i64,
    sold_at: i64,
}

const fn row(
    (name, vendor, unit): (&'static str, &'static str, &'static str),
    code: &'static str,
    (cost, suggested, sold_at): (i64, i64, i64),
) -> Row {
    Row {
        name,
        vendor,
        unit,
        code,
        cost,
        suggested,
        sold_at,
    }
}

const MICROSOFT: &str = "Microsoft";

/// Two products may be one item (the last two); any other may turn out never to have been mapped.
const SEATS: &[Row] = &[
    row(
        ("Microsoft 365 Business Basic", MICROSOFT, "User"),
        "M365-BB",
        (4100, 4900, 5500),
    ),
    row(
        ("Microsoft 365 Business Standard", MICROSOFT, "User"),
        "M365-BS",
        (8600, 10_300, 12_500),
    ),
    row(
        ("Microsoft 365 Business Premium", MICROSOFT, "User"),
        "M365-BP",
        (15_050, 18_100, 22_000),
    ),
    row(
        ("Microsoft 365 E3", MICROSOFT, "User"),
        "M365-E3",
        (28_400, 33_900, 38_500),
    ),
    row(
        ("Microsoft 365 E5", MICROSOFT, "User"),
        "M365-E5",
        (45_200, 53_200, 60_000),
    ),
    row(
        ("Exchange Online Plan 1", MICROSOFT, "User"),
        "EXO-P1",
        (2750, 3300, 4000),
    ),
    row(
        ("Exchange Online Plan 2", MICROSOFT, "User"),
        "EXO-P2",
        (5500, 6600, 7800),
    ),
    row(
        ("Microsoft Entra ID P1", MICROSOFT, "User"),
        "ENTRA-P1",
        (4150, 4900, 5750),
    ),
    row(
        ("Microsoft Defender for Business", MICROSOFT, "User"),
        "DEFENDER",
        (2050, 2500, 3250),
    ),
    row(
        ("Microsoft 365 Copilot", MICROSOFT, "User"),
        "COPILOT",
        (20_400, 24_700, 28_500),
    ),
    row(
        ("Visio Plan 2", MICROSOFT, "User"),
        "VISIO-P2",
        (10_300, 12_300, 14_500),
    ),
    row(
        ("Project Plan 3", MICROSOFT, "User"),
        "PROJECT-P3",
        (20_700, 24_600, 28_000),
    ),
    row(
        ("Teams Phone Standard", MICROSOFT, "User"),
        "TEAMS-PHONE",
        (5600, 6600, 8250),
    ),
    row(
        ("Acronis Cyber Protect Workstation", "Acronis", "Device"),
        "ACR-WS",
        (3125, 4500, 6500),
    ),
    row(
        ("Acronis Cyber Protect Server", "Acronis", "Device"),
        "ACR-SRV",
        (16_400, 22_000, 29_000),
    ),
    row(
        ("Acronis Backup for Microsoft 365", "Acronis", "Seat"),
        "ACR-M365",
        (1350, 1950, 2750),
    ),
    row(
        ("Huntress Managed EDR", "Huntress", "Endpoint"),
        "HUNTRESS",
        (2600, 3600, 5000),
    ),
    row(
        ("Proofpoint Essentials Business", "Proofpoint", "User"),
        "PROOFPOINT",
        (1625, 2400, 3200),
    ),
    row(
        ("Keeper Business", "Keeper", "User"),
        "KEEPER",
        (1900, 2900, 3750),
    ),
    row(
        ("Egress Intelligent Email Security", "Egress", "User"),
        "EGRESS",
        (2950, 4250, 5250),
    ),
    row(
        ("Adobe Acrobat Pro", "Adobe", "License"),
        "ACROBAT",
        (13_800, 16_600, 19_500),
    ),
    row(
        (
            "SentinelOne Singularity Complete",
            "SentinelOne",
            "Endpoint",
        ),
        "S1",
        (3950, 5600, 7500),
    ),
    row(
        ("SentinelOne Complete (legacy)", "SentinelOne", "Endpoint"),
        "S1",
        (4050, 5700, 7500),
    ),
];

const AZURE: (&str, &str) = ("Microsoft Azure Plan", "Unit");
const MIGRATION: (&str, &str) = ("Microsoft 365 Migration", "Mailbox");

/// Codes of the items that follow devices.
pub(crate) const WORKSTATION: &str = "MW";
pub(crate) const SERVER: &str = "MS";
/// Sold by the year, bought nowhere in Pax8.
pub(crate) const DOMAIN: &str = "DOMAIN";

/// Products and items of a world.
#[derive(Debug)]
pub(crate) struct Catalogue {
    pub(crate) products: Vec<Arc<Product>>,
    pub(crate) items: Vec<Arc<Item>>,
}

pub(crate) fn thousandths(value: i64) -> Decimal {
    Decimal::new(value, 3).normalize()
}

impl Catalogue {
    pub(crate) fn new(seed: u64) -> Self {
        let never_mapped = choose_unmapped(seed);
        let mut items: Vec<Arc<Item>> = managed_items();
        let mut products = Vec::new();
        for (index, row) in SEATS.iter().enumerate() {
            let item = (!never_mapped.contains(&index)).then(|| item_of(&mut items, row));
            products.push(Arc::new(Product {
                id: uuid(seed, "product", index as u64),
                name: row.name,
                vendor: row.vendor,
                sku: format!("PAX-{index:03}-{}", row.code.to_lowercase()),
                unit: row.unit,
                cost: thousandths(row.cost),
                price: thousandths(row.suggested),
                kind: ProductKind::Seat,
                item,
            }));
        }
        for (name, unit, kind) in [
            (AZURE.0, AZURE.1, ProductKind::Usage),
            (MIGRATION.0, MIGRATION.1, ProductKind::OneTime),
        ] {
            let index = products.len() as u64;
            products.push(Arc::new(Product {
                id: uuid(seed, "product", index),
                name,
                vendor: MICROSOFT,
                sku: format!("PAX-{index:03}"),
                unit,
                cost: Decimal::ZERO,
                price: Decimal::ZERO,
                kind,
                item: None,
            }));
        }
        Self { products, items }
    }

    pub(crate) fn item(&self, code: &str) -> Option<&Arc<Item>> {
        self.items.iter().find(|item| item.code == code)
    }

    pub(crate) fn of_kind(&self, kind: ProductKind) -> impl Iterator<Item = &Arc<Product>> {
        self.products
            .iter()
            .filter(move |product| product.kind == kind)
    }
}

/// Two products the MSP buys and has never put into its catalog.
fn choose_unmapped(seed: u64) -> [usize; 2] {
    let mut dice = Dice::new(seed, "unmapped products", 0);
    let mut candidates: Vec<usize> = (0..SEATS.len().saturating_sub(2)).collect();
    let first = dice.draw(&mut candidates).unwrap_or(0);
    let second = dice.draw(&mut candidates).unwrap_or(1);
    [first, second]
}

fn item_of(items: &mut Vec<Arc<Item>>, row: &Row) -> Arc<Item> {
    if let Some(known) = items.iter().find(|item| item.code == row.code) {
        return Arc::clone(known);
    }
    let item = Arc::new(Item {
        code: row.code,
        name: row.name,
        description: row.name,
        unit_price: thousandths(row.sold_at),
        unit_cost: Some(thousandths(row.cost)),
        account_code: "205",
        meter: None,
        is_annual: false,
    });
    items.push(Arc::clone(&item));
    item
}

fn managed_items() -> Vec<Arc<Item>> {
    let managed = |code, name, description, price, meter, is_annual| {
        Arc::new(Item {
            code,
            name,
            description,
            unit_price: thousandths(price),
            unit_cost: None,
            account_code: "210",
            meter,
            is_annual,
        })
    };
    vec![
        managed(
            WORKSTATION,
            "Managed workstation",
            "Support, monitoring and patching of a workstation",
            32_000,
            Some(Meter::Workstations),
            false,
        ),
        managed(
            SERVER,
            "Managed server",
            "Support, monitoring and patching of a server",
            95_000,
            Some(Meter::Servers),
            false,
        ),
        managed(
            DOMAIN,
            "Domain name, a year",
            "Registration and DNS",
            36_000,
            None,
            true,
        ),
    ]
}
