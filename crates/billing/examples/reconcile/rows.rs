//! A made-up MSP of any size: the same size is always the same rows.
//!
//! A client has ten items, and for each two subscriptions, a contract line and an invoice line in
//! each of two months. Most of it agrees; a few in a hundred of everything that `reconcile` looks
//! for do not.

use billing::period::{Cycle, Timing};
use billing::reconcile::{
    Client, ClientIx, Company, CompanyIx, ContractLine, Facts, Item, ItemIx, LedgerLine,
    LineSource, Price, Product, ProductIx, Subscription,
};
use billing::{Currency, Id, Micro};
use chrono::NaiveDate;

/// Lines on each side at size 1.
const LINES: u32 = 10_000;
const ITEMS_OF_A_CLIENT: u32 = 10;
/// Of an item, on each side.
const LINES_OF_AN_ITEM: u32 = 2;
const ITEMS: u32 = 40;
/// Two distributor's products for each item.
const PRODUCTS: u32 = 2 * ITEMS;

pub const SERVICE_DATE: NaiveDate = day(2026, 11, 12);
/// Contracts are billed from here: two periods could have been skipped.
pub const BILL_FROM: NaiveDate = day(2026, 10, 1);
pub const THIS_MONTH: NaiveDate = day(2026, 11, 1);

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

/// Everything `reconcile` looks at, in the order in which storage returns it: contract lines as
/// they were agreed, the vendors' rows scattered.
pub fn facts(size: u32) -> Facts {
    let clients = LINES * size / (ITEMS_OF_A_CLIENT * LINES_OF_AN_ITEM);
    let mut dice = Dice(u64::from(size));
    let mut facts = Facts::at(SERVICE_DATE);
    tables(&mut facts, clients);
    for client in 0..clients {
        let first = dice.below(ITEMS);
        for n in 0..ITEMS_OF_A_CLIENT {
            let item = (first + n * 3) % ITEMS;
            agreement(&mut facts, &mut dice, client, item);
        }
    }
    dice.shuffle(&mut facts.subscriptions);
    dice.shuffle(&mut facts.ledger);
    facts
}

/// One item of one client: what was bought, agreed and invoiced, and now and then a leak.
fn agreement(facts: &mut Facts, dice: &mut Dice, client: u32, item: u32) {
    let mut bought = 0;
    for half in 0..LINES_OF_AN_ITEM {
        let sold = subscription(dice, client, item, half * ITEMS);
        let counts = sold.term_months.is_some() && !sold.is_trial && sold.end.is_none();
        bought += if counts { sold.quantity.0 } else { 0 };
        facts.subscriptions.push(sold);
    }
    let mut quantity = Micro(bought);
    if dice.once_in(50) {
        quantity = quantity.minus(Micro::ONE).or_zero();
    }
    if !dice.once_in(50) {
        facts
            .lines
            .push(contract_line(dice, client, item, quantity));
    }
    for month in [10, 11] {
        let invoiced = match dice.below(100) {
            0 => quantity.minus(Micro::ONE).or_zero(),
            1 => quantity.plus(Micro::ONE),
            _ => quantity,
        };
        facts
            .ledger
            .push(ledger_line(dice, client, item, month, invoiced));
    }
}

fn id(table: u32, n: u32) -> Id {
    Id((u128::from(table) << 96) | u128::from(n))
}

fn tables(facts: &mut Facts, clients: u32) {
    for n in 0..clients {
        facts.clients.push(Client {
            id: id(1, n),
            currency: Currency::GBP,
            is_own_use: n == 0,
        });
        facts.companies.push(Company {
            id: id(2, n),
            client: Some(ClientIx(n)),
            is_ignored: false,
        });
    }
    for n in 0..ITEMS {
        facts.items.push(Item {
            id: id(3, n),
            meter: None,
            price: Some(Price {
                unit_price: unit_price(n),
                currency: Currency::GBP,
                months: 1,
            }),
            cost: None,
        });
    }
    for n in 0..PRODUCTS {
        facts.products.push(Product {
            id: id(4, n),
            item: Some(ItemIx(n % ITEMS)),
            is_ignored: false,
        });
    }
}

/// With parts of a cent, so that rounding has something to do.
fn unit_price(item: u32) -> Micro {
    Micro(i64::from(item) * 1_234_567 / 2 + 5_000_000)
}

fn contract_line(dice: &mut Dice, client: u32, item: u32, quantity: Micro) -> ContractLine {
    let discount = i64::from(dice.below(200)) * 10_000;
    ContractLine {
        id: id(5, client * ITEMS + item),
        client: ClientIx(client),
        item: ItemIx(item),
        source: LineSource::Fixed,
        quantity,
        accounts_for: quantity,
        to_catch_up: Micro::ZERO,
        unit_price: Micro(unit_price(item).0 - discount),
        currency: Currency::GBP,
        price_months: 1,
        price_raised_on: None,
        cycle: Cycle::Monthly,
        timing: Timing::Advance,
        anchor: day(2026, 1, 1),
        start: day(2026, 1, 1),
        end: None,
        bill_from: BILL_FROM,
        trial_until: None,
    }
}

fn subscription(dice: &mut Dice, client: u32, item: u32, product: u32) -> Subscription {
    let price = unit_price(item);
    let part = if dice.once_in(100) { 13 } else { 7 };
    let cost = Micro(price.0 * part / 10 + i64::from(dice.below(1000)));
    let has_risen = dice.once_in(100);
    Subscription {
        id: Id(dice.id()),
        company: CompanyIx(client),
        product: ProductIx(product + item),
        line: None,
        quantity: Micro::whole(dice.up_to(30)),
        quantity_raised_on: None,
        price,
        cost,
        currency: Currency::GBP,
        term_months: (!dice.once_in(60)).then_some(1),
        is_trial: dice.once_in(60),
        start: day(2026, 2, 1),
        end: dice.once_in(20).then_some(day(2026, 9, 1)),
        previous_cost: has_risen.then_some(Micro(cost.0 - 250_000)),
        cost_changed_on: has_risen.then_some(day(2026, 10, 20)),
    }
}

fn ledger_line(dice: &mut Dice, client: u32, item: u32, month: u32, quantity: Micro) -> LedgerLine {
    let is_credit = dice.once_in(200);
    let total = i64::from(dice.up_to(90_000));
    let paid = match dice.below(4) {
        0 => 0,
        1 => total / 3,
        _ => total,
    };
    LedgerLine {
        id: Id(dice.id()),
        client: ClientIx(client),
        item: (!dice.once_in(100)).then_some(ItemIx(item)),
        line: None,
        quantity: if is_credit {
            Micro(-quantity.0)
        } else {
            quantity
        },
        net_minor: total,
        currency: Currency::GBP,
        date: day(2026, month, 1 + dice.below(12)),
        period: None,
        document_paid_minor: paid,
        document_total_minor: total,
    }
}

/// splitmix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u32) -> u32 {
        u32::try_from(((self.next() >> 32) * u64::from(n)) >> 32).unwrap_or(0)
    }

    /// From 1 to `most`.
    fn up_to(&mut self, most: u32) -> i32 {
        i32::try_from(1 + self.below(most)).unwrap_or(1)
    }

    fn once_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    fn id(&mut self) -> u128 {
        (u128::from(self.next()) << 64) | u128::from(self.next())
    }

    fn shuffle<T>(&mut self, rows: &mut [T]) {
        for end in (1..rows.len()).rev() {
            let other = self.below(u32::try_from(end + 1).unwrap_or(u32::MAX));
            rows.swap(end, other as usize);
        }
    }
}
