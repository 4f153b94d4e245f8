//! What a run could not keep or cannot vouch for, listed in it with the reason.

use vendors::BrokenElement;

use super::{Broken, drive::Run, store};
use crate::{db::Tx, fault::Fault};

/// The most that a run lists.
const LISTED: usize = 200;

pub async fn keep(tx: &mut Tx, run: &Run<'_>, broken: &[Broken]) -> Result<(), Fault> {
    if broken.is_empty() {
        return Ok(());
    }
    let kept = store::broken(tx, run.source.org, run.source.run).await?;
    let mut all: Vec<Broken> = serde_json::from_str(&kept)?;
    for one in broken {
        if all.len() < LISTED && !all.contains(one) {
            all.push(one.clone());
        }
    }
    let text = serde_json::to_string(&all)?;
    store::set_broken(tx, run.source.org, run.source.run, &text).await?;
    Ok(())
}

/// An element that the vendor's client could not read.
pub fn listed(stream: &str, element: &BrokenElement) -> Broken {
    Broken {
        stream: stream.to_owned(),
        id: element.id.clone(),
        why: element.why.clone(),
    }
}

/// A list that did not stand still for two passes.
pub fn moved(stream: &str) -> Broken {
    Broken {
        stream: stream.to_owned(),
        id: None,
        why: "The list moved both times it was read, so something of it may be missing. What came \
              was kept and nothing was taken for gone. Sync again when fewer people work there."
            .to_owned(),
    }
}
