//! Room on the disk: a ballast file that is given away when the disk is full, and a floor below which nothing is claimed.
//!
//! A full disk takes away deleting too, because a delete is a write (reliability.md, finding 10). So eight MiB are put by
//! at the start; when nothing is left they are freed, and people can read, delete and call off. Below the floor nothing
//! is claimed: an intent that can't be stored must not even be begun.

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// The ballast's size in bytes, and the share of a small disk that it takes at most.
const BALLAST_BYTES: u64 = 8 * MIB;
const BALLAST_SHARE: u64 = 16;
/// Free bytes below which nothing is claimed, and the share of a small disk that this is at most (reliability.md A4).
const FLOOR_BYTES: u64 = 64 * MIB;
const FLOOR_SHARE: u64 = 20;
/// The ballast is given away below this part of the floor.
const SPENT_PART: u64 = 4;
const MIB: u64 = 1_024 * 1_024;
/// The ballast's name in the data folder.
const NAME: &str = "ballast";

/// The disk of the data folder.
#[derive(Debug)]
pub(super) struct Room {
    folder: PathBuf,
    is_low: bool,
}

/// What is free and what there is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Space {
    free: u64,
    total: u64,
}

/// What to do with the ballast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ballast {
    Leave,
    Make,
    GiveAway,
}

impl Room {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), is_low: false }
    }

    /// Looks at the disk, frees or makes the ballast, and says what is wrong, if anything is.
    pub(super) fn look(&mut self) -> Option<String> {
        let space = match space(&self.folder) {
            Ok(space) => space,
            Err(error) => {
                // A folder that can't be asked says so on every write; nothing is concluded from it here.
                tracing::debug!(%error, "free space can't be read");
                return None;
            }
        };
        let path = self.folder.join(NAME);
        let there = fs::metadata(&path).map_or(0, |meta| meta.len());
        let (is_low, ballast) = judge(space, there, self.is_low);
        let done = match ballast {
            Ballast::Leave => Ok(()),
            Ballast::GiveAway => {
                tracing::warn!(bytes = there, "the disk is full; the ballast is given away so that people can delete");
                fs::remove_file(&path)
            }
            Ballast::Make => make(&path, ballast_bytes(space)),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "the ballast file could not be changed");
        }
        if self.is_low && !is_low {
            tracing::info!(free = space.free, "there is room on the disk again; posts go out");
        }
        self.is_low = is_low;
        is_low.then(|| {
            format!(
                "The disk of the data folder has {} left, and Kith needs {}. Nothing goes out until there is room.",
                size(space.free),
                size(floor(space) * 5 / 4)
            )
        })
    }
}

/// Whether nothing may be claimed, and what becomes of the ballast, of which `there` bytes exist. What was low needs a
/// quarter more than the floor, beside a whole ballast, so that it does not flicker.
fn judge(space: Space, there: u64, was_low: bool) -> (bool, Ballast) {
    let (floor, wanted) = (floor(space), ballast_bytes(space));
    if there > 0 && space.free < floor / SPENT_PART {
        return (true, Ballast::GiveAway);
    }
    let missing = wanted.saturating_sub(there);
    let enough = if was_low { floor + floor / 4 } else { floor };
    if missing == 0 {
        return (space.free < enough, Ballast::Leave);
    }
    // Made only where the floor stays free beside it.
    if space.free >= floor + floor / 4 + missing { (false, Ballast::Make) } else { (was_low || space.free < floor, Ballast::Leave) }
}

fn floor(space: Space) -> u64 {
    FLOOR_BYTES.min(space.total / FLOOR_SHARE)
}

fn ballast_bytes(space: Space) -> u64 {
    BALLAST_BYTES.min(space.total / BALLAST_SHARE)
}

fn space(folder: &Path) -> std::io::Result<Space> {
    let stat = rustix::fs::statvfs(folder)?;
    Ok(Space { free: stat.f_bavail.saturating_mul(stat.f_frsize), total: stat.f_blocks.saturating_mul(stat.f_frsize) })
}

/// Bytes that no file system makes smaller, because room that exists only on paper frees nothing.
fn make(path: &Path, bytes: u64) -> std::io::Result<()> {
    let written = (|| {
        let mut file = BufWriter::new(fs::File::create(path)?);
        let mut word = 0x9E37_79B9_7F4A_7C15_u64;
        for _ in 0..bytes / 8 {
            word ^= word << 13;
            word ^= word >> 7;
            word ^= word << 17;
            file.write_all(&word.to_le_bytes())?;
        }
        file.flush()
    })();
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

fn size(bytes: u64) -> String {
    if bytes >= MIB { format!("{} MiB", bytes / MIB) } else { format!("{} KiB", bytes / 1_024) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BIG: u64 = 100 * 1_024 * MIB;

    fn big(free: u64) -> Space {
        Space { free, total: BIG }
    }

    #[test]
    fn claiming_stops_below_64_mib_or_5_percent_whichever_is_less() {
        assert_eq!(judge(big(64 * MIB), BALLAST_BYTES, false), (false, Ballast::Leave));
        assert_eq!(judge(big(64 * MIB - 1), BALLAST_BYTES, false), (true, Ballast::Leave));
        let small = |free| Space { free, total: 100 * MIB };
        assert_eq!(judge(small(5 * MIB), 100 * MIB / 16, false), (false, Ballast::Leave));
        assert_eq!(judge(small(5 * MIB - 1), 100 * MIB / 16, false), (true, Ballast::Leave));
    }

    #[test]
    fn the_ballast_goes_when_little_is_left_and_comes_back_before_claiming_does() {
        assert_eq!(judge(big(0), BALLAST_BYTES, false), (true, Ballast::GiveAway));
        assert_eq!(judge(big(8 * MIB), 0, true), (true, Ballast::Leave), "what it freed is for people, not for posts");
        assert_eq!(judge(big(87 * MIB), 0, true), (true, Ballast::Leave));
        assert_eq!(judge(big(88 * MIB), 0, true), (false, Ballast::Make));
        assert_eq!(judge(big(79 * MIB), BALLAST_BYTES, true), (true, Ballast::Leave), "a quarter more, so that it does not flicker");
    }

    #[test]
    fn a_first_start_with_little_room_goes_on_without_a_ballast() {
        assert_eq!(judge(big(70 * MIB), 0, false), (false, Ballast::Leave));
        assert_eq!(judge(big(60 * MIB), 0, false), (true, Ballast::Leave));
    }

    #[test]
    fn the_ballast_takes_its_room_for_real() {
        use std::os::unix::fs::MetadataExt as _;
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Room::new(folder.path()).look(), None);
        let meta = fs::metadata(folder.path().join(NAME)).unwrap();
        assert!(meta.len() > 0 && meta.blocks() * 512 >= meta.len(), "{} bytes in {} blocks", meta.len(), meta.blocks());
    }
}
