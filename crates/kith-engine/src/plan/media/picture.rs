//! A picture as it may go out: decoded, turned upright, without EXIF and place, scaled, and written anew (B13, S5, S7).
//!
//! The header is read first and a bomb is refused before anything is decoded; decoding has a bound on memory. What goes
//! out is always written by us from pixels, so that nothing hides behind them. The same bytes give the same result.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType as RowFilter, PngDecoder, PngEncoder};
use image::codecs::webp::WebPDecoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::animation;
use super::video::VIDEO_BYTES_MAX;

/// Largest file that is read, in bytes (Mastodon takes 16 MiB, 2026-11).
pub(super) const PICTURE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Most pixels, judged by the header before anything is decoded (reliability.md S7, 2026-11).
pub(super) const PICTURE_PIXELS_MAX: u64 = 50_000_000;
/// Most memory for decoding one picture, in bytes: 50 million pixels of four bytes and a little (2026-11).
const DECODE_BYTES_MAX: u64 = 216 * 1024 * 1024;
/// Longest side that is kept, in pixels; no network shows more (Mastodon scales to 8.3 million pixels, 2026-11).
const SIDE_MAX: u32 = 4_096;
/// Largest colour profile that is kept, in bytes; usual ones have 3 KiB (2026-11).
const PROFILE_BYTES_MAX: usize = 64 * 1024;
/// Qualities of JPEG that are tried before the picture is made smaller (2026-11).
const QUALITIES: [u8; 3] = [88, 80, 70];
/// How often a picture is made smaller by a fifth before Kith gives up (2026-11); nine times is a seventh of the side.
const SHRINKS_MAX: u32 = 9;

/// What a network takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "each is a limit, and says so")]
pub(crate) struct Target {
    /// Largest file in bytes.
    pub bytes_max: u64,
    /// Longest side in pixels.
    pub side_max: u32,
    /// Most pixels.
    pub pixels_max: u64,
    /// Largest video in bytes.
    pub video_bytes_max: u64,
    /// Longest video in seconds, if there is a limit.
    pub video_seconds_max: Option<u32>,
}

/// A picture written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its type.
    pub mime: &'static str,
    /// Width in pixels, upright.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
}

/// Why a file is not taken. Each says what it is and the way out is [`PictureFault::way_out`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PictureFault {
    /// Too many bytes.
    #[error("the file is larger than 16 MiB")]
    TooLarge,
    /// The first bytes are those of no picture we take.
    #[error("this is {0}, not a JPEG, PNG, GIF or WebP picture or an MP4 video")]
    NotAPicture(&'static str),
    /// Too many pixels, by the header.
    #[error("the picture has {width} × {height} pixels, more than 50 million")]
    TooManyPixels {
        /// As the header says.
        width: u32,
        /// As the header says.
        height: u32,
    },
    /// Decoding would take too much memory.
    #[error("the picture needs too much memory to be opened")]
    TooDeep,
    /// Too many frames, or too many pixels in all of them.
    #[error("the animation has {frames} frames, more than fit")]
    TooManyFrames {
        /// As far as was counted.
        frames: u32,
    },
    /// An animation in a form that the networks don't take.
    #[error("this is an animated WebP, which most networks show as a still")]
    AnimatedWebp,
    /// The header promises what the bytes don't hold.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// It stays too large at any quality.
    #[error("the picture can't be made small enough for {bytes_max} bytes")]
    StaysTooLarge {
        /// What the network takes.
        bytes_max: u64,
    },
}

impl PictureFault {
    /// What the person can do.
    pub(super) fn way_out(&self) -> &'static str {
        match self {
            Self::NotAPicture(what) if what.ends_with("picture") => "save it as JPEG or PNG",
            Self::NotAPicture(_) => "save a picture as JPEG or PNG, a video as MP4",
            Self::TooLarge | Self::TooManyPixels { .. } | Self::TooDeep | Self::StaysTooLarge { .. } => "make the picture smaller",
            Self::TooManyFrames { .. } => "make it shorter or smaller, or save it as a video",
            Self::AnimatedWebp => "save it as GIF or as a video",
            Self::Damaged(_) => "open it in a program for pictures and save it anew",
        }
    }
}

impl Target {
    /// What Kith itself keeps, before a network's limits are known.
    pub(crate) const KEPT: Self = Self {
        bytes_max: PICTURE_BYTES_MAX,
        side_max: SIDE_MAX,
        pixels_max: PICTURE_PIXELS_MAX,
        video_bytes_max: VIDEO_BYTES_MAX,
        video_seconds_max: None,
    };
}

/// What [`named`] calls a film.
pub(super) const A_VIDEO: &str = "a video";

/// What these first bytes are, for those that are no picture.
pub(super) fn named(bytes: &[u8]) -> &'static str {
    let head = bytes.get(..512.min(bytes.len())).unwrap_or_default();
    let text = String::from_utf8_lossy(head).to_lowercase();
    let text = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    match () {
        () if bytes.is_empty() => "an empty file",
        () if text.contains("<svg") => "an SVG drawing",
        () if text.starts_with('<') && (text.contains("<html") || text.contains("<!doctype html") || text.contains("<script")) => {
            "a web page"
        }
        () if bytes.get(4..8) == Some(b"ftyp") && matches!(bytes.get(8..12), Some(b"avif" | b"avis")) => "an AVIF picture",
        () if bytes.get(4..8) == Some(b"ftyp") && matches!(bytes.get(8..11), Some(b"hei" | b"mif" | b"msf")) => "an HEIC picture",
        () if bytes.get(4..8) == Some(b"ftyp") => A_VIDEO,
        () if bytes.starts_with(b"%PDF") => "a PDF document",
        () if bytes.starts_with(b"PK\x03\x04") => "a ZIP archive",
        () if bytes.starts_with(b"BM") => "a BMP picture",
        () if bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*") => "a TIFF picture",
        () => "an unknown kind of file",
    }
}

/// Writes a picture anew for a target. Blocks for as long as decoding and encoding take: call it off the async threads.
///
/// # Errors
/// Whatever is no picture, too much, or damaged; nothing is decoded before the header was judged.
pub(super) fn process(bytes: &[u8], target: Target) -> Result<Picture, PictureFault> {
    if bytes.len() as u64 > PICTURE_BYTES_MAX {
        return Err(PictureFault::TooLarge);
    }
    let Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP | ImageFormat::Gif)) = image::guess_format(bytes) else {
        return Err(PictureFault::NotAPicture(named(bytes)));
    };
    match format {
        ImageFormat::Gif => {
            if let Some(animation) = animation::process(bytes, target)? {
                return Ok(animation);
            }
        }
        ImageFormat::WebP => {
            let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(damaged)?;
            judged(decoder.dimensions())?;
            if decoder.has_animation() {
                return Err(PictureFault::AnimatedWebp);
            }
        }
        ImageFormat::Png => {
            judged(PngDecoder::with_limits(Cursor::new(bytes), limits()).map_err(fault)?.dimensions())?;
        }
        _ => {}
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(fault)?;
    judged(decoder.dimensions())?;
    if decoder.total_bytes() > DECODE_BYTES_MAX {
        return Err(PictureFault::TooDeep);
    }
    let orientation = decoder.orientation().map_err(damaged)?;
    let profile = decoder.icc_profile().ok().flatten().filter(|profile| is_kept(profile));
    let mut image = DynamicImage::from_decoder(decoder).map_err(fault)?;
    image.apply_orientation(orientation);
    written(image, profile.as_deref(), format, target)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    limits
}

pub(super) fn judged((width, height): (u32, u32)) -> Result<(), PictureFault> {
    match u64::from(width) * u64::from(height) {
        0 => Err(PictureFault::Damaged("it has no pixels".into())),
        pixels if pixels > PICTURE_PIXELS_MAX => Err(PictureFault::TooManyPixels { width, height }),
        _ => Ok(()),
    }
}

/// A colour profile for red, green and blue; others speak of colours that we no longer have.
fn is_kept(profile: &[u8]) -> bool {
    profile.len() <= PROFILE_BYTES_MAX && profile.get(16..20) == Some(b"RGB ")
}

fn written(image: DynamicImage, profile: Option<&[u8]>, from: ImageFormat, target: Target) -> Result<Picture, PictureFault> {
    let side_max = side_for(image.width(), image.height(), target.pixels_max).min(target.side_max).min(SIDE_MAX);
    let mut image = scaled(image, side_max);
    let see_through = image.color().has_alpha() && image.to_rgba8().pixels().any(|pixel| pixel.0[3] < u8::MAX);
    image = if see_through { DynamicImage::ImageRgba8(image.into_rgba8()) } else { DynamicImage::ImageRgb8(image.into_rgb8()) };
    // Drawings and screens stay sharp as PNG; a photograph that came as PNG becomes JPEG only if it must.
    let drawn = see_through || matches!(from, ImageFormat::Png | ImageFormat::Gif);
    for _ in 0..=SHRINKS_MAX {
        if drawn {
            let picture = as_png(&image, profile)?;
            if picture.bytes.len() as u64 <= target.bytes_max {
                return Ok(picture);
            }
        }
        if !see_through {
            for quality in QUALITIES {
                let picture = as_jpeg(&image, profile, quality)?;
                if picture.bytes.len() as u64 <= target.bytes_max {
                    return Ok(picture);
                }
            }
        }
        let side = image.width().max(image.height()) * 4 / 5;
        if side == 0 {
            break;
        }
        image = scaled(image, side);
    }
    Err(PictureFault::StaysTooLarge { bytes_max: target.bytes_max })
}

/// The longest side with which a picture of this shape has at most so many pixels.
fn side_for(width: u32, height: u32, pixels_max: u64) -> u32 {
    let (pixels, side) = (u64::from(width) * u64::from(height), width.max(height));
    if pixels <= pixels_max { side } else { (f64::from(side) * (pixels_max as f64 / pixels as f64).sqrt()).floor() as u32 }
}

fn scaled(image: DynamicImage, side_max: u32) -> DynamicImage {
    if image.width().max(image.height()) <= side_max { image } else { image.resize(side_max, side_max, FilterType::CatmullRom) }
}

fn as_png(image: &DynamicImage, profile: Option<&[u8]>) -> Result<Picture, PictureFault> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, RowFilter::Adaptive);
    keep_profile(&mut encoder, profile);
    image.write_with_encoder(encoder).map_err(damaged)?;
    Ok(Picture { bytes, mime: "image/png", width: image.width(), height: image.height() })
}

fn as_jpeg(image: &DynamicImage, profile: Option<&[u8]>, quality: u8) -> Result<Picture, PictureFault> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    keep_profile(&mut encoder, profile);
    image.write_with_encoder(encoder).map_err(damaged)?;
    Ok(Picture { bytes, mime: "image/jpeg", width: image.width(), height: image.height() })
}

/// Without its profile a picture is shown a little paler; that is no reason to refuse it.
fn keep_profile(encoder: &mut impl image::ImageEncoder, profile: Option<&[u8]>) {
    if let Some(profile) = profile
        && encoder.set_icc_profile(profile.to_vec()).is_err()
    {
        tracing::debug!("a colour profile was not taken");
    }
}

pub(super) fn damaged(error: impl std::fmt::Display) -> PictureFault {
    PictureFault::Damaged(error.to_string())
}

fn fault(error: image::ImageError) -> PictureFault {
    match error {
        image::ImageError::Limits(_) => PictureFault::TooDeep,
        other => damaged(other),
    }
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
