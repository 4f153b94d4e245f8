//! Making the clients: who they are, what they bought, what runs at their desks, what they agreed.
//!
//! What is made here is in order: bought, deployed, agreed and invoiced agree with each other. The
//! leaks are put in afterwards, in `leaks`, and nowhere else.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::catalogue::{Catalogue, DOMAIN, SERVER, WORKSTATION};
use super::days::{first_of_month, months_later, rounded};
use super::dice::Dice;
use super::model::{
    Client, Company, Contract, Cycle, Item, Line, Meter, Organization, Payer, Source, Subscription,
    Timing, Version,
};
use super::names::{self, naming};
use super::{devices, subscriptions};
use crate::xero::Currency;

/// The parts that clients with a special role play; every other client is ordinary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Ordinary,
    /// The MSP itself.
    OwnUse,
    /// Has the name of another client.
    Namesake,
    /// In the books, its Pax8 company under a trading name nobody linked.
    CompanyNotLinked,
    /// In Pax8 only.
    CompanyUnknown,
    /// In Pax8 only, long gone.
    CompanyInactive,
    /// Buys nothing through Pax8.
    NoCompany,
    /// Has devices and no contract line for them.
    DevicesNotSold,
    /// Invoiced in a foreign currency.
    Euro,
    Dollar,
    /// Invoiced every three months.
    Quarterly,
    /// Invoiced when the month is over.
    Arrears,
}

impl Role {
    /// Neither missing in a system nor part of a leak from the start.
    pub(crate) const fn is_plain(self) -> bool {
        matches!(
            self,
            Self::Ordinary
                | Self::Namesake
                | Self::Euro
                | Self::Dollar
                | Self::Quarterly
                | Self::Arrears
        )
    }
}

/// What every maker needs to know.
pub(crate) struct Setting<'a> {
    pub(crate) seed: u64,
    pub(crate) today: NaiveDate,
    pub(crate) months: u32,
    pub(crate) catalogue: &'a Catalogue,
}

/// One of each special role in every sixty clients, at places the seed chooses; the rest ordinary.
pub(crate) fn roles(seed: u64, clients: usize) -> Vec<Role> {
    let mut roles = vec![Role::Ordinary; clients];
    let mut dice = Dice::new(seed, "roles", 0);
    // Every other place, so that the client before a namesake is an ordinary one.
    let mut places: Vec<usize> = (2..clients).step_by(2).collect();
    if let Some(own) = roles.first_mut() {
        *own = Role::OwnUse;
    }
    for _ in 0..clients.div_ceil(60) {
        for role in [
            Role::Namesake,
            Role::CompanyNotLinked,
            Role::CompanyUnknown,
            Role::DevicesNotSold,
            Role::Euro,
            Role::Dollar,
            Role::Quarterly,
            Role::Arrears,
            Role::NoCompany,
            Role::CompanyInactive,
            Role::Euro,
            Role::Dollar,
            Role::NoCompany,
            Role::Euro,
            Role::Quarterly,
            Role::Arrears,
        ] {
            let place = dice
                .draw(&mut places)
                .and_then(|place| roles.get_mut(place));
            if let Some(place) = place {
                *place = role;
            }
        }
    }
    roles
}

pub(crate) fn make(
    setting: &Setting<'_>,
    index: usize,
    role: Role,
    ids: &mut devices::Ids,
) -> Client {
    let mut dice = Dice::new(setting.seed, "client", index as u64);
    let mut client = identity(setting, index, role, &mut dice);
    if role != Role::NoCompany {
        client.company = Some(subscriptions::company(
            setting, &client, index, role, &mut dice,
        ));
    }
    if client.is_listed {
        client.organization = Some(Organization {
            id: ids.organization(),
            name: client.name.clone(),
            devices: Vec::new(),
        });
    }
    if client.is_listed && !client.own_use {
        agree(setting, &mut client, role, &mut dice);
    }
    devices::fill(&mut client, setting.today, ids, &mut dice);
    client
}

fn identity(setting: &Setting<'_>, index: usize, role: Role, dice: &mut Dice) -> Client {
    let own = naming(setting.seed, index);
    let name = match role {
        Role::OwnUse => names::MSP.to_owned(),
        // The name of the client before it, and everything else of its own.
        Role::Namesake => naming(setting.seed, index.saturating_sub(1)).name,
        _ => own.name,
    };
    let (currency, rate) = match role {
        Role::Euro => (Currency::EUR, Decimal::new(1154, 3)),
        Role::Dollar => (Currency::USD, Decimal::new(1312, 3)),
        _ => (Currency::GBP, Decimal::ONE),
    };
    let payer = match dice.between(1, 100) {
        1..=65 => Payer::Prompt,
        66..=92 => Payer::Slow,
        _ => Payer::Troubled,
    };
    let is_in_pax8_only = matches!(role, Role::CompanyUnknown | Role::CompanyInactive);
    Client {
        key: format!("C{index:03}"),
        name,
        domain: own.domain,
        city: own.city,
        country: own.country,
        currency,
        rate,
        own_use: role == Role::OwnUse,
        is_listed: !is_in_pax8_only,
        is_company_linked: !is_in_pax8_only && role != Role::CompanyNotLinked,
        payer,
        terms_days: if dice.chance(70) { 30 } else { 14 },
        headcount: dice.between(6, 38),
        contact: None,
        company: None,
        organization: None,
        contract: None,
    }
}

/// Agrees a contract that is in order with what the client's company holds.
fn agree(setting: &Setting<'_>, client: &mut Client, role: Role, dice: &mut Dice) {
    let mut contract = terms(setting, client, role, dice);
    if contract.cycle != Cycle::Monthly || contract.timing != Timing::Advance {
        client.company.iter_mut().for_each(rest);
    }
    let discount = *dice.pick(&[0, 0, 3, 5]).unwrap_or(&0);
    if client.is_company_linked {
        licence_lines(setting, client, &mut contract, discount, dice);
    }
    if role != Role::DevicesNotSold {
        managed_lines(setting, client, &mut contract, discount, dice);
    }
    client.contract = Some(contract);
}

/// Takes the movement out of a company's seats: where periods are long or billed afterwards, the
/// last quantity has always stood.
fn rest(company: &mut Company) {
    for held in &mut company.subscriptions {
        if let (Some(first), Some(last)) = (
            held.versions.first().copied(),
            held.versions.last().copied(),
        ) {
            held.versions = vec![Version {
                from: first.from,
                ..last
            }];
        }
    }
}

fn terms(setting: &Setting<'_>, client: &Client, role: Role, dice: &mut Dice) -> Contract {
    let month = first_of_month(setting.today);
    let longest = setting.months.clamp(6, 120);
    let (cycle, timing, youngest) = match role {
        Role::Quarterly => (Cycle::Quarterly, Timing::Advance, 12),
        Role::Arrears => (Cycle::Monthly, Timing::Arrears, 5),
        _ => (Cycle::Monthly, Timing::Advance, 5),
    };
    let age = i32::try_from(dice.between(youngest.min(longest), longest)).unwrap_or(18);
    let start = months_later(month, -age);
    let end = months_later(start, 36);
    let name = if dice.chance(50) {
        "Managed IT services"
    } else {
        "Licences and support"
    };
    let periods = age.div_euclid(cycle.months());
    Contract {
        key: client.key.replace('C', "K"),
        name: name.to_owned(),
        start,
        end: (dice.chance(30) && end > months_later(month, 6)).then_some(end),
        bill_from: months_later(start, (periods - 3).max(0) * cycle.months()),
        cycle,
        timing,
        lines: Vec::new(),
    }
}

/// The contract price of an item: the catalog's, less a discount, in the client's currency.
pub(crate) fn agreed_price(item: &Item, client: &Client, discount_percent: u32) -> Decimal {
    let part = Decimal::from(100 - discount_percent.min(100)) / Decimal::ONE_HUNDRED;
    rounded(item.unit_price * part * client.rate, 2)
}

fn add_line(
    client: &Client,
    contract: &mut Contract,
    item: &Arc<Item>,
    discount: u32,
    (source, agreed): (Source, Vec<(NaiveDate, u32)>),
) {
    let cycle = if item.is_annual {
        Cycle::Annual
    } else {
        contract.cycle
    };
    contract.lines.push(Line {
        key: format!("{}-{}", contract.key, contract.lines.len() + 1),
        item: Arc::clone(item),
        unit_price: agreed_price(item, client, discount),
        cycle,
        source,
        start: contract.start,
        end: None,
        agreed,
        slips: Vec::new(),
    });
}

/// One line an item held, whatever products it is bought as.
fn licence_lines(
    setting: &Setting<'_>,
    client: &Client,
    contract: &mut Contract,
    discount: u32,
    dice: &mut Dice,
) {
    let Some(company) = &client.company else {
        return;
    };
    for item in &setting.catalogue.items {
        let held: Vec<&Subscription> = company
            .subscriptions
            .iter()
            .filter(|held| {
                held.product
                    .item
                    .as_ref()
                    .is_some_and(|of| of.code == item.code)
            })
            .filter(|held| held.term.months().is_some() && held.covers(setting.today))
            .collect();
        if held.is_empty() {
            continue;
        }
        let source = if dice.chance(55) {
            Source::Subscriptions(held.iter().map(|held| held.id).collect())
        } else {
            Source::Fixed
        };
        add_line(
            client,
            contract,
            item,
            discount,
            (source, seats_over_time(&held)),
        );
    }
}

/// The sum of seats at each day it changed.
pub(crate) fn seats_over_time(held: &[&Subscription]) -> Vec<(NaiveDate, u32)> {
    let mut days: Vec<NaiveDate> = held
        .iter()
        .flat_map(|held| held.versions.iter().map(|version| version.from))
        .collect();
    days.sort_unstable();
    days.dedup();
    days.into_iter()
        .map(|day| (day, held.iter().map(|held| held.seats(day)).sum()))
        .collect()
}

/// Lines for what runs at the client, and an annual one for some.
fn managed_lines(
    setting: &Setting<'_>,
    client: &Client,
    contract: &mut Contract,
    discount: u32,
    dice: &mut Dice,
) {
    let servers = dice.between(0, 1 + client.headcount / 9);
    for (code, meter, count) in [
        (WORKSTATION, Meter::Workstations, client.headcount),
        (SERVER, Meter::Servers, servers),
    ] {
        let Some(item) = setting.catalogue.item(code).filter(|_| count > 0) else {
            continue;
        };
        let source = if dice.chance(50) {
            Source::Meter(meter)
        } else {
            Source::Fixed
        };
        let before = count.saturating_sub(dice.between(0, 3)).max(1);
        let mut agreed = vec![(contract.start, before)];
        if before != count && contract.cycle == Cycle::Monthly {
            agreed.push((months_later(contract.start, 2), count));
        } else if let Some(first) = agreed.first_mut() {
            first.1 = count;
        }
        add_line(client, contract, item, discount, (source, agreed));
    }
    let sells_domains = contract.timing == Timing::Advance && dice.chance(25);
    if let Some(item) = setting.catalogue.item(DOMAIN).filter(|_| sells_domains) {
        let agreed = vec![(contract.start, dice.between(1, 4))];
        add_line(client, contract, item, 0, (Source::Fixed, agreed));
    }
}
