//! Which crate may know which, and what may come from outside.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::licences::is_allowed;
use super::tree::Tree;
use super::{Rule, Violation};
use crate::checkout::Checkout;
use crate::process;

static ARROWS: Rule = Rule {
    name: "crate-arrow",
    why: "billing and vendors know nobody, so that rules and clients can be read and tested alone",
    fix: "pass the value in from the server; a sixth crate needs its reason in docs/decisions and a \
          line in crates/xtask/src/tidy/crates.rs",
};

static IO_IN_BILLING: Rule = Rule {
    name: "io-in-billing",
    why: "the rules of money depend on nothing that could do I/O",
    fix: "do it in the server and pass the value in",
};

static SANDBOX_IN_PRODUCT: Rule = Rule {
    name: "sandbox-in-product",
    why: "only the demo, the sandbox command and tests may start simulated vendors",
    fix: "talk to vendors over HTTP through crates/vendors",
};

static LICENCE: Rule = Rule {
    name: "licence",
    why: "the product is Apache-2.0 and ships as one binary with everything in it",
    fix: "choose another crate, or add the licence to deny.toml with a reason",
};

static BANNED: Rule = Rule {
    name: "banned-crate",
    why: "deny.toml says why each banned crate is",
    fix: "turn off the feature that pulls it in, or choose another crate",
};

static GIT_SOURCE: Rule = Rule {
    name: "git-source",
    why: "a commit somewhere can vanish; registries keep what they published",
    fix: "use a published version",
};

/// Crates of the workspace and those of them they may use outside tests.
const ALLOWED_ARROWS: [(&str, &[&str]); 5] = [
    ("billing", &[]),
    ("billingone", &["billing", "sandbox", "vendors"]),
    ("sandbox", &["vendors"]),
    ("vendors", &[]),
    ("xtask", &[]),
];

/// Whoever has one of these in its closure can open a file or a socket, or look at the clock of
/// an async runtime.
const IO_CRATES: [&str; 12] = [
    "async-std",
    "hyper",
    "mio",
    "rand",
    "reqwest",
    "rustls",
    "socket2",
    "sqlx",
    "sqlx-core",
    "tempfile",
    "tokio",
    "tracing",
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
    path: Option<String>,
}

/// The part of cargo-deny's file that is checked here, without building cargo-deny.
#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licences {
    allow: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

const DENY: &str = "deny.toml";

pub fn check(checkout: &Checkout, tree: &Tree) -> Result<Vec<Violation>> {
    let deny = tree.file(DENY).context("deny.toml is missing")?;
    let deny: Deny = toml::from_str(&deny.text).context("deny.toml does not read")?;
    let mut command = checkout.cargo();
    command.args(["metadata", "--format-version", "1", "--filter-platform"]);
    let text = process::capture(command.arg(host(checkout)?))?;
    let metadata: Metadata =
        serde_json::from_str(&text).context("cargo metadata speaks a form we do not know")?;
    let mut found = Vec::new();
    arrows(&metadata, &mut found);
    let mut list = checkout.cargo();
    list.args([
        "tree",
        "--package",
        "billing",
        "--edges",
        "normal",
        "--prefix",
        "none",
    ]);
    purity(&process::capture(&mut list)?, &mut found);
    outside(&metadata, &deny, &mut found);
    Ok(found)
}

/// What compiles here is what is judged; other platforms' crates may not even be downloaded.
fn host(checkout: &Checkout) -> Result<String> {
    let said = process::capture(checkout.command("rustc").arg("-vV"))?;
    said.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .context("rustc does not say what it compiles for")
}

fn manifest(package: &str) -> String {
    let folder = if package == "billingone" {
        "server"
    } else {
        package
    };
    format!("crates/{folder}/Cargo.toml")
}

fn arrows(metadata: &Metadata, found: &mut Vec<Violation>) {
    let members: BTreeSet<&str> = metadata
        .workspace_members
        .iter()
        .map(String::as_str)
        .collect();
    for package in metadata
        .packages
        .iter()
        .filter(|p| members.contains(p.id.as_str()))
    {
        let Some((_, allowed)) = ALLOWED_ARROWS
            .iter()
            .find(|(name, _)| *name == package.name)
        else {
            let what = format!("`{}` is a new crate", package.name);
            found.push(ARROWS.broken("Cargo.toml", 1, what));
            continue;
        };
        let used = package.dependencies.iter().filter(|dependency| {
            dependency.path.is_some() && dependency.kind.as_deref() != Some("dev")
        });
        for dependency in used.filter(|dependency| !allowed.contains(&dependency.name.as_str())) {
            let what = format!("{} → {}", package.name, dependency.name);
            found.push(ARROWS.broken(&manifest(&package.name), 1, what));
        }
    }
}

/// `tree` is what `cargo tree` lists for billing alone: `cargo metadata` would show the features
/// that other crates ask for as well.
fn purity(tree: &str, found: &mut Vec<Violation>) {
    let names: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    for name in names.intersection(&IO_CRATES.into()) {
        found.push(IO_IN_BILLING.broken(&manifest("billing"), 1, format!("{name} comes in")));
    }
}

fn outside(metadata: &Metadata, deny: &Deny, found: &mut Vec<Violation>) {
    for package in &metadata.packages {
        let named = format!("{} {}", package.name, package.version);
        let licence = package.license.as_deref().unwrap_or_default();
        if !is_allowed(licence, &deny.licenses.allow) {
            found.push(LICENCE.broken("Cargo.lock", 1, format!("{named} is `{licence}`")));
        }
        if package
            .source
            .as_deref()
            .is_some_and(|source| source.starts_with("git+"))
        {
            found.push(GIT_SOURCE.broken("Cargo.lock", 1, named.clone()));
        }
        if let Some(ban) = deny.bans.deny.iter().find(|ban| ban.name == package.name) {
            found.push(BANNED.broken("Cargo.lock", 1, format!("{named}: {}", ban.reason)));
        }
    }
}

/// Parts of the server that may name the sandbox.
const SANDBOX_USERS: [&str; 3] = ["demo", "sandbox", "testing"];

pub fn check_sources(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in tree.under("crates/server/src/") {
        let is_user = file.path.split('/').any(|part| {
            SANDBOX_USERS
                .iter()
                .any(|user| part.trim_end_matches(".rs") == *user)
        });
        let Some(facts) = file.facts.as_ref().filter(|_| !is_user) else {
            continue;
        };
        for path in facts.paths.iter().filter(|at| !at.in_test) {
            if path.what.len() > 1 && path.what.first().is_some_and(|name| name == "sandbox") {
                let what = path.what.join("::");
                found.push(SANDBOX_IN_PRODUCT.broken(&file.path, path.line, what));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::{brief, tree::sample};
    use super::*;

    fn metadata(text: &str) -> Metadata {
        serde_json::from_str(text).unwrap()
    }

    const CROOKED: &str = r#"{
        "workspace_members": ["b", "v"],
        "packages": [
            {"id": "b", "name": "billing", "version": "1", "license": "Apache-2.0", "source": null,
             "dependencies": [{"name": "vendors", "kind": null, "path": "crates/vendors"}]},
            {"id": "v", "name": "vendors", "version": "1", "license": "Apache-2.0", "source": null,
             "dependencies": [{"name": "sandbox", "kind": "dev", "path": "crates/sandbox"}]},
            {"id": "t", "name": "tokio", "version": "9", "license": "GPL-3.0",
             "source": "git+https://example.com/tokio", "dependencies": []}]
    }"#;

    #[test]
    fn an_arrow_from_billing_and_its_io_are_found() {
        let mut found = Vec::new();
        arrows(&metadata(CROOKED), &mut found);
        purity(
            "billing v1\nvendors v1\ntokio v9.0 (*)\ntokio v9.0\n",
            &mut found,
        );
        assert_eq!(
            brief(&found),
            [
                "crates/billing/Cargo.toml:1 crate-arrow",
                "crates/billing/Cargo.toml:1 io-in-billing"
            ]
        );
    }

    #[test]
    fn licences_bans_and_sources_are_judged() {
        let deny: Deny = toml::from_str(
            "[licenses]\nallow = [\"Apache-2.0\"]\n\
             [bans]\ndeny = [{ crate = \"tokio\", reason = \"for this test\" }]\n",
        )
        .unwrap();
        let mut found = Vec::new();
        outside(&metadata(CROOKED), &deny, &mut found);
        assert_eq!(
            brief(&found),
            [
                "Cargo.lock:1 licence",
                "Cargo.lock:1 git-source",
                "Cargo.lock:1 banned-crate"
            ]
        );
    }

    #[test]
    fn the_product_does_not_know_the_sandbox() {
        let text = "use sandbox::World;";
        let tree = sample([
            ("crates/server/src/demo.rs", text),
            ("crates/server/src/testing/mod.rs", text),
            ("crates/server/src/features/sync/mod.rs", text),
        ]);
        assert_eq!(
            brief(&check_sources(&tree)),
            ["crates/server/src/features/sync/mod.rs:1 sandbox-in-product"]
        );
    }
}
