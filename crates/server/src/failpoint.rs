//! Named moments at which a test may kill the process, to prove that nothing is lost or doubled.
//! Compiled to nothing in release builds.

/// Ends the process at once, as `kill -9` would, when `BILLINGONE_FAILPOINT` names this moment.
/// `NAME:3` means the third time it is reached.
pub fn reach(name: &str) {
    if cfg!(debug_assertions) && is_armed(name) {
        std::process::abort();
    }
}

fn is_armed(name: &str) -> bool {
    use std::sync::atomic::{AtomicU64, Ordering};
    static REACHED: AtomicU64 = AtomicU64::new(0);
    let Ok(wanted) = std::env::var("BILLINGONE_FAILPOINT") else {
        return false;
    };
    let (wanted, nth) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    wanted == name && REACHED.fetch_add(1, Ordering::Relaxed) + 1 == nth.parse().unwrap_or(1)
}
