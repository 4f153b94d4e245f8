use askama::Template;

/// Pages of a list by cursor: forward, and back to the start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "ui/templates/parts/pager.html")]
pub struct Pager {
    /// What is shown, as a sentence: "50 of 1,204 invoices".
    pub shown: String,
    /// Where the first page is, unless this is it.
    pub first: Option<String>,
    pub next: Option<String>,
    /// The rows now filtered, as CSV.
    pub csv: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// A column's heading that sorts by it.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "ui/templates/parts/sort_head.html")]
pub struct SortHead {
    label: String,
    href: String,
    direction: Option<Direction>,
    is_numeric: bool,
}

impl SortHead {
    /// `href` sorts by this column, or turns the order if it already does; `direction` is the
    /// order now, if it is by this column.
    pub fn new(
        label: impl Into<String>,
        href: impl Into<String>,
        direction: Option<Direction>,
    ) -> SortHead {
        SortHead {
            label: label.into(),
            href: href.into(),
            direction,
            is_numeric: false,
        }
    }

    #[must_use]
    pub fn numeric(mut self) -> SortHead {
        self.is_numeric = true;
        self
    }
}
