//! A file while it arrives: written to a folder of its own a piece at a time, whatever its size, and deleted at the end.
//!
//! Its first bytes say whether it may be as large as a video or only as a picture. What is too large, finds no room or
//! breaks off gives its room back at once, and its rest is read past, so that the words around it are not lost.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{FromRequest, Multipart, Request};
use futures_util::stream::{Stream, StreamExt as _};
use kith_engine::{Problem, UPLOAD_BYTES_MAX};
use tokio::io::AsyncWriteExt as _;

use super::Failure;

/// How long a browser may send nothing before the file counts as broken off, in seconds.
const SILENT_S_MAX: u64 = 60;
/// Bytes that tell a video from a picture.
const HEAD_BYTES: usize = 8;
/// Files that are left from a program that ended meanwhile are deleted after so many seconds, this many at a time.
const LEFT_S_MAX: u64 = 24 * 60 * 60;
const LEFT_MAX: usize = 1_000;

/// Names files that are arriving at the same time apart.
static ARRIVING: AtomicU64 = AtomicU64::new(0);

/// A form with files whose body is taken one piece at a time. The reader of forms takes into memory all that is ready,
/// which can be all of a video; here nothing is ready behind a piece until that piece was looked at.
pub(super) struct Paced(pub(super) Multipart);

impl<S: Send + Sync> FromRequest<S> for Paced {
    type Rejection = MultipartRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let one_by_one = |body: Body| Body::from_stream(OneByOne { body: body.into_data_stream(), has_given: false });
        Ok(Self(Multipart::from_request(request.map(one_by_one), state).await?))
    }
}

/// Pieces of a body, with a pause behind each.
struct OneByOne {
    body: BodyDataStream,
    has_given: bool,
}

impl Stream for OneByOne {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.has_given) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let next = self.body.poll_next_unpin(context);
        self.has_given = matches!(next, Poll::Ready(Some(_)));
        next
    }
}

/// A file that is arriving; it is deleted when it is dropped.
pub(super) struct Arrived(PathBuf);

/// What became of it on its way.
pub(super) enum Came {
    /// All of it is there.
    Whole,
    /// It is not kept; why, and the way out.
    Not(String),
    /// The browser stopped sending: nothing comes after it.
    BrokenOff,
}

impl Arrived {
    /// A place in `folder` for a file.
    pub(super) async fn at(folder: &Path) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::from(Problem::NotNow(no_room(&error)));
        tokio::fs::create_dir_all(folder).await.map_err(failed)?;
        let number = ARRIVING.fetch_add(1, Ordering::Relaxed);
        Ok(Self(folder.join(format!("{}-{number}", std::process::id()))))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes it down.
    pub(super) async fn take(&self, mut field: Field<'_>, video_bytes_max: u64) -> Came {
        let mut out = match tokio::fs::File::create(&self.0).await {
            Ok(out) => Ok(out),
            Err(error) => Err(no_room(&error)),
        };
        if let Ok(out) = &out {
            sweep(&self.0, out).await;
        }
        let (mut bytes, mut head) = (0_u64, Vec::with_capacity(HEAD_BYTES));
        loop {
            let chunk = match tokio::time::timeout(Duration::from_secs(SILENT_S_MAX), field.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => break,
                Ok(Err(_)) | Err(_) => return Came::BrokenOff,
            };
            bytes += chunk.len() as u64;
            head.extend(chunk.iter().take(HEAD_BYTES - head.len()));
            let bytes_max = if is_film(&head) { video_bytes_max.max(UPLOAD_BYTES_MAX) } else { UPLOAD_BYTES_MAX };
            if let Ok(file) = &mut out {
                let written = if bytes > bytes_max {
                    Err(too_large(&head, video_bytes_max))
                } else {
                    file.write_all(&chunk).await.map_err(|error| no_room(&error))
                };
                if let Err(why) = written {
                    // Its room is given back now; the rest of the form is still to come.
                    let _ = file.set_len(0).await;
                    out = Err(why);
                }
            }
        }
        match out {
            Ok(mut file) => match file.flush().await {
                Ok(()) => Came::Whole,
                Err(error) => Came::Not(no_room(&error)),
            },
            Err(why) => Came::Not(why),
        }
    }
}

impl Drop for Arrived {
    fn drop(&mut self) {
        // What can't be deleted lies in a folder that nothing reads from, and is swept away a day later.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Whether these are the first bytes of an MP4 or its kin; the engine looks closer.
fn is_film(head: &[u8]) -> bool {
    head.get(4..8) == Some(b"ftyp")
}

fn too_large(head: &[u8], video_bytes_max: u64) -> String {
    match head {
        head if is_film(head) && video_bytes_max == 0 => "none of your channels takes videos; link to it instead".into(),
        head if is_film(head) => {
            let megabytes = video_bytes_max / 1_000_000;
            format!("the video is larger than any of your channels takes ({megabytes} MB); save it smaller, or link to it")
        }
        head if head.starts_with(b"GIF8") => "the animation is larger than 16 MiB; save it smaller, or as an MP4 video".into(),
        _ => "the file is larger than 16 MiB; save it smaller".into(),
    }
}

fn no_room(error: &std::io::Error) -> String {
    format!("there is no room for it on the disk ({error}); make room, then add it again")
}

/// Why the form around the files can't be read.
pub(super) fn broken(error: &MultipartError) -> Failure {
    let why = if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        "that is too much at once; go back, where your words still are, and add the files one by one"
    } else {
        "the files did not arrive whole; go back, where your words still are, and choose them again"
    };
    Problem::Invalid { field: "file".into(), why: why.into() }.into()
}

/// Deletes what lies beside this file for more than a day. Age is told by the new file's own time.
async fn sweep(path: &Path, file: &tokio::fs::File) {
    let (Some(folder), Ok(meta)) = (path.parent().map(Path::to_owned), file.metadata().await) else { return };
    let Ok(now) = meta.modified() else { return };
    let swept = tokio::task::spawn_blocking(move || {
        let Ok(all) = std::fs::read_dir(folder) else { return };
        for entry in all.flatten().take(LEFT_MAX) {
            let written = entry.metadata().and_then(|meta| meta.modified());
            if written.is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age.as_secs() > LEFT_S_MAX)) {
                // The next upload tries again.
                let _ = std::fs::remove_file(entry.path());
            }
        }
    });
    // It is tidying: an upload does not fail with it.
    let _ = swept.await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_left_behind_a_day_ago_is_deleted_and_what_arrives_now_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (old, young, new) = (folder.path().join("1-0"), folder.path().join("1-1"), folder.path().join("2-0"));
        for (path, age_s) in [(&old, LEFT_S_MAX + 60), (&young, LEFT_S_MAX - 60)] {
            let file = std::fs::File::create(path).unwrap();
            let now = file.metadata().unwrap().modified().unwrap();
            file.set_modified(now - Duration::from_secs(age_s)).unwrap();
        }
        let file = tokio::fs::File::create(&new).await.unwrap();
        sweep(&new, &file).await;
        assert_eq!([old.exists(), young.exists(), new.exists()], [false, true, true]);
    }

    #[test]
    fn what_is_too_large_is_told_with_its_own_way_out() {
        assert!(too_large(b"GIF89a..", 1).contains("as an MP4 video"));
        assert!(too_large(b"\0\0\0\x20ftyp", 99_000_000).contains("(99 MB)"));
        assert!(too_large(b"\0\0\0\x20ftyp", 0).contains("none of your channels takes videos"));
        assert!(too_large(b"\xff\xd8\xff\xe0....", 9).contains("16 MiB"));
    }
}
