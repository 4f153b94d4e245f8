//! Prices as spreadsheets of many countries write them.

use crate::{db::Exact, input};

/// An amount that is zero or more: `1,234.50`, `1.234,50`, `£ 12`, `12,5`, `0.000125`.
///
/// # Errors
/// A sentence for what is none, and for what can be read two ways: `1,234` is refused, because
/// a price off by a thousand is worse than a cell to correct.
pub fn read(typed: &str) -> Result<Exact, String> {
    let bare: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '’' | '£' | '$' | '€' | '¥'))
        .collect();
    let (commas, points) = (bare.matches(',').count(), bare.matches('.').count());
    let plain = match (commas, points) {
        (0, 0 | 1) => Some(bare),
        (1, 0) => decimal_comma(&bare, typed)?,
        (_, 0) => grouped(&bare, ','),
        (0, _) => grouped(&bare, '.'),
        _ if bare.rfind(',') > bare.rfind('.') => parted(&bare, '.', ','),
        _ => parted(&bare, ',', '.'),
    };
    let plain = plain.ok_or_else(|| {
        let shown: String = typed.chars().take(40).collect();
        format!("\"{shown}\" is not a number; write it as 1234.50")
    })?;
    input::not_negative(&plain)
}

/// `12,50`; but `1,234` could be either.
fn decimal_comma(bare: &str, typed: &str) -> Result<Option<String>, String> {
    let (whole, part) = bare.split_once(',').unwrap_or((bare, ""));
    let could_be_thousands = part.len() == 3 && (1..=3).contains(&whole.len()) && whole != "0";
    if could_be_thousands {
        return Err(format!(
            "\"{typed}\" can be read two ways; write {whole}{part} or {whole}.{part}"
        ));
    }
    Ok((!part.is_empty()).then(|| format!("{whole}.{part}")))
}

/// Thousands parted by a mark, and decimals by another.
fn parted(bare: &str, thousands: char, point: char) -> Option<String> {
    let (whole, part) = bare.split_once(point)?;
    (!part.contains(thousands) && !part.contains(point))
        .then(|| grouped(whole, thousands).map(|whole| format!("{whole}.{part}")))?
}

/// Groups of three behind a first of one to three.
fn grouped(bare: &str, mark: char) -> Option<String> {
    let mut groups = bare.split(mark);
    let first = groups.next()?;
    let fits = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    fits.then(|| bare.replace(mark, ""))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn many_countries_write_the_same_price() {
        for (typed, price) in [
            ("1,234.50", "1234.5"),
            ("1.234,50", "1234.5"),
            ("1 234,5", "1234.5"),
            ("1'234.50", "1234.5"),
            ("£1,234,567.00", "1234567"),
            ("1.234.567", "1234567"),
            ("12,50", "12.5"),
            ("0,125", "0.125"),
            ("0.000125", "0.000125"),
            ("22", "22"),
        ] {
            assert_eq!(
                read(typed).map(|price| price.to_string()),
                Ok(price.to_owned()),
                "{typed}"
            );
        }
    }

    #[test]
    fn what_is_no_price_is_refused_in_words() {
        for (typed, why) in [
            ("1,234", "two ways"),
            ("12,34.50", "not a number"),
            ("1.23.4", "not a number"),
            ("1,2345,678", "not a number"),
            ("free", "not a number"),
            ("1e9", "not a number"),
            ("-5", "negative"),
            ("0.0000001", "six decimal places"),
            ("99999999999999999999", "too large"),
            ("12,", "not a number"),
        ] {
            let refused = read(typed).unwrap_err();
            assert!(refused.contains(why), "{typed}: {refused}");
        }
    }
}
