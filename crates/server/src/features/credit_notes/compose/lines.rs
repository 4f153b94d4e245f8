//! What a credit note's lines are: parts of an invoice's lines, or free ones.

use billing::{
    Fraction, Micro, Money,
    credit::{CreditError, Creditable},
    money::{TaxedAmount, line_total},
    policy::Rounding,
};

use super::{
    super::store::{self, CreditableRow, NewLine},
    LineInput, Party,
};
use crate::{
    db::{Exact, GeneratedCreditNoteId, OrgId, Tx},
    fault::Fault,
    features::reconciliation,
    input::{self, Checks},
};

/// The most that fits one document of the ledger.
const MOST_LINES: usize = 500;

pub(super) async fn lines(
    tx: &mut Tx,
    org: OrgId,
    party: &Party,
    except: Option<GeneratedCreditNoteId>,
    typed: &[LineInput],
    checks: &mut Checks,
) -> Result<Vec<NewLine>, Fault> {
    if typed.is_empty() || typed.len() > MOST_LINES {
        checks.wrong("lines", "credit one to 500 lines");
    }
    let currency = reconciliation::currency(&party.currency)?;
    let mut found = Vec::with_capacity(typed.len());
    if let Some((invoice, _)) = party.invoice {
        let rows = store::creditable(tx, org, invoice, except).await?;
        let mut seen = Vec::new();
        for (place, line) in typed.iter().enumerate() {
            let at = format!("lines.{place}");
            let row = rows.iter().find(|row| Some(row.id) == line.line);
            match row {
                Some(row) if !seen.contains(&row.id) => {
                    seen.push(row.id);
                    match of_invoice(row, line, currency) {
                        Ok(line) => found.push(line),
                        Err(why) => checks.wrong(format!("{at}.net_minor"), why),
                    }
                }
                Some(_) => checks.wrong(format!("{at}.line"), "this line is named twice"),
                None => checks.wrong(format!("{at}.line"), "name a line of the invoice"),
            }
        }
        return Ok(found);
    }
    let rates = store::tax_rates(tx, org).await?;
    for (place, line) in typed.iter().enumerate() {
        found.extend(free(line, place, currency, &rates, checks));
    }
    Ok(found)
}

/// The part of an invoice's line that is credited. Whole units go out as such, and so does the
/// line as it was sent; any other amount goes out as one of the amount, without the item, because
/// it takes no unit back.
fn of_invoice(
    row: &CreditableRow,
    line: &LineInput,
    currency: billing::Currency,
) -> Result<NewLine, String> {
    let money = |minor| Money { minor, currency };
    let creditable = Creditable {
        net: money(row.net_minor),
        tax: money(row.tax_minor),
        credited_net: money(row.credited_net_minor),
        credited_tax: money(row.credited_tax_minor),
    };
    let left = creditable.left().map_err(|error| error.to_string())?;
    let net = line.net_minor.map_or(left, money);
    let credit = creditable.credit(net).map_err(|error| match error {
        CreditError::MoreThanLeft { left } if left.minor <= 0 => {
            "nothing of this line is left to credit".to_owned()
        }
        other => other.to_string(),
    })?;
    let one_of_it = || one_of(net.minor, currency);
    let (quantity, unit_price, is_units) = if net.minor == row.net_minor {
        (row.sent_quantity, row.sent_unit_amount, true)
    } else {
        match units(row, net, currency) {
            Some(quantity) => (quantity, row.unit_price, true),
            None => (Exact::from_micros(1_000_000), one_of_it(), false),
        }
    };
    Ok(NewLine {
        source: Some(row.id),
        description: row.description.clone(),
        item_code: row.item_code.clone().filter(|_| is_units),
        quantity,
        unit_price,
        net_minor: credit.net.minor,
        tax_minor: credit.tax.minor,
        tax_type: row.tax_type.clone(),
        tax_rate: row.tax_rate,
        account_code: row.account_code.clone(),
    })
}

/// How many whole units of the line an amount is, if it is some.
fn units(row: &CreditableRow, net: Money, currency: billing::Currency) -> Option<Exact> {
    let price = reconciliation::micro(row.unit_price);
    let whole = reconciliation::micro(row.quantity);
    if price.0 <= 0 || price.0 % 100 != 0 {
        return None;
    }
    let per_minor = 1_000_000 / currency.minor_per_major();
    let count = net.minor.checked_mul(per_minor)?.checked_div(price.0)?;
    let quantity = Micro(count.checked_mul(1_000_000)?);
    if count < 1 || quantity > whole {
        return None;
    }
    let reached = line_total(quantity, price, Fraction::ONE, currency, Rounding::HalfUp).ok()?;
    (reached == net).then(|| Exact::from_micros(quantity.0))
}

/// The price of one unit that is the whole amount.
fn one_of(minor: i64, currency: billing::Currency) -> Exact {
    let per_minor = 1_000_000 / currency.minor_per_major();
    Exact::from_micros(minor.saturating_mul(per_minor))
}

fn free(
    line: &LineInput,
    place: usize,
    currency: billing::Currency,
    rates: &[(String, Exact)],
    checks: &mut Checks,
) -> Option<NewLine> {
    let at = |name: &str| format!("lines.{place}.{name}");
    if line.line.is_some() || line.net_minor.is_some() {
        checks.wrong(at("line"), "name the invoice whose line it is");
        return None;
    }
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let description = input::line(&text(&line.description), 4000);
    let description = checks.take(at("description"), description);
    let quantity = input::exact(line.quantity.as_deref().unwrap_or("1"));
    let quantity = checks.take(at("quantity"), quantity.and_then(positive));
    let price = input::exact(&text(&line.unit_price));
    let price = price.and_then(positive).and_then(four_places);
    let unit_price = checks.take(at("unit_price"), price);
    let tax_type = text(&line.tax_type).trim().to_owned();
    let rate = rates.iter().find(|(code, _)| *code == tax_type);
    let unknown_rate = || "accounting knows no such tax code for sales".to_owned();
    let rate = checks.take(
        at("tax_type"),
        rate.map(|(_, rate)| *rate).ok_or_else(unknown_rate),
    );
    let account_code = input::line(&text(&line.account_code), 50);
    let account_code = checks.take(at("account_code"), account_code);
    let item_code = input::free_line(&text(&line.item_code), 100);
    let item_code = checks.take(at("item_code"), item_code)?;
    let (quantity, unit_price, rate) = (quantity?, unit_price?, rate?);
    let (quantity_micros, price_micros) = (
        reconciliation::micro(quantity),
        reconciliation::micro(unit_price),
    );
    let taxed = line_total(
        quantity_micros,
        price_micros,
        Fraction::ONE,
        currency,
        Rounding::HalfUp,
    )
    .and_then(|net| {
        TaxedAmount::Exclusive { net }.taxed(reconciliation::micro(rate), Rounding::HalfUp)
    });
    let taxed = checks.take(at("unit_price"), taxed.map_err(|error| error.to_string()))?;
    if taxed.net.minor <= 0 {
        checks.wrong(at("unit_price"), "this comes to nothing");
    }
    Some(NewLine {
        source: None,
        description: description?,
        item_code: Some(item_code).filter(|code| !code.is_empty()),
        quantity,
        unit_price,
        net_minor: taxed.net.minor,
        tax_minor: taxed.tax.minor,
        tax_type,
        tax_rate: rate,
        account_code: account_code?,
    })
}

fn positive(number: Exact) -> Result<Exact, String> {
    if number.0 > rust_decimal::Decimal::ZERO {
        Ok(number)
    } else {
        Err("this must be more than zero; a credit note gives back by itself".to_owned())
    }
}

fn four_places(price: Exact) -> Result<Exact, String> {
    if price.0.normalize().scale() <= 4 {
        Ok(price)
    } else {
        Err("accounting keeps at most four decimal places of a price".to_owned())
    }
}
