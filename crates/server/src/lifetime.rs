//! When a session ends by itself.

use chrono::TimeDelta;

use crate::{app::App, db::At};

/// What is known of a session's age, and its organization's limits. Columns of `session` and
/// `organization`.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Lifetime {
    pub created_at: At,
    pub last_active_at: At,
    pub expires_at: At,
    session_hours: Option<i64>,
    idle_minutes: Option<i64>,
}

impl Lifetime {
    /// The installation's limits hold, and the organization's where they are tighter: whatever was
    /// promised when the session began.
    pub fn is_over(&self, app: &App) -> bool {
        let (now, limits) = (app.now(), &app.config.sign_in);
        let age = now.0 - self.created_at.0;
        let idle = now.0 - self.last_active_at.0;
        self.expires_at <= now
            || idle >= TimeDelta::hours(i64::from(limits.idle_hours))
            || self
                .session_hours
                .is_some_and(|hours| age >= TimeDelta::hours(hours))
            || self
                .idle_minutes
                .is_some_and(|minutes| idle >= TimeDelta::minutes(minutes))
    }
}
