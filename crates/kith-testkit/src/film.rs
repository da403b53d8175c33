//! A made-up film: the boxes of an MP4 around so many bytes of nothing, written without holding it in memory.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// Writes an MP4 of about `bytes` bytes that says it is `seconds` long and 640 × 360. Its middle takes no room on disk
/// where the file system can leave holes.
pub fn write(path: &Path, bytes: u32, seconds: u32) -> io::Result<()> {
    let mut mvhd = vec![0_u8; 100];
    mvhd.splice(12..20, [1_000_u32.to_be_bytes(), (seconds * 1_000).to_be_bytes()].concat());
    let mut tkhd = vec![0_u8; 84];
    tkhd.splice(76..84, [(640_u32 << 16).to_be_bytes(), (360_u32 << 16).to_be_bytes()].concat());
    let moov = part(*b"moov", &[part(*b"mvhd", &mvhd), part(*b"trak", &part(*b"tkhd", &tkhd))].concat());
    let mut file = File::create(path)?;
    file.write_all(&part(*b"ftyp", b"isom\0\0\x02\0isommp42"))?;
    file.write_all(&(bytes + 8).to_be_bytes())?;
    file.write_all(b"mdat")?;
    file.seek(SeekFrom::Current(i64::from(bytes)))?;
    file.write_all(&moov)?;
    file.sync_all()
}

fn part(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    [(u32::try_from(body.len()).unwrap_or_default() + 8).to_be_bytes().as_slice(), &kind, body].concat()
}
