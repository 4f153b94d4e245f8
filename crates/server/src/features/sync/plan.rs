//! What is read from each vendor, in which order, and how a stream is paged through.

use serde::{Deserialize, Serialize};
use vendors::{Cursor, Vendor};

use super::{
    Broken, Mode, broken,
    drive::{Run, Trouble},
    ingest::{self, Record, Swept, Table, Tally},
    normal::Reason,
    store::{self, CursorRow, Progress},
    streams::{ninjaone, pax8, xero},
};
use crate::{
    db::{At, Tx, replay},
    failpoint,
    fault::Fault,
    features::connections::Client,
};

/// One list of one vendor, read page by page into one table.
pub trait Stream: Send + Sync {
    /// Names it in storage; never changes.
    const NAME: &'static str;
    /// What people call its records.
    const TITLE: &'static str;
    /// Whether the vendor can say what changed since an instant.
    const TELLS_CHANGES: bool = false;
    type Item: Send + Sync;

    fn table(&self) -> &'static Table;

    fn page(
        &self,
        since: Option<At>,
        cursor: Option<&Cursor>,
    ) -> impl Future<Output = Result<vendors::Page<Self::Item>, vendors::Error>> + Send;

    fn id(item: &Self::Item) -> String;

    /// Whether the record is of a kind that is kept at all.
    fn is_kept(_: &Self::Item) -> bool {
        true
    }

    /// The record as it is kept.
    ///
    /// # Errors
    /// Why it cannot be kept; the others of the page are not lost with it.
    fn record(&self, run: &Run<'_>, item: &Self::Item) -> Result<Record, Reason>;

    /// Reads what only new and changed records need, before they are written. What cannot be
    /// kept of it goes to `broken`.
    fn complete(
        &self,
        _: &Run<'_>,
        records: Vec<Record>,
        _: &mut Vec<Broken>,
    ) -> impl Future<Output = Result<Vec<Record>, Trouble>> + Send {
        std::future::ready(Ok(records))
    }
}

/// How many streams a vendor has, the counting of devices included.
pub fn steps(vendor: Vendor) -> i64 {
    match vendor {
        Vendor::Pax8 => 5,
        Vendor::Xero => 8,
        Vendor::NinjaOne => 3,
    }
}

pub async fn read(run: &Run<'_>, client: &Client) -> Result<(), Trouble> {
    match client {
        Client::Pax8(client) => {
            stream(run, 0, &pax8::Companies(client)).await?;
            stream(run, 1, &pax8::Products(client)).await?;
            stream(run, 2, &pax8::Subscriptions(client)).await?;
            stream(run, 3, &pax8::Bills(client)).await?;
            pax8::read_drafts(run, 4, client).await
        }
        Client::Xero(client) => {
            xero::read_organisation(run, client).await?;
            stream(run, 0, &xero::Contacts(client)).await?;
            stream(run, 1, &xero::Items(client)).await?;
            stream(run, 2, &xero::TaxRates(client)).await?;
            stream(run, 3, &xero::Accounts(client)).await?;
            stream(run, 4, &xero::Invoices(client)).await?;
            stream(run, 5, &xero::CreditNotes(client)).await?;
            stream(run, 6, &xero::Payments(client)).await?;
            stream(run, 7, &xero::RepeatingInvoices(client)).await
        }
        Client::NinjaOne(client) => {
            stream(run, 0, &ninjaone::Organizations(client)).await?;
            stream(run, 1, &ninjaone::Devices(client)).await?;
            ninjaone::count(run, 2).await
        }
    }
}

/// How far a stream is, as kept between its pages: fields may be added, never renamed.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Place {
    next: Option<Cursor>,
    /// When this pass began: what changes from now on is for the next run.
    began_at: At,
    /// A list that moved while it was read is read once more.
    second_pass: bool,
    /// The list moved: nothing may be concluded from what did not come.
    disturbed: bool,
    /// Something came that could not even be named.
    unnamed: bool,
    /// Changes listed by name so far.
    listed: usize,
    pages: u32,
}

/// The most changes of one stream that a run lists by name; all of them are counted.
const LISTED: usize = 500;
/// The vendor's clock and ours differ, and its own pages lag: a delta reads this much again.
const OVERLAP: chrono::TimeDelta = chrono::TimeDelta::minutes(10);

impl Place {
    fn start(run: &Run<'_>) -> Self {
        Self {
            next: None,
            began_at: run.now,
            second_pass: false,
            disturbed: false,
            unnamed: false,
            listed: 0,
            pages: 0,
        }
    }

    fn again(&self) -> Self {
        Self {
            next: None,
            second_pass: true,
            disturbed: false,
            unnamed: false,
            ..self.clone()
        }
    }
}

/// Reads a stream to its end, from where this run left it.
pub async fn stream<S: Stream>(run: &Run<'_>, step: i64, stream: &S) -> Result<(), Trouble> {
    let kept = run.cursor(S::NAME).await?;
    let mut place = match &kept {
        Some(row) if row.run_id == Some(run.source.run) => match &row.cursor {
            None => return Ok(()),
            Some(cursor) => serde_json::from_str(cursor).map_err(Fault::from)?,
        },
        _ => Place::start(run),
    };
    let since = kept
        .and_then(|row| row.watermark)
        .filter(|watermark| {
            // Asked for changes since a time that is still to come, a vendor would tell none.
            S::TELLS_CHANGES && run.mode == Mode::Delta && *watermark <= run.now
        })
        .map(|watermark| watermark - OVERLAP);
    let mut coming = stream.page(since, place.next.as_ref()).await?;
    loop {
        let page = Read::of(run, stream, coming).await?;
        place.disturbed |= page.disturbed;
        place.unnamed |= page.unnamed;
        place.pages += 1;
        place.next = page.next.clone();
        let again = place.next.is_none() && place.disturbed && !place.second_pass;
        let is_end = place.next.is_none() && !again;
        let was = place.clone();
        let written = replay(|| write(run, stream, step, &page, &was, since, is_end));
        if is_end {
            written.await?;
            failpoint::reach("sync.page_written");
            return Ok(());
        }
        // The next page is on its way while this one is written.
        let (written, next) = tokio::join!(written, stream.page(since, page.next.as_ref()));
        place = written?;
        failpoint::reach("sync.page_written");
        if again {
            tracing::info!(
                stream = S::NAME,
                "the list moved while it was read; once more"
            );
            place = place.again();
        }
        coming = next?;
    }
}

/// A page as read and normalised, not yet written.
struct Read {
    records: Vec<Record>,
    broken: Vec<Broken>,
    /// Vendor ids of what is broken.
    broken_ids: Vec<String>,
    came: i64,
    next: Option<Cursor>,
    disturbed: bool,
    unnamed: bool,
}

impl Read {
    async fn of<S: Stream>(
        run: &Run<'_>,
        stream: &S,
        page: vendors::Page<S::Item>,
    ) -> Result<Self, Trouble> {
        let came = page.items.len() + page.broken.len();
        let mut broken: Vec<Broken> = page
            .broken
            .iter()
            .map(|one| broken::listed(S::NAME, one))
            .collect();
        let mut records: Vec<Record> = Vec::with_capacity(page.items.len());
        for item in page.items.iter().filter(|item| S::is_kept(item)) {
            match stream.record(run, item) {
                Ok(record) => records.push(record),
                Err(why) => broken.push(Broken {
                    stream: S::NAME.to_owned(),
                    id: Some(S::id(item)),
                    why,
                }),
            }
        }
        let unnamed = broken.iter().any(|broken| broken.id.is_none());
        let broken_ids = broken
            .iter()
            .filter_map(|broken| broken.id.clone())
            .collect();
        let records = stream
            .complete(run, last_of_each(records), &mut broken)
            .await?;
        Ok(Self {
            records,
            broken,
            broken_ids,
            came: i64::try_from(came).unwrap_or(i64::MAX),
            next: page.next,
            disturbed: page.disturbed.is_some(),
            unnamed,
        })
    }
}

/// A record that comes twice on one page is taken as it came last.
fn last_of_each(mut records: Vec<Record>) -> Vec<Record> {
    let mut seen = std::collections::HashSet::with_capacity(records.len());
    let keep: Vec<bool> = records
        .iter()
        .rev()
        .map(|record| seen.insert(record.key.clone()))
        .collect();
    let mut keep = keep.into_iter().rev();
    records.retain(|_| keep.next().unwrap_or(true));
    records
}

async fn write<S: Stream>(
    run: &Run<'_>,
    stream: &S,
    step: i64,
    page: &Read,
    was: &Place,
    since: Option<At>,
    is_end: bool,
) -> Result<Place, Fault> {
    let mut place = was.clone();
    let mut tx = run.app.db.write(run.source.org).await?;
    let room = |place: &Place| LISTED.saturating_sub(place.listed);
    let written = ingest::Page {
        table: stream.table(),
        stream: S::NAME,
        records: &page.records,
        broken: &page.broken_ids,
        marks: since.is_none(),
        room: room(&place),
    };
    let mut tally = ingest::write(run.app, &mut tx, run.source, &written).await?;
    place.listed += tally.listed;
    broken::keep(&mut tx, run, &page.broken).await?;
    let sweeps = is_end && since.is_none() && !place.disturbed && !place.unnamed;
    if sweeps {
        let swept = sweep(run, &mut tx, stream, room(&place)).await?;
        tally.removed += swept.removed;
        place.listed += swept.listed;
    }
    if is_end && place.disturbed {
        broken::keep(&mut tx, run, &[broken::moved(S::NAME)]).await?;
    }
    let progress = Progress {
        step: &title::<S>(&place, is_end),
        steps_done: step + i64::from(is_end),
        read: page.came,
        added: tally.added,
        changed: tally.changed,
        removed: tally.removed,
    };
    store::add_progress(&mut tx, run.source.org, run.source.run, &progress).await?;
    keep_place::<S>(run, &mut tx, &place, is_end).await?;
    failpoint::reach("sync.before_commit");
    tx.commit().await?;
    Ok(place)
}

fn title<S: Stream>(place: &Place, is_end: bool) -> String {
    if is_end {
        S::TITLE.to_owned()
    } else {
        format!("{}, page {}", S::TITLE, place.pages + 1)
    }
}

async fn keep_place<S: Stream>(
    run: &Run<'_>,
    tx: &mut Tx,
    place: &Place,
    is_end: bool,
) -> Result<(), Fault> {
    let again = place.next.is_none() && !is_end;
    let cursor = match (is_end, again) {
        (true, _) => None,
        (_, true) => Some(serde_json::to_string(&place.again())?),
        _ => Some(serde_json::to_string(place)?),
    };
    let row = CursorRow {
        cursor,
        run_id: Some(run.source.run),
        watermark: is_end.then_some(place.began_at),
    };
    let (org, connection) = (run.source.org, run.source.connection);
    store::set_cursor(tx, org, connection, S::NAME, row).await?;
    Ok(())
}

async fn sweep<S: Stream>(
    run: &Run<'_>,
    tx: &mut Tx,
    stream: &S,
    room: usize,
) -> Result<Tally, Fault> {
    let now = run.app.now();
    match ingest::sweep(tx, stream.table(), S::NAME, run.source, now, room).await? {
        Swept::Removed(tally) => Ok(tally),
        Swept::Doubtful { standing, missing } => {
            let why = format!(
                "{missing} of {standing} did not come this time. That is too many to believe, so \
                 none of them was taken for gone. Look at the vendor's own list and sync again."
            );
            let broken = Broken {
                stream: S::NAME.to_owned(),
                id: None,
                why,
            };
            broken::keep(tx, run, &[broken]).await?;
            Ok(Tally::default())
        }
    }
}

/// Whether a single-transaction step of this run was done before it was interrupted.
pub async fn is_done(run: &Run<'_>, name: &str) -> Result<bool, Trouble> {
    let kept = run.cursor(name).await?;
    Ok(kept.is_some_and(|row| row.run_id == Some(run.source.run) && row.cursor.is_none()))
}

/// Marks such a step as done, in the transaction that did it.
pub async fn mark_done(run: &Run<'_>, tx: &mut Tx, name: &str) -> Result<(), Fault> {
    let row = CursorRow {
        cursor: None,
        run_id: Some(run.source.run),
        watermark: Some(run.now),
    };
    let (org, connection) = (run.source.org, run.source.connection);
    store::set_cursor(tx, org, connection, name, row).await?;
    Ok(())
}
