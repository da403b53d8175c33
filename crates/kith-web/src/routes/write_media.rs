//! `/write/media`: pictures for a post come in with the form around them, and are shown to the people of the workspace.
//!
//! A file is written to a folder of its own while it arrives, never into memory, judged and written anew by the engine,
//! and what came in is deleted whatever becomes of it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, Multipart, Path as Named, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use kith_engine::{Kith, Problem, UPLOAD_BYTES_MAX};
use tokio::io::AsyncWriteExt as _;

use super::Failure;
use super::typed::Typed;
use super::write::{Asked, answer, desk};
use crate::session::SignedIn;

/// Most files of one press, and the largest body they make, in bytes: four pictures of 16 MiB and the form.
const FILES_MAX: usize = 8;
pub(crate) const UPLOADS_BYTES_MAX: usize = 72 * 1024 * 1024;
/// Longest text field of the form around them, and most fields, as for forms without files.
const FIELD_BYTES_MAX: usize = 256 * 1024;
const FIELDS_MAX: usize = 400;
/// How long a browser may keep a picture that never changes, for this person alone.
const KEEP: &str = "private, max-age=86400, immutable";

/// Names files that are arriving at the same time apart.
static ARRIVING: AtomicU64 = AtomicU64::new(0);

/// What is small.
pub(super) fn routes() -> Router<Kith> {
    Router::new().route("/write/media/{id}", get(show))
}

/// What takes large bodies; it is wrapped with a limit of its own.
pub(super) fn large() -> Router<Kith> {
    Router::new().route("/write/media", post(bring).layer(DefaultBodyLimit::disable()))
}

async fn bring(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Query(asked): Query<Asked>,
    mut form: Multipart,
) -> Result<Response, Failure> {
    let (mut fields, mut files, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned).filter(|_| name == "file") {
            Some(file) if file.is_empty() => {}
            Some(file) if files.len() >= FILES_MAX => {
                refused.push(format!("{file}: that are more than {FILES_MAX} files at once; add it by itself"));
            }
            Some(file) => {
                let arrived = Arrived::at(&kith.incoming_folder()).await?;
                if arrived.take(field).await? {
                    files.push((arrived, file));
                } else {
                    refused.push(format!("{file}: the file is larger than 16 MiB; save it smaller"));
                }
            }
            None => {
                let text = field.text().await.map_err(|error| broken(&error))?;
                if fields.len() >= FIELDS_MAX || text.len() > FIELD_BYTES_MAX {
                    return Err(Problem::Invalid { field: "form".into(), why: "that is more text than this page takes".into() }.into());
                }
                fields.push((name, text));
            }
        }
    }
    let mut desk = desk(&Typed::of(fields)?);
    for (arrived, name) in files {
        match kith.keep_upload(&visitor, &arrived.0, &name).await? {
            Ok(picture) => desk.post.pictures.push(picture),
            Err(why) => refused.push(format!("{name}: {why}")),
        }
    }
    let status = if refused.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    desk.refused = refused;
    let look = kith.look(&visitor, &desk.post).await?;
    answer(&kith, &visitor, status, &desk, &look, asked.live.is_some()).await
}

fn broken(error: &axum::extract::multipart::MultipartError) -> Failure {
    let why = if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        "that are too many bytes at once; add the pictures one by one"
    } else {
        "the pictures did not arrive whole; choose them again"
    };
    Problem::Invalid { field: "file".into(), why: why.into() }.into()
}

/// A file that is arriving; it is deleted when it is dropped.
struct Arrived(PathBuf);

impl Arrived {
    async fn at(folder: &Path) -> Result<Self, Failure> {
        tokio::fs::create_dir_all(folder).await.map_err(|error| no_room(&error))?;
        let number = ARRIVING.fetch_add(1, Ordering::Relaxed);
        Ok(Self(folder.join(format!("{}-{number}", std::process::id()))))
    }

    /// Writes it down; `false` if it is larger than a picture may be.
    async fn take(&self, mut field: Field<'_>) -> Result<bool, Failure> {
        let mut out = tokio::fs::File::create(&self.0).await.map_err(|error| no_room(&error))?;
        let mut bytes = 0_u64;
        while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
            bytes += chunk.len() as u64;
            if bytes <= UPLOAD_BYTES_MAX {
                out.write_all(&chunk).await.map_err(|error| no_room(&error))?;
            }
        }
        out.flush().await.map_err(|error| no_room(&error))?;
        Ok(bytes <= UPLOAD_BYTES_MAX)
    }
}

impl Drop for Arrived {
    fn drop(&mut self) {
        // What can't be deleted lies in a folder that nothing reads from.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn no_room(error: &std::io::Error) -> Failure {
    Problem::NotNow(format!("the file can't be kept: {error}")).into()
}

/// A picture as it was kept.
async fn show(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Named(id): Named<String>) -> Result<Response, Failure> {
    let gone = || Failure::from(Problem::NotThere("This picture is not here any more.".into()));
    let file = kith.kept_file(&visitor, &id).await?.ok_or_else(gone)?;
    let bytes = tokio::fs::read(&file.path).await.map_err(|_| gone())?;
    Ok(([(header::CONTENT_TYPE, file.mime), (header::CACHE_CONTROL, KEEP.to_owned())], bytes).into_response())
}
