use askama::Template;

use super::{Moment, Tone};

/// What happened, newest first, or what will.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "ui/templates/parts/timeline.html")]
pub struct Timeline {
    pub events: Vec<Event>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub tone: Tone,
    pub when: Moment,
    /// Who or what did it.
    pub by: String,
    pub title: String,
    pub detail: String,
}
