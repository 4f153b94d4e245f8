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

/// What is hidden, by the place of its company and of its product.
type AllHidden = (Vec<Option<Hidden>>, Vec<Option<Hidden>>);

pub(super) fn findings(facts: &Facts, rules: &Rules, out: &mut Vec<Finding>) {
    let (companies, products) = hidden(facts);
    for (company, hidden) in facts.companies.iter().zip(companies) {
        let Some(hidden) = hidden else { continue };
        let subscriptions = count(hidden.subscriptions.len());
        let told = Told::UnmappedCompany { subscriptions };
        let subject = Subject::Company {
            company: company.id,
        };
        let kind = Kind::UnmappedCompany;
        out.push(finding(
            facts,
            rules,
            Identity { kind, subject },
            told,
            &hidden,
        ));
    }
    for (product, hidden) in facts.products.iter().zip(products) {
        let Some(hidden) = hidden else { continue };
        let subscriptions = count(hidden.subscriptions.len());
        let told = Told::UnmappedProduct {
            subscriptions,
            companies: count(hidden.companies.len()),
        };
        let subject = Subject::Product {
            product: product.id,
        };
        let kind = Kind::UnmappedProduct;
        out.push(finding(
            facts,
            rules,
            Identity { kind, subject },
            told,
            &hidden,
        ));
    }
}

fn hidden(facts: &Facts) -> AllHidden {
    let mut companies = vec![None::<Hidden>; facts.companies.len()];
    let mut products = vec![None::<Hidden>; facts.products.len()];
    for (sold, at) in facts.subscriptions.iter().zip(0_u32..) {
        let company = facts.companies.get(sold.company.at());
        let product = facts.products.get(sold.product.at());
        let (Some(company), Some(product), true) =
            (company, product, sold.counts_on(facts.service_date))
        else {
            continue;
        };
        let (place, price) = if company.client.is_none() {
            let place = companies.get_mut(sold.company.at());
            (
                place.filter(|_| !company.is_ignored),
                catalog_price(facts, product, sold),
            )
        } else {
            // One that feeds a contract line is billed there.
            let is_missing = product.item.is_none()
                && sold.line.is_none()
                && !product.is_ignored
                && !is_own_use(facts, sold.company);
            let place = products.get_mut(sold.product.at());
            (
                place.filter(|_| is_missing),
                SellPrice::of_subscription(sold),
            )
        };
        if let Some(hidden) = place {
            hidden.get_or_insert_default().add(at, sold, price);
        }
    }
    (companies, products)
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
    identity: Identity,
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
        identity,
        client: None::<Id>,
        item: None,
        impact,
        also: sums.collect(),
        one_off: None,
        severity: severity(identity.kind, impact, 0, &rules.severity),
        quantity: hidden.quantity,
        price: None,
        line: None,
        since: rows().map(|sold| sold.start).min(),
        numbers: None,
        told,
        evidence: rows().map(Subscription::evidence).collect(),
    }
}
