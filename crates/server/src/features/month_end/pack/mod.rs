//! The evidence pack of a month: an archive that a job makes, with everything that was invoiced,
//! why each line is what it is, and who agreed; signed, so that it can be checked anywhere.

mod files;
mod seal;
pub mod verify;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Month, store};
use crate::{
    app::App,
    db::{At, Day, EvidencePackId, OrgId, PersonId, Tx, replay},
    fault::Fault,
    http::Who,
    queue::{self, Attempt, Job, JobError},
};

pub use seal::fingerprint;

/// A pack, without its bytes.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = EvidencePack)]
pub struct Pack {
    pub id: EvidencePackId,
    pub month: String,
    /// queued | ready | failed
    pub state: String,
    pub requested_by: PersonId,
    pub requested_by_name: Option<String>,
    pub requested_at: At,
    pub ready_at: Option<At>,
    pub problem: Option<String>,
    /// Of the whole archive.
    pub sha256: Option<String>,
    pub files: Option<i64>,
    /// In bytes.
    pub size: Option<i64>,
}

impl From<store::PackRow> for Pack {
    fn from(row: store::PackRow) -> Self {
        Self {
            id: row.id,
            month: Month::of(row.month_on.0).to_string(),
            state: row.state,
            requested_by: row.requested_by,
            requested_by_name: row.requested_by_name,
            requested_at: row.requested_at,
            ready_at: row.ready_at,
            problem: row.problem,
            sha256: row.sha256,
            files: row.files,
            size: row.size,
        }
    }
}

pub async fn of_month(tx: &mut Tx, org: OrgId, month: Month) -> Result<Vec<Pack>, Fault> {
    let rows = store::packs(tx, org, Day(month.first())).await?;
    Ok(rows.into_iter().map(Pack::from).collect())
}

pub async fn one(tx: &mut Tx, org: OrgId, id: EvidencePackId) -> Result<Pack, Fault> {
    let row = store::pack(tx, org, id).await?;
    row.map(Pack::from)
        .ok_or(Fault::NotFound("this evidence pack"))
}

/// The archive of a pack that is ready, and its name.
pub async fn content(
    tx: &mut Tx,
    org: OrgId,
    id: EvidencePackId,
) -> Result<(String, Vec<u8>), Fault> {
    let pack = one(tx, org, id).await?;
    let content = store::content(tx, org, id).await?;
    let content = content.ok_or_else(|| {
        Fault::conflict(
            "not_ready",
            "this pack is not ready yet; come back in a minute",
        )
    })?;
    Ok((format!("evidence-{}.zip", pack.month), content))
}

pub async fn request(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    month: Month,
) -> Result<EvidencePackId, Fault> {
    let id = app.new_id();
    let by = (who.person, app.now());
    store::insert_pack(tx, who.org, id, Day(month.first()), by).await?;
    queue::enqueue(
        app,
        tx,
        &BuildPack {
            org: who.org,
            pack: id,
        },
    )
    .await?;
    Ok(id)
}

/// Makes a pack.
#[derive(Debug, Serialize, Deserialize)]
pub struct BuildPack {
    pub org: OrgId,
    pub pack: EvidencePackId,
}

impl Job for BuildPack {
    const KIND: &'static str = "build_pack";

    fn org(&self) -> Option<OrgId> {
        Some(self.org)
    }

    fn dedup_key(&self) -> Option<String> {
        Some(self.pack.to_string())
    }

    async fn run(self, app: &App, at: &Attempt) -> Result<(), JobError> {
        match build(app, self.org, self.pack).await {
            Ok(()) => Ok(()),
            Err(fault) if at.is_last => {
                tracing::error!(error = ?fault, pack = %self.pack, "an evidence pack failed");
                let mut tx = app.db.write(self.org).await?;
                store::fail_pack(&mut tx, self.org, self.pack, &fault.to_string()).await?;
                tx.commit().await?;
                Ok(())
            }
            Err(fault) => Err(fault.into()),
        }
    }
}

async fn build(app: &App, org: OrgId, id: EvidencePackId) -> Result<(), Fault> {
    let mut tx = app.db.read(org).await?;
    let pack = one(&mut tx, org, id).await?;
    drop(tx);
    if pack.state != "queued" {
        return Ok(());
    }
    let month = Month::read(&pack.month)?;
    let files = files::of_month(app, org, month).await?;
    let sealed = seal::seal(app, org, &pack, files).await?;
    replay(|| async {
        let mut tx = app.db.write(org).await?;
        let packed = store::Packed {
            sha256: seal::hex_of(&sealed.bytes),
            content: sealed.bytes.clone(),
            files: sealed.files,
        };
        store::keep_pack(&mut tx, org, id, packed, app.now()).await?;
        Ok(tx.commit().await?)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::BuildPack;

    #[test]
    fn a_stored_payload_stays_readable() {
        let golden = r#"{"org":"org_00000000000000000000000000000001","pack":"evp_00000000000000000000000000000002"}"#;
        let job: BuildPack = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&job).unwrap(), golden);
    }
}
