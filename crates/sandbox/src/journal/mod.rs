//! What changed the sandbox, kept in a file, so that a restart does not undo it.
//!
//! Everything here follows from seed, size and what was asked, in order and at its instant. So the
//! journal holds no state: it holds the requests that changed something, and a start does them
//! again through the same handlers; ids, numbers and rotated tokens come out the same. A line is on
//! disk before its answer leaves, so nobody was ever told of what a crash could take away. It
//! refuses to remember what passes by itself: faults, counts of calls, deliveries of webhooks.

mod replay;
mod watch;

pub(crate) use replay::replay;
pub(crate) use watch::{Watch, watch};

use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use uuid::Uuid;

use crate::control::Repeat;
use crate::faults::Vendor;
use crate::world::Size;

/// What a journal's world was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    pub seed: u64,
    pub size: Size,
    /// Simulated time at the very first start.
    pub now: DateTime<Utc>,
}

/// A later line: something that happened, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) at: DateTime<Utc>,
    #[serde(flatten)]
    pub(crate) deed: Deed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deed {
    /// Time had come to this instant, with everything that its days brought.
    Passed,
    /// A vendor took this request.
    Asked(Asked),
    Pax8Webhook {
        url: String,
        authorization: Option<String>,
    },
    XeroWebhook {
        url: String,
    },
    XeroDisconnected,
    XeroRepeats(Repeat),
    XeroRepeatEnded {
        id: Uuid,
    },
}

/// A request as the vendor saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) vendor: Vendor,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    /// Base64.
    pub(crate) body: String,
}

/// The open file. Whoever changes something holds it alone, from before the change until it is on
/// disk; whoever only looks waits for that.
#[derive(Clone, Debug)]
pub(crate) struct Journal(Arc<RwLock<File>>);

#[derive(Debug)]
struct File {
    handle: std::fs::File,
    path: PathBuf,
    /// Where the last whole line ends.
    end: u64,
}

/// Leave to change something; `note` makes it last.
pub(crate) struct Pen<'j>(RwLockWriteGuard<'j, File>);

impl Journal {
    /// Opens the journal or begins one; what it holds so far.
    ///
    /// # Errors
    /// When it was begun with another seed or size, when another sandbox has it open, or when it
    /// cannot be read.
    pub(crate) fn open(path: &Path, new: Begun) -> anyhow::Result<(Self, Begun, Vec<Entry>)> {
        let file = std::fs::OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
            .with_context(|| format!("opening {}", path.display()))?;
        ensure!(
            file.try_lock().is_ok(),
            "{} is in use: another sandbox runs on it",
            path.display()
        );
        let (known, entries, end) = read(path)?;
        let begun = known.unwrap_or(new);
        ensure!(
            (begun.seed, begun.size) == (new.seed, new.size),
            "{} was begun with seed {} and {} clients; it cannot go on with seed {} and {} clients",
            path.display(),
            begun.seed,
            begun.size.clients,
            new.seed,
            new.size.clients,
        );
        // A line that a crash cut short was never answered.
        file.set_len(end)?;
        let mut file = File {
            handle: file,
            path: path.to_owned(),
            end,
        };
        if known.is_none() {
            file.append(&begun)?;
        }
        Ok((Self(Arc::new(RwLock::new(file))), begun, entries))
    }

    pub(crate) async fn pen(&self) -> Pen<'_> {
        Pen(self.0.write().await)
    }

    /// Waits until what is being changed is on disk.
    async fn settled(&self) -> RwLockReadGuard<'_, impl Sized> {
        self.0.read().await
    }
}

impl Pen<'_> {
    pub(crate) fn note(&mut self, at: DateTime<Utc>, deed: Deed) -> anyhow::Result<()> {
        self.0.append(&Entry { at, deed })
    }
}

impl File {
    fn append(&mut self, line: &impl Serialize) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let written = self
            .handle
            .write_all(&text)
            .and_then(|()| self.handle.sync_data());
        if let Err(error) = written {
            // Half a line must not spoil the next.
            self.handle.set_len(self.end)?;
            return Err(error).with_context(|| format!("writing {}", self.path.display()));
        }
        self.end += u64::try_from(text.len())?;
        Ok(())
    }
}

/// What a journal was begun with; none where there is no journal yet.
///
/// # Errors
/// When there is one that cannot be read.
pub fn begun(path: &Path) -> anyhow::Result<Option<Begun>> {
    Ok(read(path)?.0)
}

/// The whole lines, and where they end.
fn read(path: &Path) -> anyhow::Result<(Option<Begun>, Vec<Entry>, u64)> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    let whole = text
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let lines = text.get(..whole).unwrap_or_default();
    let mut begun = None;
    let mut entries = Vec::new();
    for (number, line) in (1..).zip(lines.split_inclusive(|byte| *byte == b'\n')) {
        let parsed = if number == 1 {
            serde_json::from_slice(line).map(|first| begun = Some(first))
        } else {
            serde_json::from_slice(line).map(|entry| entries.push(entry))
        };
        if let Err(error) = parsed {
            bail!("{} is damaged in line {number}: {error}", path.display());
        }
    }
    Ok((begun, entries, u64::try_from(whole)?))
}
