use askama::Template;

use crate::ui::format;

/// A run over several sources, each with how far it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "ui/templates/parts/progress.html")]
pub struct Progress {
    pub sources: Vec<SourceRun>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRun {
    /// "Pax8 · Subscriptions".
    pub name: String,
    pub state: SourceState,
    pub done: u64,
    /// Unknown until the vendor says how many there are.
    pub total: Option<u64>,
    /// What it is doing, what changed, or what went wrong and what to do.
    pub said: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceState {
    Waiting,
    Running,
    Done,
    Failed,
}

impl SourceState {
    fn class(self) -> &'static str {
        match self {
            SourceState::Waiting => "waiting",
            SourceState::Running => "running",
            SourceState::Done => "done",
            SourceState::Failed => "failed",
        }
    }

    fn icon(self) -> &'static str {
        match self {
            SourceState::Waiting => "clock",
            SourceState::Running => "sync",
            SourceState::Done => "approve",
            SourceState::Failed => "error",
        }
    }

    fn word(self) -> &'static str {
        match self {
            SourceState::Waiting => "Waiting",
            SourceState::Running => "Running",
            SourceState::Done => "Done",
            SourceState::Failed => "Failed",
        }
    }
}

impl SourceRun {
    fn is_running(&self) -> bool {
        self.state == SourceState::Running
    }

    fn amount(&self) -> String {
        match (self.state, self.total) {
            (SourceState::Waiting, _) => self.state.word().to_owned(),
            (SourceState::Running, Some(total)) => {
                format!("{} of {}", format::count(self.done), format::count(total))
            }
            (SourceState::Running, None) if self.done == 0 => "Starting".to_owned(),
            (SourceState::Failed, _) => format!("Failed after {}", format::count(self.done)),
            _ => format::count(self.done),
        }
    }
}
