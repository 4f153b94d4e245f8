//! The places that may break a rule, with the reason, in a list that only shrinks.

use anyhow::{Context, Result, bail};

use super::tree::Tree;
use super::{Rule, Violation};

const LIST: &str = "crates/xtask/exceptions.txt";

static UNNEEDED: Rule = Rule {
    name: "unneeded-exception",
    why: "the list of exceptions may only shrink; what is not needed any more would hide the next",
    fix: "delete the line, or lower its number to what is needed",
};

struct Entry {
    line: usize,
    rule: String,
    path: String,
    /// The most a rule about size lets pass here.
    most: Option<usize>,
    used: bool,
}

#[derive(Default)]
pub struct Exceptions {
    entries: Vec<Entry>,
}

impl Exceptions {
    pub fn of(tree: &Tree) -> Result<Self> {
        let Some(file) = tree.file(LIST) else {
            return Ok(Self::default());
        };
        let entries = file
            .lines()
            .filter(|(_, text)| !text.trim().is_empty() && !text.starts_with('#'))
            .map(|(line, text)| Entry::read(line, text).with_context(|| format!("{LIST}:{line}")))
            .collect::<Result<_>>()?;
        Ok(Self { entries })
    }

    /// Takes away what the list allows, and adds what the list need not say any more.
    pub fn judge(mut self, found: Vec<Violation>) -> Vec<Violation> {
        let mut left: Vec<Violation> = found
            .into_iter()
            .filter(|violation| !self.allows(violation))
            .collect();
        left.extend(
            self.entries
                .iter()
                .filter(|entry| !entry.used)
                .map(|entry| {
                    UNNEEDED.broken(LIST, entry.line, format!("{} {}", entry.rule, entry.path))
                }),
        );
        left
    }

    fn allows(&mut self, violation: &Violation) -> bool {
        self.entries
            .iter_mut()
            .find(|entry| {
                entry.rule == violation.rule.name
                    && entry.path == violation.path
                    && entry.most.unwrap_or(usize::MAX) >= violation.size.unwrap_or_default()
            })
            .map(|entry| entry.used = entry.is_tight(violation.size))
            .is_some()
    }
}

impl Entry {
    fn read(line: usize, text: &str) -> Result<Self> {
        let mut words = text.split_whitespace();
        let rule = words.next().context("names no rule")?.to_owned();
        let path = words.next().context("names no path")?.to_owned();
        let rest: Vec<&str> = words.collect();
        let most = rest.first().and_then(|word| word.parse().ok());
        if rest.len() < if most.is_some() { 3 } else { 2 } {
            bail!("gives no reason");
        }
        Ok(Self {
            line,
            rule,
            path,
            most,
            used: false,
        })
    }

    /// A number far above what is there would let it grow again.
    fn is_tight(&self, size: Option<usize>) -> bool {
        const SLACK: usize = 20;
        match (self.most, size) {
            (Some(most), Some(size)) => most <= size + SLACK,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{brief, tree::sample};
    use super::*;

    static LONG: Rule = Rule {
        name: "long",
        why: "",
        fix: "",
    };

    fn long(path: &str, size: usize) -> Violation {
        Violation {
            size: Some(size),
            ..LONG.broken(path, 1, "long")
        }
    }

    fn judge(list: &str, found: Vec<Violation>) -> Vec<String> {
        brief(
            &Exceptions::of(&sample([(LIST, list)]))
                .unwrap()
                .judge(found),
        )
    }

    #[test]
    fn an_exception_holds_up_to_its_number_and_must_be_needed() {
        let list = "# comment\nlong a.rs 500 one table of all settings\n";
        assert_eq!(judge(list, vec![long("a.rs", 500)]), [""; 0]);
        assert_eq!(
            judge(list, vec![long("a.rs", 501)]).first().unwrap(),
            "a.rs:1 long"
        );
        assert_eq!(
            judge(list, vec![]),
            [format!("{LIST}:2 unneeded-exception")]
        );
        assert_eq!(
            judge(list, vec![long("a.rs", 410)]),
            [format!("{LIST}:2 unneeded-exception")]
        );
    }

    #[test]
    fn an_exception_without_a_reason_is_refused() {
        assert!(Exceptions::of(&sample([(LIST, "long a.rs 500 because\n")])).is_err());
    }
}
