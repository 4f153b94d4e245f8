//! The files that git keeps or would keep, read once, with Rust parsed once.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::rust::Facts;
use crate::checkout::Checkout;
use crate::process;

/// A text file of the repository.
pub struct File {
    /// From the root of the repository, with `/`.
    pub path: String,
    pub text: String,
    /// Of Rust files that parse; the compiler complains about the others.
    pub facts: Option<Facts>,
}

impl File {
    fn new(path: String, text: String) -> Self {
        let facts = has_extension(&path, "rs")
            .then(|| Facts::of(&path, &text))
            .flatten();
        Self { path, text, facts }
    }

    pub fn is(&self, extension: &str) -> bool {
        has_extension(&self.path, extension)
    }

    /// Numbered lines, from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }
}

fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, end)| end == extension)
}

pub struct Tree {
    files: BTreeMap<String, File>,
}

impl Tree {
    pub fn read(checkout: &Checkout) -> Result<Self> {
        let mut list = checkout.command("git");
        list.args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]);
        let names = process::capture(&mut list).context("tidy reads the list of files from git")?;
        let mut files = Vec::new();
        for name in names.split('\0').filter(|name| !name.is_empty()) {
            // Pictures and fonts are no text; a file deleted but not yet committed is no file.
            if let Ok(text) = std::fs::read_to_string(checkout.path(name)) {
                files.push((name.to_owned(), text));
            }
        }
        Ok(Self::of(files))
    }

    pub fn of(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let files = files
            .into_iter()
            .map(|(path, text)| (path.clone(), File::new(path, text)))
            .collect();
        Self { files }
    }

    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.files.values()
    }

    /// Files below a folder, which is named with its closing `/`.
    pub fn under(&self, folder: &'static str) -> impl Iterator<Item = &File> {
        self.files()
            .filter(move |file| file.path.starts_with(folder))
    }

    /// Whether there is such a file, or a folder with files in it.
    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let folder = format!("{path}/");
        self.files.contains_key(path) || self.files.keys().any(|file| file.starts_with(&folder))
    }
}

/// A tree for the tests of a rule.
#[cfg(test)]
pub fn sample<const N: usize>(files: [(&str, &str); N]) -> Tree {
    Tree::of(files.map(|(path, text)| (path.to_owned(), text.to_owned())))
}
