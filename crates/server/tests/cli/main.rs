//! The commands of the real binary: what they do, and what they say when they cannot.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says so when it fails"
)]

mod import;
mod postgres;
mod verify;

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

const PASSWORD: &str = "a long enough password";

/// A data folder and how the binary is called with it.
struct Installation {
    folder: tempfile::TempDir,
    settings: Vec<(&'static str, String)>,
}

impl Installation {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            settings: Vec::new(),
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_billingone"));
        command.arg("--data-dir").arg(self.data()).args(arguments);
        command.env_remove("BILLINGONE_PASSWORD");
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs what must fail; what it said.
    #[track_caller]
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?}: {}", said(&output));
        said(&output)
    }

    fn init(&self) -> String {
        self.done(&INIT)
    }
}

const INIT: [&str; 7] = [
    "init",
    "--organization",
    "Northwind IT",
    "--email",
    "owner@example.com",
    "--password",
    PASSWORD,
];

fn said(output: &Output) -> String {
    let text =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    text.concat()
}

#[track_caller]
fn holds(text: &str, part: &str) {
    assert!(text.contains(part), "no \"{part}\" in:\n{text}");
}

#[test]
fn help_explains_every_command_and_nonsense_is_refused() {
    let here = Installation::new();
    let help = here.done(&["--help"]);
    for command in [
        "demo", "sandbox", "init", "migrate", "serve", "sync", "check", "backup", "restore",
        "user", "worker",
    ] {
        let line = help
            .lines()
            .find(|line| line.trim_start().starts_with(command));
        let explained = line.is_some_and(|line| line.split_whitespace().count() > 3);
        assert!(explained, "{command} is not explained in:\n{help}");
        holds(&here.done(&[command, "--help"]), "Usage: billingone");
    }
    holds(&here.refused(&["invent"]), "unrecognized subcommand");
    holds(&here.refused(&["backup"]), "required");
}

#[test]
fn settings_that_nobody_knows_are_refused_by_name() {
    let mut here = Installation::new();
    let file = here.folder.path().join("settings.toml");
    std::fs::write(&file, "[server]\nlisten_on = \"127.0.0.1:1\"\n").unwrap();
    let file = file.to_str().unwrap();
    holds(&here.refused(&["--config", file, "check"]), "listen_on");
    holds(
        &here.refused(&["--config", "/nowhere.toml", "check"]),
        "/nowhere.toml",
    );
    here.settings
        .push(("BILLINGONE_SERVER_LISTENS", "x".to_owned()));
    holds(&here.refused(&["check"]), "BILLINGONE_SERVER_LISTENS");
}

#[test]
fn an_installation_is_made_once_and_checked() {
    let here = Installation::new();
    holds(&here.refused(&["check"]), "run `billingone init` once");
    let with = |name: &'static str, value: &'static str| {
        let mut arguments = INIT.to_vec();
        arguments.extend([name, value]);
        arguments
    };
    let mut short = INIT;
    short[6] = "short";
    holds(&here.refused(&short), "12 characters");
    holds(&here.refused(&with("--currency", "pounds")), "currency");
    holds(&here.refused(&with("--time-zone", "Mars/Olympus")), "zone");
    // What was refused leaves nothing in the way of trying again.
    holds(&here.init(), "Northwind IT is ready");
    holds(&here.refused(&INIT), "was initialised before");
    let mode = std::os::unix::fs::MetadataExt::mode(
        &std::fs::metadata(here.data().join("secret.key")).unwrap(),
    );
    assert_eq!(mode & 0o777, 0o600, "the key is for its owner only");
    let report = here.done(&["check"]);
    for part in [
        "ok     Settings",
        "ok     Database: SQLite, at this version",
        "ok     Key",
    ] {
        holds(&report, part);
    }
    holds(&here.done(&["migrate"]), "at this version already");
    std::fs::write(here.data().join("secret.key"), "no key\n").unwrap();
    holds(&here.refused(&["check"]), "WRONG");
}

#[test]
fn people_are_added_and_get_new_passwords() {
    let here = Installation::new();
    here.init();
    let add = |email: &str, role: &str, password: &str| {
        here.run(&[
            "user",
            "add",
            "--email",
            email,
            "--role",
            role,
            "--password",
            password,
        ])
    };
    let refused = |output: Output, part: &str| {
        assert!(!output.status.success(), "{}", said(&output));
        holds(&said(&output), part);
    };
    refused(
        add("v@example.com", "king", PASSWORD),
        "choose owner, admin, finance",
    );
    refused(add("v@example.com", "viewer", "short"), "12 characters");
    refused(add("not an address", "viewer", PASSWORD), "mail");
    let added = add("v@example.com", "viewer", PASSWORD);
    holds(&said(&added), "v@example.com may sign in as viewer");
    let elsewhere = [
        "user",
        "add",
        "--email",
        "w@example.com",
        "--role",
        "viewer",
        "--organization",
        "nobody",
        "--password",
        PASSWORD,
    ];
    holds(&here.refused(&elsewhere), "organization");
    let set = |email: &str| {
        [
            "user",
            "set-password",
            "--email",
            email,
            "--password",
            PASSWORD,
        ]
        .map(str::to_owned)
    };
    let run = |arguments: [String; 6]| here.run(&arguments.each_ref().map(String::as_str));
    holds(&said(&run(set("v@example.com"))), "sessions have ended");
    let unknown = run(set("nobody@example.com"));
    assert!(!unknown.status.success());
}

#[test]
fn a_backup_is_restored_elsewhere() {
    let here = Installation::new();
    here.init();
    let copy = here.folder.path().join("copy");
    let copy = copy.to_str().unwrap();
    holds(
        &here.done(&["backup", copy]),
        "holds the database and the key",
    );
    holds(&here.refused(&["backup", copy]), "making the new folder");
    holds(
        &here.refused(&["restore", copy]),
        "restore into an empty data folder",
    );
    let there = Installation::new();
    holds(
        &there.refused(&["restore", "/nowhere"]),
        "name a folder that `backup` made",
    );
    let strange = there.folder.path().join("strange");
    std::fs::create_dir(&strange).unwrap();
    std::fs::write(strange.join("billingone.db"), "").unwrap();
    holds(
        &there.refused(&["restore", strange.to_str().unwrap()]),
        "is not a database of BillingOne",
    );
    std::fs::write(
        strange.join("billingone.db"),
        "no database at all, only words",
    )
    .unwrap();
    there.refused(&["restore", strange.to_str().unwrap()]);
    holds(&there.done(&["restore", copy]), "Restored");
    holds(&there.done(&["check"]), "ok     Key");
    let add = [
        "user",
        "set-password",
        "--email",
        "owner@example.com",
        "--password",
        PASSWORD,
    ];
    holds(&there.done(&add), "has a new password");
}

/// A process of ours that listens; killed when a test fails.
struct Listening {
    process: Child,
    address: String,
}

impl Listening {
    fn start(here: &Installation) -> Self {
        let mut process = here
            .command(&["serve"])
            .env("BILLINGONE_SERVER_LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let line = first_line(&mut process);
        let (_, address) = line.trim().split_once("listens on ").expect(&line);
        let address = address.to_owned();
        Self { process, address }
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = format!("{}{path}", self.address);
        let answer = reqwest::get(url).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Asks it to stop and waits until it has.
    fn stop(mut self) {
        terminate(&mut self.process);
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

fn first_line(process: &mut Child) -> String {
    let mut line = String::new();
    let mut output = BufReader::new(process.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    line
}

fn terminate(process: &mut Child) {
    let id = process.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    let status = process.wait().unwrap();
    assert!(status.success(), "it ends as asked: {status}");
}

#[tokio::test]
async fn a_server_tells_how_it_is_and_stops_when_asked() {
    let here = Installation::new();
    holds(&here.refused(&["serve"]), "run `billingone init` once");
    here.init();
    holds(
        &here.refused(&["worker"]),
        "on SQLite `billingone serve` runs the jobs",
    );
    let server = Listening::start(&here);
    assert_eq!(server.get("/healthz").await, (200, "ok\n".to_owned()));
    assert_eq!(server.get("/readyz").await, (200, "ready\n".to_owned()));
    assert_eq!(server.get("/sign-in").await.0, 200);
    let (status, metrics) = server.get("/metrics").await;
    assert_eq!(status, 200);
    let counted = metrics
        .lines()
        .any(|line| line.contains("route=\"/sign-in\"") && line.contains("status=\"200\""));
    assert!(counted, "{metrics}");
    // A backup is taken while the server works.
    let copy = here.folder.path().join("busy");
    here.done(&["backup", copy.to_str().unwrap()]);
    server.stop();
    let again = Listening::start(&here);
    assert_eq!(again.get("/readyz").await.0, 200);
    again.stop();
}
