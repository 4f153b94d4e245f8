//! Passwords that a hosted Supabase project hashed with bcrypt. They are believed until their owner
//! signs in the first time; from then on the hash is our own.

use super::{password::Password, store};
use crate::{
    app::App,
    db::{PersonId, Tx},
    fault::Fault,
};

/// Each more doubles the work; Supabase takes 10.
pub const MOST_COST: u32 = 14;

/// Whether bcrypt made this hash.
pub fn is_theirs(hash: &str) -> bool {
    ["$2a$", "$2b$", "$2y$"]
        .iter()
        .any(|mark| hash.starts_with(mark))
}

/// Whether such a hash can be checked, and in a time that nobody minds.
pub fn is_usable(hash: &str) -> bool {
    let parts: Result<bcrypt::HashParts, _> = hash.parse();
    is_theirs(hash) && parts.is_ok_and(|parts| parts.get_cost() <= MOST_COST)
}

/// As Supabase compares: only the first 72 bytes count.
pub fn verify(password: &str, hash: &str) -> bool {
    bcrypt::verify(password, hash).unwrap_or(false)
}

/// A hash of ours in the place of theirs.
pub struct Renewed {
    theirs: String,
    ours: String,
}

/// Hashes a password anew that was right by a hash of theirs.
pub async fn renewed(
    app: &App,
    password: Password,
    hash: Option<String>,
) -> Result<Option<Renewed>, Fault> {
    let Some(theirs) = hash.filter(|hash| is_theirs(hash)) else {
        return Ok(None);
    };
    let ours = super::hash_password(app, password).await?;
    Ok(Some(Renewed { theirs, ours }))
}

impl Renewed {
    /// Unless the password was changed meanwhile.
    pub async fn keep(&self, app: &App, tx: &mut Tx, person: PersonId) -> Result<(), Fault> {
        let now = app.now();
        Ok(store::import::renew_hash(tx, person, &self.theirs, &self.ours, now).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::{is_theirs, is_usable, verify};

    /// Of `correct horse battery`, as a hosted project writes it.
    fn theirs(cost: u32) -> String {
        let parts = bcrypt::hash_with_salt("correct horse battery", cost, [7; 16]).unwrap();
        parts.format_for_version(bcrypt::Version::TwoA)
    }

    #[test]
    fn their_hashes_are_known_and_ours_are_left_alone() {
        let hash = theirs(4);
        assert!(hash.starts_with("$2a$04$"), "{hash}");
        assert!(is_usable(&hash));
        assert!(verify("correct horse battery", &hash));
        assert!(!verify("correct horse batterz", &hash));
        assert!(!is_theirs(
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA"
        ));
    }

    #[test]
    fn what_would_cost_hours_or_is_no_hash_is_not_usable() {
        let hours = theirs(4).replace("$04$", "$31$");
        for wrong in [hours.as_str(), "$2a$", "$2a$10$short", "", "plain"] {
            assert!(!is_usable(wrong), "{wrong}");
        }
    }
}
