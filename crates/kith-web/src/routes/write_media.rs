//! `/write/media`: pictures and videos for a post come in with the form around them; pictures are shown to the people of
//! the workspace, a video is a sign with its name and length.
//!
//! A file is written to a folder of its own while it [arrives](super::arriving), never into memory, judged by the engine,
//! and what came in is deleted whatever becomes of it. A file that is not taken is said beside the form, which stays.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path as Named, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use kith_engine::{Kith, Problem};

use super::Failure;
use super::arriving::{Arrived, Came, Paced, broken};
use super::typed::Typed;
use super::write::{Asked, answer, desk};
use crate::session::SignedIn;

/// Most files of one press.
const FILES_MAX: usize = 8;
/// Largest body in bytes: more than any network takes is read past, so that the words around it stay; beyond this is not.
pub(crate) const UPLOADS_BYTES_MAX: usize = 2 * 1024 * 1024 * 1024;
/// Longest time for all of it, in seconds: 300 MB at half a megabit a second. Silence ends it sooner.
pub(crate) const UPLOADS_S_MAX: u64 = 90 * 60;
/// Longest text field of the form around them, and most fields, as for forms without files.
const FIELD_BYTES_MAX: usize = 256 * 1024;
const FIELDS_MAX: usize = 400;
/// Stands behind the files in every form, unless a script sends the files last: what was typed has arrived with it.
const LAST_FIELD: &str = "offered";
/// How long a browser may keep a picture that never changes, for this person alone.
const KEEP: &str = "private, max-age=86400, immutable";

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
    Paced(mut form): Paced,
) -> Result<Response, Failure> {
    kith.planner(&visitor)?;
    let video_bytes_max = kith.video_bytes_max(&visitor).await?;
    let (mut fields, mut files, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(_) if has_all(&fields) => break,
            Err(error) => return Err(broken(&error)),
        };
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned).filter(|_| name == "file") {
            Some(file) if file.is_empty() => {}
            Some(file) if files.len() >= FILES_MAX => {
                refused.push(format!("{file}: that are more than {FILES_MAX} files at once; add it by itself"));
            }
            Some(file) => {
                let arrived = Arrived::at(&kith.incoming_folder()).await?;
                match arrived.take(field, video_bytes_max).await {
                    Came::Whole => files.push((arrived, file)),
                    Came::Not(why) => refused.push(format!("{file}: {why}")),
                    Came::BrokenOff => {
                        refused.push(format!("{file}: it did not arrive whole; choose it again"));
                        if !has_all(&fields) {
                            return Err(Problem::Invalid {
                                field: "file".into(),
                                why: format!("{file} did not arrive whole; go back, where your words still are, and choose it again"),
                            }
                            .into());
                        }
                        break;
                    }
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
        match kith.keep_upload(&visitor, arrived.path(), &name).await? {
            Ok(picture) => desk.post.pictures.push(picture),
            Err(why) => refused.push(format!("{name}: {why}")),
        }
    }
    let status = if refused.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    desk.refused = refused;
    let look = kith.look(&visitor, &desk.post).await?;
    answer(&kith, &visitor, status, &desk, &look, asked.live.is_some()).await
}

/// Whether everything that was typed has arrived.
fn has_all(fields: &[(String, String)]) -> bool {
    fields.iter().any(|(name, _)| name == LAST_FIELD)
}

/// A picture as it was kept. A video is not played here: it would be read into memory, and its name and length tell which
/// it is.
async fn show(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Named(id): Named<String>) -> Result<Response, Failure> {
    let gone = || Failure::from(Problem::NotThere("This picture is not here any more.".into()));
    let file = kith.kept_file(&visitor, &id).await?.filter(|file| file.mime.starts_with("image/")).ok_or_else(gone)?;
    let bytes = tokio::fs::read(&file.path).await.map_err(|_| gone())?;
    Ok(([(header::CONTENT_TYPE, file.mime), (header::CACHE_CONTROL, KEEP.to_owned())], bytes).into_response())
}
