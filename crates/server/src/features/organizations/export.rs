//! Everything of an organization in one file: a line of JSON for each row, without secrets.

use bytes::Bytes;
use futures::TryStreamExt as _;
use serde_json::json;
use tokio::sync::mpsc;

use super::{organization, store::whole};
use crate::{
    app::App,
    db::{OrgId, Tx},
    fault::Fault,
    features::audit::{self, Act},
    http::Who,
};

/// A part of the file is sent once it is this large.
const PART: usize = 64 * 1024;
/// Parts that wait for a slow reader.
const WAITING: usize = 4;

/// The file, part by part. What ends without its last line, `{"end":…}`, is not whole.
pub async fn export(app: &App, who: &Who) -> Result<mpsc::Receiver<Result<Bytes, Fault>>, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action: "organization.exported",
        subject_kind: "organization",
        subject: Some(who.org.0),
    };
    audit::record(app, &mut tx, act, &json!({})).await?;
    tx.commit().await?;
    // One snapshot, however long its reader takes.
    let tx = app.db.read(who.org).await?;
    let (parts, file) = mpsc::channel(WAITING);
    let org = who.org;
    tokio::spawn(async move {
        let mut writer = Writer {
            part: Vec::with_capacity(PART),
            parts,
            rows: 0,
        };
        if let Err(Stopped::Fault(fault)) = write(tx, org, &mut writer).await {
            tracing::error!(error = %fault, %org, "an export broke off");
            // The connection is cut, so that nobody takes half a file for a whole one.
            let _ = writer.parts.send(Err(fault)).await;
        }
    });
    Ok(file)
}

/// Why no more is written.
enum Stopped {
    Fault(Fault),
    /// Nobody reads any more.
    Unread,
}

impl<E: Into<Fault>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

struct Writer {
    part: Vec<u8>,
    parts: mpsc::Sender<Result<Bytes, Fault>>,
    rows: u64,
}

impl Writer {
    /// A line; `row` is JSON.
    async fn line(&mut self, table: &str, row: &str) -> Result<(), Stopped> {
        let line = format!("{{\"table\":\"{table}\",\"row\":{row}}}\n");
        self.part.extend_from_slice(line.as_bytes());
        self.rows += 1;
        if self.part.len() >= PART {
            self.send().await?;
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<(), Stopped> {
        let part = Bytes::from(std::mem::take(&mut self.part));
        let sent = self.parts.send(Ok(part)).await;
        sent.map_err(|_| Stopped::Unread)
    }
}

async fn write(mut tx: Tx, org: OrgId, writer: &mut Writer) -> Result<(), Stopped> {
    let itself = organization(&mut tx, org).await?;
    let itself = serde_json::to_string(&itself).map_err(Fault::from)?;
    writer.line("organization", &itself).await?;
    for person in whole::people(&mut tx, org).await? {
        let person = json!({
            "id": person.id.simple().to_string(), "email": person.email, "name": person.name,
        });
        writer.line("person", &person.to_string()).await?;
    }
    for table in whole::exported() {
        let shape = whole::shape(&mut tx, table).await?;
        let mut rows = whole::rows(&mut tx, org, table, &shape);
        while let Some((row,)) = rows.try_next().await? {
            writer.line(table, &row).await?;
        }
    }
    let end = format!("{{\"end\":{}}}\n", writer.rows);
    writer.part.extend_from_slice(end.as_bytes());
    writer.send().await
}
