//! A data folder belongs to the demo or to live data, never to both.

use std::path::Path;

use anyhow::{Context as _, bail};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Demo,
    Live,
}

impl Mode {
    fn word(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Live => "live",
        }
    }
}

pub const FILE: &str = "mode";

/// What a folder is stamped, if it is.
pub fn of(folder: &Path) -> Option<Mode> {
    let stamped = std::fs::read_to_string(folder.join(FILE)).ok()?;
    [Mode::Demo, Mode::Live]
        .into_iter()
        .find(|mode| mode.word() == stamped.trim())
}

/// Stamps the folder, or checks the stamp it has.
pub fn claim(folder: &Path, mode: Mode) -> anyhow::Result<()> {
    let path = folder.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(stamped) if stamped.trim() == mode.word() => Ok(()),
        Ok(stamped) => bail!(
            "{} holds {} data; choose another folder with --data-dir",
            folder.display(),
            stamped.trim()
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            std::fs::write(&path, format!("{}\n", mode.word()))
                .with_context(|| format!("writing {}", path.display()))
        }
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stays_what_it_was() {
        let folder = tempfile::tempdir().unwrap();
        claim(folder.path(), Mode::Demo).unwrap();
        claim(folder.path(), Mode::Demo).unwrap();
        let refused = claim(folder.path(), Mode::Live).unwrap_err().to_string();
        assert!(refused.contains("demo data"), "{refused}");
    }
}
