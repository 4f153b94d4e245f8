//! Money nobody can see yet: companies that are nobody's client, products that are no item.

use super::Rules;
use super::facts::{CompanyIx, Facts, Product, Subscription};
use super::index::client_of;
use super::worth::Monthly;
use crate::finding::{Finding, Identity, Kind, PriceSource, SellPrice, Subject, Told, severity};
use crate::id::Id;
use crate::micro::Micro;
use crate::money::{Currency, Money};

/// What one company's or product's subscriptions come to.
#[derive(Clone, Default)]
struct Hidden {
    /// Few: one, but for a distributor that bills in two currencies.
    worth: Vec<(Currency, Monthly)>,
    subscriptions: Vec<u32>,
    companies: Vec<CompanyIx>,
    quantity: Micro,
}

impl Hidden {
    fn add(&mut self, at: u32, sold: &Subscription, price: SellPrice) {
        let value = price.monthly(sold.quantity);
        match self
            .worth
            .iter_mut()
            .find(|(currency, _)| *currency == price.currency)
        {
            Some((_, sum)) => *sum = sum.plus(value),
            None => self.worth.push((price.currency, value)),
        }
        self.subscriptions.push(at);
        self.quantity = self.quantity.plus(sold.quantity);
        if !self.companies.contains(&sold.company) {
            self.companies.push(sold.company);
        }
    }
}

pub(super) fn findings(facts: &Facts, rules: &Rules, out: &mut Vec<Finding>) {
    let mut companies = vec![None::<Hidden>; facts.companies.len()];
    let mut products = vec![None::<Hidden>; facts.products.len()];
    for (sold, at) in facts.subscriptions.iter().zip(0_u32..) {
        if !sold.counts_on(facts.service_date) {
            continue;
        }
        let (Some(company), Some(product)) = (
            facts.companies.get(sold.company.at()),
            facts.products.get(sold.product.at()),
        ) else {
            continue;
        };
        if company.client.is_none() {
            if !company.is_ignored
                && let Some(hidden) = companies.get_mut(sold.company.at())
            {
                let price = catalog_price(facts, product, sold);
                hidden.get_or_insert_default().add(at, sold, price);
            }
        } else if product.item.is_none()
            && sold.line.is_none()
            && !product.is_ignored
            && !is_own_use(facts, sold.company)
            && let Some(hidden) = products.get_mut(sold.product.at())
        {
            hidden
                .get_or_insert_default()
                .add(at, sold, SellPrice::of_subscription(sold));
        }
    }
    for (company, hidden) in facts.companies.iter().zip(companies) {
        let Some(hidden) = hidden else { continue };
        let told = Told::UnmappedCompany {
            subscriptions: count(hidden.subscriptions.len()),
        };
        let subject = Subject::Company {
            company: company.id,
        };
        out.push(finding(
            facts,
            rules,
            Kind::UnmappedCompany,
            subject,
            told,
            &hidden,
        ));
    }
    for (product, hidden) in facts.products.iter().zip(products) {
        let Some(hidden) = hidden else { continue };
        let told = Told::UnmappedProduct {
            subscriptions: count(hidden.subscriptions.len()),
            companies: count(hidden.companies.len()),
        };
        let subject = Subject::Product {
            product: product.id,
        };
        out.push(finding(
            facts,
            rules,
            Kind::UnmappedProduct,
            subject,
            told,
            &hidden,
        ));
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

fn is_own_use(facts: &Facts, company: CompanyIx) -> bool {
    client_of(facts, company)
        .and_then(|client| facts.clients.get(client.at()))
        .is_some_and(|client| client.is_own_use)
}

/// The catalog's price where the product is mapped, else the distributor's.
fn catalog_price(facts: &Facts, product: &Product, sold: &Subscription) -> SellPrice {
    let item = product.item.and_then(|item| facts.items.get(item.at()));
    match item.and_then(|item| item.price) {
        Some(price) => SellPrice::from_price(price, PriceSource::Catalog),
        None => SellPrice::of_subscription(sold),
    }
}

fn finding(
    facts: &Facts,
    rules: &Rules,
    kind: Kind,
    subject: Subject,
    told: Told,
    hidden: &Hidden,
) -> Finding {
    let mut sums: Vec<Money> = hidden
        .worth
        .iter()
        .map(|(currency, sum)| sum.money(*currency))
        .collect();
    sums.sort_by_key(|sum| (std::cmp::Reverse(sum.minor), sum.currency));
    let mut sums = sums.into_iter();
    let impact = sums.next().unwrap_or(Money::zero(Currency::GBP));
    let rows = || {
        hidden
            .subscriptions
            .iter()
            .filter_map(|at| facts.subscriptions.get(*at as usize))
    };
    Finding {
        identity: Identity { kind, subject },
        client: None::<Id>,
        item: None,
        impact,
        also: sums.collect(),
        one_off: None,
        severity: severity(kind, impact, 0, &rules.severity),
        quantity: hidden.quantity,
        price: None,
        line: None,
        since: rows().map(|sold| sold.start).min(),
        numbers: None,
        told,
        evidence: rows().map(Subscription::evidence).collect(),
    }
}
