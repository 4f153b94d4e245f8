//! The organisation and the settings a client may read: accounts and tax rates.

use axum::extract::Path;
use axum::response::Response;
use uuid::Uuid;

use super::Failure;
use super::call::Call;
use crate::xero::query::{AccountRow, TaxRateRow};
use crate::xero::records::AccountKey;
use crate::xero::wire::{
    AccountOut, ActionOut, CategoryOut, OrganisationOut, TaxRateOut, ThemeOut,
};

/// `GET /Accounts`
pub async fn accounts(call: Call) -> Result<Response, Failure> {
    let query = call.list_query(AccountRow::FIELDS)?;
    let mut ledger = call.ledger()?;
    ledger.accounts.put_in_order();
    let ledger = &*ledger;
    let row = |index| AccountRow::new(ledger, AccountKey(index));
    let chosen = query.choose(ledger.accounts.by_change(query.since), row, None);
    let found = chosen.iter().copied().map(AccountKey);
    let found = found.filter_map(|key| Some(AccountOut::new(ledger, key, ledger.account(key)?)));
    let rows: Vec<_> = found.collect();
    call.reply("Accounts", &rows, None)
}

/// `GET /Accounts/{id}`
pub async fn account(call: Call, Path(id): Path<String>) -> Result<Response, Failure> {
    let ledger = call.ledger()?;
    let key = Uuid::try_parse(&id)
        .ok()
        .and_then(|id| ledger.account_by_id(id));
    let found = key.and_then(|key| Some((key, ledger.account(key)?)));
    let (key, account) = found.ok_or(Failure::NotFound)?;
    call.reply("Accounts", &[AccountOut::new(&ledger, key, account)], None)
}

/// `GET /TaxRates`: no pages and no If-Modified-Since.
pub async fn tax_rates(call: Call) -> Result<Response, Failure> {
    let query = call.list_query(TaxRateRow::FIELDS)?;
    let ledger = call.ledger()?;
    let rates = &ledger.tax_rates;
    let all: Vec<u32> = (0..).zip(rates).map(|(index, _)| index).collect();
    let row = |index: u32| rates.get(index as usize).map(TaxRateRow);
    let chosen = query.choose(&all, row, None);
    let found = chosen.iter().filter_map(|index| rates.get(*index as usize));
    let rows: Vec<_> = found.map(TaxRateOut::from).collect();
    call.reply("TaxRates", &rows, None)
}

/// `GET /TaxRates/{tax type}`
pub async fn tax_rate(call: Call, Path(tax_type): Path<String>) -> Result<Response, Failure> {
    let ledger = call.ledger()?;
    let rate = ledger.tax_rate(&tax_type).ok_or(Failure::NotFound)?;
    call.reply("TaxRates", &[TaxRateOut::from(rate)], None)
}

/// `GET /BrandingThemes`
pub async fn themes(call: Call) -> Result<Response, Failure> {
    let ledger = call.ledger()?;
    call.reply("BrandingThemes", &ThemeOut::all(&ledger), None)
}

/// `GET /TrackingCategories`: the active ones.
pub async fn tracking(call: Call) -> Result<Response, Failure> {
    let ledger = call.ledger()?;
    call.reply("TrackingCategories", &CategoryOut::all(&ledger), None)
}

/// `GET /Organisation`
pub async fn organisation(call: Call) -> Result<Response, Failure> {
    let ledger = call.ledger()?;
    let row = OrganisationOut::new(ledger.tenant_id(), &ledger.organisation);
    call.reply("Organisations", &[row], None)
}

/// `GET /Organisation/Actions`
pub async fn actions(call: Call) -> Result<Response, Failure> {
    let ledger = call.ledger()?;
    let has_currencies = !ledger.organisation.currencies.is_empty();
    let allowed = |name| ActionOut {
        name,
        status: "ALLOWED",
    };
    let mut rows: Vec<ActionOut> = [
        "CreateApprovedInvoice",
        "CreateDraftInvoice",
        "CreateApprovedBill",
        "CreateDraftBill",
        "CreateInvoicePayment",
        "AttachFilesIntoInvoice",
    ]
    .map(allowed)
    .into();
    let status = if has_currencies {
        "ALLOWED"
    } else {
        "NOT-ALLOWED"
    };
    rows.push(ActionOut {
        name: "UseMulticurrency",
        status,
    });
    rows.push(ActionOut {
        name: "CreateRepeatingInvoice",
        status: "NOT-ALLOWED",
    });
    call.reply("Actions", &rows, None)
}
