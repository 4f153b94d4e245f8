use askama::Template;

/// What would change, or what did: before and after, side by side.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "ui/templates/parts/compare.html")]
pub struct Compare {
    before: String,
    after: String,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    what: String,
    before: Option<String>,
    after: Option<String>,
}

impl Row {
    fn is_changed(&self) -> bool {
        self.before != self.after
    }
}

impl Compare {
    pub fn new(before: impl Into<String>, after: impl Into<String>) -> Compare {
        Compare {
            before: before.into(),
            after: after.into(),
            rows: Vec::new(),
        }
    }

    /// `None` is a thing that was not there, or no longer is.
    #[must_use]
    pub fn row(
        mut self,
        what: impl Into<String>,
        before: impl Into<Option<String>>,
        after: impl Into<Option<String>>,
    ) -> Compare {
        self.rows.push(Row {
            what: what.into(),
            before: before.into(),
            after: after.into(),
        });
        self
    }

    /// Amounts and dates stay on one line; names may wrap.
    #[expect(clippy::unused_self, reason = "the template calls it as a method")]
    fn is_short(&self, text: Option<&str>) -> bool {
        text.is_none_or(|text| text.chars().count() <= 16)
    }
}
