//! Predicted against billed, by client and product.

use std::collections::HashMap;

use billing::{
    Id, Money,
    bill::{self, LineKey},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::Line;
use crate::{db::Day, fault::Fault, features::reconciliation::currency};

/// Something that was not billed as predicted.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VendorBillDifference)]
pub struct Difference {
    pub client: String,
    pub product: String,
    pub starts_on: Day,
    pub currency: String,
    /// Null for what no prediction had, such as usage, which is known afterwards.
    pub predicted_minor: Option<i64>,
    pub billed_minor: Option<i64>,
    /// Billed less predicted.
    pub difference_minor: i64,
}

/// Names given a number each, so that the rule can hold them.
#[derive(Default)]
struct Named<'l> {
    numbers: HashMap<String, Id>,
    lines: HashMap<Id, &'l Line>,
}

impl<'l> Named<'l> {
    fn id(&mut self, name: String, line: &'l Line) -> Id {
        let next = Id(self.numbers.len() as u128 + 1);
        let id = *self.numbers.entry(name).or_insert(next);
        self.lines.entry(id).or_insert(line);
        id
    }

    /// The cost lines as the rule knows them.
    fn keyed(&mut self, lines: &'l [Line]) -> Result<Vec<(LineKey, Money)>, Fault> {
        let mut keyed = Vec::with_capacity(lines.len());
        for line in lines.iter().filter(|line| line.is_cost()) {
            let Some(starts_on) = line.starts_on else {
                continue;
            };
            let whose = match line.client_id {
                Some(client) => client.to_string(),
                None => format!("company {:?}", line.company_external_id),
            };
            let bought = line.subscription_external_id.as_ref();
            let bought = bought.or(line.product_external_id.as_ref());
            let bought = format!("bought {whose} {bought:?}");
            let key = LineKey {
                company: self.id(whose, line),
                bought: self.id(bought, line),
                kind: line.is,
                period_start: starts_on.0,
            };
            let cost = Money::new(line.cost_minor, currency(&line.currency)?);
            keyed.push((key, cost));
        }
        Ok(keyed)
    }
}

/// Where what was billed is not what was predicted, the largest first.
pub fn differences(predicted: &[Line], billed: &[Line]) -> Result<Vec<Difference>, Fault> {
    let mut named = Named::default();
    let predicted = named.keyed(predicted)?;
    let billed = named.keyed(billed)?;
    let found = bill::true_up(&predicted, &billed).map_err(Fault::internal)?;
    let shown = found.into_iter().filter_map(|one| {
        let line = named.lines.get(&one.line.bought)?;
        Some(Difference {
            client: line.whose().to_owned(),
            product: line.product.clone(),
            starts_on: Day(one.line.period_start),
            currency: line.currency.clone(),
            predicted_minor: one.predicted.map(|money| money.minor),
            billed_minor: one.billed.map(|money| money.minor),
            difference_minor: one.difference.minor,
        })
    });
    let mut shown: Vec<Difference> = shown.collect();
    shown.sort_by_key(|one| std::cmp::Reverse(one.difference_minor.unsigned_abs()));
    Ok(shown)
}
