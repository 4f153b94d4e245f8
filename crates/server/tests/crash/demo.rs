//! `demo`: a second start goes on with the first, however that ended.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use crate::house::{PATIENCE, binary, free_port};

fn demo(folder: &Path, more: &[&str]) -> Command {
    let mut command = binary();
    command
        .arg("--data-dir")
        .arg(folder)
        .arg("demo")
        .args(more)
        .env(
            "BILLINGONE_SERVER_LISTEN",
            format!("127.0.0.1:{}", free_port()),
        );
    command
}

fn text(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

/// What was counted, without the steps before it and the address behind it.
fn report(text: &str) -> &str {
    let begin = text.find("\nClients").unwrap();
    let end = text.find("\nOpen").or(text.find("\nKept in")).unwrap();
    &text[begin..end]
}

fn end_of_folder(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join("demo-vendors.jsonl")).unwrap_or_default()
}

#[test]
fn crash_of_a_demo_does_not_matter_and_a_second_start_repeats_nothing() {
    let undisturbed = tempfile::tempdir().unwrap();
    let once = &["--once", "--clients", "12"];
    let first = text(&demo(undisturbed.path(), once).output().unwrap());
    assert!(first.contains("Drafting next month's invoices"), "{first}");
    let second = text(&demo(undisturbed.path(), &["--once"]).output().unwrap());
    assert!(second.contains("Going on with the demo"), "{second}");
    assert!(!second.contains("Drafting"), "{second}");
    assert!(!second.contains("Entering"), "{second}");
    assert_eq!(report(&second), report(&first));

    let refused = demo(undisturbed.path(), &["--once", "--seed", "2"])
        .output()
        .unwrap();
    assert!(!refused.status.success());
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("--seed 1 --clients 12"), "{why}");

    let disturbed = tempfile::tempdir().unwrap();
    for moment in [
        "tokens.saved",
        "sync.page_written:7",
        "write.before_answer:60",
        "generate.before_commit",
    ] {
        let killed = demo(disturbed.path(), once)
            .env("BILLINGONE_FAILPOINT", moment)
            .output()
            .unwrap();
        assert!(!killed.status.success(), "nobody came to {moment}");
    }
    let resumed = text(&demo(disturbed.path(), once).output().unwrap());
    assert_eq!(report(&resumed), report(&first));
}

#[test]
fn crash_not_but_stop_of_a_demo_while_it_is_set_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = demo(folder.path(), &["--clients", "40"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    // The first token means that it has begun to read the vendors.
    while end_of_folder(folder.path())
        .split(|byte| *byte == b'\n')
        .count()
        < 5
    {
        assert!(begun.elapsed() < PATIENCE, "it never begins");
        std::thread::sleep(Duration::from_millis(20));
    }
    let asked = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(asked.unwrap().success());
    let stopped = Instant::now();
    child.wait().unwrap();
    assert!(
        stopped.elapsed() < Duration::from_secs(15),
        "{:?}",
        stopped.elapsed()
    );
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
