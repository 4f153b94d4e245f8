//! Starting other programs: shown, quiet, read, or kept running beside us.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

/// Runs with its output shown. False when it ends with an error.
pub fn shown(command: &mut Command) -> Result<bool> {
    let status = command
        .status()
        .with_context(|| format!("could not start {}", line(command)))?;
    Ok(status.success())
}

/// Runs without a word; what it said becomes the error when it fails.
pub fn quietly(command: &mut Command) -> Result<()> {
    capture(command).map(drop)
}

/// Runs and gives what it wrote to standard output.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("could not start {}", line(command)))?;
    if !output.status.success() {
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        bail!(
            "{} ended with {}\n{}",
            line(command),
            output.status,
            said.trim_end()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The command as a person would type it.
fn line(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        let _ = write!(text, " {}", argument.to_string_lossy());
    }
    text
}

/// The program of this name in `PATH`.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// Stops the program and removes the folder when standard input ends, which it does however we
/// end: done, failed, interrupted or killed. It sits in a process group of its own, so Ctrl-C
/// reaches it only that way.
const BESIDE: &str = r#"
signal=$1 folder=$2; shift 2
"$@" </dev/null & child=$!
trap '' INT TERM HUP
exec >/dev/null
cat >/dev/null
kill -s "$signal" "$child" 2>/dev/null
wait "$child"
rm -rf -- "$folder"
"#;

/// A server that lives no longer than this value or this process, and leaves nothing behind.
pub struct Beside {
    watch: Child,
}

impl Beside {
    /// Starts `command` (program first), to be stopped with `signal`, after which `folder` goes.
    pub fn start<S: AsRef<OsStr>>(
        signal: &str,
        folder: &Path,
        command: &[S],
        output: (Stdio, Stdio),
    ) -> Result<Self> {
        let watch = Command::new("sh")
            .args(["-c", BESIDE, "sh", signal])
            .arg(folder)
            .args(command)
            .stdin(Stdio::piped())
            .stdout(output.0)
            .stderr(output.1)
            .process_group(0)
            .spawn()
            .context("could not start sh")?;
        Ok(Self { watch })
    }

    /// What the server writes, when its output was asked for as a pipe.
    pub fn output(&mut self) -> Option<std::process::ChildStdout> {
        self.watch.stdout.take()
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
    }
}
