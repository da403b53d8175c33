//! Pictures and videos of a post that is being written: judged as they come in, and named by their id from then on.
//!
//! What a browser sends is a file of a stranger until [`media`](super::super::media) has written it anew; only that is
//! kept. A row of a plan names a kept picture as `kept:ID`, which means nothing outside the workspace.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kith_domain::ids::{MediaId, WorkspaceId};
use kith_domain::mandate::Deed;
use kith_domain::plan::{Parsed, Problem as PlanProblem};
use kith_domain::publish::MediaItem;
use kith_store::{ChannelRow, ChannelState, MediaRow};

use super::super::media::{self, ReadPicture, Target, VIDEO_BYTES_MAX, Video};
use super::super::pages::ComposedPicture;
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store, internal};
use crate::views::PictureView;

/// Largest picture that a browser may send, in bytes: 16 MiB and a little.
pub const UPLOAD_BYTES_MAX: u64 = 17 * 1024 * 1024;
/// How a row names a kept picture.
const KEPT: &str = "kept:";
/// Longest name of a file that is kept for people, in characters.
const NAME_CHARS_MAX: usize = 80;

/// What became of a file.
pub type Uploaded = Result<ComposedPicture, String>;

/// A kept file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// Its type, as decided from its bytes.
    pub mime: String,
    /// Where it is.
    pub path: PathBuf,
}

/// How a row of a plan names the kept picture with this id.
pub(in crate::plan) fn kept_name(id: &str) -> String {
    format!("{KEPT}{id}")
}

impl Kith {
    /// Where a file that comes in may lie until it is judged.
    pub fn incoming_folder(&self) -> PathBuf {
        self.0.media_folder.join("incoming")
    }

    /// Largest video in bytes that any of these channels takes; 0 if none takes videos, what Kith looks at if there is none.
    pub async fn video_bytes_max(&self, visitor: &Visitor) -> Result<u64, Problem> {
        let channels = self.store().in_workspace(visitor.workspace).channels().await.map_err(from_store)?;
        let living = channels.iter().filter(|channel| channel.state != ChannelState::Removed);
        Ok(living.map(|channel| on(channel).video_bytes_max).max().unwrap_or(VIDEO_BYTES_MAX))
    }

    /// Keeps the picture or video at `path`, which was called `name`; or says why not, and the way out. `path` may go
    /// afterwards. A picture is made as the strictest channel takes it; a video is kept if one channel takes it, and the
    /// others' versions say why they don't.
    pub async fn keep_upload(&self, visitor: &Visitor, path: &Path, name: &str) -> Result<Uploaded, Problem> {
        visitor.role().may(Deed::Plan).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let store = self.store().in_workspace(visitor.workspace);
        let channels = store.channels().await.map_err(from_store)?;
        let living: Vec<_> = channels.into_iter().filter(|channel| channel.state != ChannelState::Removed).collect();
        let names: Vec<String> = living.iter().map(|channel| channel.name.clone()).collect();
        // One file goes wherever it may go later, so the strictest network decides.
        let videos = living.iter().map(on).map(|on| (on.video_bytes_max, on.video_seconds_max.unwrap_or(u32::MAX)));
        let target = Target {
            video_bytes_max: videos.clone().map(|(bytes, _)| bytes).max().filter(|bytes| *bytes > 0).unwrap_or(VIDEO_BYTES_MAX),
            video_seconds_max: videos.map(|(_, seconds)| seconds).max(),
            ..media::target(&names, &living)
        };
        let (now, at) = (self.now(), path.to_owned());
        let id = self.chance().id(now, MediaId::new);
        let read = tokio::task::spawn_blocking(move || media::read(None, &at.to_string_lossy(), "", 0, id, target));
        let picture = match read.await.map_err(|error| internal(&error.to_string()))? {
            Ok(picture) => picture,
            Err(problem) => return Ok(Err(said(&problem))),
        };
        if let Some(why) = no_channel_takes(&picture, &living) {
            return Ok(Err(why));
        }
        let row = match self.keep_picture(&picture).await {
            Ok(row) => row,
            Err(Problem::NotNow(why)) => return Ok(Err(format!("{why}; make room on the disk, then add it again"))),
            Err(problem) => return Err(problem),
        };
        store.add_media(&row, now).await.map_err(from_store)?;
        let name: String =
            name.rsplit(['/', '\\']).next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
        Ok(Ok(ComposedPicture { id: id.to_string(), name, alt: String::new(), decorative: false }))
    }

    /// A kept file of this workspace, for its own people to look at.
    pub async fn kept_file(&self, visitor: &Visitor, id: &str) -> Result<Option<KeptFile>, Problem> {
        let Ok(id) = id.parse::<MediaId>() else { return Ok(None) };
        let row = self.store().in_workspace(visitor.workspace).media(id).await.map_err(from_store)?;
        Ok(row.map(|row| KeptFile { mime: row.mime, path: self.0.media_folder.join(row.file) }))
    }

    /// The kept pictures that rows name, by that name; what is not there is left out.
    pub(in crate::plan) async fn kept_pictures(
        &self,
        workspace: WorkspaceId,
        parsed: &Parsed,
    ) -> Result<BTreeMap<String, MediaItem>, Problem> {
        let mut kept = BTreeMap::new();
        for name in parsed.rows.iter().flat_map(|row| &row.media) {
            if let Some(id) = name.strip_prefix(KEPT).and_then(|id| id.parse::<MediaId>().ok())
                && let Some(row) = self.store().in_workspace(workspace).media(id).await.map_err(from_store)?
            {
                kept.insert(name.clone(), item(row));
            }
        }
        Ok(kept)
    }

    /// What the containers of the kept films among these say.
    pub(in crate::plan) async fn kept_films(&self, items: &[MediaItem]) -> Result<BTreeMap<MediaId, Video>, Problem> {
        let folder = &self.0.media_folder;
        let films: Vec<_> = items.iter().filter(|item| item.is_film()).map(|item| (item.id, folder.join(&item.sha256))).collect();
        if films.is_empty() {
            return Ok(BTreeMap::new());
        }
        let read = move || films.into_iter().filter_map(|(id, path)| Some((id, media::film(&path)?))).collect();
        tokio::task::spawn_blocking(read).await.map_err(|error| internal(&error.to_string()))
    }

    /// The pictures and videos of a post as a page shows them; one that is gone is left out.
    pub(in crate::plan) async fn picture_views(
        &self,
        visitor: &Visitor,
        pictures: &[ComposedPicture],
    ) -> Result<Vec<PictureView>, Problem> {
        let mut views = Vec::with_capacity(pictures.len());
        for picture in pictures {
            let Ok(id) = picture.id.parse::<MediaId>() else { continue };
            let Some(row) = self.store().in_workspace(visitor.workspace).media(id).await.map_err(from_store)? else { continue };
            let row = item(row);
            let length = self.kept_films(std::slice::from_ref(&row)).await?.get(&id).map(|film| length(film.duration_ms));
            let said = length.iter().cloned().chain([size(row.bytes), format!("{} × {}", row.width, row.height)]);
            views.push(PictureView {
                id: picture.id.clone(),
                name: picture.name.clone(),
                size: said.collect::<Vec<_>>().join(", "),
                length,
                mime: row.mime,
                alt: picture.alt.clone(),
                decorative: picture.decorative,
            });
        }
        Ok(views)
    }
}

fn item(row: MediaRow) -> MediaItem {
    MediaItem { id: row.id, sha256: row.sha256, mime: row.mime, bytes: row.bytes, width: row.width, height: row.height, alt: row.alt }
}

/// A size for people: `340 KB`, `1.2 MB`.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// What a channel takes.
pub(in crate::plan) fn on(channel: &ChannelRow) -> Target {
    media::target(std::slice::from_ref(&channel.name), std::slice::from_ref(channel))
}

/// Why no channel takes a film, and the way out; `None` if one does, or if there is none yet.
fn no_channel_takes(picture: &ReadPicture, channels: &[ChannelRow]) -> Option<String> {
    let film = picture.film()?;
    // The way out is the shortest on the channel that takes most.
    let most = channels.iter().map(on).max_by_key(|on| (on.video_bytes_max, on.video_seconds_max.unwrap_or(u32::MAX)))?;
    if most.video_bytes_max == 0 {
        return Some("none of your channels takes videos; link to it instead".into());
    }
    let fault = film.fits(most.video_bytes_max, most.video_seconds_max).err()?;
    let others = channels.iter().map(on).all(|on| film.fits(on.video_bytes_max, on.video_seconds_max).is_err());
    others.then(|| format!("{fault}; {}", fault.way_out()))
}

/// A length for people: `0:12`, `1:03:20`.
fn length(milliseconds: u64) -> String {
    let seconds = milliseconds.div_ceil(1_000);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours == 0 { format!("{minutes}:{seconds:02}") } else { format!("{hours}:{minutes:02}:{seconds:02}") }
}

/// Why a file is not taken, without the place at which it lay.
fn said(problem: &PlanProblem) -> String {
    use kith_domain::plan::problem::Reason;
    match &problem.reason {
        Reason::OnNetwork { detail, .. } => format!("{detail}; {}", problem.way_out),
        _ => "the file did not arrive whole; choose it again".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_said_as_players_show_them() {
        assert_eq!([length(1), length(12_500), length(600_000), length(3_800_000)], ["0:01", "0:13", "10:00", "1:03:20"]);
    }

    #[test]
    fn sizes_are_said_as_people_say_them() {
        assert_eq!([size(1), size(340_000), size(1_249_999)], ["1 KB", "340 KB", "1.2 MB"]);
    }
}
