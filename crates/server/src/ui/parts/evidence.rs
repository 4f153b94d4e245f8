use askama::Template;

/// The rows behind a number, as they came from one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "ui/templates/parts/evidence.html")]
pub struct Evidence {
    title: String,
    source: String,
    columns: Vec<Column>,
    rows: Vec<Row>,
    /// What a number's link leads to.
    anchor: Option<&'static str>,
    /// Where all of them are, if not all are here, with how many that is.
    more: Option<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    /// Where the row itself can be opened.
    href: Option<String>,
    cells: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub label: &'static str,
    pub is_numeric: bool,
    is_date: bool,
}

impl Column {
    pub fn text(label: &'static str) -> Column {
        Column {
            label,
            is_numeric: false,
            is_date: false,
        }
    }

    /// A date is never broken into lines.
    pub fn date(label: &'static str) -> Column {
        Column {
            is_date: true,
            ..Column::text(label)
        }
    }

    pub fn number(label: &'static str) -> Column {
        Column {
            is_numeric: true,
            ..Column::text(label)
        }
    }
}

impl Evidence {
    /// `source` says from where and when: "Pax8, synced 14:05".
    pub fn new(
        title: impl Into<String>,
        source: impl Into<String>,
        columns: Vec<Column>,
    ) -> Evidence {
        Evidence {
            title: title.into(),
            source: source.into(),
            columns,
            ..Evidence::default()
        }
    }

    /// One cell per column. The first names the row.
    #[must_use]
    pub fn row(self, cells: Vec<String>) -> Evidence {
        self.row_at(None, cells)
    }

    /// A row that can be opened by its name.
    #[must_use]
    pub fn row_at(mut self, href: Option<String>, cells: Vec<String>) -> Evidence {
        self.rows.push(Row { href, cells });
        self
    }

    /// Lets a link of the page lead here.
    #[must_use]
    pub fn anchored(mut self, id: &'static str) -> Evidence {
        self.anchor = Some(id);
        self
    }

    #[must_use]
    pub fn more(mut self, label: impl Into<String>, href: impl Into<String>) -> Evidence {
        self.more = Some((label.into(), href.into()));
        self
    }

    fn cells<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = (usize, &'a Column, &'a str)> {
        let cells = self.columns.iter().zip(&row.cells).enumerate();
        cells.map(|(position, (column, cell))| (position, column, cell.as_str()))
    }
}
