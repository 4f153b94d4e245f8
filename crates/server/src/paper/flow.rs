//! Text and tables from the top of a document to its end, over as many pages as they need. A table's
//! head stands on each of its pages, and each page says which of how many it is.

use super::{HEIGHT, Ink, Look, Paper, WIDTH};

/// The margins.
pub const LEFT: i32 = 510;
pub const RIGHT: i32 = WIDTH - 510;
const TOP: i32 = 510;
/// Where a page's content ends; what stands below is its foot.
const BOTTOM: i32 = HEIGHT - 740;
const FOOT: i32 = HEIGHT - 480;
const PADDING: i32 = 45;
const HAIR: i32 = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// A column of a table, from `left` to `right`.
#[derive(Debug, Clone)]
pub struct Column {
    pub head: String,
    pub left: i32,
    pub right: i32,
    pub align: Align,
}

/// What stands in a column, and what stands small below it.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    pub text: String,
    pub about: String,
}

impl Cell {
    pub fn of(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            about: String::new(),
        }
    }

    #[must_use]
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }
}

/// A document that is written from above.
pub struct Flow {
    pub paper: Paper,
    /// Where the next thing begins.
    pub y: i32,
}

impl Flow {
    pub fn begin(mut paper: Paper) -> Self {
        paper.begin_page();
        Self { paper, y: TOP }
    }

    pub fn next_page(&mut self) {
        self.paper.begin_page();
        self.y = TOP;
    }

    /// Whether so much still fits on this page.
    pub fn has_room(&self, height: i32) -> bool {
        self.y + height <= BOTTOM
    }

    /// Goes on where so much fits in one piece.
    pub fn make_room(&mut self, height: i32) {
        if !self.has_room(height) {
            self.next_page();
        }
    }

    /// A text of one or several lines, as wide as the page unless told otherwise.
    pub fn paragraph(&mut self, left: i32, right: i32, look: Look, text: &str) {
        for line in self.broken(text, right - left, look) {
            self.make_room(look.leading());
            self.y += look.leading();
            self.paper.text(left, self.y, look, &line);
        }
    }

    pub fn space(&mut self, height: i32) {
        self.y += height;
    }

    pub fn rule(&mut self) {
        self.rule_from(LEFT);
    }

    /// A rule to the right margin.
    pub fn rule_from(&mut self, left: i32) {
        self.paper
            .fill(left, self.y, (RIGHT - left, HAIR), Ink::Rule);
        self.y += HAIR;
    }

    /// A table; its head is said again on every page it reaches.
    pub fn table(&mut self, columns: &[Column], rows: impl IntoIterator<Item = Vec<Cell>>) {
        self.make_room(600);
        self.head(columns);
        for row in rows {
            let row = self.set(columns, &row);
            let height = row.iter().map(Vec::len).max().unwrap_or_default();
            let height = i32::try_from(height).unwrap_or(i32::MAX / 1000) * LINE + 2 * PADDING;
            self.row(columns, row, height);
        }
    }

    fn head(&mut self, columns: &[Column]) {
        let height = Look::HEAD.leading() + 2 * PADDING;
        self.paper
            .fill(LEFT, self.y, (RIGHT - LEFT, height), Ink::Band);
        let baseline = self.y + PADDING + Look::HEAD.size;
        for column in columns {
            self.write(column, baseline, Look::HEAD, &column.head);
        }
        self.y += height;
    }

    /// Each cell's lines, as they will stand.
    fn set(&mut self, columns: &[Column], row: &[Cell]) -> Vec<Vec<(Look, String)>> {
        let mut set = Vec::with_capacity(row.len());
        for (column, cell) in columns.iter().zip(row) {
            let width = column.right - column.left;
            let text = self.broken(&cell.text, width, Look::TEXT);
            let about = self.broken(&cell.about, width, Look::QUIET);
            let text = text.into_iter().map(|line| (Look::TEXT, line));
            let about = about.into_iter().map(|line| (Look::QUIET, line));
            set.push(text.chain(about).collect());
        }
        set
    }

    /// A row stays in one piece unless it is higher than a page.
    fn row(&mut self, columns: &[Column], row: Vec<Vec<(Look, String)>>, height: i32) {
        let is_higher = height > BOTTOM - TOP - 300;
        if !is_higher && !self.has_room(height) {
            self.next_page();
            self.head(columns);
        }
        let mut cells: Vec<_> = row.into_iter().map(Vec::into_iter).collect();
        self.y += PADDING;
        loop {
            let lines: Vec<_> = cells.iter_mut().map(Iterator::next).collect();
            if lines.iter().all(Option::is_none) {
                break;
            }
            if !self.has_room(LINE) {
                self.next_page();
                self.head(columns);
                self.y += PADDING;
            }
            self.y += LINE;
            for (column, line) in columns.iter().zip(lines) {
                if let Some((look, text)) = line {
                    self.write(column, self.y - 30, look, &text);
                }
            }
        }
        self.y += PADDING;
        self.rule();
    }

    fn write(&mut self, column: &Column, baseline: i32, look: Look, text: &str) {
        match column.align {
            Align::Left => self.paper.text(column.left, baseline, look, text),
            Align::Right => self.paper.text_to(column.right, baseline, look, text),
        }
    }

    /// A text in lines that fit a width; a word that is longer is broken where it must.
    pub fn broken(&mut self, text: &str, width: i32, look: Look) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.lines() {
            let mut line = String::new();
            for word in paragraph.split_whitespace() {
                let longer = if line.is_empty() {
                    word.to_owned()
                } else {
                    format!("{line} {word}")
                };
                if self.paper.width(&longer, look) <= width {
                    line = longer;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                line = self.cut(word, width, look, &mut lines);
            }
            lines.push(line);
        }
        lines
    }

    /// What is left of a word after as many whole lines of it as it has.
    fn cut(&mut self, word: &str, width: i32, look: Look, lines: &mut Vec<String>) -> String {
        let mut line = String::new();
        for letter in word.chars() {
            line.push(letter);
            if self.paper.width(&line, look) > width && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::take(&mut line));
                line.push(letter);
            }
        }
        line
    }

    /// The file, each page with its foot.
    pub fn finish(mut self, foot: &str) -> anyhow::Result<Vec<u8>> {
        let pages = self.paper.pages();
        for page in 0..pages {
            let number = format!("Page {} of {pages}", page + 1);
            let width = self.paper.width(&number, Look::QUIET);
            self.paper
                .text_on(page, RIGHT - width, FOOT, Look::QUIET, &number);
            self.paper.text_on(page, LEFT, FOOT, Look::QUIET, foot);
        }
        self.paper.finish()
    }
}

/// From one line of a table to the next.
const LINE: i32 = 124;
