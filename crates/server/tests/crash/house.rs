//! One installation of the product as processes, over a sandbox that stays up.

use std::{
    collections::VecDeque,
    fs::{self, File},
    net::TcpListener,
    os::unix::process::ExitStatusExt as _,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use crate::{
    database::TestDatabase,
    db::{Db, Engine},
};

pub const EMAIL: &str = "owner@example.com";
pub const PASSWORD: &str = "a long enough password";
const CONTROL: &str = "control-token-of-tests";
/// How a process ends that has come to its moment.
const SIGABRT: i32 = 6;
/// Nothing here takes longer, even on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(2);

pub fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_billingone"));
    command.env_remove("BILLINGONE_FAILPOINT");
    command
}

/// What runs, and what is to happen to it. Shared with whoever kills.
#[derive(Default)]
pub struct Processes {
    running: Vec<Process>,
    /// Moments at which the next processes are to die, one after another: `NAME` or `NAME:NTH`.
    pub plan: VecDeque<String>,
}

struct Process {
    command: &'static str,
    child: Child,
    /// Whether it dies by itself at the moment that stands first in the plan.
    armed: bool,
}

impl Processes {
    /// SIGKILL for one of those that run; false if it does not run any more.
    pub fn kill(&mut self, choice: usize) -> bool {
        let alive = self.running.len();
        let Some(process) = self.running.get_mut(choice % alive.max(1)) else {
            return false;
        };
        let runs = process.child.try_wait().unwrap().is_none();
        runs && process.child.kill().is_ok()
    }

    pub fn pid(&self, command: &str) -> u32 {
        let found = self.running.iter().find(|one| one.command == command);
        found.unwrap().child.id()
    }

    /// Forgets those that have died.
    fn bury(&mut self) {
        let mut met = false;
        self.running.retain_mut(|process| {
            let gone = process.child.try_wait().unwrap();
            met |= process.armed && gone.is_some_and(|gone| gone.signal() == Some(SIGABRT));
            gone.is_none()
        });
        if met {
            self.plan.pop_front();
            // The other still waits for the moment that has passed.
            self.end_all();
        }
    }

    fn end_all(&mut self) {
        for mut process in self.running.drain(..) {
            process.child.kill().unwrap();
            process.child.wait().unwrap();
        }
    }
}

pub struct House {
    pub engine: Engine,
    pub database: TestDatabase,
    pub folder: tempfile::TempDir,
    pub sandbox: sandbox::Running,
    pub port: u16,
    processes: Arc<Mutex<Processes>>,
}

impl House {
    /// An installation with its owner, not running yet.
    pub async fn build(engine: Engine) -> Self {
        let mut options = sandbox::Options::new(CONTROL);
        options.size.clients = 12;
        options.size.months = 6;
        // Early, because the days of a story must not depend on how long it takes.
        options.now = "2026-11-12T06:30:00Z".parse().unwrap();
        let house = Self {
            engine,
            database: TestDatabase::create(engine).await,
            folder: tempfile::tempdir().unwrap(),
            sandbox: sandbox::Sandbox::start(options).await.unwrap(),
            port: free_port(),
            processes: Arc::default(),
        };
        let made = house
            .command("init")
            .args(["--organization", "Northwind IT", "--email", EMAIL])
            .env("BILLINGONE_PASSWORD", PASSWORD)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        house
    }

    pub fn processes(&self) -> MutexGuard<'_, Processes> {
        self.processes.lock().unwrap()
    }

    pub fn shared(&self) -> Arc<Mutex<Processes>> {
        Arc::clone(&self.processes)
    }

    /// `NAME` or `NAME:NTH`: where the coming processes die.
    pub fn plan(&self, moments: &[&str]) {
        let mut processes = self.processes();
        let moments = moments.iter().map(|moment| (*moment).to_owned());
        processes.plan.extend(moments);
        // What runs knows no new plan.
        processes.end_all();
    }

    pub fn command(&self, name: &str) -> Command {
        let urls = &self.sandbox.urls;
        let known = self.sandbox.control.credentials();
        let options = &self.database.options;
        let port = self.port;
        let mut command = binary();
        command.arg("--data-dir").arg(self.folder.path()).arg(name);
        for (variable, value) in [
            ("DATABASE_URL", options.url.as_str()),
            (
                "DATABASE_OWNER_URL",
                options.owner_url.as_deref().unwrap_or_default(),
            ),
            ("DATABASE_CONNECTIONS", "6"),
            ("SERVER_LISTEN", &format!("127.0.0.1:{port}")),
            ("SERVER_PUBLIC_URL", &format!("http://localhost:{port}")),
            ("WORKER_LEASE_SECONDS", "5"),
            ("WORKER_POLL_MS", "50"),
            ("LOG_FILTER", "warn"),
            ("VENDORS_PAX8_API_URL", &urls.pax8_api),
            ("VENDORS_PAX8_WEBHOOKS_URL", &urls.pax8_webhooks),
            ("VENDORS_XERO_AUTHORIZE_URL", &urls.xero_authorize),
            ("VENDORS_XERO_TOKEN_URL", &urls.xero_token),
            ("VENDORS_XERO_REVOKE_URL", &urls.xero_revoke),
            ("VENDORS_XERO_CONNECTIONS_URL", &urls.xero_connections),
            ("VENDORS_XERO_API_URL", &urls.xero_api),
            ("VENDORS_XERO_CLIENT_ID", &known.xero_client_id),
            ("VENDORS_XERO_CLIENT_SECRET", &known.xero_client_secret),
            ("VENDORS_XERO_WEBHOOK_KEY", &known.xero_webhook_key),
            ("VENDORS_NINJAONE_API_URL", &urls.ninjaone_api),
            ("SIMULATION_CLOCK_URL", &format!("{}/clock", urls.control)),
            ("SIMULATION_CLOCK_TOKEN", CONTROL),
        ] {
            command.env(format!("BILLINGONE_{variable}"), value);
        }
        command
    }

    /// Starts whatever should run and does not.
    pub fn revive(&self) {
        let wanted: &[&'static str] = match self.engine {
            Engine::Sqlite => &["serve"],
            Engine::Postgres => &["serve", "worker"],
        };
        let mut processes = self.processes();
        processes.bury();
        for command in wanted.iter().copied() {
            if processes.running.iter().any(|one| one.command == command) {
                continue;
            }
            let moment = processes.plan.front().cloned();
            let child = self.spawn(command, moment.as_deref());
            processes.running.push(Process {
                command,
                child,
                armed: moment.is_some(),
            });
        }
    }

    fn spawn(&self, name: &str, moment: Option<&str>) -> Child {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .unwrap();
        let mut command = self.command(name);
        if let Some(moment) = moment {
            command.env("BILLINGONE_FAILPOINT", moment);
        }
        command.stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Asks a process to stop and waits until it has.
    pub fn stop(&self, command: &str) -> ExitStatus {
        let pid = self.processes().pid(command);
        let asked = Command::new("kill")
            .args(["-TERM", &pid.to_string()])
            .status();
        assert!(asked.unwrap().success());
        let mut processes = self.processes();
        let place = processes
            .running
            .iter()
            .position(|one| one.command == command);
        processes
            .running
            .remove(place.unwrap())
            .child
            .wait()
            .unwrap()
    }

    pub fn stop_all(&self) {
        let commands: Vec<_> = self
            .processes()
            .running
            .iter()
            .map(|process| process.command)
            .collect();
        for command in commands {
            self.stop(command);
        }
    }

    /// What is stored, seen past the product.
    pub async fn database(&self) -> Db {
        Db::connect(self.database.options.clone()).await.unwrap()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.processes().end_all();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.log()).unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(30).collect();
            for line in last.into_iter().rev() {
                println!("log: {line}");
            }
        }
    }
}

/// Free a moment ago, and after a kill taken again at once.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
