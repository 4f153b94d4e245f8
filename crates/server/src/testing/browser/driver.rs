//! The programs behind a browser: its WebDriver on a free port, an empty profile, and a watch
//! that ends them all however the test ends.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::within;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Chromium,
    WebKit,
}

/// Starts the driver in a group of its own and kills the group, which the browser and its helpers
/// belong to, once standard input ends. That it does even when the test is killed.
const WATCH: &str = r#"
folder=$1; shift
setsid "$@" </dev/null >/dev/null 2>&1 & driver=$!
trap '' INT TERM HUP
exec >/dev/null 2>&1
cat
kill -s KILL -- "-$driver"
wait "$driver"
rm -rf -- "$folder"
"#;

const MINI_BROWSER: &str = "webkit2gtk-4.1/MiniBrowser";

/// Buttons of MiniBrowser's tool bar would keep its window wider than a phone.
const NARROW_TOOL_BAR: &str =
    "* { min-width: 0; padding: 0; margin: 0; font-size: 1px } button, entry { border: 0 }";

/// A running driver. Dropping it ends the driver, the browser and the profile.
pub struct Driver {
    watch: Child,
    address: String,
    engine: Engine,
}

impl Driver {
    pub fn start(engine: Engine) -> Self {
        let variable = match engine {
            Engine::Chromium => "BILLINGONE_CHROMEDRIVER",
            Engine::WebKit => "BILLINGONE_WEBKITDRIVER",
        };
        let program = std::env::var_os(variable)
            .unwrap_or_else(|| panic!("{variable} is not set (cargo xtask test sets it)"));
        let port = free_port();
        let folder = tempfile::tempdir().unwrap().keep();
        let settings = folder.join("gtk-3.0");
        std::fs::create_dir(&settings).unwrap();
        std::fs::write(settings.join("gtk.css"), NARROW_TOOL_BAR).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", WATCH, "sh"]).arg(&folder).arg(program);
        command.arg(format!("--port={port}"));
        for variable in [
            "HOME",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_CACHE_HOME",
            "TMPDIR",
        ] {
            command.env(variable, &folder);
        }
        // Without a name space of its own, which containers do not allow.
        command.env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1");
        command.env("LANGUAGE", "en_GB");
        Self {
            watch: command.stdin(Stdio::piped()).spawn().unwrap(),
            address: format!("http://127.0.0.1:{port}"),
            engine,
        }
    }

    /// Opens the browser's window as soon as the driver listens.
    pub async fn connect(&self) -> Client {
        let capabilities: Capabilities = serde_json::from_value(capabilities(self.engine)).unwrap();
        within(Duration::from_mins(1), "the browser to start", async || {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            let builder = builder.capabilities(capabilities.clone());
            builder
                .connect(&self.address)
                .await
                .map_err(|why| why.to_string())
        })
        .await
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
    }
}

/// Free when chosen; it may be taken a moment later, and then the browser does not start.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn capabilities(engine: Engine) -> Value {
    match engine {
        Engine::Chromium => json!({
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--hide-scrollbars", "--lang=en-GB",
            ] },
        }),
        Engine::WebKit => json!({
            "webkitgtk:browserOptions": { "binary": mini_browser(), "args": ["--automation"] },
        }),
    }
}

/// Debian keeps it in a folder that names the machine's kind.
fn mini_browser() -> String {
    let folders = std::fs::read_dir("/usr/lib").unwrap().flatten();
    let mut programs = folders.map(|folder| folder.path().join(MINI_BROWSER));
    let program = programs.find(|program| Path::is_file(program));
    let program = program.unwrap_or_else(|| panic!("{MINI_BROWSER} is not under /usr/lib"));
    program.to_string_lossy().into_owned()
}
