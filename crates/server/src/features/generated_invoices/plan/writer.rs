//! Charges written down as lines of a draft, with tax and words.

use std::collections::HashMap;

use billing::{
    Micro, Period, Policy,
    charge::{Charge, History, Run, Uncounted, charges_as_counted},
    coverage::{ChargeKind, Key},
    money::{LedgerForm, Money, TaxedAmount},
};
use chrono::NaiveDate;
use serde_json::json;

use super::super::{store, store::OneOffRow};
use super::PlannedLine;
use crate::{
    db::{OrgId, Tx},
    fault::Fault,
    features::{contracts::Line, reconciliation},
};

pub struct Writer {
    pub policy: Policy,
    tax_rates: HashMap<String, Micro>,
}

impl Writer {
    pub async fn load(tx: &mut Tx, org: OrgId) -> Result<Self, Fault> {
        Ok(Self {
            policy: reconciliation::policy(tx, org).await?,
            tax_rates: store::tax_rates(tx, org).await?.into_iter().collect(),
        })
    }

    /// The rate of a tax code as the ledger has it; none for one it does not know.
    pub fn tax_rate(&self, tax_type: &str) -> Option<Micro> {
        self.tax_rates.get(tax_type).copied()
    }

    pub fn charge(&self, line: &Line, charge: &Charge) -> Result<PlannedLine, Fault> {
        let rate = self.tax_rates.get(&line.terms.tax_type).copied();
        let is_whole = matches!(charge.kind(), ChargeKind::Recurring | ChargeKind::Usage);
        Ok(PlannedLine {
            contract_line: Some(line.id),
            covers: Some(charge.coverage),
            one_off: None,
            description: describe(line, charge),
            item_code: is_whole.then(|| line.item_code.clone()),
            quantity: charge.quantity,
            unit_price: charge.unit_price,
            form: charge.form,
            net: charge.net,
            tax: self.tax(charge.net, rate)?,
            tax_type: line.terms.tax_type.clone(),
            tax_rate: rate,
            account_code: line.terms.account_code.clone(),
            period: Some(charge.period),
            kind: charge.kind(),
            counted: charge
                .count
                .as_ref()
                .map(serde_json::to_string)
                .transpose()?,
            count_missing_on: None,
            explanation: serde_json::to_string(&charge.explanation)?,
        })
    }

    /// A line whose amount nobody knows yet: it stops the draft until a count comes.
    pub fn uncounted(&self, line: &Line, gap: &Uncounted) -> Result<PlannedLine, Fault> {
        let on = gap.why.0;
        Ok(PlannedLine {
            contract_line: Some(line.id),
            covers: Some(gap.coverage),
            one_off: None,
            description: format!("{}, {}", line.terms.description, days(gap.period)),
            item_code: Some(line.item_code.clone()),
            quantity: Micro::ZERO,
            unit_price: gap.unit_price,
            form: LedgerForm::QuantityTimesPrice {
                quantity: Micro::ZERO,
                unit_amount: gap.unit_price,
            },
            net: Money::zero(line.currency()?),
            tax: Money::zero(line.currency()?),
            tax_type: line.terms.tax_type.clone(),
            tax_rate: self.tax_rates.get(&line.terms.tax_type).copied(),
            account_code: line.terms.account_code.clone(),
            period: Some(gap.period),
            kind: gap.coverage.kind,
            counted: None,
            count_missing_on: Some(on),
            explanation: json!({ "count_missing_on": on }).to_string(),
        })
    }

    /// The charge of one period worked out anew, whatever covers the period by now; none where
    /// it still has no good count.
    pub fn again(
        &self,
        line: &Line,
        history: &History,
        key: Key,
        period: Period,
    ) -> Result<Option<PlannedLine>, Fault> {
        let run = Run {
            window: period,
            run_on: NaiveDate::MAX,
            since: period.start(),
            arrears_after: None,
            catch_up_from: period.end(),
            covered: &[],
        };
        let terms = line.billing_terms()?;
        let charged = charges_as_counted(&terms, history, &self.policy, &run);
        let charged = charged.map_err(Fault::internal)?.charges;
        let charge = charged.iter().find(|charge| charge.coverage == key);
        charge.map(|charge| self.charge(line, charge)).transpose()
    }

    pub fn one_off(&self, row: &OneOffRow) -> Result<PlannedLine, Fault> {
        let currency = reconciliation::currency(&row.currency)?;
        let net = Money {
            minor: row.net_minor,
            currency,
        };
        let rate = self.tax_rates.get(&row.tax_type).copied();
        let (quantity, unit_price) = (
            reconciliation::micro(row.quantity),
            reconciliation::micro(row.unit_price),
        );
        let form = LedgerForm::of(net, quantity, unit_price, billing::Fraction::ONE);
        let period = match (row.starts_on, row.ends_on) {
            (Some(start), Some(end)) => Period::new(start.0, end.0).ok(),
            _ => None,
        };
        Ok(PlannedLine {
            contract_line: row.contract_line_id,
            covers: None,
            one_off: Some(row.id),
            description: row.description.clone(),
            item_code: row.item_code.clone(),
            quantity,
            unit_price,
            form: form.map_err(Fault::internal)?,
            net,
            tax: self.tax(net, rate)?,
            tax_type: row.tax_type.clone(),
            tax_rate: rate,
            account_code: row.account_code.clone(),
            period,
            kind: ChargeKind::BillBack,
            counted: None,
            count_missing_on: None,
            explanation: row.explanation.clone(),
        })
    }

    fn tax(&self, net: Money, rate: Option<Micro>) -> Result<Money, Fault> {
        let amount = TaxedAmount::Exclusive { net };
        let taxed = amount.taxed(rate.unwrap_or(Micro::ZERO), self.policy.rounding);
        Ok(taxed.map_err(Fault::internal)?.tax)
    }
}

fn describe(line: &Line, charge: &Charge) -> String {
    let what = &line.terms.description;
    let days = days(charge.period);
    match charge.form {
        LedgerForm::QuantityTimesPrice { .. } => format!("{what}, {days}"),
        LedgerForm::OneOfTotal { true_quantity, .. } => {
            let quantity = true_quantity.decimal().normalize();
            format!("{what}: {quantity}, {days}")
        }
    }
}

fn days(period: Period) -> String {
    format!(
        "{} – {}",
        period.start().format("%-d %b %Y"),
        period.last_day().format("%-d %b %Y")
    )
}
