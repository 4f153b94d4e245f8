//! The lines of a document.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Complaints, looks};
use crate::xero::amount::{Amount, round};
use crate::xero::input::LineIn;
use crate::xero::ledger::Ledger;
use crate::xero::records::{
    Account, AccountKind, Discount, Item, Line, LineAmounts, Side, TaxRate, Text, Trade,
};

/// What a line is checked against.
pub struct Setting<'a> {
    pub ledger: &'a Ledger,
    pub side: Side,
    pub line_amounts: LineAmounts,
    pub unit_places: u32,
    /// Approved documents need an account, a tax type and a description on every line.
    pub approved: bool,
}

/// Merges what was sent into the lines there are: a known id updates, none creates, and a line not
/// sent is gone. `id_of` names the existing lines.
pub fn merge(
    setting: &Setting<'_>,
    sent: &[LineIn],
    existing: &[Line],
    id_of: impl Fn(&Line) -> Uuid,
    complaints: &mut Complaints,
) -> Vec<Line> {
    let find = |id: Uuid| existing.iter().find(|line| id_of(line) == id);
    let merged = sent.iter().map(|input| {
        let base = input.line_item_id.and_then(find);
        one(setting, input, base, complaints)
    });
    merged.collect()
}

/// Checks lines that stay as they are, when their document is approved.
pub fn check(setting: &Setting<'_>, lines: &[Line], complaints: &mut Complaints) {
    for line in lines {
        check_posting(setting, line, complaints);
    }
}

fn one(
    setting: &Setting<'_>,
    input: &LineIn,
    base: Option<&Line>,
    complaints: &mut Complaints,
) -> Line {
    let mut line = base.cloned().unwrap_or_else(blank);
    set_text(&mut line.description, input.description.as_deref());
    set_text(&mut line.item_code, input.item_code.as_deref());
    set_text(&mut line.tax_type, input.tax_type.as_deref());
    set_text(
        &mut line.account_code,
        account_code(setting.ledger, input).as_deref(),
    );
    let item = item(setting, &line, complaints);
    fill_from_item(setting, &mut line, item);
    set_price(setting, input, &mut line, item, base.is_some());
    set_discount(setting, input, &mut line, complaints);
    looks::set_tracking(
        setting.ledger,
        input.tracking.as_deref(),
        &mut line,
        complaints,
    );
    let account = line
        .account_code
        .as_deref()
        .and_then(|code| known_account(setting.ledger, code));
    if line.tax_type.is_none() {
        line.tax_type = account.map(|account| account.tax_type.clone());
    }
    set_tax(input, &mut line, complaints);
    check_posting(setting, &line, complaints);
    check_line_amount(setting, input, &line, complaints);
    super::check_length(line.description.as_deref(), "Description", 4000, complaints);
    line
}

fn blank() -> Line {
    Line {
        description: None,
        quantity: Decimal::ZERO,
        ..Line::new("", Decimal::ZERO, Decimal::ZERO)
    }
}

fn set_text(field: &mut Option<Text>, sent: Option<&str>) {
    if let Some(text) = sent {
        *field = Some(Text::from(text)).filter(|text| !text.is_empty());
    }
}

fn account_code(ledger: &Ledger, input: &LineIn) -> Option<String> {
    let by_id = input.account_id.and_then(|id| ledger.account_by_id(id));
    let by_id = by_id
        .and_then(|key| ledger.account(key))
        .map(|account| account.code.to_string());
    input.account_code.clone().or(by_id)
}

fn item<'a>(setting: &Setting<'a>, line: &Line, complaints: &mut Complaints) -> Option<&'a Item> {
    let code = line.item_code.as_deref()?;
    let item = setting
        .ledger
        .item_by_code(code)
        .and_then(|key| setting.ledger.item(key));
    if item.is_none() {
        complaints.push(format!("Item code '{code}' is not valid"));
    }
    item
}

fn trade<'a>(setting: &Setting<'_>, item: Option<&'a Item>) -> Option<&'a Trade> {
    match setting.side {
        Side::Sales => item?.sales.as_ref(),
        Side::Purchase => item?.purchase.as_ref(),
    }
}

fn fill_from_item(setting: &Setting<'_>, line: &mut Line, item: Option<&Item>) {
    let Some(item) = item else { return };
    if line.description.is_none() {
        let text = match setting.side {
            Side::Sales => &item.description,
            Side::Purchase => &item.purchase_description,
        };
        let text = if text.is_empty() { &item.name } else { text };
        line.description = Some(text.clone()).filter(|text| !text.is_empty());
    }
    let trade = trade(setting, Some(item));
    if line.account_code.is_none() {
        line.account_code = trade.and_then(|trade| trade.account_code.clone());
    }
    if line.tax_type.is_none() {
        line.tax_type = trade.and_then(|trade| trade.tax_type.clone());
    }
}

fn set_price(
    setting: &Setting<'_>,
    input: &LineIn,
    line: &mut Line,
    item: Option<&Item>,
    is_known: bool,
) {
    let listed = trade(setting, item)
        .and_then(|trade| trade.unit_price)
        .filter(|_| !is_known);
    let has_price = input.unit_amount.or(listed).is_some() || input.line_amount.is_some();
    match input.quantity {
        Some(quantity) => line.quantity = round(quantity, 4),
        None if has_price && !is_known => line.quantity = Decimal::ONE,
        None => {}
    }
    let from_amount = || {
        let amount = input.line_amount.filter(|_| !is_known)?;
        amount.checked_div(line.quantity)
    };
    if let Some(price) = input.unit_amount.or_else(from_amount).or(listed) {
        line.unit_amount = round(price, setting.unit_places);
    }
}

fn set_discount(
    setting: &Setting<'_>,
    input: &LineIn,
    line: &mut Line,
    complaints: &mut Complaints,
) {
    let sent = match (input.discount_rate, input.discount_amount) {
        (Some(rate), _) if !rate.is_zero() => Discount::Rate(rate),
        (_, Some(amount)) if !amount.is_zero() => match Amount::rounded(amount) {
            Some(amount) => Discount::Amount(amount),
            None => return complaints.push("The discount is too large".to_owned()),
        },
        (None, None) => return,
        _ => Discount::None,
    };
    let most = line.quantity.saturating_mul(line.unit_amount);
    let fits = match sent {
        Discount::None => true,
        Discount::Rate(rate) => (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&rate),
        Discount::Amount(amount) => (Decimal::ZERO..=most).contains(&amount.decimal()),
    };
    if !fits {
        complaints.push("Discount must be between 0 and the line amount".to_owned());
    }
    if sent != Discount::None && setting.side == Side::Purchase {
        complaints.push("Discounts can only be used on ACCREC documents".to_owned());
    }
    line.discount = sent;
}

/// A tax amount that is sent overrides the calculated one.
fn set_tax(input: &LineIn, line: &mut Line, complaints: &mut Complaints) {
    let Some(tax) = input.tax_amount else {
        if input.unit_amount.is_some() || input.quantity.is_some() || input.tax_type.is_some() {
            line.tax_is_given = false;
        }
        return;
    };
    match Amount::exact(tax) {
        Some(tax) => {
            line.tax_amount = tax;
            line.tax_is_given = true;
        }
        None => complaints.push(format!("Tax amount {tax} must have two decimal places")),
    }
}

fn known_account<'a>(ledger: &'a Ledger, code: &str) -> Option<&'a Account> {
    let account = ledger
        .account_by_code(code)
        .and_then(|key| ledger.account(key))?;
    let usable = !account.archived && account.kind != AccountKind::Bank && account.system.is_none();
    usable.then_some(account)
}

fn check_posting(setting: &Setting<'_>, line: &Line, complaints: &mut Complaints) {
    let is_text_only = line.quantity.is_zero() && line.unit_amount.is_zero();
    if line.description.is_none() && (setting.approved || is_text_only) {
        complaints.push("Description must be specified".to_owned());
    }
    let ledger = setting.ledger;
    let account = line
        .account_code
        .as_deref()
        .map(|code| (code, known_account(ledger, code)));
    if let Some((code, None)) = account {
        complaints.push(format!(
            "Account code '{code}' is not a valid code for this document."
        ));
    }
    let tax = line.tax_type.as_deref();
    let tax = tax.map(|code| (code, ledger.tax_rate(code).filter(|rate| !rate.archived)));
    if let Some((code, None)) = tax {
        complaints.push(format!(
            "The TaxType code '{code}' does not exist or has been archived"
        ));
    }
    if let (Some((code, Some(account))), Some((tax_type, Some(rate)))) = (account, tax)
        && !suits(account, rate)
    {
        complaints.push(format!(
            "The TaxType code '{tax_type}' cannot be used with account code '{code}'"
        ));
    }
    if setting.approved && !is_text_only {
        if account.is_none() {
            complaints.push("Account code must be specified".to_owned());
        }
        if tax.is_none() && setting.line_amounts != LineAmounts::NoTax {
            complaints.push("TaxType must be specified".to_owned());
        }
    }
}

fn suits(account: &Account, rate: &TaxRate) -> bool {
    match account.kind.class() {
        "REVENUE" => rate.for_revenue,
        "EXPENSE" => rate.for_expenses,
        _ => true,
    }
}

/// A line amount that is sent must be what quantity, price and discount come to.
fn check_line_amount(
    setting: &Setting<'_>,
    input: &LineIn,
    line: &Line,
    complaints: &mut Complaints,
) {
    let Some(sent) = input.line_amount else {
        return;
    };
    let mut copy = line.clone();
    let Ok(()) = Ledger::extend_line(&mut copy, setting.line_amounts) else {
        return;
    };
    let expected = copy.line_amount.decimal();
    if round(sent, 2) != expected {
        complaints.push(format!(
            "The line total {sent} does not match the expected line total {expected}"
        ));
    }
}
