//! Pictures of a plan: found beside the file, judged by their bytes, kept by their hash.
//!
//! The name and the declared type of a file say nothing (S5): the first bytes decide, and what is neither picture nor
//! film is refused. A [`picture`] is written anew before it is kept, a [`video`] copied without what is private. Stored
//! files are named by their hash, so that no name from outside reaches the disk (S6).

mod animation;
mod picture;
mod video;

use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};

use kith_domain::ids::MediaId;
use kith_domain::plan::Problem as PlanProblem;
use kith_domain::plan::problem::Reason;
use kith_domain::publish::MediaItem;
use kith_networks::MediaFile;
use kith_networks::http::Source;
use kith_store::{ChannelRow, NewMedia};
use sha2::{Digest as _, Sha256};

pub(crate) use self::picture::Target;
use self::picture::{PICTURE_BYTES_MAX, Picture, PictureFault};
pub(crate) use self::video::{VIDEO_BYTES_MAX, Video};
use super::capabilities;
use crate::kith::Kith;
use crate::problem::{Problem, internal};

/// Bytes that tell the kind of a file (2026-11); an MP4 says so in its first twelve.
const HEAD_BYTES: u64 = 12;

/// A picture or video that was read and judged, not stored yet.
#[derive(Debug, Clone)]
pub(crate) struct ReadPicture {
    pub(crate) item: MediaItem,
    kept: Kept,
}

/// What will be stored.
#[derive(Debug, Clone)]
enum Kept {
    /// A picture as it was written anew.
    Picture(Vec<u8>),
    /// A film, which stays on disk: where it is, and what its container says.
    Film(PathBuf, Video),
}

/// What the strictest of these channels takes of a picture: one file goes to all of them.
pub(crate) fn target(names: &[String], channels: &[ChannelRow]) -> Target {
    let chosen = channels.iter().filter(|channel| names.contains(&channel.name));
    chosen.filter_map(|channel| capabilities(channel).ok()).map(|on| on.limits).fold(Target::KEPT, |target, limits| Target {
        bytes_max: if limits.image_bytes_max > 0 { target.bytes_max.min(limits.image_bytes_max) } else { target.bytes_max },
        side_max: limits.image_side_max.map_or(target.side_max, |side| target.side_max.min(side)),
        pixels_max: limits.image_pixels_max.map_or(target.pixels_max, |pixels| target.pixels_max.min(pixels)),
        video_bytes_max: limits.video_bytes_max.map_or(target.video_bytes_max, |bytes| target.video_bytes_max.min(bytes)),
        video_seconds_max: match (target.video_seconds_max, limits.video_seconds_max) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        },
    })
}

/// Reads the picture or video `name` beside the plan. `line` is where the plan names it; pictures come out as `target`
/// takes them. Blocks for as long as decoding takes.
pub(crate) fn read(
    folder: Option<&Path>,
    name: &str,
    alt: &str,
    line: u32,
    id: MediaId,
    target: Target,
) -> Result<ReadPicture, PlanProblem> {
    let refuse =
        |detail: String, way_out: &str| PlanProblem::refuse(line, "media", Reason::OnNetwork { network: name.to_owned(), detail }, way_out);
    let missing = || PlanProblem::missing_picture(line, name);
    let path = folder.map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
    let mut file = std::fs::File::open(&path).map_err(|_| missing())?;
    let size = match file.metadata() {
        Ok(meta) if meta.is_file() => meta.len(),
        _ => return Err(missing()),
    };
    let mut head = Vec::new();
    (&mut file).take(HEAD_BYTES).read_to_end(&mut head).map_err(|_| missing())?;
    if picture::named(&head) == picture::A_VIDEO {
        let film = Video::read(&mut file).map_err(|fault| refuse(fault.to_string(), fault.way_out()))?;
        film.fits(target.video_bytes_max, target.video_seconds_max).map_err(|fault| refuse(fault.to_string(), fault.way_out()))?;
        let mut hashed = Hashed(Sha256::new());
        film.copy(&mut file, &mut hashed).map_err(|_| missing())?;
        let (sha256, bytes) = (kith_domain::hex::lower(&hashed.0.finalize()), film.bytes);
        let item = MediaItem { id, sha256, mime: film.mime.to_owned(), bytes, width: film.width, height: film.height, alt: alt.to_owned() };
        return Ok(ReadPicture { item, kept: Kept::Film(path, film) });
    }
    if size > PICTURE_BYTES_MAX {
        return Err(refuse(PictureFault::TooLarge.to_string(), PictureFault::TooLarge.way_out()));
    }
    let mut bytes = head;
    file.take(PICTURE_BYTES_MAX).read_to_end(&mut bytes).map_err(|_| missing())?;
    let picture = picture::process(&bytes, target).map_err(|fault| refuse(fault.to_string(), fault.way_out()))?;
    Ok(ReadPicture::of(picture, id, alt))
}

/// A picture from the web for a card, written anew within these limits; `None` for what is no picture.
pub(crate) fn of_bytes(bytes: &[u8], id: MediaId, bytes_max: u64, side_max: u32) -> Option<ReadPicture> {
    let picture = picture::process(bytes, Target { bytes_max, side_max, ..Target::KEPT }).ok()?;
    Some(ReadPicture::of(picture, id, ""))
}

/// What a kept film's container says; `None` if it is not there or no film. Reads some hundred bytes, and blocks.
pub(crate) fn film(path: &Path) -> Option<Video> {
    Video::read(&mut std::fs::File::open(path).ok()?).ok()
}

impl ReadPicture {
    /// What its container says, if it is a film.
    pub(crate) fn film(&self) -> Option<&Video> {
        match &self.kept {
            Kept::Film(_, film) => Some(film),
            Kept::Picture(_) => None,
        }
    }

    fn of(picture: Picture, id: MediaId, alt: &str) -> Self {
        let item = MediaItem {
            id,
            sha256: hex(&picture.bytes),
            mime: picture.mime.to_owned(),
            bytes: picture.bytes.len() as u64,
            width: picture.width,
            height: picture.height,
            alt: alt.to_owned(),
        };
        Self { item, kept: Kept::Picture(picture.bytes) }
    }

    /// Whether a network takes it as it is.
    pub(crate) fn fits(&self, target: &Target) -> bool {
        let item = &self.item;
        match &self.kept {
            Kept::Picture(_) => {
                item.bytes <= target.bytes_max
                    && item.width.max(item.height) <= target.side_max
                    && u64::from(item.width) * u64::from(item.height) <= target.pixels_max
            }
            Kept::Film(_, film) => film.fits(target.video_bytes_max, target.video_seconds_max).is_ok(),
        }
    }

    /// The same picture as another row of the store.
    pub(crate) fn with_id(self, id: MediaId) -> Self {
        Self { item: MediaItem { id, ..self.item }, ..self }
    }
}

/// SHA-256 and size of a file, read a piece at a time.
fn hash_of(path: &Path) -> std::io::Result<(String, u64)> {
    let mut hashed = Hashed(Sha256::new());
    let bytes = std::io::copy(&mut std::fs::File::open(path)?, &mut hashed)?;
    Ok((kith_domain::hex::lower(&hashed.0.finalize()), bytes))
}

/// Hashes what is written to it.
struct Hashed(Sha256);

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn write_kept(kept: &Kept, part: &Path) -> std::io::Result<()> {
    let mut out = std::fs::File::create(part)?;
    match kept {
        Kept::Picture(bytes) => out.write_all(bytes)?,
        Kept::Film(from, film) => film.copy(&mut std::fs::File::open(from)?, &mut out)?,
    }
    out.sync_all()
}

impl Kith {
    /// Puts the picture's bytes into the media folder, under their hash, safely on disk.
    pub(crate) async fn keep_picture(&self, picture: &ReadPicture) -> Result<NewMedia, Problem> {
        let (folder, file, kept) = (self.0.media_folder.clone(), picture.item.sha256.clone(), picture.kept.clone());
        let kept = tokio::task::spawn_blocking({
            let file = file.clone();
            move || -> std::io::Result<()> {
                std::fs::create_dir_all(&folder)?;
                let (path, part) = (folder.join(&file), folder.join(format!("{file}.part")));
                if path.exists() {
                    return Ok(());
                }
                let written = write_kept(&kept, &part).and_then(|()| std::fs::rename(&part, path));
                if written.is_err() {
                    // On a full disk half a film must not stay; that it can't be deleted is no worse than that.
                    let _ = std::fs::remove_file(part);
                }
                written
            }
        });
        match kept.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(Problem::NotNow(format!("the file can't be stored: {error}"))),
            Err(error) => return Err(internal(&error.to_string())),
        }
        let item = &picture.item;
        Ok(NewMedia {
            id: item.id,
            sha256: item.sha256.clone(),
            mime: item.mime.clone(),
            bytes: item.bytes,
            width: item.width,
            height: item.height,
            alt: item.alt.clone(),
            file,
        })
    }

    /// The bytes of a content's pictures; the missing one's alternative text if one is gone or altered.
    pub(crate) async fn load_pictures(&self, items: &[MediaItem]) -> Result<Vec<MediaFile>, String> {
        let mut files = Vec::with_capacity(items.len());
        for item in items {
            let gone = || format!("the picture {:?} is not in the media folder any more", item.alt);
            let path = self.0.media_folder.join(&item.sha256);
            let source = if item.is_film() {
                // It stays on disk: it is read once to see that it is whole, and again while it is sent.
                let (sha256, bytes) = tokio::task::spawn_blocking({
                    let path = path.clone();
                    move || hash_of(&path)
                })
                .await
                .map_err(|_| gone())?
                .map_err(|_| gone())?;
                if sha256 != item.sha256 {
                    return Err(gone());
                }
                Source::Disk { path, bytes }
            } else {
                let bytes = tokio::fs::read(path).await.map_err(|_| gone())?;
                if hex(&bytes) != item.sha256 {
                    return Err(gone());
                }
                bytes.into()
            };
            files.push(MediaFile { source, mime: item.mime.clone(), width: item.width, height: item.height, alt: item.alt.clone() });
        }
        Ok(files)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    kith_domain::hex::lower(&Sha256::digest(bytes))
}
