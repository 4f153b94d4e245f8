//! Two kinds of time. *Business time* decides what is due, late or covered; in the demo and in
//! tests the sandbox owns it and it may stand still or jump. *Wall time* measures leases and
//! back-off, which must go on while business time stands.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};

#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Simulated(Arc<Simulated>),
}

struct Simulated {
    now_micros: AtomicI64,
    url: String,
    token: String,
    http: reqwest::Client,
}

/// How often the sandbox's clock is read while the process runs.
const POLL: Duration = Duration::from_millis(500);

impl Clock {
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that follows the sandbox's `/_control/clock`.
    pub async fn simulated(
        http: reqwest::Client,
        url: String,
        token: String,
    ) -> anyhow::Result<Self> {
        let clock = Simulated {
            now_micros: AtomicI64::new(0),
            url,
            token,
            http,
        };
        clock.read().await?;
        Ok(Self(Source::Simulated(Arc::new(clock))))
    }

    /// Business time.
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => self.wall_now(),
            Source::Simulated(clock) => {
                let micros = clock.now_micros.load(Ordering::Acquire);
                DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::UNIX_EPOCH)
            }
        }
    }

    /// Whether business time is the sandbox's, which may stand still.
    pub fn is_simulated(&self) -> bool {
        matches!(self.0, Source::Simulated(_))
    }

    /// Wall time: for leases, back-off and ids.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the wall clock"
    )]
    pub fn wall_now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    /// Reads the simulated clock anew; nothing to do for the system's.
    pub async fn refresh(&self) -> anyhow::Result<()> {
        match &self.0 {
            Source::System => Ok(()),
            Source::Simulated(clock) => clock.read().await,
        }
    }

    /// Sets business time, as a machine's clock may leap, until it is read anew.
    #[cfg(test)]
    pub fn leap(&self, now: DateTime<Utc>) {
        if let Source::Simulated(clock) = &self.0 {
            clock
                .now_micros
                .store(now.timestamp_micros(), Ordering::Release);
        }
    }

    /// Follows the simulated clock until the process ends.
    pub async fn follow(self) {
        let Source::Simulated(clock) = self.0 else {
            return;
        };
        loop {
            if let Err(error) = clock.read().await {
                tracing::warn!(%error, "the simulated clock did not answer");
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

#[derive(serde::Deserialize)]
struct Reading {
    now: DateTime<Utc>,
}

impl Simulated {
    async fn read(&self) -> anyhow::Result<()> {
        let request = self.http.get(&self.url).bearer_auth(&self.token);
        let reading: Reading = request.send().await?.error_for_status()?.json().await?;
        self.now_micros
            .store(reading.now.timestamp_micros(), Ordering::Release);
        Ok(())
    }
}
