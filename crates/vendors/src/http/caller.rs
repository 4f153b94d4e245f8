//! The one way a call goes out: budget, token, wire, lesson, verdict.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::budget::{Grant, Permit, Quota, Seen};
use super::call::{Call, Reply};
use super::patience::spread;
use super::tokens::Tokens;
use super::{limits, transport};
use crate::{Error, Outside, Secret, Vendor};

/// Turns a vendor's error answer (any status from 400 up that is not a matter of limits, tokens or
/// outages) into the right kind of error.
pub(crate) type ReadRefusal = fn(&Call, &Reply) -> Error;

/// Makes a vendor's calls for one tenant.
#[derive(Clone)]
pub(crate) struct Caller {
    pub vendor: Vendor,
    pub outside: Outside,
    /// Absent for token endpoints, which neither count against the limits nor take a token.
    pub quota: Option<Arc<Quota>>,
    pub tokens: Option<Tokens>,
    pub refusal: ReadRefusal,
}

/// A try that did not succeed, and what may be done about it.
struct Setback {
    error: Error,
    then: Then,
}

enum Then {
    GiveUp,
    /// The token was refused and dropped: once more with a new one.
    WithNewToken,
    /// A limit: once more at this time.
    At(DateTime<Utc>),
    /// A bad connection or a server error: once more after a pause, if that is safe.
    AfterPause {
        safe: bool,
    },
}

/// What has been tried so far.
#[derive(Default)]
struct Spent {
    tries: u32,
    waits: u32,
    new_token: bool,
}

impl Caller {
    /// Sends the call and reads the answer with `parse`. An answer that cannot be read is asked for
    /// again like one that got lost, where asking again is safe.
    pub async fn read<T>(
        &self,
        call: &Call,
        parse: impl Fn(&Reply) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut spent = Spent::default();
        loop {
            spent.tries += 1;
            let outcome = self
                .once(call)
                .await
                .and_then(|reply| parse(&reply).map_err(|error| unreadable(call, error)));
            let setback = match outcome {
                Ok(value) => return Ok(value),
                Err(setback) => setback,
            };
            tracing::debug!(
                vendor = self.vendor.code(),
                ?call,
                tries = spent.tries,
                error = setback.error.code(),
                "a vendor call did not succeed"
            );
            let Some(at) = self.again_at(&setback, &mut spent) else {
                return Err(setback.error);
            };
            self.outside.time.sleep_until(at).await;
        }
    }

    /// When to try again, if at all.
    fn again_at(&self, setback: &Setback, spent: &mut Spent) -> Option<DateTime<Utc>> {
        let patience = &self.outside.patience;
        let now = self.outside.time.now();
        match setback.then {
            Then::GiveUp => None,
            Then::WithNewToken if spent.new_token => None,
            Then::WithNewToken => {
                spent.new_token = true;
                Some(now)
            }
            Then::At(at) => {
                spent.waits += 1;
                spent.tries -= 1;
                let longest = delta(patience.longest_wait);
                (spent.waits <= patience.waits && at - now <= longest).then(|| {
                    at + delta(spread(
                        std::time::Duration::from_millis(500),
                        &*self.outside.chance,
                    ))
                })
            }
            Then::AfterPause { safe } => (safe && spent.tries < patience.tries)
                .then(|| now + delta(patience.pause(spent.tries + 1, &*self.outside.chance))),
        }
    }

    async fn once(&self, call: &Call) -> Result<Reply, Setback> {
        let bearer = match &self.tokens {
            Some(tokens) => Some(tokens.bearer().await.map_err(give_up)?),
            None => None,
        };
        let permit = self.slot().await?;
        let patience = &self.outside.patience;
        let sent = transport::send(
            &self.outside.http,
            self.vendor,
            call,
            bearer.as_ref(),
            patience.total,
            patience.body_limit_bytes,
        )
        .await;
        let now = self.outside.time.now();
        let seen = sent.as_ref().map_or_else(
            |_| Seen::default(),
            |reply| limits::seen(self.vendor, reply.status, &reply.headers, now),
        );
        self.settle(permit, seen, now).await;
        match sent {
            Ok(reply) => self.judge(call, reply, seen, bearer).await,
            Err(lost) => Err(self.lost(call, lost)),
        }
    }

    /// Waits for room in the budget, as long as patience allows.
    async fn slot(&self) -> Result<Option<Permit>, Setback> {
        let Some(quota) = &self.quota else {
            return Ok(None);
        };
        let now = self.outside.time.now();
        let grant = self.outside.budget.acquire(quota, now).await;
        match grant.map_err(|source| give_up(Error::kept(self.vendor, source)))? {
            Grant::Go(permit) => Ok(Some(permit)),
            Grant::WaitUntil { at, why } => {
                let error = Error::RetryAt {
                    vendor: self.vendor,
                    when: at,
                    why,
                };
                Err(Setback {
                    error,
                    then: Then::At(at),
                })
            }
        }
    }

    async fn settle(&self, permit: Option<Permit>, seen: Seen, now: DateTime<Utc>) {
        let (Some(quota), Some(permit)) = (&self.quota, permit) else {
            return;
        };
        let settled = self.outside.budget.settle(quota, permit, seen, now).await;
        if let Err(error) = settled {
            // The answer is here and worth more than the counting of it.
            tracing::warn!(vendor = self.vendor.code(), %error, "a call could not be counted");
        }
    }

    async fn judge(
        &self,
        call: &Call,
        reply: Reply,
        seen: Seen,
        bearer: Option<Secret>,
    ) -> Result<Reply, Setback> {
        let vendor = self.vendor;
        if let Some((when, why)) = seen.paused {
            let error = Error::RetryAt { vendor, when, why };
            // A refused 429 did nothing; a 503 may come after the fact.
            let waits = reply.status == 429 || call.repeatable;
            let then = if waits { Then::At(when) } else { Then::GiveUp };
            return Err(Setback { error, then });
        }
        match reply.status {
            200..=299 => Ok(reply),
            300..=399 => {
                let what = "it is a redirect, which is not followed";
                Err(give_up(Error::broken(vendor, what, &reply.body)))
            }
            401 => {
                if let (Some(tokens), Some(bearer)) = (&self.tokens, &bearer) {
                    tokens.reject(bearer).await;
                    let why = "it does not accept our sign-in any more".to_owned();
                    let error = Error::ReconnectNeeded { vendor, why };
                    return Err(Setback {
                        error,
                        then: Then::WithNewToken,
                    });
                }
                Err(give_up((self.refusal)(call, &reply)))
            }
            408 | 500..=599 => Err(Setback {
                error: Error::Unreachable {
                    vendor,
                    why: format!("it answered with status {}", reply.status),
                    maybe_done: call.changes_something(),
                },
                then: Then::AfterPause {
                    safe: call.repeatable,
                },
            }),
            _ => Err(give_up((self.refusal)(call, &reply))),
        }
    }

    fn lost(&self, call: &Call, lost: transport::Lost) -> Setback {
        let vendor = self.vendor;
        let maybe_done = lost.sent && call.changes_something();
        if lost.too_large {
            let excerpt = String::new();
            return give_up(Error::Broken {
                vendor,
                what: lost.why,
                excerpt,
                maybe_done,
            });
        }
        let safe = call.repeatable || !lost.sent;
        let error = Error::Unreachable {
            vendor,
            why: lost.why,
            maybe_done,
        };
        Setback {
            error,
            then: Then::AfterPause { safe },
        }
    }
}

fn give_up(error: Error) -> Setback {
    Setback {
        error,
        then: Then::GiveUp,
    }
}

/// An answer that came and cannot be read is treated like one that was lost.
fn unreadable(call: &Call, error: Error) -> Setback {
    let Error::Broken {
        vendor,
        what,
        excerpt,
        ..
    } = error
    else {
        return give_up(error);
    };
    let maybe_done = call.changes_something();
    let error = Error::Broken {
        vendor,
        what,
        excerpt,
        maybe_done,
    };
    Setback {
        error,
        then: Then::AfterPause {
            safe: call.repeatable,
        },
    }
}

fn delta(duration: std::time::Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::days(1))
}
