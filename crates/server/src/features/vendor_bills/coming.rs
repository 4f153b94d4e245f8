//! This month and the next: what they will cost, and what of it was billed.

use billing::Period;
use chrono::NaiveDate;

use super::{Header, VendorBill, chain::Chain, lines_of, summed};
use crate::{
    db::{OrgId, Tx},
    fault::Fault,
};

/// What a month will cost, and what of it was billed.
#[derive(Debug, Clone)]
pub struct Coming {
    pub month: NaiveDate,
    pub predicted: Vec<(String, i64)>,
    pub billed: Vec<(String, i64)>,
}

/// This month and the next.
pub async fn coming(tx: &mut Tx, org: OrgId, today: NaiveDate) -> Result<[Coming; 2], Fault> {
    let chain = Chain::load(tx, org).await?;
    let this = Period::month_of(today);
    let next = Period::month_of(this.end());
    let is_of = |header: &&Header| {
        chain.state(header).counts()
            && this.start() <= header.billed_on.0
            && header.billed_on.0 < next.end()
    };
    let headers: Vec<&Header> = chain.headers.iter().filter(is_of).collect();
    let lines = lines_of(tx, org, headers.iter().copied()).await?;
    let bills: Vec<VendorBill> = headers
        .iter()
        .map(|header| summed(&chain, header, lines.get(&header.id)))
        .collect();
    let of = |month: Period| {
        let mut coming = Coming {
            month: month.start(),
            predicted: Vec::new(),
            billed: Vec::new(),
        };
        for header in chain.predictions() {
            if header.billed_on.0 == month.start() {
                let sum = (header.currency.clone(), header.total_minor);
                coming.predicted.push(sum);
            }
        }
        for bill in bills
            .iter()
            .filter(|bill| bill.starts_on.0 == month.start())
        {
            let sum = (bill.header.currency.clone(), bill.cost_minor);
            coming.billed.push(sum);
        }
        coming
    };
    Ok([of(this), of(next)])
}
