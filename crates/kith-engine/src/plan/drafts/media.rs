//! Pictures of a post that is being written: written anew as they come in, and named by their id from then on.
//!
//! What a browser sends is a file of a stranger until [`media`](super::super::media) has written it anew; only that is
//! kept. A row of a plan names a kept picture as `kept:ID`, which means nothing outside the workspace.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kith_domain::ids::{MediaId, WorkspaceId};
use kith_domain::mandate::Deed;
use kith_domain::plan::{Parsed, Problem as PlanProblem};
use kith_domain::publish::MediaItem;
use kith_store::{ChannelState, MediaRow};

use super::super::media::{self, Target};
use super::super::pages::ComposedPicture;
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store, internal};
use crate::views::PictureView;

/// Largest file that a browser may send, in bytes: a picture of 16 MiB and the form around it.
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

    /// Keeps the picture at `path`, which was called `name`; or says why not, and the way out. `path` may go afterwards.
    pub async fn keep_upload(&self, visitor: &Visitor, path: &Path, name: &str) -> Result<Uploaded, Problem> {
        visitor.role().may(Deed::Plan).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let store = self.store().in_workspace(visitor.workspace);
        let channels = store.channels().await.map_err(from_store)?;
        let living: Vec<_> = channels.into_iter().filter(|channel| channel.state != ChannelState::Removed).collect();
        let names: Vec<String> = living.iter().map(|channel| channel.name.clone()).collect();
        // One file goes wherever it may go later, so the strictest network decides.
        let target: Target = media::target(&names, &living);
        let (now, at) = (self.now(), path.to_owned());
        let id = self.chance().id(now, MediaId::new);
        let read = tokio::task::spawn_blocking(move || media::read(None, &at.to_string_lossy(), "", 0, id, target));
        let picture = match read.await.map_err(|error| internal(&error.to_string()))? {
            Ok(picture) => picture,
            Err(problem) => return Ok(Err(said(&problem))),
        };
        if !picture.item.mime.starts_with("image/") {
            return Ok(Err("this is a film; the desk takes pictures, films go with kith post add or a plan file".into()));
        }
        let row = self.keep_picture(&picture).await?;
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

    /// The pictures of a post as a page shows them; one that is gone is left out.
    pub(in crate::plan) async fn picture_views(
        &self,
        visitor: &Visitor,
        pictures: &[ComposedPicture],
    ) -> Result<Vec<PictureView>, Problem> {
        let mut views = Vec::with_capacity(pictures.len());
        for picture in pictures {
            let Ok(id) = picture.id.parse::<MediaId>() else { continue };
            let Some(row) = self.store().in_workspace(visitor.workspace).media(id).await.map_err(from_store)? else { continue };
            views.push(PictureView {
                id: picture.id.clone(),
                name: picture.name.clone(),
                size: format!("{}, {} × {}", size(row.bytes), row.width, row.height),
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
    fn sizes_are_said_as_people_say_them() {
        assert_eq!([size(1), size(340_000), size(1_249_999)], ["1 KB", "340 KB", "1.2 MB"]);
    }
}
