//! PDFs as readers see them.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

/// The words of a PDF, set as on the page. None where `pdftotext` is missing, which is said aloud
/// and fails in CI.
pub fn words(file: &[u8]) -> Option<String> {
    let mut program = Command::new("pdftotext");
    program.args(["-layout", "-enc", "UTF-8", "-", "-"]);
    program.stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut running) = program.spawn() else {
        assert!(std::env::var_os("CI").is_none(), "CI must have pdftotext");
        println!("pdftotext is not installed, so no PDF was read");
        return None;
    };
    let mut input = running.stdin.take().unwrap();
    let file = file.to_vec();
    let writing = std::thread::spawn(move || input.write_all(&file));
    let read = running.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(read.status.success(), "pdftotext does not read this file");
    Some(String::from_utf8(read.stdout).unwrap())
}
