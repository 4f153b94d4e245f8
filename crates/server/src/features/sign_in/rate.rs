//! Wrong passwords per account and per address. A window of fifteen minutes, then a wait: nobody
//! is locked out for good.

use chrono::TimeDelta;

use super::store;
use crate::{app::App, db::Tx, fault::Fault};

const WINDOW: TimeDelta = TimeDelta::minutes(15);

fn keys(email: &str, address: &str) -> [String; 2] {
    [account_key(email), format!("address:{address}")]
}

fn account_key(email: &str) -> String {
    format!("account:{email}")
}

/// # Errors
/// [`Fault::TooMany`] with the seconds to wait.
pub async fn allow(app: &App, email: &str, address: &str) -> Result<(), Fault> {
    let now = app.now();
    let mut tx = app.db.read_global().await?;
    for key in keys(email, address) {
        let Some(window) = store::rate_window(&mut tx, &key).await? else {
            continue;
        };
        let left = window.started_at.0 + WINDOW - now.0;
        let limit = i64::from(app.config.sign_in.attempts_per_quarter_hour);
        // One that began later than now was counted by a clock that has been set back since.
        if window.used >= limit && left > TimeDelta::zero() && left <= WINDOW {
            let retry_after_seconds = u64::try_from(left.num_seconds().max(1)).unwrap_or(1);
            return Err(Fault::TooMany {
                retry_after_seconds,
            });
        }
    }
    Ok(())
}

/// Counts what costs us something whoever asks, right or wrong: at most `most` in a window.
///
/// # Errors
/// [`Fault::TooMany`] with the seconds to wait.
pub async fn spend(
    app: &App,
    tx: &mut Tx,
    key: &str,
    most: i64,
    window: TimeDelta,
) -> Result<(), Fault> {
    let now = app.now();
    if let Some(known) = store::rate_window(tx, key).await? {
        let left = known.started_at.0 + window - now.0;
        if known.used >= most && left > TimeDelta::zero() && left <= window {
            let retry_after_seconds = u64::try_from(left.num_seconds().max(1)).unwrap_or(1);
            return Err(Fault::TooMany {
                retry_after_seconds,
            });
        }
    }
    Ok(store::count_in_window(tx, key, now, now - window).await?)
}

pub async fn count_failure(app: &App, email: &str, address: &str) -> Result<(), Fault> {
    let now = app.now();
    let mut tx = app.db.write_global().await?;
    for key in keys(email, address) {
        store::count_in_window(&mut tx, &key, now, now - WINDOW).await?;
    }
    Ok(tx.commit().await?)
}

/// A right password clears the account's count; the address keeps its own.
pub async fn forget(tx: &mut Tx, email: &str) -> Result<(), Fault> {
    Ok(store::clear_window(tx, &account_key(email)).await?)
}
