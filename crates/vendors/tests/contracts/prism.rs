//! Prism as a child process, on a free port, killed when dropped.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Where Prism and the vendors' contracts are.
pub struct Specs {
    prism: PathBuf,
    folder: PathBuf,
}

impl Specs {
    /// None, said aloud, where something is missing; a failure instead where `CI=true`.
    pub fn find() -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let or = |name: &str, path: &str| {
            std::env::var_os(name).map_or_else(|| root.join(path), PathBuf::from)
        };
        let prism = or("BILLINGONE_PRISM", "target/tools/node_modules/.bin/prism");
        let folder = or("BILLINGONE_SPECS", "../shared/specs");
        let missing: Vec<_> = [&prism, &folder]
            .into_iter()
            .filter(|p| !p.exists())
            .collect();
        if missing.is_empty() {
            return Some(Self { prism, folder });
        }
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!ci, "the contract tests need {missing:?}");
        println!("NOT RUN: the contract tests need {missing:?}");
        None
    }
}

pub struct Prism {
    pub url: String,
    child: Child,
    _folder: TempDir,
}

impl Prism {
    /// Serves a copy of a JSON or YAML contract. `cut` takes known errors out of a JSON one.
    pub async fn mock(specs: &Specs, file: &str, cut: fn(&mut Value)) -> Self {
        let text = read(specs, file);
        let is_json = Path::new(file).extension().is_some_and(|end| end == "json");
        let text = if is_json {
            let mut spec: Value = serde_json::from_str(&text).expect("the contract is JSON");
            cut(&mut spec);
            spec.to_string()
        } else {
            text
        };
        Self::serve(specs, file, &text).await
    }

    /// The same for a contract that is changed as text.
    pub async fn mock_text(specs: &Specs, file: &str, cut: fn(&str) -> String) -> Self {
        Self::serve(specs, file, &cut(&read(specs, file))).await
    }

    async fn serve(specs: &Specs, file: &str, text: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let name = Path::new(file).file_name().expect("a contract is a file");
        let copy = folder.path().join(name);
        std::fs::write(&copy, text).unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new(&specs.prism)
            .args(["mock", "-h", "127.0.0.1", "-p", &port.to_string()])
            .arg(&copy)
            .env("NODE_ENV", "test")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Prism starts");
        let mut prism = Self {
            url: format!("http://127.0.0.1:{port}"),
            child,
            _folder: folder,
        };
        prism.wait(port, file).await;
        prism
    }

    async fn wait(&mut self, port: u16, file: &str) {
        let started = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_err()
        {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none(),
                "Prism ended before it served {file}: {ended:?}"
            );
            let waited = started.elapsed();
            assert!(
                waited < Duration::from_mins(2),
                "Prism did not serve {file} in {waited:?}"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(specs: &Specs, file: &str) -> String {
    let path = specs.folder.join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| unreadable(&path, &error))
}

#[expect(clippy::panic, reason = "this is a test")]
fn unreadable(path: &Path, error: &std::io::Error) -> String {
    panic!("{} cannot be read: {error}", path.display())
}
