//! Splitting an amount so that nothing is lost.

use super::{Money, MoneyError};

/// Splits `total` in proportion to `weights` by largest remainder: the parts always add up to the
/// total, and no part is more than one minor unit away from its exact share.
///
/// Equal remainders go to the earlier part. Weights that are all zero split evenly; no weights
/// give no parts, which is refused unless there is nothing to split.
pub fn allocate(total: Money, weights: &[u64]) -> Result<Vec<Money>, MoneyError> {
    if weights.is_empty() {
        return if total.is_zero() {
            Ok(Vec::new())
        } else {
            Err(MoneyError::TooLarge)
        };
    }
    let even = weights.iter().all(|w| *w == 0);
    let weight = |w: &u64| if even { 1 } else { i128::from(*w) };
    let whole: i128 = weights.iter().map(weight).sum();
    let size = i128::from(total.minor.unsigned_abs());
    let sign = i128::from(total.minor.signum());

    let mut parts: Vec<(usize, i128, i128)> = weights
        .iter()
        .enumerate()
        .map(|(at, w)| {
            let exact = size * weight(w);
            (at, exact / whole, exact % whole)
        })
        .collect();
    let mut rest = size - parts.iter().map(|(_, part, _)| part).sum::<i128>();
    parts.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(&b.0)));
    for part in &mut parts {
        if rest == 0 {
            break;
        }
        part.1 += 1;
        rest -= 1;
    }
    parts.sort_by_key(|(at, ..)| *at);
    parts
        .into_iter()
        .map(|(_, part, _)| {
            let minor = i64::try_from(sign * part).map_err(|_| MoneyError::TooLarge)?;
            Ok(Money::new(minor, total.currency))
        })
        .collect()
}
