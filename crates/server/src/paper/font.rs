//! The embedded font: Inter, which has the letters of Latin, Greek and Cyrillic scripts and the
//! signs of currencies. Only the letters that are used go into a file.
//!
//! A letter's code in the file is its own, also where two letters share a drawing: what is copied
//! or searched is what was written.

use std::collections::HashMap;

use anyhow::Context as _;
use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::{
    Filter, Finish as _, Name, Pdf, Rect, Ref, Str,
    types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap},
};
use subsetter::GlyphRemapper;
use ttf_parser::{Face, GlyphId};
use unicode_normalization::UnicodeNormalization as _;

use super::{Ids, LEVEL, PdfName, number};

const REGULAR: &[u8] = include_bytes!("fonts/Inter-Regular.ttf");
const SEMI_BOLD: &[u8] = include_bytes!("fonts/Inter-SemiBold.ttf");

const CODES: SystemInfo = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    Regular,
    SemiBold,
}

impl Weight {
    pub(super) fn name(self) -> PdfName {
        match self {
            Self::Regular => Name(b"F1"),
            Self::SemiBold => Name(b"F2"),
        }
    }

    fn data(self) -> &'static [u8] {
        match self {
            Self::Regular => REGULAR,
            Self::SemiBold => SEMI_BOLD,
        }
    }

    /// Six letters before the name say that a file has a part of the font.
    fn written(self) -> PdfName {
        match self {
            Self::Regular => Name(b"BILONE+Inter-Regular"),
            Self::SemiBold => Name(b"BILTWO+Inter-SemiBold"),
        }
    }

    fn stem(self) -> i32 {
        match self {
            Self::Regular => 80,
            Self::SemiBold => 120,
        }
    }
}

/// One letter of a document.
#[derive(Clone, Copy)]
struct Letter {
    code: u16,
    glyph: u16,
    advance: i32,
}

pub struct Font {
    weight: Weight,
    face: Face<'static>,
    units: i32,
    letters: HashMap<char, Letter>,
    /// In the order of their codes, which begin at 1.
    used: Vec<(char, Letter)>,
}

impl Font {
    pub fn of(weight: Weight) -> anyhow::Result<Self> {
        let face = Face::parse(weight.data(), 0).context("the embedded font")?;
        let units = face.units_per_em().into();
        Ok(Self {
            weight,
            face,
            units,
            letters: HashMap::new(),
            used: Vec::new(),
        })
    }

    fn letter(&mut self, c: char) -> Letter {
        if let Some(known) = self.letters.get(&c) {
            return *known;
        }
        // What the font does not have is its empty box.
        let glyph = self.face.glyph_index(c).unwrap_or(GlyphId(0));
        let letter = Letter {
            code: u16::try_from(self.used.len() + 1).unwrap_or_default(),
            glyph: glyph.0,
            advance: self
                .face
                .glyph_hor_advance(glyph)
                .unwrap_or_default()
                .into(),
        };
        self.letters.insert(c, letter);
        self.used.push((c, letter));
        letter
    }

    /// Accents that stand beside their letter in a text stand on it in the font.
    fn written(text: &str) -> impl Iterator<Item = char> + '_ {
        text.nfc().map(|c| match c {
            // Spaces of other widths, of which the font has not all.
            '\u{a0}' | '\u{2009}' | '\u{202f}' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
    }

    pub fn width(&mut self, text: &str, size: i32) -> i32 {
        let advances: i32 = Self::written(text).map(|c| self.letter(c).advance).sum();
        let tenths = i64::from(advances) * i64::from(size) / i64::from(self.units.max(1));
        i32::try_from(tenths).unwrap_or(i32::MAX)
    }

    pub fn encoded(&mut self, text: &str) -> Vec<u8> {
        let codes = Self::written(text).map(|c| self.letter(c).code.to_be_bytes());
        codes.collect::<Vec<_>>().concat()
    }

    /// In thousandths of the size, as files have it.
    fn thousandths(&self, units: i32) -> f32 {
        number(units * 1000 / self.units.max(1))
    }

    pub fn write(self, pdf: &mut Pdf, ids: &mut Ids) -> anyhow::Result<Ref> {
        let mut glyphs = GlyphRemapper::new();
        // Code 0 is the box, as in every font.
        let mut map = vec![0_u8, 0];
        for (_, letter) in &self.used {
            map.extend(glyphs.remap(letter.glyph).to_be_bytes());
        }
        let part =
            subsetter::subset(self.weight.data(), 0, &glyphs).context("a part of the font")?;
        let length = i32::try_from(part.len())?;
        let [font, cid, descriptor, file, codes, to_glyphs] = [(); 6].map(|()| ids.next());
        let part = compress_to_vec_zlib(&part, LEVEL);
        let mut stream = pdf.stream(file, &part);
        stream.filter(Filter::FlateDecode);
        stream.pair(Name(b"Length1"), length);
        stream.finish();
        let map = compress_to_vec_zlib(&map, LEVEL);
        pdf.stream(to_glyphs, &map).filter(Filter::FlateDecode);
        let name = self.weight.written();
        pdf.type0_font(font)
            .base_font(name)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(codes);
        let mut of_codes = pdf.cid_font(cid);
        of_codes
            .subtype(CidFontType::Type2)
            .base_font(name)
            .system_info(CODES)
            .font_descriptor(descriptor)
            .default_width(0.0)
            .cid_to_gid_map_stream(to_glyphs);
        let widths = self
            .used
            .iter()
            .map(|(_, letter)| self.thousandths(letter.advance));
        of_codes.widths().consecutive(1, widths);
        of_codes.finish();
        self.describe(pdf, descriptor, file);
        let mut unicode = UnicodeCmap::new(Name(b"BillingOne"), CODES);
        for (c, letter) in &self.used {
            unicode.pair(letter.code, *c);
        }
        let unicode = compress_to_vec_zlib(&unicode.finish(), LEVEL);
        pdf.stream(codes, &unicode).filter(Filter::FlateDecode);
        Ok(font)
    }

    fn describe(&self, pdf: &mut Pdf, descriptor: Ref, file: Ref) {
        let bounds = self.face.global_bounding_box();
        let at = |units: i16| self.thousandths(units.into());
        pdf.font_descriptor(descriptor)
            .name(self.weight.written())
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(
                at(bounds.x_min),
                at(bounds.y_min),
                at(bounds.x_max),
                at(bounds.y_max),
            ))
            .italic_angle(0.0)
            .ascent(at(self.face.ascender()))
            .descent(at(self.face.descender()))
            .cap_height(at(self.face.capital_height().unwrap_or_default()))
            .stem_v(number(self.weight.stem()))
            .font_file2(file);
    }
}
