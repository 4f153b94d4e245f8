//! A private PostgreSQL for one test run: own folder, own port, gone afterwards.
//!
//! Tests get a superuser's address and make their own databases and the application's role in
//! it. Nothing here survives a crash of the machine, and nothing has to: syncing is off.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::{self, Beside};

/// Debian keeps the server's programs out of `PATH`.
const DEBIAN_BIN: &str = "/usr/lib/postgresql/15/bin";

const START_LIMIT: Duration = Duration::from_mins(1);

/// The port is free when chosen and may be taken a moment later, so a start is tried again.
const START_TRIES: u32 = 3;

/// Speed over safety, and connections for many tests that each hold a pool.
const SETTINGS: [&str; 6] = [
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=400",
    "log_min_messages=fatal",
];

pub struct Postgres {
    url: String,
    _server: Beside,
}

/// The folder with `initdb` and `postgres`, when PostgreSQL is installed.
pub fn programs() -> Option<PathBuf> {
    let debian = PathBuf::from(DEBIAN_BIN);
    if debian.join("initdb").is_file() {
        return Some(debian);
    }
    process::on_path("initdb").and_then(|file| file.parent().map(Path::to_owned))
}

impl Postgres {
    pub fn start() -> Result<Self> {
        let bin = programs().context("PostgreSQL is not installed")?;
        let owner = Owner::find()?;
        let mut last = None;
        for attempt in 1..=START_TRIES {
            match Self::try_start(&bin, &owner, attempt) {
                Ok(server) => return Ok(server),
                Err(error) => last = Some(error),
            }
        }
        Err(last
            .context("PostgreSQL was not started")?
            .context("PostgreSQL did not start"))
    }

    /// An address with every right, for the tests' harness.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same without a database: the name of one is put behind it after a slash.
    pub fn server(&self) -> &str {
        self.url.trim_end_matches("/postgres")
    }

    fn try_start(bin: &Path, owner: &Owner, attempt: u32) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!(
            "billingone-postgres-{}-{attempt}",
            std::process::id()
        ));
        std::fs::create_dir(&folder)
            .with_context(|| format!("could not make {}", folder.display()))?;
        owner.own(&folder)?;
        let data = folder.join("data");
        let made = process::quietly(
            owner
                .command(&bin.join("initdb"))
                .current_dir("/")
                .args([
                    "-A",
                    "trust",
                    "-U",
                    "postgres",
                    "-E",
                    "UTF8",
                    "--locale=C.UTF-8",
                ])
                .args(["--no-sync", "--no-instructions", "-D"])
                .arg(&data),
        );
        if let Err(error) = made {
            let _ = std::fs::remove_dir_all(&folder);
            return Err(error);
        }
        let port = free_port()?;
        let log = folder.join("log");
        let server = start_server(bin, owner, &folder, port, &log)?;
        wait_until_ready(bin, port, &log)?;
        Ok(Self {
            url: format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            _server: server,
        })
    }
}

fn start_server(bin: &Path, owner: &Owner, folder: &Path, port: u16, log: &Path) -> Result<Beside> {
    let mut server = owner.command(&bin.join("postgres"));
    server.arg("-D").arg(folder.join("data"));
    server.arg("-k").arg(folder);
    server.arg("-p").arg(port.to_string());
    for setting in SETTINGS {
        server.args(["-c", setting]);
    }
    let mut command = vec![server.get_program().to_owned()];
    command.extend(server.get_args().map(ToOwned::to_owned));
    let output = std::fs::File::create(log).context("could not make PostgreSQL's log")?;
    let errors = output
        .try_clone()
        .context("could not share PostgreSQL's log")?;
    // QUIT stops at once and keeps nothing, which is what is wanted of a throw-away server.
    Beside::start("QUIT", folder, &command, (output.into(), errors.into()))
}

fn wait_until_ready(bin: &Path, port: u16, log: &Path) -> Result<()> {
    let started = Instant::now();
    loop {
        let mut question = Command::new(bin.join("pg_isready"));
        question.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
        if question
            .stdin(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
        {
            return Ok(());
        }
        let said = std::fs::read_to_string(log).unwrap_or_default();
        if said.contains("FATAL") || started.elapsed() > START_LIMIT {
            bail!("{}", said.trim_end());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

/// Who the server runs as: PostgreSQL refuses root, everyone else runs it as themselves.
enum Owner {
    Ourselves,
    PostgresUser { uid: u32, gid: u32 },
}

impl Owner {
    fn find() -> Result<Self> {
        if !is_root()? {
            return Ok(Self::Ourselves);
        }
        let number = |flag: &str| -> Result<u32> {
            let text = process::capture(Command::new("id").args([flag, "postgres"]))
                .context("root may not run PostgreSQL and there is no user `postgres`")?;
            text.trim().parse().context("`id` gave no number")
        };
        Ok(Self::PostgresUser {
            uid: number("-u")?,
            gid: number("-g")?,
        })
    }

    fn own(&self, folder: &Path) -> Result<()> {
        if let Self::PostgresUser { uid, gid } = self {
            std::os::unix::fs::chown(folder, Some(*uid), Some(*gid))
                .with_context(|| format!("could not give {} away", folder.display()))?;
        }
        Ok(())
    }

    fn command(&self, program: &Path) -> Command {
        match self {
            Self::Ourselves => Command::new(program),
            Self::PostgresUser { uid, gid } => {
                let mut command = Command::new("setpriv");
                command
                    .arg(format!("--reuid={uid}"))
                    .arg(format!("--regid={gid}"));
                command.args(["--clear-groups", "--"]).arg(program);
                command
            }
        }
    }
}

pub fn is_root() -> Result<bool> {
    Ok(process::capture(Command::new("id").arg("-u"))?.trim() == "0")
}
