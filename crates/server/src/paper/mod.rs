//! Documents on paper, as PDF: text, rules and a picture at places on A4, set in an embedded font.
//!
//! The same content gives the same bytes: nothing in a file tells when or by whom it was made.
//! Places and sizes are whole tenths of a point, counted from the upper left corner; each page's
//! content is scaled once, so that nothing here calculates with fractions.

mod flow;
mod font;
mod picture;
#[cfg(test)]
mod tests;

use std::f32::consts::FRAC_1_SQRT_2;

use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

pub use flow::{Align, Cell, Column, Flow, LEFT, RIGHT};
pub use font::Weight;
pub use picture::Picture;

use font::Font;

/// A4, in tenths of a point.
pub const WIDTH: i32 = 5953;
pub const HEIGHT: i32 = 8419;

const TENTHS: [f32; 6] = [0.1, 0.0, 0.0, 0.1, 0.0, 0.0];
/// A quarter turn's half: the lines of a watermark rise from left to right.
const RISING: [f32; 4] = [FRAC_1_SQRT_2, FRAC_1_SQRT_2, -FRAC_1_SQRT_2, FRAC_1_SQRT_2];
const LEVEL: u8 = 6;

/// How dark something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Black,
    Quiet,
    Rule,
    Band,
    Watermark,
}

impl Ink {
    fn grey(self) -> f32 {
        match self {
            Self::Black => 0.09,
            Self::Quiet => 0.38,
            Self::Rule => 0.8,
            Self::Band => 0.95,
            Self::Watermark => 0.9,
        }
    }
}

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub weight: Weight,
    /// In tenths of a point.
    pub size: i32,
    pub ink: Ink,
}

impl Look {
    pub const TEXT: Self = Self::of(Weight::Regular, 90, Ink::Black);
    pub const QUIET: Self = Self::of(Weight::Regular, 80, Ink::Quiet);
    pub const STRONG: Self = Self::of(Weight::SemiBold, 90, Ink::Black);
    pub const HEAD: Self = Self::of(Weight::SemiBold, 80, Ink::Quiet);
    pub const TITLE: Self = Self::of(Weight::SemiBold, 200, Ink::Black);
    pub const NAME: Self = Self::of(Weight::SemiBold, 120, Ink::Black);

    pub const fn of(weight: Weight, size: i32, ink: Ink) -> Self {
        Self { weight, size, ink }
    }

    /// From one line to the next.
    pub fn leading(self) -> i32 {
        self.size * 14 / 10
    }
}

/// A document while it is written.
pub struct Paper {
    title: String,
    watermark: Option<&'static str>,
    regular: Font,
    semi_bold: Font,
    picture: Option<Picture>,
    pages: Vec<Content>,
}

impl Paper {
    /// A document without pages. The watermark stands on each of them.
    pub fn new(title: &str, watermark: Option<&'static str>) -> anyhow::Result<Self> {
        Ok(Self {
            title: title.to_owned(),
            watermark,
            regular: Font::of(Weight::Regular)?,
            semi_bold: Font::of(Weight::SemiBold)?,
            picture: None,
            pages: Vec::new(),
        })
    }

    pub fn pages(&self) -> usize {
        self.pages.len()
    }

    pub fn begin_page(&mut self) {
        let mut content = Content::new();
        content.transform(TENTHS);
        self.pages.push(content);
        if let Some(text) = self.watermark {
            self.write_watermark(text);
        }
    }

    fn write_watermark(&mut self, text: &str) {
        let look = Look::of(Weight::SemiBold, 1400, Ink::Watermark);
        let shown = self.font(look.weight).encoded(text);
        // Half of its length to the left of the middle and below it, along the rising line.
        let half = self.width(text, look) * 7071 / 20_000;
        let left = number(WIDTH / 2 - half + 350);
        let bottom = number(HEIGHT / 2 - half - 350);
        let Some(page) = self.pages.last_mut() else {
            return;
        };
        let [along, up, back, across] = RISING;
        page.begin_text();
        page.set_fill_gray(look.ink.grey());
        page.set_font(look.weight.name(), number(look.size));
        page.set_text_matrix([along, up, back, across, left, bottom]);
        page.show(Str(&shown));
        page.end_text();
    }

    fn font(&mut self, weight: Weight) -> &mut Font {
        match weight {
            Weight::Regular => &mut self.regular,
            Weight::SemiBold => &mut self.semi_bold,
        }
    }

    /// How wide a text is, in tenths of a point.
    pub fn width(&mut self, text: &str, look: Look) -> i32 {
        self.font(look.weight).width(text, look.size)
    }

    /// A text whose baseline begins at a place of a page.
    pub fn text_on(&mut self, page: usize, x: i32, y: i32, look: Look, text: &str) {
        let shown = self.font(look.weight).encoded(text);
        let Some(page) = self.pages.get_mut(page) else {
            return;
        };
        page.begin_text();
        page.set_fill_gray(look.ink.grey());
        page.set_font(look.weight.name(), number(look.size));
        page.next_line(number(x), number(HEIGHT - y));
        page.show(Str(&shown));
        page.end_text();
    }

    /// The same on the last page.
    pub fn text(&mut self, x: i32, y: i32, look: Look, text: &str) {
        self.text_on(self.pages.len().saturating_sub(1), x, y, look, text);
    }

    /// A text that ends at `right`.
    pub fn text_to(&mut self, right: i32, y: i32, look: Look, text: &str) {
        let width = self.width(text, look);
        self.text(right - width, y, look, text);
    }

    /// A filled rectangle, whose upper edge is at `y`. A thin one is a rule.
    pub fn fill(&mut self, x: i32, y: i32, (width, height): (i32, i32), ink: Ink) {
        if let Some(page) = self.pages.last_mut() {
            page.set_fill_gray(ink.grey());
            let bottom = HEIGHT - y - height;
            page.rect(number(x), number(bottom), number(width), number(height));
            page.fill_nonzero();
        }
    }

    /// A picture with its upper left corner at a place; a document has one.
    pub fn picture(&mut self, picture: Picture, x: i32, y: i32, (width, height): (i32, i32)) {
        if let Some(page) = self.pages.last_mut() {
            let (wide, high) = (number(width), number(height));
            page.save_state();
            page.transform([wide, 0.0, 0.0, high, number(x), number(HEIGHT - y - height)]);
            page.x_object(picture::NAME);
            page.restore_state();
            self.picture = Some(picture);
        }
    }

    /// The file.
    pub fn finish(self) -> anyhow::Result<Vec<u8>> {
        let mut ids = Ids(0);
        let (catalog, tree, info) = (ids.next(), ids.next(), ids.next());
        let mut pdf = Pdf::new();
        let fonts = [
            (Weight::Regular, self.regular.write(&mut pdf, &mut ids)?),
            (Weight::SemiBold, self.semi_bold.write(&mut pdf, &mut ids)?),
        ];
        let picture = self
            .picture
            .map(|picture| picture.write(&mut pdf, &mut ids));
        let mut pages = Vec::with_capacity(self.pages.len());
        for content in self.pages {
            let (page, stream) = (ids.next(), ids.next());
            let bytes = compress_to_vec_zlib(&content.finish(), LEVEL);
            pdf.stream(stream, &bytes).filter(Filter::FlateDecode);
            pdf.page(page).parent(tree).contents(stream);
            pages.push(page);
        }
        let count = i32::try_from(pages.len())?;
        let mut written = pdf.pages(tree);
        written.kids(pages).count(count);
        written.media_box(Rect::new(0.0, 0.0, 595.3, 841.9));
        let mut resources = written.resources();
        let mut named = resources.fonts();
        for (weight, font) in fonts {
            named.pair(weight.name(), font);
        }
        named.finish();
        if let Some(picture) = picture {
            resources.x_objects().pair(picture::NAME, picture);
        }
        resources.finish();
        written.finish();
        pdf.document_info(info)
            .title(TextStr(&self.title))
            .producer(TextStr("BillingOne"));
        let mut root = pdf.catalog(catalog);
        root.pages(tree).lang(TextStr("en"));
        root.viewer_preferences().display_doc_title(true);
        root.finish();
        Ok(pdf.finish())
    }
}

/// Numbers of a file's objects.
struct Ids(i32);

impl Ids {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

/// A whole number as the file's writer takes it; what is farther away than any page is cut.
fn number(tenths: i32) -> f32 {
    let within = tenths.clamp(i16::MIN.into(), i16::MAX.into());
    f32::from(i16::try_from(within).unwrap_or_default())
}

/// Names of things in a file.
type PdfName = Name<'static>;
