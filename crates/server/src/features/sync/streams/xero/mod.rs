//! Xero: everything, or what it marks as changed.

mod documents;
mod lists;
mod repeating;
mod settled;

pub use documents::Invoices;
pub use lists::{Accounts, Contacts, Items, TaxRates};
pub use repeating::{RepeatingInvoices, RepeatingLine};
pub use settled::{CreditAllocation, CreditLine, CreditNotes, Payments};

use billing::money::Currency;
use rust_decimal::Decimal;
use vendors::xero::{LineAmounts, LineItem, Xero};

use crate::{
    db::{Day, replay},
    fault::Fault,
    features::{
        connections::{self, Ledger},
        sync::{
            drive::{Run, Trouble},
            normal::{self, Reason},
        },
    },
};

/// Reads what the ledger says about itself; cheap, and proof that the connection works.
pub async fn read_organisation(run: &Run<'_>, client: &Xero) -> Result<(), Trouble> {
    let organisation = client.organisation().await?;
    let locks = [
        organisation.period_lock_date,
        organisation.end_of_year_lock_date,
    ];
    let ledger = Ledger {
        name: organisation.name,
        base_currency: organisation.base_currency,
        country: organisation.country_code,
        short_code: organisation.short_code,
        locked_until: locks.into_iter().flatten().max().map(Day),
    };
    replay(|| keep(run, &ledger)).await?;
    Ok(())
}

async fn keep(run: &Run<'_>, ledger: &Ledger) -> Result<(), Fault> {
    let (org, id) = (run.source.org, run.source.connection);
    let mut tx = run.app.db.write(org).await?;
    let mut settings = connections::one(&mut tx, org, id).await?.settings();
    settings.ledger = Some(ledger.clone());
    let text = serde_json::to_string(&settings)?;
    connections::store::set_settings(&mut tx, org, id, &text).await?;
    Ok(tx.commit().await?)
}

/// A line's amount without tax, after discount, and its tax.
fn net_and_tax(
    line: &LineItem,
    amounts: Option<&LineAmounts>,
    currency: Currency,
) -> Result<(i64, i64), Reason> {
    let tax = line.tax_amount.unwrap_or_default();
    let amount = line.line_amount.unwrap_or_default();
    let net = if amounts == Some(&LineAmounts::Inclusive) {
        amount.checked_sub(tax).unwrap_or(Decimal::ZERO)
    } else {
        amount
    };
    let net = normal::minor("LineAmount", net, currency)?;
    Ok((net, normal::minor("TaxAmount", tax, currency)?))
}
