//! Hashing is the cheapest way to bring a server down, so it runs on a bounded number of threads.

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::{app::App, fault::Fault};

/// A password as typed; never printed.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

const SHORTEST: usize = 12;
const LONGEST: usize = 1024;

/// At most so many hashes at once, each about 19 MiB and some tens of milliseconds of a core.
static HASHING: Semaphore = Semaphore::const_new(2);

impl Password {
    pub fn typed(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// A password that may be set: long enough; no rules about its characters.
    pub fn chosen(text: String) -> Result<Self, Fault> {
        match text.chars().count() {
            SHORTEST..=LONGEST => Ok(Self::typed(text)),
            _ => Err(Fault::field(
                "password",
                "use at least 12 characters; a few words do well",
            )),
        }
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Argon2id with the library's (OWASP's) parameters.
pub async fn hash_password(app: &App, password: Password) -> Result<String, Fault> {
    let salt = app.random_bytes::<16>();
    off_thread(move || {
        let hash = Argon2::default().hash_password_with_salt(password.0.as_bytes(), &salt);
        hash.map(|hash| hash.to_string())
            .map_err(|error| anyhow::anyhow!("hashing: {error}"))
    })
    .await?
    .map_err(Fault::Internal)
}

/// True when the password is the one that was hashed. Without a hash the same work is done on a
/// decoy, so that unknown accounts cannot be told by time.
pub async fn verify(app: &App, password: Password, hash: Option<String>) -> Result<bool, Fault> {
    let Some(hash) = hash else {
        hash_password(app, password).await?;
        return Ok(false);
    };
    off_thread(move || {
        PasswordHash::new(&hash).is_ok_and(|parsed| {
            Argon2::default()
                .verify_password(password.0.as_bytes(), &parsed)
                .is_ok()
        })
    })
    .await
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    let _turn = HASHING.acquire().await.map_err(Fault::internal)?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Fault::internal)
}
