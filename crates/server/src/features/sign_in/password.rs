//! Passwords, and the work of hashing them.

use std::{
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread::{self, available_parallelism},
};

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::hosted;
use crate::{app::App, fault::Fault};

/// A password as typed; never printed.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

const SHORTEST: usize = 12;
const LONGEST: usize = 1024;

impl Password {
    pub fn typed(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// For whoever compares it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// A password that may be set: long enough and not among the first that are guessed; no rules
    /// about its characters. `own` are the person's own words: e-mail address, name.
    pub fn chosen(text: String, own: &[&str]) -> Result<Self, Weak> {
        match text.chars().count() {
            ..SHORTEST => return Err(Weak::Short),
            SHORTEST..=LONGEST => {}
            _ => return Err(Weak::Long),
        }
        if is_common(&text, own) {
            return Err(Weak::Common);
        }
        Ok(Self::typed(text))
    }
}

/// Why a password may not be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    #[error("use at least 12 characters; a few words do well")]
    Short,
    #[error("use at most 1,024 characters")]
    Long,
    #[error("this is among the first passwords that are guessed; a few unrelated words do well")]
    Common,
}

impl From<Weak> for Fault {
    fn from(weak: Weak) -> Self {
        Self::field("password", weak.to_string())
    }
}

/// The lists of common passwords, words, names and keyboard runs come with the library. It looks
/// at a beginning only: its work grows with the square of the length, and a long secret is none
/// of these.
fn is_common(text: &str, own: &[&str]) -> bool {
    const LOOKED_AT: usize = 64;
    let beginning: String = text.chars().take(LOOKED_AT).collect();
    let mut known: Vec<&str> = own
        .iter()
        .flat_map(|text| text.split(['@', ' ', '.']))
        .collect();
    known.extend(own);
    known.push("billingone");
    known.retain(|word| !word.is_empty());
    zxcvbn::zxcvbn(&beginning, &known).score() < zxcvbn::Score::Two
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
        if hosted::is_theirs(&hash) {
            return hosted::verify(password.reveal(), &hash);
        }
        PasswordHash::new(&hash).is_ok_and(|parsed| {
            Argon2::default()
                .verify_password(password.0.as_bytes(), &parsed)
                .is_ok()
        })
    })
    .await
}

type Work = Box<dyn FnOnce() + Send>;

/// Hashing is the cheapest way to bring a server down: some tens of milliseconds of a core and
/// 19 MiB each. So it has threads of its own, one core is left for everybody else, and on the others
/// it stands back as well.
static HASHING: LazyLock<Sender<Work>> = LazyLock::new(|| {
    let (queue, work) = channel();
    let work = Arc::new(Mutex::new(work));
    let cores = available_parallelism().map_or(1, usize::from);
    for _ in 0..cores.saturating_sub(1).max(1) {
        let work = Arc::clone(&work);
        thread::spawn(move || hash_on(&work));
    }
    queue
});

fn hash_on(work: &Mutex<Receiver<Work>>) {
    // There it is a thread's own; elsewhere it is the whole process's.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(10);
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(work) => work(),
            Err(_) => return,
        }
    }
}

/// What nobody waits for any more when its turn comes is not done.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    let (tell, told) = oneshot::channel();
    let work = move || {
        if !tell.is_closed() {
            let _ = tell.send(work());
        }
    };
    let queued = HASHING.send(Box::new(work));
    queued.map_err(|_| Fault::internal(anyhow::anyhow!("nothing hashes any more")))?;
    told.await.map_err(Fault::internal)
}

#[cfg(test)]
mod tests {
    use super::{Password, Weak};

    fn weakness(text: &str) -> Option<Weak> {
        let own = ["kim.larsen@example.com", "Kim Larsen"];
        Password::chosen(text.to_owned(), &own).err()
    }

    #[test]
    fn what_is_guessed_first_is_refused_whatever_its_characters() {
        assert_eq!(weakness("Tr0ub4dor&3"), Some(Weak::Short));
        for common in [
            "password1234",
            "PasswordPassword",
            "qwertyuiopasdf",
            "123456789012",
            "aaaaaaaaaaaaaaaa",
            "billingone2026",
            "kim.larsen@example.com",
            "larsenlarsen",
        ] {
            assert_eq!(weakness(common), Some(Weak::Common), "{common}");
        }
        for good in [
            "blue kettle seven rails",
            "пять белых голубей",
            "vq9kz0xwmtrb",
        ] {
            assert_eq!(weakness(good), None, "{good}");
        }
    }

    #[test]
    fn long_secrets_are_taken_up_to_a_limit() {
        let long: String = "x9 kettle ".repeat(102);
        assert_eq!(weakness(&long), None);
        assert_eq!(weakness(&"x9 kettle ".repeat(103)), Some(Weak::Long));
    }
}
