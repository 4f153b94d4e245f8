use askama::Template;

use super::Figure;
use crate::ui::format;

const WIDTH: i128 = 600;
const HEIGHT: i128 = 96;
/// Room for the stroke above and below.
const MARGIN: i128 = 4;

/// What is owed by how late it is, as one bar. Buckets in order, the first not late at all.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "ui/templates/parts/aging_bar.html")]
pub struct AgingBar {
    currency: String,
    buckets: Vec<Bucket>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Bucket {
    name: String,
    minor: i64,
    href: Option<String>,
}

/// A stretch of the bar, in thousandths of its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    from: i128,
    length: i128,
    shade: usize,
}

impl AgingBar {
    pub fn new(currency: impl Into<String>) -> AgingBar {
        AgingBar {
            currency: currency.into(),
            buckets: Vec::new(),
        }
    }

    /// At most five are told apart by shade.
    #[must_use]
    pub fn bucket(
        mut self,
        name: impl Into<String>,
        minor: i64,
        href: impl Into<Option<String>>,
    ) -> AgingBar {
        self.buckets.push(Bucket {
            name: name.into(),
            minor,
            href: href.into(),
        });
        self
    }

    fn figure(&self, bucket: &Bucket) -> Figure {
        Figure::new(bucket.minor, &self.currency)
    }

    fn spoken(&self) -> String {
        let part = |bucket: &Bucket| {
            format!(
                "{}: {}",
                bucket.name,
                format::money(bucket.minor, &self.currency)
            )
        };
        self.buckets.iter().map(part).collect::<Vec<_>>().join("; ")
    }

    /// Credits larger than what is owed have no length; the list below still names them.
    fn stretches(&self) -> Vec<Stretch> {
        let lengths: Vec<i128> = self
            .buckets
            .iter()
            .map(|bucket| i128::from(bucket.minor.max(0)))
            .collect();
        let total: i128 = lengths.iter().sum();
        if total == 0 {
            return Vec::new();
        }
        let mut before = 0;
        let stretch = |(position, length): (usize, i128)| {
            let from = before * 1000 / total;
            before += length;
            Stretch {
                from,
                length: before * 1000 / total - from,
                shade: position.min(4),
            }
        };
        lengths
            .into_iter()
            .enumerate()
            .map(stretch)
            .filter(|stretch| stretch.length > 0)
            .collect()
    }
}

/// A sum over time as a small plot, readable by ear as first, last, lowest and highest.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "ui/templates/parts/trend.html")]
pub struct Trend {
    name: String,
    currency: String,
    points: Vec<(String, i64)>,
}

impl Trend {
    /// `points` are label and amount, oldest first.
    pub fn new(
        name: impl Into<String>,
        currency: impl Into<String>,
        points: Vec<(String, i64)>,
    ) -> Trend {
        Trend {
            name: name.into(),
            currency: currency.into(),
            points,
        }
    }

    fn first(&self) -> &str {
        self.points.first().map_or("", |(label, _)| label)
    }

    fn last(&self) -> &str {
        self.points.last().map_or("", |(label, _)| label)
    }

    fn spoken(&self) -> String {
        let say = |(label, minor): &(String, i64)| {
            format!("{} in {label}", format::money(*minor, &self.currency))
        };
        let lowest = self.points.iter().min_by_key(|(_, minor)| *minor);
        let highest = self.points.iter().max_by_key(|(_, minor)| *minor);
        match (self.points.first(), self.points.last(), lowest, highest) {
            (Some(first), Some(last), Some(lowest), Some(highest)) => format!(
                "{}: {}, then {}; lowest {}, highest {}.",
                self.name,
                say(first),
                say(last),
                say(lowest),
                say(highest)
            ),
            _ => format!("{}: nothing yet.", self.name),
        }
    }

    /// Lowest and highest shown. A flat line sits in the middle; the floor is zero only when
    /// zero is near, so that a small change stays visible and a large one is not exaggerated.
    fn span(&self) -> (i128, i128) {
        let amounts = || self.points.iter().map(|(_, minor)| i128::from(*minor));
        let (low, high) = (amounts().min().unwrap_or(0), amounts().max().unwrap_or(0));
        let floor = if low > 0 && low < high - low { 0 } else { low };
        let room = ((high - floor) / 4).max(1);
        (if floor == 0 { 0 } else { floor - room }, high + room)
    }

    fn places(&self) -> Vec<(i128, i128)> {
        let (low, high) = self.span();
        let steps = i128::try_from(self.points.len())
            .unwrap_or(1)
            .saturating_sub(1)
            .max(1);
        let tall = HEIGHT - 2 * MARGIN;
        let place = |(step, (_, minor)): (i128, &(String, i64))| {
            let height = (i128::from(*minor) - low) * tall / (high - low).max(1);
            (step * WIDTH / steps, HEIGHT - MARGIN - height)
        };
        (0..).zip(&self.points).map(place).collect()
    }

    fn line(&self) -> String {
        let places = self.places();
        let point = |(x, y): &(i128, i128)| format!("{x},{y}");
        places.iter().map(point).collect::<Vec<_>>().join(" ")
    }

    fn area(&self) -> String {
        format!("0,{HEIGHT} {} {WIDTH},{HEIGHT}", self.line())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_filled_exactly() {
        let bar = AgingBar::new("USD")
            .bucket("Current", 333, None)
            .bucket("1–30", 333, None)
            .bucket("31–60", 0, None)
            .bucket("over 90", 334, None);
        let stretches = bar.stretches();
        assert_eq!(
            stretches.iter().map(|stretch| stretch.length).sum::<i128>(),
            1000
        );
        assert_eq!(stretches.len(), 3);
        assert!(
            AgingBar::new("USD")
                .bucket("Current", -5, None)
                .stretches()
                .is_empty()
        );
    }

    #[test]
    fn a_trend_says_its_ends_and_extremes() {
        let points = [("Oct", 100), ("Nov", 300), ("Dec", 200)];
        let points = points
            .map(|(label, minor)| (label.to_owned(), minor))
            .to_vec();
        let trend = Trend::new("MRR", "USD", points);
        assert_eq!(
            trend.spoken(),
            "MRR: USD 1.00 in Oct, then USD 2.00 in Dec; lowest USD 1.00 in Oct, highest USD 3.00 in Nov."
        );
        assert!(trend.line().starts_with("0,"));
        assert_eq!(Trend::new("MRR", "USD", Vec::new()).line(), "");
        let one = Trend::new("MRR", "USD", vec![("Nov".to_owned(), i64::MAX)]);
        assert_eq!(one.line().split(' ').count(), 1);
    }
}
