//! What an organization is called and what it asks of sessions, changed.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Organization, organization, store};
use crate::{
    app::App,
    db::{DbError, Tx},
    fault::Fault,
    features::{
        audit::{self, Act},
        sign_in,
    },
    http::{Who, given},
    input::{self, Checks},
};

pub(super) const LONGEST_NAME: usize = 200;
const LONGEST_SLUG: usize = 60;
/// What was last active is noted every five minutes; a shorter limit would end sessions in use.
const LEAST_IDLE: i64 = 15;
/// Drafts further ahead would miss most of what changes until their first day.
const FARTHEST_AHEAD: i64 = 60;
const DAY_IN_MINUTES: i64 = 24 * 60;

/// What somebody is told whose last factor is too old, where there is no field to enter one.
const STALE: &str = "how people sign in is changed with a fresh factor only; enter it on the settings page, or \
     sign in anew";

/// What to change of an organization; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OrganizationChange {
    /// The version you saw.
    pub version: i64,
    pub name: Option<String>,
    /// Lower-case letters, digits and hyphens.
    pub slug: Option<String>,
    /// Only somebody who has a second factor may ask others for one.
    pub mfa_required: Option<bool>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    pub session_hours: Option<Option<i64>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    pub idle_minutes: Option<Option<i64>>,
    pub step_up_minutes: Option<i64>,
    /// Null leaves making drafts to people.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    pub drafts_ahead_days: Option<Option<i64>>,
}

impl OrganizationChange {
    fn applied_to(&self, app: &App, before: &Organization) -> Result<Organization, Fault> {
        let limits = &app.config.sign_in;
        let longest = i64::from(limits.session_days) * 24;
        let longest_idle = i64::from(limits.idle_hours) * 60;
        let mut checks = Checks::default();
        let mut after = before.clone();
        if let Some(typed) = &self.name {
            let read = input::line(typed, LONGEST_NAME);
            after.name = checks.take("name", read).unwrap_or_default();
        }
        if let Some(typed) = &self.slug {
            after.slug = checks.take("slug", slug(typed)).unwrap_or_default();
        }
        if let Some(hours) = self.session_hours {
            after.session_hours = hours;
            check_limit(&mut checks, "session_hours", hours, (1, longest), "hours");
        }
        if let Some(minutes) = self.idle_minutes {
            after.idle_minutes = minutes;
            let bounds = (LEAST_IDLE, longest_idle);
            check_limit(&mut checks, "idle_minutes", minutes, bounds, "minutes");
        }
        if let Some(minutes) = self.step_up_minutes {
            after.step_up_minutes = minutes;
            let bounds = (1, DAY_IN_MINUTES);
            let (field, given) = ("step_up_minutes", Some(minutes));
            check_limit(&mut checks, field, given, bounds, "minutes");
        }
        if let Some(days) = self.drafts_ahead_days {
            after.drafts_ahead_days = days;
            let bounds = (0, FARTHEST_AHEAD);
            check_limit(&mut checks, "drafts_ahead_days", days, bounds, "days");
        }
        after.mfa_required = self.mfa_required.unwrap_or(before.mfa_required);
        checks.done()?;
        Ok(after)
    }
}

/// A limit within bounds, or none.
fn check_limit(
    checks: &mut Checks,
    field: &str,
    given: Option<i64>,
    (least, most): (i64, i64),
    unit: &str,
) {
    if given.is_some_and(|given| given < least || given > most) {
        checks.wrong(field, format!("choose between {least} and {most} {unit}"));
    }
}

/// A name that addresses and commands can carry.
pub(super) fn slug(text: &str) -> Result<String, String> {
    let slug = text.trim();
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if slug.len() > LONGEST_SLUG {
        return Err(format!("at most {LONGEST_SLUG} characters, please"));
    }
    if slug.split('-').all(is_word) {
        Ok(slug.to_owned())
    } else {
        Err(
            "use lower-case letters, digits and single hyphens between them, such as northwind-it"
                .to_owned(),
        )
    }
}

pub(super) fn slug_taken(error: DbError) -> Fault {
    match error {
        DbError::Duplicate { .. } => Fault::field("slug", "another organization has this name"),
        other => other.into(),
    }
}

/// What is asked of sessions, apart from what the organization is called.
fn rules(organization: &Organization) -> (bool, Option<i64>, Option<i64>, i64) {
    (
        organization.mfa_required,
        organization.session_hours,
        organization.idle_minutes,
        organization.step_up_minutes,
    )
}

/// Changes the organization of `who`. Its rules act at the next request of every session in it.
///
/// # Errors
/// 409 when it has another version by now; 403 when its rules change and the last factor of `who`
/// is too old; 422 when somebody without a second factor would ask for one and lock themselves out.
pub async fn change(
    app: &App,
    tx: &mut Tx,
    who: &Who,
    change: &OrganizationChange,
) -> Result<Organization, Fault> {
    let before = organization(tx, who.org).await?;
    if before.version != change.version {
        return Err(DbError::Stale.into());
    }
    let after = change.applied_to(app, &before)?;
    if rules(&after) != rules(&before) {
        if sign_in::is_stale(app, who) {
            return Err(Fault::Forbidden(STALE));
        }
        if after.mfa_required && !store::has_factor(tx, who.person).await? {
            return Err(Fault::field(
                "mfa_required",
                "add an authenticator app to your own account first, or this would lock you out",
            ));
        }
    }
    if after == before {
        return Ok(before);
    }
    let written = store::update(tx, change.version, &after).await;
    written.map_err(slug_taken)?;
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action: "organization.changed",
        subject_kind: "organization",
        subject: Some(who.org.0),
    };
    let after = organization(tx, who.org).await?;
    let detail = json!({ "before": before, "after": after });
    audit::record(app, tx, act, &detail).await?;
    Ok(after)
}

#[cfg(test)]
mod slug_tests {
    use super::slug;

    #[test]
    fn a_slug_is_plain_words_and_hyphens() {
        assert_eq!(slug(" northwind-it "), Ok("northwind-it".to_owned()));
        assert_eq!(slug("2020"), Ok("2020".to_owned()));
        let long = "a".repeat(61);
        for wrong in [
            "",
            "-a",
            "a-",
            "a--b",
            "Northwind",
            "a b",
            "a/b",
            "é",
            &long,
        ] {
            assert!(slug(wrong).is_err(), "{wrong}");
        }
    }
}
