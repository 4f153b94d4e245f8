//! How far a step of the demo has come: one line that is written over, where a terminal can.

use std::io::{IsTerminal as _, Write as _};

pub struct Progress {
    what: &'static str,
    is_live: bool,
}

impl Progress {
    pub fn of(what: &'static str) -> Self {
        let is_live = std::io::stdout().is_terminal();
        Self { what, is_live }
    }

    pub fn show(&self, now: &str) -> anyhow::Result<()> {
        if self.is_live {
            print!("\r\x1b[2K{}: {now}", self.what);
            std::io::stdout().flush()?;
        }
        Ok(())
    }

    /// The line as it stays.
    pub fn end(self, outcome: &str) -> anyhow::Result<()> {
        self.show(outcome)?;
        if self.is_live {
            println!();
        } else {
            println!("{}: {outcome}", self.what);
        }
        Ok(())
    }
}
