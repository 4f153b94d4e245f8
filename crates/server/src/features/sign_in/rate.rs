//! How often somebody may be wrong. Windows of fifteen minutes, then a wait: nobody is locked out
//! for good, and an owner not even for that long by somebody else's guesses.
//!
//! A try is counted before it is looked at, so that many at once cannot all pass, and a right one
//! gives its count back.

use std::net::IpAddr;

use chrono::TimeDelta;
use uuid::Uuid;

use super::{
    Origin,
    history::{self, Happened},
    store,
};
use crate::{
    app::App,
    db::{AccountEventId, PersonId, Tx, replay},
    fault::Fault,
};

const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// From one address for all accounts, in tries at one account: an office shares an address.
const PER_ADDRESS: i64 = 5;
/// At one account from everywhere, in tries from one address.
const FROM_EVERYWHERE: i64 = 10;

/// What is guessed at, and whose it is, if anybody's.
#[derive(Debug, Clone, Copy)]
pub enum Guess<'a> {
    Password {
        email: &'a str,
        person: Option<PersonId>,
    },
    /// Of the authenticator app, or to recover.
    Code { person: PersonId },
}

impl Guess<'_> {
    fn key(self) -> String {
        match self {
            Self::Password { email, .. } => format!("account:{email}"),
            Self::Code { person } => format!("code:{person}"),
        }
    }

    fn person(self) -> Option<PersonId> {
        match self {
            Self::Password { person, .. } => person,
            Self::Code { person } => Some(person),
        }
    }

    fn when_wrong(self) -> Happened {
        match self {
            Self::Password { .. } => Happened::WrongPassword,
            Self::Code { .. } => Happened::WrongCode,
        }
    }
}

/// A try at somebody's password or code, counted and in their history as wrong.
pub struct Try {
    here: String,
    address: String,
    everywhere: String,
    event: AccountEventId,
}

impl Try {
    /// Counts a try. For an account that nobody has it does the same work.
    ///
    /// # Errors
    /// [`Fault::TooMany`] with the seconds to wait, and nothing is counted.
    pub async fn begin(app: &App, guess: Guess<'_>, origin: &Origin) -> Result<Self, Fault> {
        replay(|| Self::count(app, guess, origin)).await
    }

    async fn count(app: &App, guess: Guess<'_>, origin: &Origin) -> Result<Self, Fault> {
        let network = network(&origin.address);
        let everywhere = guess.key();
        let here = format!("{everywhere} from {network}");
        let address = format!("address:{network}");
        let most = i64::from(app.config.sign_in.attempts_per_quarter_hour);
        let mut tx = app.db.write_global().await?;
        spend(app, &mut tx, &here, most, WINDOW).await?;
        spend(app, &mut tx, &address, most * PER_ADDRESS, WINDOW).await?;
        let all = spend(app, &mut tx, &everywhere, most * FROM_EVERYWHERE, WINDOW).await;
        let is_spent = matches!(all, Err(Fault::TooMany { .. }));
        if !(is_spent && is_at_home(&mut tx, guess.person(), &network).await?) {
            all?;
        }
        let person = guess.person().unwrap_or(PersonId(Uuid::nil()));
        let event = history::note(app, &mut tx, person, guess.when_wrong(), "", origin).await?;
        tx.commit().await?;
        Ok(Self {
            here,
            address,
            everywhere,
            event,
        })
    }

    /// It was right. What was wrong before from here is forgotten; the other counts keep what
    /// others did.
    pub async fn was_right(&self, tx: &mut Tx) -> Result<(), Fault> {
        store::clear_window(tx, &self.here).await?;
        store::give_back(tx, &self.address).await?;
        store::give_back(tx, &self.everywhere).await?;
        store::history::delete(tx, self.event).await?;
        Ok(())
    }
}

/// Whether the person has signed in from this network before. There guesses that others make
/// elsewhere do not count.
async fn is_at_home(tx: &mut Tx, person: Option<PersonId>, here: &str) -> Result<bool, Fault> {
    let Some(person) = person else {
        return Ok(false);
    };
    let addresses = store::signed_in_addresses(tx, person).await?;
    Ok(addresses.iter().any(|address| network(address) == here))
}

/// Who has one IPv6 address has all of its /64.
pub fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(ip) => ip.to_string(),
        Err(_) => address.chars().take(64).collect(),
    }
}

/// Counts what costs us something whoever asks, right or wrong: at most `most` in a window.
///
/// # Errors
/// [`Fault::TooMany`] with the seconds to wait.
pub async fn spend(
    app: &App,
    tx: &mut Tx,
    key: &str,
    most: i64,
    window: TimeDelta,
) -> Result<(), Fault> {
    let now = app.now();
    let counted = store::count_in_window(tx, key, now, now - window).await?;
    if counted.used <= most {
        return Ok(());
    }
    let left = counted.started_at.0 + window - now.0;
    Err(Fault::TooMany {
        retry_after_seconds: u64::try_from(left.num_seconds().max(1)).unwrap_or(1),
    })
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn neighbours_in_ipv6_are_one_network() {
        let one = network("2001:db8:1:2::5");
        assert_eq!(one, network("2001:db8:1:2:ffff::9"));
        assert_ne!(one, network("2001:db8:1:3::5"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network(&"x".repeat(500)).len(), 64);
    }
}
