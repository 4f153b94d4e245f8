//! What was done with passkeys, as their owner reads it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::{
    features::{passkeys::store::EventRow, sign_in::device},
    ui::{Event, Moment, Timeline, Tone},
};

/// The last so many.
pub const SHOWN: i64 = 30;

pub fn timeline(events: Vec<EventRow>, now: DateTime<Utc>, zone: Tz) -> Timeline {
    let events = events.into_iter().map(|event| told(event, now, zone));
    Timeline {
        events: events.collect(),
    }
}

fn told(event: EventRow, now: DateTime<Utc>, zone: Tz) -> Event {
    let name = event.name;
    let (tone, title) = match event.kind.as_str() {
        "added" => (Tone::Good, format!("{name} was added")),
        "used" => (Tone::Neutral, format!("{name} signed you in")),
        "renamed" => (Tone::Neutral, format!("It was renamed to {name}")),
        "removed" => (Tone::Risk, format!("{name} was removed")),
        _ => (
            Tone::Late,
            format!("{name} was refused: a copy of it seems to be in use. Remove it."),
        ),
    };
    Event {
        tone,
        when: Moment::ago(event.at.0, now, zone),
        by: event.address,
        title,
        detail: device(&event.user_agent),
    }
}
