//! Named moments at which a test may kill the process, to prove that nothing is lost or doubled.
//! Compiled to nothing in release builds.

/// Every moment, in the order in which the main job comes to them; a test holds this against the
/// source, and another kills the process at each.
pub const NAMES: [&str; 34] = [
    "write.before_commit",
    "write.before_answer",
    "consent.exchanged",
    "queue.claimed",
    "queue.before_settle",
    "queue.settled",
    "tokens.before_save",
    "tokens.saved",
    "sync.before_commit",
    "sync.page_written",
    "sync.before_finish",
    "webhook.before_commit",
    "webhook.stored",
    "webhook.before_done",
    "reconcile.before_commit",
    "apply.before_commit",
    "undo.before_commit",
    "generate.before_commit",
    "approve.before_commit",
    "post.before_put",
    "post.after_put",
    "post.after_store",
    "post.before_authorise",
    "post.after_authorise",
    "post.before_done",
    "post.done",
    "credit.before_put",
    "credit.after_put",
    "credit.before_allocate",
    "credit.after_allocate",
    "credit.before_done",
    "pay.before_put",
    "pay.after_put",
    "pay.before_booked",
];

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

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use super::NAMES;

    fn collect(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let calls = text.split(concat!("failpoint::reach", "(\"")).skip(1);
                found.extend(calls.filter_map(|call| Some(call.split_once('"')?.0.to_owned())));
            }
        }
    }

    #[test]
    fn the_list_names_every_moment_in_the_source_and_no_other() {
        let mut found = BTreeSet::new();
        collect(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut found,
        );
        let listed: BTreeSet<String> = NAMES.map(str::to_owned).into();
        assert_eq!(listed.len(), NAMES.len(), "a name stands twice");
        assert_eq!(found, listed);
    }
}
