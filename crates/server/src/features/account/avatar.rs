//! Pictures of people: what somebody sends is recognised by its content, looked at before it is
//! unpacked, and made anew, so that nothing of the file but its colours is kept.

use std::io::Cursor;

use image::{
    DynamicImage, ExtendedColorType, ImageDecoder as _, ImageFormat, ImageReader, Limits,
    codecs::webp::WebPEncoder, imageops::FilterType, metadata::Orientation,
};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use crate::fault::Fault;

/// The largest file.
pub const LARGEST: usize = 5 * 1024 * 1024;
/// More than telephones take; a small file may say that it unpacks to gigabytes.
const MOST_PIXELS: u64 = 50_000_000;
const LONGEST_SIDE: u32 = 16_384;
/// What unpacking may take at most.
const MOST_MEMORY: u64 = 450 * 1024 * 1024;
/// Of the square that is kept, in pixels.
const SIDE: u32 = 256;

/// One at a time: unpacking takes memory, and nobody is in a hurry.
static ROOM: Semaphore = Semaphore::const_new(1);

fn wrong(message: &str) -> Fault {
    Fault::field("picture", message)
}

/// A square WebP of the picture in the file.
///
/// # Errors
/// [`Fault::Invalid`] with what is wrong with the file.
pub async fn square(file: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let room = ROOM.acquire().await.map_err(Fault::internal)?;
    let made = tokio::task::spawn_blocking(move || remade(&file)).await;
    drop(room);
    made.map_err(Fault::internal)?
}

/// A WebP of the picture in the file, whole and no larger than these sides.
///
/// # Errors
/// [`Fault::Invalid`] with what is wrong with the file.
pub async fn fitted(file: Vec<u8>, width: u32, height: u32) -> Result<Vec<u8>, Fault> {
    let room = ROOM.acquire().await.map_err(Fault::internal)?;
    let made = tokio::task::spawn_blocking(move || {
        let picture = taken(&file)?;
        let is_larger = picture.width() > width || picture.height() > height;
        written(&if is_larger {
            picture.resize(width, height, FilterType::Triangle)
        } else {
            picture
        })
    });
    let made = made.await;
    drop(room);
    made.map_err(Fault::internal)?
}

/// Names an image by its content.
pub fn hash(image: &[u8]) -> String {
    hex::encode(Sha256::digest(image))
}

fn remade(file: &[u8]) -> Result<Vec<u8>, Fault> {
    written(&taken(file)?.resize_to_fill(SIDE, SIDE, FilterType::Triangle))
}

/// Straight alpha stays: a logo without ground looks right on light and dark.
fn written(picture: &DynamicImage) -> Result<Vec<u8>, Fault> {
    let pixels = picture.to_rgba8();
    let (width, height) = pixels.dimensions();
    let mut made = Vec::new();
    WebPEncoder::new_lossless(&mut made)
        .encode(&pixels, width, height, ExtendedColorType::Rgba8)
        .map_err(Fault::internal)?;
    Ok(made)
}

/// The picture, if there is one in the file that is not too large.
fn taken(file: &[u8]) -> Result<DynamicImage, Fault> {
    if file.is_empty() {
        return Err(wrong("choose a picture first"));
    }
    if file.len() > LARGEST {
        return Err(wrong("this file is larger than 5 MB; take a smaller one"));
    }
    unpacked(file)
}

/// The picture, turned as its camera was held.
fn unpacked(file: &[u8]) -> Result<DynamicImage, Fault> {
    let format = image::guess_format(file).ok().filter(|format| {
        matches!(
            format,
            ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP
        )
    });
    let format = format.ok_or_else(|| wrong("this is no PNG, JPEG or WebP picture"))?;
    let broken = |_| wrong("this picture cannot be read; save it anew and try again");
    let reader = ImageReader::with_format(Cursor::new(file), format);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MOST_PIXELS || width.max(height) > LONGEST_SIDE {
        return Err(wrong(
            "this picture has too many pixels; 50 million are enough, and 16,384 on a side",
        ));
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_MEMORY);
    decoder.set_limits(limits).map_err(broken)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use image::{ImageEncoder as _, codecs::jpeg::JpegEncoder, codecs::png::PngEncoder};

    use super::*;

    /// Left half red, right half blue.
    fn two_halves(width: u32, height: u32) -> Vec<u8> {
        let pixels = (0..height).flat_map(|_| {
            (0..width).flat_map(move |x| {
                if x < width / 2 {
                    [255, 0, 0]
                } else {
                    [0, 0, 255]
                }
            })
        });
        pixels.collect()
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut file = Vec::new();
        PngEncoder::new(&mut file)
            .write_image(
                &two_halves(width, height),
                width,
                height,
                ExtendedColorType::Rgb8,
            )
            .unwrap();
        file
    }

    /// A JPEG whose camera was turned by a quarter, and which says where it was.
    fn jpeg_with_exif() -> Vec<u8> {
        let exif: [&[u8]; 6] = [
            b"II*\0\x08\0\0\0",
            b"\x02\0",
            // Orientation: turned clockwise to be seen.
            b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0",
            // The make of the camera, here a place.
            b"\x0f\x01\x02\0\x0c\0\0\0\x26\0\0\0",
            b"\0\0\0\0",
            b"51.50,-0.12\0",
        ];
        let mut file = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut file, 95);
        encoder.set_exif_metadata(exif.concat()).unwrap();
        encoder
            .write_image(&two_halves(64, 64), 64, 64, ExtendedColorType::Rgb8)
            .unwrap();
        file
    }

    fn kept(file: &[u8]) -> DynamicImage {
        let made = remade(file).unwrap();
        assert_eq!(image::guess_format(&made).unwrap(), ImageFormat::WebP);
        image::load_from_memory(&made).unwrap()
    }

    fn said(file: &[u8]) -> String {
        remade(file).unwrap_err().to_string()
    }

    #[test]
    fn a_picture_becomes_a_square() {
        let picture = kept(&png(300, 100)).to_rgb8();
        assert_eq!(picture.dimensions(), (256, 256));
        assert_eq!(picture.get_pixel(5, 128).0, [255, 0, 0]);
        assert_eq!(picture.get_pixel(250, 128).0, [0, 0, 255]);
        assert_eq!(kept(&png(2, 2)).to_rgb8().dimensions(), (256, 256));
    }

    #[test]
    fn what_a_camera_noted_is_heeded_and_forgotten() {
        let file = jpeg_with_exif();
        let place = b"51.50,-0.12";
        let has_place = |bytes: &[u8]| bytes.windows(place.len()).any(|part| part == place);
        assert!(has_place(&file));
        let made = remade(&file).unwrap();
        assert!(!has_place(&made));
        assert!(!made.windows(4).any(|part| part == b"EXIF"));
        // The left half is the upper one now.
        let picture = kept(&file).to_rgb8();
        let [red, _, blue] = picture.get_pixel(128, 20).0;
        assert!(red > 200 && blue < 60, "{red} {blue}");
    }

    #[test]
    fn files_are_what_they_hold() {
        assert!(said(b"").contains("choose a picture"));
        assert!(said(b"<svg xmlns='http://www.w3.org/2000/svg'/>").contains("no PNG"));
        assert!(said(b"GIF89a\x01\0\x01\0").contains("no PNG"));
        assert!(said(b"BM\0\0\0\0").contains("no PNG"));
        assert!(said(b"\x89PNG\r\n\x1a\nand nothing more").contains("cannot be read"));
        let mut cut = png(64, 64);
        cut.truncate(cut.len() / 2);
        assert!(said(&cut).contains("cannot be read"));
        let large = [png(8, 8), vec![0; LARGEST]].concat();
        assert!(said(&large).contains("larger than 5 MB"));
    }

    #[test]
    fn what_unpacks_to_gigabytes_is_not_unpacked() {
        // The head of a PNG says how large it is.
        let mut file = png(8, 8);
        for (at, side) in [(16, 60_000_u32), (20, 60_000)] {
            file[at..at + 4].copy_from_slice(&side.to_be_bytes());
        }
        let crc = crc_of(&file[12..29]);
        file[29..33].copy_from_slice(&crc.to_be_bytes());
        assert!(said(&file).contains("too many pixels"));
    }

    /// The checksum of a PNG's chunk.
    fn crc_of(bytes: &[u8]) -> u32 {
        let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 {
                    (crc >> 1) ^ 0xedb8_8320
                } else {
                    crc >> 1
                }
            })
        });
        !crc
    }
}
