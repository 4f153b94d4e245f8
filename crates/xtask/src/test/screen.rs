//! A screen that nobody sees: WebKit's driver needs one, also for tests without a window.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::process::Beside;

pub struct Screen {
    display: String,
    _server: Beside,
}

impl Screen {
    pub fn start() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("billingone-screen-{}", std::process::id()));
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("could not make {}", folder.display()))?;
        // Xvfb finds a free display number by itself and writes it to the named descriptor.
        let command = [
            "Xvfb",
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1600x1200x24",
            "-nolisten",
            "tcp",
        ];
        let mut server = Beside::start("TERM", &folder, &command, (Stdio::piped(), Stdio::null()))?;
        let mut number = String::new();
        let output = server.output().context("Xvfb has no output")?;
        BufReader::new(output)
            .read_line(&mut number)
            .context("Xvfb said nothing")?;
        if number.trim().is_empty() {
            bail!("Xvfb did not start");
        }
        Ok(Self {
            display: format!(":{}", number.trim()),
            _server: server,
        })
    }

    /// The value of `DISPLAY`.
    pub fn display(&self) -> &str {
        &self.display
    }
}
