//! The organisation and its settings: accounts, tax rates, items, and the notes on documents.

use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use super::document::optional_number;
use super::{Day, Moment, Nothing};
use crate::xero::amount::{Currency, number, round};
use crate::xero::ledger::{Ledger, Note};
use crate::xero::records::{
    Account, AccountKey, AccountKind, Item, ItemKey, Organisation, TaxRate, Trade,
};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OrganisationOut<'a> {
    #[serde(rename = "OrganisationID")]
    organisation_id: Uuid,
    name: &'a str,
    legal_name: &'a str,
    pays_tax: bool,
    version: &'static str,
    organisation_type: &'static str,
    organisation_entity_type: &'static str,
    base_currency: Currency,
    country_code: &'a str,
    is_demo_company: bool,
    organisation_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_number: Option<&'a str>,
    financial_year_end_day: u32,
    financial_year_end_month: u32,
    sales_tax_basis: &'static str,
    sales_tax_period: &'static str,
    default_sales_tax: &'static str,
    default_purchases_tax: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    period_lock_date: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_of_year_lock_date: Option<Day>,
    #[serde(rename = "CreatedDateUTC")]
    created: Moment,
    timezone: &'a str,
    short_code: String,
    class: &'static str,
    edition: &'static str,
    addresses: Nothing,
    phones: Nothing,
    external_links: Nothing,
}

impl<'a> OrganisationOut<'a> {
    pub fn new(tenant: Uuid, organisation: &'a Organisation) -> Self {
        let is_demo = organisation.is_demo;
        let is_british = organisation.country_code == "GB";
        Self {
            organisation_id: tenant,
            name: &organisation.name,
            legal_name: &organisation.name,
            pays_tax: true,
            version: if is_british { "UK" } else { "GLOBAL" },
            organisation_type: "COMPANY",
            organisation_entity_type: "COMPANY",
            base_currency: organisation.base_currency,
            country_code: &organisation.country_code,
            is_demo_company: is_demo,
            organisation_status: "ACTIVE",
            tax_number: organisation.tax_number.as_deref(),
            financial_year_end_day: 31,
            financial_year_end_month: 3,
            sales_tax_basis: "ACCRUAL",
            sales_tax_period: "QUARTERLY",
            default_sales_tax: "Tax Exclusive",
            default_purchases_tax: "Tax Exclusive",
            period_lock_date: organisation.period_lock_date.map(Day),
            end_of_year_lock_date: organisation.end_of_year_lock_date.map(Day),
            created: Moment(organisation.created),
            timezone: &organisation.timezone,
            short_code: format!(
                "!{}",
                &tenant.simple().to_string().get(..5).unwrap_or_default()
            ),
            class: if is_demo { "DEMO" } else { "PREMIUM" },
            edition: "BUSINESS",
            addresses: Nothing,
            phones: Nothing,
            external_links: Nothing,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ActionOut {
    pub name: &'static str,
    pub status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountOut<'a> {
    #[serde(rename = "AccountID")]
    account_id: Uuid,
    code: &'a str,
    name: &'a str,
    status: &'static str,
    r#type: &'static str,
    tax_type: &'a str,
    class: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_account: Option<&'static str>,
    enable_payments_to_account: bool,
    show_in_expense_claims: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_account_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency_code: Option<Currency>,
    has_attachments: bool,
    #[serde(rename = "UpdatedDateUTC")]
    updated: Moment,
}

impl<'a> AccountOut<'a> {
    pub fn new(ledger: &'a Ledger, key: AccountKey, account: &'a Account) -> Self {
        let is_bank = account.kind == AccountKind::Bank;
        Self {
            account_id: ledger.account_id(key),
            code: &account.code,
            name: &account.name,
            status: account_status(account),
            r#type: account.kind.as_str(),
            tax_type: &account.tax_type,
            class: account.kind.class(),
            system_account: account.system,
            enable_payments_to_account: account.takes_payments && !is_bank,
            show_in_expense_claims: false,
            bank_account_type: is_bank.then_some("BANK"),
            currency_code: is_bank.then_some(ledger.organisation.base_currency),
            has_attachments: false,
            updated: Moment(account.updated),
        }
    }
}

pub fn account_status(account: &Account) -> &'static str {
    if account.archived {
        "ARCHIVED"
    } else {
        "ACTIVE"
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TaxRateOut<'a> {
    name: &'a str,
    tax_type: &'a str,
    report_tax_type: &'static str,
    status: &'static str,
    can_apply_to_assets: bool,
    can_apply_to_equity: bool,
    can_apply_to_expenses: bool,
    can_apply_to_liabilities: bool,
    can_apply_to_revenue: bool,
    #[serde(serialize_with = "number")]
    display_tax_rate: Decimal,
    #[serde(serialize_with = "number")]
    effective_rate: Decimal,
    tax_components: [TaxComponent<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TaxComponent<'a> {
    name: &'a str,
    #[serde(serialize_with = "number")]
    rate: Decimal,
    is_compound: bool,
    is_non_recoverable: bool,
}

impl<'a> From<&'a TaxRate> for TaxRateOut<'a> {
    fn from(rate: &'a TaxRate) -> Self {
        let component = TaxComponent {
            name: "VAT",
            rate: rate.rate,
            is_compound: false,
            is_non_recoverable: false,
        };
        Self {
            name: &rate.name,
            tax_type: &rate.tax_type,
            report_tax_type: rate.report_type,
            status: tax_rate_status(rate),
            can_apply_to_assets: true,
            can_apply_to_equity: true,
            can_apply_to_expenses: rate.for_expenses,
            can_apply_to_liabilities: true,
            can_apply_to_revenue: rate.for_revenue,
            display_tax_rate: rate.rate,
            effective_rate: rate.rate,
            tax_components: [component],
        }
    }
}

pub fn tax_rate_status(rate: &TaxRate) -> &'static str {
    if rate.archived { "ARCHIVED" } else { "ACTIVE" }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ItemOut<'a> {
    #[serde(rename = "ItemID")]
    item_id: Uuid,
    code: &'a str,
    name: &'a str,
    description: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    purchase_description: &'a str,
    #[serde(rename = "UpdatedDateUTC")]
    updated: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    purchase_details: Option<TradeOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sales_details: Option<TradeOut<'a>>,
    is_tracked_as_inventory: bool,
    is_sold: bool,
    is_purchased: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_attribute_string: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TradeOut<'a> {
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "optional_number"
    )]
    unit_price: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_type: Option<&'a str>,
}

impl<'a> TradeOut<'a> {
    fn new(trade: &'a Trade, unit_places: u32) -> Self {
        Self {
            unit_price: trade.unit_price.map(|price| round(price, unit_places)),
            account_code: trade.account_code.as_deref(),
            tax_type: trade.tax_type.as_deref(),
        }
    }
}

impl<'a> ItemOut<'a> {
    pub fn new(ledger: &Ledger, key: ItemKey, item: &'a Item, unit_places: u32) -> Self {
        Self {
            item_id: ledger.item_id(key),
            code: &item.code,
            name: &item.name,
            description: &item.description,
            purchase_description: &item.purchase_description,
            updated: Moment(item.updated),
            purchase_details: item
                .purchase
                .as_ref()
                .map(|trade| TradeOut::new(trade, unit_places)),
            sales_details: item
                .sales
                .as_ref()
                .map(|trade| TradeOut::new(trade, unit_places)),
            is_tracked_as_inventory: false,
            is_sold: item.sales.is_some(),
            is_purchased: item.purchase.is_some(),
            status_attribute_string: None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NoteOut<'a> {
    changes: &'static str,
    #[serde(rename = "DateUTCString")]
    date_string: String,
    #[serde(rename = "DateUTC")]
    date: Moment,
    user: &'static str,
    details: &'a str,
}

impl<'a> From<&'a Note> for NoteOut<'a> {
    fn from(note: &'a Note) -> Self {
        Self {
            changes: note.changes,
            date_string: note.at.format("%Y-%m-%dT%H:%M:%S").to_string(),
            date: Moment(note.at),
            user: note.user,
            details: &note.details,
        }
    }
}
