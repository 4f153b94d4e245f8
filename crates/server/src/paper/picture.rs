//! The one picture of a document: a logo, with what shows through where it has no ground.

use anyhow::Context as _;
use image::ImageFormat;
use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::{Filter, Finish as _, Name, Pdf, Ref};

use super::{Ids, LEVEL, PdfName};

pub const NAME: PdfName = Name(b"Logo");

pub struct Picture {
    width: u32,
    height: u32,
    colours: Vec<u8>,
    opacity: Vec<u8>,
}

impl Picture {
    /// A WebP that was made by ourselves.
    pub fn of_webp(file: &[u8]) -> anyhow::Result<Self> {
        let picture = image::load_from_memory_with_format(file, ImageFormat::WebP);
        let pixels = picture.context("a stored logo")?.to_rgba8();
        let (width, height) = pixels.dimensions();
        let mut colours = Vec::new();
        let mut opacity = Vec::new();
        for pixel in pixels.pixels() {
            let [red, green, blue, alpha] = pixel.0;
            colours.extend([red, green, blue]);
            opacity.push(alpha);
        }
        Ok(Self {
            width,
            height,
            colours,
            opacity,
        })
    }

    /// The largest size within the bounds that keeps its shape.
    pub fn within(&self, width: i32, height: i32) -> (i32, i32) {
        let (own_width, own_height) = (i64::from(self.width.max(1)), i64::from(self.height.max(1)));
        let (most_width, most_height) = (i64::from(width), i64::from(height));
        let size = if own_width * most_height > own_height * most_width {
            (most_width, own_height * most_width / own_width)
        } else {
            (own_width * most_height / own_height, most_height)
        };
        let side = |side: i64| i32::try_from(side).unwrap_or_default().max(1);
        (side(size.0), side(size.1))
    }

    pub(super) fn write(self, pdf: &mut Pdf, ids: &mut Ids) -> Ref {
        let (picture, mask) = (ids.next(), ids.next());
        let side = |side: u32| i32::try_from(side).unwrap_or_default();
        let (width, height) = (side(self.width), side(self.height));
        let colours = compress_to_vec_zlib(&self.colours, LEVEL);
        let mut written = pdf.image_xobject(picture, &colours);
        written.filter(Filter::FlateDecode);
        written.width(width).height(height).bits_per_component(8);
        written.color_space().device_rgb();
        written.s_mask(mask);
        written.finish();
        let opacity = compress_to_vec_zlib(&self.opacity, LEVEL);
        let mut written = pdf.image_xobject(mask, &opacity);
        written.filter(Filter::FlateDecode);
        written.width(width).height(height).bits_per_component(8);
        written.color_space().device_gray();
        written.finish();
        picture
    }
}
