//! What a person says of a line.

use billing::Micro;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    fault::Fault,
    features::reconciliation::micro,
    input::{self, Checks},
};

/// A line of an invoice has at most so many characters in the ledger.
const LONGEST_DESCRIPTION: usize = 4_000;

#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = DraftLineFields)]
pub struct LineFields {
    pub description: Option<String>,
    #[schema(value_type = Option<String>)]
    pub quantity: Option<String>,
    #[schema(value_type = Option<String>)]
    pub unit_price: Option<String>,
    /// A tax code of the ledger; its rate comes with it.
    pub tax_type: Option<String>,
    /// A revenue account of the ledger.
    pub account_code: Option<String>,
}

/// Fields as values; none where nothing was given.
pub struct Given {
    pub description: Option<String>,
    pub quantity: Option<Micro>,
    pub unit_price: Option<Micro>,
    pub tax_type: Option<String>,
    pub account_code: Option<String>,
}

impl LineFields {
    pub(super) fn read(&self) -> Result<Given, Fault> {
        let mut checks = Checks::default();
        let mut number = |name: &str, text: &Option<String>| {
            let text = text.as_deref()?;
            let read = checks.take(name, input::exact(text))?;
            Some(micro(read))
        };
        let quantity = number("quantity", &self.quantity);
        let unit_price = number("unit_price", &self.unit_price);
        let description = self
            .description
            .as_deref()
            .and_then(|text| checks.take("description", input::line(text, LONGEST_DESCRIPTION)));
        checks.done()?;
        let code = |text: &Option<String>| text.as_deref().map(|text| text.trim().to_owned());
        Ok(Given {
            description,
            quantity,
            unit_price,
            tax_type: code(&self.tax_type),
            account_code: code(&self.account_code),
        })
    }
}
