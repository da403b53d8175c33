//! A video as its container says it is: length, size of the picture, and what must not go out (B13).
//!
//! Only the headers of the boxes are read, wherever they stand in the file; the film itself is passed over, so memory
//! does not grow with it. Kith does not cut or convert videos. Where it was taken and by whom is blanked while copying.

use std::io::{self, Read, Seek, SeekFrom, Write};

/// Largest video that is looked at, in bytes (X takes 512 MB, the most of all networks; policy.toml, 2026-11).
pub(crate) const VIDEO_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Most boxes that are read, so that a made-up file ends soon (2026-11); a film of an hour has some hundreds.
const BOXES_MAX: u32 = 20_000;
/// Deepest nesting that is followed (2026-11): moov, trak, mdia, minf, stbl, stsd.
const DEPTH_MAX: u8 = 6;
/// Bytes copied at a time (2026-11).
const COPY_BYTES: usize = 64 * 1024;
/// Boxes that hold boxes and matter here.
const HOLDERS: [&[u8; 4]; 4] = [b"moov", b"trak", b"mdia", b"minf"];
/// Boxes that say who took the film, where, and with what; all are blanked.
const PRIVATE: [&[u8; 4]; 4] = [b"udta", b"meta", b"uuid", b"XMP_"];

/// What the container says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Video {
    /// The file's size in bytes.
    pub bytes: u64,
    /// Its length in milliseconds.
    pub duration_ms: u64,
    /// Width in pixels; 0 if no picture track says one.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `video/mp4` or `video/quicktime`.
    pub mime: &'static str,
    /// Where private boxes stand.
    private: Vec<Private>,
}

/// A box that is blanked: its first byte, the bytes of its head, and its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Private {
    start: u64,
    head: u64,
    whole: u64,
}

/// Why a video is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VideoFault {
    /// The file could not be read.
    #[error("the video can't be read: {0}")]
    Unreadable(#[from] io::Error),
    /// Another kind of file.
    #[error("this is not an MP4 or QuickTime video")]
    NotAVideo,
    /// Larger than any network takes.
    #[error("the video has {bytes} bytes, more than {bytes_max}")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        bytes_max: u64,
    },
    /// Longer than the network takes.
    #[error("the video is {seconds} s long, more than {seconds_max} s")]
    TooLong {
        /// Its length, begun seconds counted.
        seconds: u64,
        /// The limit.
        seconds_max: u32,
    },
    /// Boxes that contradict each other or the file.
    #[error("the video is damaged: {0}")]
    Damaged(&'static str),
}

impl VideoFault {
    /// What the person can do.
    pub(crate) fn way_out(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "look whether the file is there and may be read",
            Self::NotAVideo => "save it as MP4 (H.264 and AAC)",
            Self::TooLarge { .. } => "save it smaller, or link to it",
            Self::TooLong { .. } => "cut it, or link to it",
            Self::Damaged(_) => "export it anew from the program it was made with",
        }
    }
}

impl Video {
    /// Reads the headers of a film. Memory does not depend on its size.
    ///
    /// # Errors
    /// What is no MP4, too large, or contradicts itself.
    pub(super) fn read(file: &mut (impl Read + Seek)) -> Result<Self, VideoFault> {
        let bytes = file.seek(SeekFrom::End(0))?;
        if bytes > VIDEO_BYTES_MAX {
            return Err(VideoFault::TooLarge { bytes, bytes_max: VIDEO_BYTES_MAX });
        }
        let first = header(file, 0, bytes)?.ok_or(VideoFault::NotAVideo)?;
        if &first.kind != b"ftyp" || first.body + 4 > first.end {
            return Err(VideoFault::NotAVideo);
        }
        let mime = match &word(file, first.body)? {
            b"qt  " => "video/quicktime",
            b"avif" | b"avis" | b"heic" | b"heix" | b"mif1" | b"msf1" => return Err(VideoFault::NotAVideo),
            _ => "video/mp4",
        };
        let mut video = Self { bytes, mime, ..Self::default() };
        let (mut boxes, mut has_moov) = (0, false);
        video.walk(file, first.end, bytes, 0, &mut boxes, &mut has_moov)?;
        if !has_moov {
            return Err(VideoFault::Damaged("it has no table of contents"));
        }
        if video.duration_ms == 0 {
            return Err(VideoFault::Damaged("it does not say how long it is"));
        }
        Ok(video)
    }

    /// Whether a network takes it.
    ///
    /// # Errors
    /// Too large or too long, with the limit.
    pub(crate) fn fits(&self, bytes_max: u64, seconds_max: Option<u32>) -> Result<(), VideoFault> {
        if self.bytes > bytes_max {
            return Err(VideoFault::TooLarge { bytes: self.bytes, bytes_max });
        }
        match (self.duration_ms.div_ceil(1_000), seconds_max) {
            (seconds, Some(seconds_max)) if seconds > u64::from(seconds_max) => Err(VideoFault::TooLong { seconds, seconds_max }),
            _ => Ok(()),
        }
    }

    /// Copies the film without what is private, a piece at a time. Places in the file stay, so the film still plays.
    ///
    /// # Errors
    /// What reading or writing gives.
    pub(super) fn copy(&self, file: &mut (impl Read + Seek), out: &mut impl Write) -> io::Result<()> {
        file.seek(SeekFrom::Start(0))?;
        let mut piece = vec![0; COPY_BYTES];
        let mut at = 0_u64;
        loop {
            let length = file.read(&mut piece)?;
            let Some(read) = piece.get_mut(..length).filter(|read| !read.is_empty()) else { return Ok(()) };
            for private in &self.private {
                blank(read, at, private);
            }
            out.write_all(read)?;
            at += length as u64;
        }
    }

    fn walk(
        &mut self,
        file: &mut (impl Read + Seek),
        from: u64,
        to: u64,
        depth: u8,
        boxes: &mut u32,
        has_moov: &mut bool,
    ) -> Result<(), VideoFault> {
        let mut at = from;
        while at < to {
            *boxes += 1;
            if *boxes > BOXES_MAX {
                return Err(VideoFault::Damaged("it has too many parts"));
            }
            let Some(found) = header(file, at, to)? else { return Err(VideoFault::Damaged("a part is cut off")) };
            match &found.kind {
                b"mvhd" if depth == 1 => self.duration_ms = duration_ms(file, &found)?,
                b"tkhd" if depth == 2 => self.track(file, &found)?,
                kind if PRIVATE.contains(&kind) => {
                    self.private.push(Private { start: found.start, head: found.body - found.start, whole: found.end - found.start });
                }
                kind if HOLDERS.contains(&kind) && depth < DEPTH_MAX => {
                    *has_moov |= kind == b"moov";
                    self.walk(file, found.body, found.end, depth + 1, boxes, has_moov)?;
                }
                _ => {}
            }
            at = found.end;
        }
        Ok(())
    }

    /// The size of the picture is in the last eight bytes, each a 16.16 number; sound has none.
    fn track(&mut self, file: &mut (impl Read + Seek), found: &Found) -> Result<(), VideoFault> {
        if found.end - found.body < 84 {
            return Err(VideoFault::Damaged("a track's header is cut off"));
        }
        let side = |bytes: [u8; 4]| u32::from_be_bytes(bytes) >> 16;
        let (width, height) = (side(word(file, found.end - 8)?), side(word(file, found.end - 4)?));
        if u64::from(width) * u64::from(height) > u64::from(self.width) * u64::from(self.height) {
            (self.width, self.height) = (width, height);
        }
        Ok(())
    }
}

/// A box: its kind, where it starts, where its content starts, and the byte behind it.
struct Found {
    kind: [u8; 4],
    start: u64,
    body: u64,
    end: u64,
}

/// The box at `at`, which must end by `to`; `None` if it does not.
fn header(file: &mut (impl Read + Seek), at: u64, to: u64) -> Result<Option<Found>, VideoFault> {
    if to.saturating_sub(at) < 8 {
        return Ok(None);
    }
    let size = u64::from(u32::from_be_bytes(word(file, at)?));
    let kind = word(file, at + 4)?;
    let (head, size) = match size {
        0 => (8, to - at),
        1 if to - at >= 16 => {
            let (high, low) = (word(file, at + 8)?, word(file, at + 12)?);
            (16, u64::from(u32::from_be_bytes(high)) << 32 | u64::from(u32::from_be_bytes(low)))
        }
        size => (8, size),
    };
    let fits = size >= head && size <= to - at;
    Ok(fits.then_some(Found { kind, start: at, body: at + head, end: at + size }))
}

fn word(file: &mut (impl Read + Seek), at: u64) -> io::Result<[u8; 4]> {
    let mut word = [0; 4];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut word)?;
    Ok(word)
}

fn duration_ms(file: &mut (impl Read + Seek), found: &Found) -> Result<u64, VideoFault> {
    const CUT_OFF: VideoFault = VideoFault::Damaged("its header is cut off");
    if found.end - found.body < 32 {
        return Err(CUT_OFF);
    }
    let number = |bytes: [u8; 4]| u64::from(u32::from_be_bytes(bytes));
    let is_long = word(file, found.body)?[0] == 1;
    let (scale, duration) = if is_long {
        let scale = number(word(file, found.body + 20)?);
        (scale, number(word(file, found.body + 24)?) << 32 | number(word(file, found.body + 28)?))
    } else {
        (number(word(file, found.body + 12)?), number(word(file, found.body + 16)?))
    };
    duration.saturating_mul(1_000).checked_div(scale).ok_or(VideoFault::Damaged("its clock does not tick"))
}

/// Turns the part of a private box that lies in this piece into an empty `free` box of the same length.
fn blank(piece: &mut [u8], at: u64, private: &Private) {
    let (from, to) = (private.start.max(at), (private.start + private.whole).min(at + piece.len() as u64));
    for place in from..to {
        let within = place - private.start;
        let byte = match within {
            4..=7 => b"free".get((within - 4) as usize).copied().unwrap_or_default(),
            // Its length stays.
            within if within < private.head => continue,
            _ => 0,
        };
        if let Some(slot) = piece.get_mut((place - at) as usize) {
            *slot = byte;
        }
    }
}

#[cfg(test)]
#[path = "video_tests.rs"]
mod tests;
