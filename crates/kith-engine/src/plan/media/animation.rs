//! Animated GIF: counted before it is decoded, decoded to be sure, and written anew block by block (B13, S7).
//!
//! Frames stay as they are drawn, so no colour is lost; comments, places and whatever follows the end are left out.
//! A GIF of one frame is a picture like any other.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::{AnimationDecoder as _, ImageDecoder as _};

use super::picture::{Picture, PictureFault, Target, damaged, judged};

/// Most frames (reliability.md S7 refuses 20,000; a minute at 12 a second has 720; 2026-11).
const FRAMES_MAX: u32 = 1_000;
/// Most pixels of one frame, so that one is decoded in tens of megabytes (2026-11).
const FRAME_PIXELS_MAX: u64 = 4_000_000;
/// Most pixels of all frames: seconds of decoding at most (2026-11).
const PIXELS_MAX: u64 = 400_000_000;

/// The extension that says how often it plays; the only one of an application that is kept.
const LOOP: &[u8] = b"NETSCAPE2.0";

/// What was read of the blocks.
struct Blocks {
    /// The file without what is left out.
    kept: Vec<u8>,
    frames: u32,
    width: u32,
    height: u32,
}

/// Judges and rewrites an animation; `None` for a GIF of one frame.
pub(super) fn process(bytes: &[u8], target: Target) -> Result<Option<Picture>, PictureFault> {
    let blocks = read(bytes).ok_or_else(|| PictureFault::Damaged("it ends in the middle".into()))?;
    judged((blocks.width, blocks.height))?;
    let (area, frames) = (u64::from(blocks.width) * u64::from(blocks.height), u64::from(blocks.frames));
    if blocks.frames > FRAMES_MAX || (frames > 1 && (area > FRAME_PIXELS_MAX || area * frames > PIXELS_MAX)) {
        return Err(PictureFault::TooManyFrames { frames: blocks.frames });
    }
    if blocks.frames <= 1 {
        return Ok(None);
    }
    if blocks.kept.len() as u64 > target.bytes_max {
        return Err(PictureFault::StaysTooLarge { bytes_max: target.bytes_max });
    }
    let decoder = GifDecoder::new(Cursor::new(&blocks.kept)).map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    for frame in decoder.into_frames() {
        frame.map_err(damaged)?;
    }
    Ok(Some(Picture { bytes: blocks.kept, mime: "image/gif", width, height }))
}

/// Walks the blocks without decoding; `None` if the file ends inside one. Stops counting soon after the limit.
fn read(bytes: &[u8]) -> Option<Blocks> {
    let screen = bytes.get(..13)?;
    let table = table_len(*screen.get(10)?);
    let mut kept = bytes.get(..13 + table)?.to_vec();
    let word = |at: usize| Some(u32::from(u16::from_le_bytes([*screen.get(at)?, *screen.get(at + 1)?])));
    let (width, height) = (word(6)?, word(8)?);
    let (mut at, mut frames) = (13 + table, 0_u32);
    loop {
        let block = *bytes.get(at)?;
        let end = match block {
            0x21 => sub_blocks_end(bytes, at + 2)?,
            0x2c => sub_blocks_end(bytes, at + 11 + table_len(*bytes.get(at + 9)?))?,
            0x3b => {
                kept.push(block);
                return Some(Blocks { kept, frames, width, height });
            }
            _ => return None,
        };
        if block == 0x2c {
            frames += 1;
            if frames > FRAMES_MAX {
                return Some(Blocks { kept, frames, width, height });
            }
        }
        let body = bytes.get(at..end)?;
        if block == 0x2c || is_kept(body) {
            kept.extend_from_slice(body);
        }
        at = end;
    }
}

/// Frame timing and the number of rounds.
fn is_kept(extension: &[u8]) -> bool {
    match extension.get(1) {
        Some(0xf9) => true,
        Some(0xff) => extension.get(3..14) == Some(LOOP),
        _ => false,
    }
}

/// Bytes of the colour table that the flags announce.
fn table_len(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// The byte behind a row of sub-blocks, which ends with an empty one.
fn sub_blocks_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}
