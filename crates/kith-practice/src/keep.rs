//! The world on disk: one JSON file, written whole and put in place at once.
//!
//! A mutating request waits until a snapshot that holds its change is safe on disk; requests that come together share
//! one. What simulated people do is saved within a second or so; whatever is lost of it they do again after a start.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::world::World;

const FILE_NAME: &str = "practice.json";
const MEDIA_FOLDER: &str = "media";

/// Why the world could not be read or saved.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// A file or folder could not be used.
    #[error("{path}: {source}. Check that the folder exists, can be written to, and has space left.")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The snapshot is there but cannot be understood.
    #[error("{path} is not a practice world ({source}). Move it away to begin a new one.")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Where it breaks.
        source: serde_json::Error,
    },
}

/// Keeps snapshots of one world in a folder, or nothing when there is no folder.
#[derive(Debug)]
pub(crate) struct Keeper {
    folder: Option<PathBuf>,
    /// The version that is safe on disk; the lock also makes writers take turns.
    saved: tokio::sync::Mutex<u64>,
}

impl Keeper {
    pub(crate) fn new(folder: Option<PathBuf>, saved: u64) -> Self {
        Self { folder, saved: tokio::sync::Mutex::new(saved) }
    }

    /// Returns once a snapshot with at least this version of the world is on disk.
    pub(crate) async fn save(&self, world: &Arc<Mutex<World>>, version: u64) -> Result<(), KeepError> {
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        let mut saved = self.saved.lock().await;
        if *saved >= version {
            return Ok(());
        }
        let world = Arc::clone(world);
        let written = tokio::task::spawn_blocking(move || {
            let copy = world.lock().unwrap_or_else(PoisonError::into_inner).clone();
            write(&folder, &copy).map(|()| copy.version)
        });
        match written.await {
            Ok(Ok(version)) => {
                *saved = version;
                Ok(())
            }
            Ok(Err(error)) => Err(error),
            Err(join) => Err(KeepError::Io { path: PathBuf::from(FILE_NAME), source: std::io::Error::other(join.to_string()) }),
        }
    }

    /// Where the pictures lie, if they are kept on disk.
    pub(crate) fn media_folder(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(MEDIA_FOLDER))
    }
}

/// The world saved in a folder; `None` when none was saved yet. Makes the folder.
pub(crate) fn load(folder: &Path) -> Result<Option<World>, KeepError> {
    let media = folder.join(MEDIA_FOLDER);
    std::fs::create_dir_all(&media).map_err(|source| KeepError::Io { path: media, source })?;
    let path = folder.join(FILE_NAME);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(KeepError::Io { path, source }),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|source| KeepError::Unreadable { path, source })
}

/// The instant at which the world saved in a folder stands, so that a demo's clock can go on from there.
///
/// # Errors
/// When the folder cannot be used or its snapshot cannot be understood.
pub fn last_instant(folder: &Path) -> Result<Option<Timestamp>, KeepError> {
    Ok(load(folder)?.map(|world| world.now))
}

fn write(folder: &Path, world: &World) -> Result<(), KeepError> {
    let path = folder.join(FILE_NAME);
    let bytes = serde_json::to_vec(world).map_err(|source| KeepError::Unreadable { path: path.clone(), source })?;
    put_in_place(folder, &path, &bytes)
}

/// Writes a file beside its place, makes it durable, and moves it there.
pub(crate) fn put_in_place(folder: &Path, path: &Path, bytes: &[u8]) -> Result<(), KeepError> {
    let beside = path.with_extension("new");
    let failed = |source| KeepError::Io { path: path.to_owned(), source };
    let mut file = std::fs::File::create(&beside).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)?;
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}
