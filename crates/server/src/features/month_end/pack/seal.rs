//! The archive with its manifest and signature.

use std::io::{Cursor, Write as _};

use jsonwebtoken::{Algorithm, Header, encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::{Pack, files::Files};
use crate::{
    app::App,
    db::OrgId,
    fault::Fault,
    http::tokens::keys::{self, SigningKey},
};

pub const MANIFEST: &str = "manifest.json";
pub const SIGNATURE: &str = "manifest.jwt";

/// What a pack says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of this layout.
    pub format: u32,
    pub organization: String,
    pub month: String,
    pub made_at: String,
    pub made_for: String,
    /// The program's version.
    pub program: String,
    /// The point on P-256 by whose private half it is signed: uncompressed, in hex.
    pub public_key: String,
    pub files: Vec<Listed>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub name: String,
    pub size: u64,
    pub sha256: String,
}

/// What is signed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Claims {
    pub organization: String,
    pub month: String,
    /// SHA-256 of the manifest's bytes.
    pub manifest: String,
}

pub struct Sealed {
    pub bytes: Vec<u8>,
    pub files: i64,
}

/// SHA-256 as people compare it.
pub fn hex_of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// What a key is told by: the first half of its hash, in groups of four.
pub fn fingerprint(public_key: &[u8]) -> String {
    let hash = hex_of(public_key);
    let half: Vec<char> = hash.chars().take(32).collect();
    let groups: Vec<String> = half.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// The key that signs packs and its public half.
async fn key(app: &App) -> Result<(SigningKey, Vec<u8>), Fault> {
    let mut tx = app.db.write_global().await?;
    let key = keys::signing(app, &mut tx).await?;
    let public = keys::public_half(&mut tx, key.id).await?;
    tx.commit().await?;
    Ok((key, public))
}

pub async fn seal(app: &App, org: OrgId, pack: &Pack, mut files: Files) -> Result<Sealed, Fault> {
    let (key, public) = key(app).await?;
    let listed = files.iter().map(|(name, bytes)| Listed {
        name: name.clone(),
        size: bytes.len() as u64,
        sha256: hex_of(bytes),
    });
    let manifest = Manifest {
        format: 1,
        organization: org.to_string(),
        month: pack.month.clone(),
        made_at: pack.requested_at.to_string(),
        made_for: pack.requested_by_name.clone().unwrap_or_default(),
        program: format!("billingone {}", env!("CARGO_PKG_VERSION")),
        public_key: hex::encode(&public),
        files: listed.collect(),
    };
    let manifest = serde_json::to_vec_pretty(&manifest)?;
    let claims = Claims {
        organization: org.to_string(),
        month: pack.month.clone(),
        manifest: hex_of(&manifest),
    };
    let header = Header::new(Algorithm::ES256);
    let signature = encode(&header, &claims, &key.private).map_err(Fault::internal)?;
    let count = i64::try_from(files.len()).unwrap_or(i64::MAX);
    files.insert(MANIFEST.to_owned(), manifest);
    files.insert(SIGNATURE.to_owned(), signature.into_bytes());
    let bytes = tokio::task::spawn_blocking(move || archive(&files)).await;
    Ok(Sealed {
        bytes: bytes.map_err(Fault::internal)?.map_err(Fault::internal)?,
        files: count,
    })
}

/// Without times of its own, so that the same files give the same archive.
fn archive(files: &Files) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(name.as_str(), options)?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}
