//! A draft invoice: what it comes to, what stops or holds it, and the states it goes through.
//!
//! Nothing here sends anything. Approving binds a person to the content they saw; if the content
//! changes the approval falls.

mod approval;
mod by_hand;
mod compare;
mod content;
mod guards;
mod state;
mod usual;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use approval::{
    Above, Decision, NeverSatisfied, NoVoice, Rules, Voice, above, check, decide, may_speak,
};
pub use by_hand::{ByHand, by_hand};
pub use compare::{Charged, Difference, Reason, Side, Subject, compare};
pub use guards::{Hold, Stop, holds, stops};
pub use state::{Action, Approval, Approve, NumberSeries, Refusal, State, approve};
pub use usual::{Surroundings, Unusual, Usual, look};

use crate::coverage::Key;
use crate::id::Id;
use crate::micro::Micro;
use crate::money::{Currency, DocumentError, DocumentTotals, Money, TaxedAmount, document_totals};
use crate::policy::Policy;
use crate::quantity::Counted;

/// One line of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub id: Id,
    /// The contract line and the coverage it takes; none for a line added by hand.
    pub covers: Option<(Id, Key)>,
    pub description: String,
    pub quantity: Micro,
    pub unit_price: Micro,
    pub amount: TaxedAmount,
    pub tax_code: Option<String>,
    /// As at the invoice date; 0.2 for 20 %.
    pub tax_rate: Option<Micro>,
    pub account_code: Option<String>,
    /// What the MSP pays for the line, where it is known.
    pub cost: Option<Money>,
    /// What the contract makes of the period at its full quantity; none for what does not recur.
    pub contract_value: Option<Money>,
    /// An event or a planned step stands behind what differs from the last period.
    pub is_explained: bool,
    pub count: Option<Counted>,
    /// Nothing was counted by this day, so that the amount is not known yet.
    pub count_missing_on: Option<NaiveDate>,
    /// The currency of the price list the price was taken from, where there was one.
    pub price_list_currency: Option<Currency>,
}

/// Everything that is looked at before a draft may go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    pub client: Id,
    pub currency: Currency,
    /// What the client is invoiced in.
    pub client_currency: Currency,
    /// The contact in accounting.
    pub contact: Option<String>,
    pub invoice_date: NaiveDate,
    pub due_date: Option<NaiveDate>,
    /// The purchase-order number, printed as Reference.
    pub reference: Option<String>,
    pub is_reference_required: bool,
    pub lines: Vec<Line>,
    /// Coverage of these lines that another document already has.
    pub covered_elsewhere: Vec<(Id, Key)>,
    /// Tax and account codes the ledger knows and takes.
    pub ledger_tax_codes: Vec<String>,
    pub ledger_account_codes: Vec<String>,
    /// Nothing on or before this day can be changed in the ledger.
    pub ledger_locked_through: Option<NaiveDate>,
    /// The same client's last regular invoice.
    pub last_total: Option<Money>,
    /// Repeating invoices in the ledger that still bill this client too, as people know them.
    #[serde(default)]
    pub repeating_invoices: Vec<String>,
}

impl Line {
    /// The amount as stated: net, or gross where tax is inside.
    pub fn stated(&self) -> Money {
        match self.amount {
            TaxedAmount::Exclusive { net } => net,
            TaxedAmount::Inclusive { gross } => gross,
        }
    }
}

impl Draft {
    /// The document's totals, rounded as the policy says (the ledger's way where one is
    /// connected). A line without a tax rate counts as untaxed; it is stopped elsewhere.
    pub fn totals(&self, policy: &Policy) -> Result<DocumentTotals, DocumentError> {
        let lines: Vec<(TaxedAmount, Micro)> = self
            .lines
            .iter()
            .map(|line| (line.amount, line.tax_rate.unwrap_or(Micro::ZERO)))
            .collect();
        document_totals(self.currency, &lines, policy)
    }
}

/// The ledger's reply compared with what was sent: a cent of difference stops the posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("the ledger makes it {ledger} where we make it {ours}; nothing was approved there")]
pub struct TotalsDiffer {
    pub ours: Money,
    pub ledger: Money,
}

/// Refuses a difference of any size, in currency or amount.
pub fn compare_totals(ours: Money, ledger: Money) -> Result<(), TotalsDiffer> {
    if ours == ledger {
        Ok(())
    } else {
        Err(TotalsDiffer { ours, ledger })
    }
}
