//! Pictures of a plan: found beside the file, judged by their bytes, kept by their hash.
//!
//! The name and the declared type of a file say nothing (S5): the first bytes decide, and what is no picture that the
//! networks take is refused. Stored files are named by their hash, so that no name from outside reaches the disk (S6).

use std::path::{Path, PathBuf};

use kith_domain::ids::MediaId;
use kith_domain::plan::Problem as PlanProblem;
use kith_domain::plan::problem::Reason;
use kith_domain::publish::MediaItem;
use kith_networks::MediaFile;
use kith_store::NewMedia;
use sha2::{Digest as _, Sha256};

use crate::kith::Kith;
use crate::problem::{Problem, internal};

/// Largest picture that is read, in bytes (Mastodon takes 16 MiB, 2026-11).
const PICTURE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Most pixels, so that no later step decodes a bomb (reliability.md S7).
const PICTURE_PIXELS_MAX: u64 = 50_000_000;

/// A picture that was read and judged, not stored yet.
#[derive(Debug, Clone)]
pub(crate) struct ReadPicture {
    pub(crate) item: MediaItem,
    bytes: Vec<u8>,
}

/// Reads the picture `name` beside the plan. `line` is where the plan names it.
pub(crate) fn read(folder: Option<&Path>, name: &str, alt: &str, line: u32, id: MediaId) -> Result<ReadPicture, PlanProblem> {
    let refuse = |reason: Reason, way_out: &str| PlanProblem::refuse(line, "media", reason, way_out);
    let not_a_picture = |detail: &str| Reason::OnNetwork { network: name.to_owned(), detail: detail.to_owned() };
    let path = folder.map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
    let size = match std::fs::metadata(&path) {
        Ok(meta) if meta.is_file() => meta.len(),
        _ => return Err(PlanProblem::missing_picture(line, name)),
    };
    if size > PICTURE_BYTES_MAX {
        return Err(refuse(not_a_picture("the file is larger than 16 MiB"), "make the picture smaller"));
    }
    let bytes = std::fs::read(&path).map_err(|_| PlanProblem::missing_picture(line, name))?;
    let kind = imagesize::image_type(&bytes).ok().and_then(|kind| match kind {
        imagesize::ImageType::Jpeg => Some("image/jpeg"),
        imagesize::ImageType::Png => Some("image/png"),
        imagesize::ImageType::Gif => Some("image/gif"),
        imagesize::ImageType::Webp => Some("image/webp"),
        _ => None,
    });
    let (Some(mime), Ok(area)) = (kind, imagesize::blob_size(&bytes)) else {
        return Err(refuse(not_a_picture("this is not a JPEG, PNG, GIF or WebP picture"), "save it as JPEG or PNG"));
    };
    if area.width as u64 * area.height as u64 > PICTURE_PIXELS_MAX {
        return Err(refuse(not_a_picture("the picture has more than 50 million pixels"), "make the picture smaller"));
    }
    let item = MediaItem {
        id,
        sha256: hex(&bytes),
        mime: mime.to_owned(),
        bytes: size,
        width: area.width as u32,
        height: area.height as u32,
        alt: alt.to_owned(),
    };
    Ok(ReadPicture { item, bytes })
}

impl Kith {
    /// Puts the picture's bytes into the media folder, under their hash, safely on disk.
    pub(crate) async fn keep_picture(&self, picture: &ReadPicture) -> Result<NewMedia, Problem> {
        let (folder, file, bytes) = (self.0.media_folder.clone(), picture.item.sha256.clone(), picture.bytes.clone());
        let kept = tokio::task::spawn_blocking({
            let file = file.clone();
            move || -> std::io::Result<()> {
                use std::io::Write as _;
                std::fs::create_dir_all(&folder)?;
                let (path, part) = (folder.join(&file), folder.join(format!("{file}.part")));
                if path.exists() {
                    return Ok(());
                }
                let mut out = std::fs::File::create(&part)?;
                out.write_all(&bytes)?;
                out.sync_all()?;
                std::fs::rename(part, path)
            }
        });
        match kept.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(Problem::NotNow(format!("the picture can't be stored: {error}"))),
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
            let bytes = tokio::fs::read(self.0.media_folder.join(&item.sha256)).await.map_err(|_| gone())?;
            if hex(&bytes) != item.sha256 {
                return Err(gone());
            }
            files.push(MediaFile {
                bytes: bytes.into(),
                mime: item.mime.clone(),
                width: item.width,
                height: item.height,
                alt: item.alt.clone(),
            });
        }
        Ok(files)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
