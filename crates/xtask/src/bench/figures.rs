//! What was measured, and what follows from it.
#![expect(
    clippy::float_arithmetic,
    reason = "durations and their ratios, no money"
)]

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::list::Bench;

/// One run of one side: the object it printed as its last line, or its whole duration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reading {
    /// The part that counts, without start-up and reading of input.
    seconds: f64,
    /// What it computed: both sides must say the same.
    answer: Option<Value>,
    /// Anything else worth reporting, such as `peak_bytes`.
    #[serde(flatten)]
    more: BTreeMap<String, Value>,
}

impl Reading {
    pub fn of(said: &str, whole: Duration) -> Result<Self> {
        let last = said.lines().next_back().unwrap_or_default().trim();
        if last.starts_with('{') {
            return Ok(serde_json::from_str(last)?);
        }
        Ok(Self {
            seconds: whole.as_secs_f64(),
            answer: None,
            more: BTreeMap::new(),
        })
    }
}

#[derive(Debug, Serialize)]
pub struct Figures {
    name: String,
    what: String,
    size: u64,
    a_seconds: Vec<f64>,
    b_seconds: Vec<f64>,
    /// Median of the pairs' ratios.
    ratio: Option<f64>,
    limit: Option<f64>,
    a_more: BTreeMap<String, Value>,
    b_more: BTreeMap<String, Value>,
}

pub const TABLE_HEAD: &str =
    "bench                                   size      a, s      b, s     ratio     limit";

impl Figures {
    pub fn of(bench: &Bench, size: u64, pairs: Vec<(Reading, Option<Reading>)>) -> Result<Self> {
        let mut figures = Self {
            name: bench.name.clone(),
            what: bench.what.clone(),
            size,
            a_seconds: Vec::new(),
            b_seconds: Vec::new(),
            ratio: None,
            limit: bench.limit,
            a_more: BTreeMap::new(),
            b_more: BTreeMap::new(),
        };
        let mut ratios = Vec::new();
        for (ours, theirs) in pairs {
            if let Some(theirs) = theirs {
                if ours.answer != theirs.answer {
                    bail!(
                        "the answers differ: {:?} and {:?}",
                        ours.answer,
                        theirs.answer
                    );
                }
                ratios.push(ours.seconds / theirs.seconds);
                figures.b_seconds.push(theirs.seconds);
                figures.b_more = theirs.more;
            }
            figures.a_seconds.push(ours.seconds);
            figures.a_more = ours.more;
        }
        figures.ratio = median(ratios);
        Ok(figures)
    }

    pub fn is_within(&self) -> bool {
        match (self.ratio, self.limit) {
            (Some(ratio), Some(limit)) => ratio <= limit,
            _ => true,
        }
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle).copied()?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    values
        .get(middle.checked_sub(1)?)
        .map(|lower| f64::midpoint(*lower, upper))
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |value: Option<f64>| value.map_or("–".to_owned(), |v| format!("{v:.4}"));
        write!(
            f,
            "{:<36} {:>7} {:>9} {:>9} {:>9} {:>9}",
            self.name,
            self.size,
            number(median(self.a_seconds.clone())),
            number(median(self.b_seconds.clone())),
            number(self.ratio),
            number(self.limit),
        )?;
        if !self.is_within() {
            write!(f, "  OVER")?;
        }
        for (name, value) in &self.a_more {
            write!(f, "  {name} {value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::list::Benches;
    use super::*;

    fn bench() -> Bench {
        let text = "[[bench]]\nname = \"x\"\nwhat = \"x\"\na = [\"a\"]\nb = [\"b\"]\nlimit = 1.0\n";
        Benches::read(text).unwrap().bench.remove(0)
    }

    fn reading(text: &str) -> Reading {
        Reading::of(text, Duration::from_secs(9)).unwrap()
    }

    #[test]
    fn the_last_line_says_what_counts() {
        let said = "loading…\n{\"seconds\": 0.5, \"answer\": 7, \"peak_bytes\": 1024}\n";
        let reading = reading(said);
        assert_eq!(
            (reading.seconds, reading.answer),
            (0.5, Some(Value::from(7)))
        );
        assert_eq!(reading.more.get("peak_bytes"), Some(&Value::from(1024)));
        let whole = Reading::of("no object", Duration::from_secs(2)).unwrap();
        assert_eq!(
            Duration::from_secs_f64(whole.seconds),
            Duration::from_secs(2)
        );
    }

    #[test]
    fn the_ratio_is_the_median_of_pairs() {
        let pair = |a: f64, b: f64| {
            let text = |seconds: f64| format!("{{\"seconds\": {seconds}, \"answer\": \"same\"}}");
            (reading(&text(a)), Some(reading(&text(b))))
        };
        let figures = Figures::of(
            &bench(),
            1,
            vec![pair(1.0, 2.0), pair(9.0, 1.0), pair(3.0, 4.0)],
        )
        .unwrap();
        assert_eq!(figures.ratio, Some(0.75));
        assert!(figures.is_within());
        let slow = Figures::of(&bench(), 1, vec![pair(2.0, 1.0)]).unwrap();
        assert!(!slow.is_within());
    }

    #[test]
    fn different_answers_are_no_measurement() {
        let ours = reading("{\"seconds\": 1, \"answer\": \"100.00\"}");
        let theirs = reading("{\"seconds\": 1, \"answer\": \"100.01\"}");
        assert!(Figures::of(&bench(), 1, vec![(ours, Some(theirs))]).is_err());
    }
}
