//! The answer.

use billing::{
    Money,
    charge::{Charge, Uncounted},
    money::DocumentTotals,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::fault::Fault;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvoicePreview)]
pub struct Told {
    pub lines: Vec<Line>,
    pub totals: Totals,
    /// What nobody can override: with one of these there would be no invoice.
    pub stops: Vec<Stop>,
    /// What a person would have to release. Nothing is known here that could hold.
    pub holds: Vec<Stop>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvoicePreviewLine)]
pub struct Line {
    key: String,
    /// recurring | catch_up | usage | minimum_spend | one_off | …
    #[schema(value_type = String)]
    kind: billing::coverage::ChargeKind,
    #[schema(value_type = String)]
    start: chrono::NaiveDate,
    /// The first day it is not for.
    #[schema(value_type = String)]
    end: chrono::NaiveDate,
    #[schema(value_type = String)]
    quantity: billing::Micro,
    #[schema(value_type = String)]
    unit_price: billing::Micro,
    /// Unit prices owed per unit, as numerator and denominator.
    #[schema(value_type = [i64; 2])]
    share: [i128; 2],
    net_minor: i64,
    tax_minor: i64,
    /// The rule, its policy, the events, and each step with its operands.
    #[schema(value_type = Object)]
    explanation: Value,
}

impl Line {
    pub(super) fn new(key: String, charge: &Charge, tax: Money) -> Result<Self, Fault> {
        Ok(Self {
            key,
            kind: charge.kind(),
            start: charge.period.start(),
            end: charge.period.end(),
            quantity: charge.quantity,
            unit_price: charge.unit_price,
            share: [charge.share.num(), charge.share.den()],
            net_minor: charge.net.minor,
            tax_minor: tax.minor,
            explanation: serde_json::to_value(&charge.explanation)?,
        })
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvoicePreviewTotals)]
#[expect(clippy::struct_field_names, reason = "the words of the API")]
pub struct Totals {
    net_minor: i64,
    tax_minor: i64,
    gross_minor: i64,
}

impl From<DocumentTotals> for Totals {
    fn from(totals: DocumentTotals) -> Self {
        Self {
            net_minor: totals.net.minor,
            tax_minor: totals.tax.minor,
            gross_minor: totals.gross.minor,
        }
    }
}

/// Something that is in the way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvoicePreviewStop)]
pub struct Stop {
    pub code: &'static str,
    /// The line's.
    pub key: String,
    pub message: String,
}

impl Stop {
    pub(super) fn uncounted(key: &str, gap: &Uncounted) -> Self {
        Self {
            code: "count_missing",
            key: key.to_owned(),
            message: gap.why.to_string(),
        }
    }

    pub(super) fn too_old(key: &str, charge: &Charge) -> Option<Self> {
        let counted = charge.count.filter(|count| count.is_too_old)?;
        Some(Self {
            code: "count_too_old",
            key: key.to_owned(),
            message: format!(
                "the last good count is of {}; take one or enter it by hand",
                counted.last_good_on
            ),
        })
    }
}
