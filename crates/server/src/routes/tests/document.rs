//! The API's document is checked in, so that a change of the API is seen in review, and holds what
//! it promises about every operation.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{routes, testing::python};

/// Set by `cargo xtask generate`, which writes the file instead of comparing it.
const GENERATE: &str = "BILLINGONE_GENERATE";

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
}

#[test]
fn the_api_document_is_the_checked_in_one() {
    let text = serde_json::to_string_pretty(&routes::document()).unwrap() + "\n";
    if std::env::var_os(GENERATE).is_some() {
        std::fs::write(file(), &text).unwrap();
    }
    let known = std::fs::read_to_string(file()).unwrap_or_default();
    assert!(
        known == text,
        "the API is not what docs/openapi.json says; run `cargo xtask generate` and look at the difference"
    );
}

#[test]
fn contract_of_the_api_is_valid_openapi() {
    let Some(python) = python("validating the document") else {
        return;
    };
    let validated = std::process::Command::new(python)
        .args(["-m", "openapi_spec_validator"])
        .arg(file())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&validated.stdout);
    assert!(
        validated.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&validated.stderr)
    );
}

/// The operations as the document has them: method, path, what it says.
pub fn operations() -> Vec<(String, String, Value)> {
    let document = serde_json::to_value(routes::document()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            if let Some(operation) = item.get(method) {
                found.push((method.to_uppercase(), path.clone(), operation.clone()));
            }
        }
    }
    found
}

#[test]
fn every_list_pages_by_cursor_and_every_error_looks_the_same() {
    for (method, path, operation) in operations() {
        let name = format!("{method} {path}");
        let parameters = operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let takes = |wanted: &str| {
            parameters
                .iter()
                .any(|parameter| parameter["name"] == wanted)
        };
        let answers = operation["responses"].as_object().unwrap();
        let body = answers
            .get("200")
            .map(|answer| &answer["content"]["application/json"]["schema"]);
        let is_list = body.is_some_and(|schema| schema.to_string().contains("Page_"));
        assert_eq!(is_list, takes("cursor") && takes("limit"), "{name}");
        for (status, answer) in answers {
            let schema = &answer["content"]["application/json"]["schema"]["$ref"];
            let is_error = status.starts_with(['4', '5']);
            assert_eq!(
                schema == "#/components/schemas/ErrorBody",
                is_error,
                "{name} {status}"
            );
        }
        assert!(
            operation["summary"].is_string(),
            "{name} says nothing of itself"
        );
    }
}

/// The document knows a type by its short name: of two that share one, the first would describe
/// both. `#[schema(as = …)]` gives another.
#[test]
fn no_two_types_of_the_document_share_a_name() {
    let mut names: Vec<String> = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                names.extend(described(&std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert!(names.len() > 50, "{names:?}");
    names.sort();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

/// The names under which a source file's types stand in the document.
fn described(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_derived = false;
    let mut other_name = None;
    for line in source.lines() {
        let line = line.trim();
        // A derive of many lines has `Debug` on the one with it.
        let is_derive = line.contains("derive(") || line.contains("Debug");
        is_derived |= is_derive && line.contains("ToSchema");
        if let Some((_, rest)) = line.split_once("#[schema(as = ") {
            other_name = rest.split(')').next().map(str::to_owned);
        }
        let mut words = line.trim_start_matches("pub ").split([' ', '<', '(', ';']);
        if !matches!(words.next(), Some("struct" | "enum")) {
            continue;
        }
        let name = words.next().unwrap_or_default().to_owned();
        let name = other_name.take().unwrap_or(name);
        if std::mem::take(&mut is_derived) {
            names.push(name);
        }
    }
    names
}
