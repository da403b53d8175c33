//! From a data folder and its `kith.toml` to an open `Kith`.
//!
//! The folder holds the database, the pictures and the settings; the key that seals tokens lies outside it, so that a
//! copied folder or backup opens no channel (S1). Every setting has a default; an unknown one is refused by name.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kith_engine::{Chance, Clock, Kith, Setup, SystemChance, SystemClock};
use kith_networks::Directories;
use serde::Deserialize;

use crate::commands::Refused;

/// Where the pages were last served, so that the links which other commands print lead there.
const SERVED_AT: &str = "served-at";

/// Settings in `kith.toml`; each may be overridden by a variable.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// Allow servers on private and loopback addresses (KITH_ALLOW_PRIVATE=1).
    pub(crate) allow_private: bool,
    /// File with the key that seals tokens (KITH_KEY_FILE).
    pub(crate) key_file: Option<PathBuf>,
    /// Address that people type (KITH_PUBLIC_URL).
    pub(crate) public_url: Option<String>,
    /// Where the ids of Bluesky and its kin are looked up, for a network of one's own (KITH_PLC_DIRECTORY).
    pub(crate) plc_directory: Option<String>,
    /// Where their handles are (KITH_HANDLE_RESOLVER).
    pub(crate) handle_resolver: Option<String>,
    /// PostgreSQL instead of the file in the folder, as postgres://… (KITH_DATABASE).
    pub(crate) database: Option<String>,
}

/// Logs go to stderr; `KITH_LOG` takes tracing's filter words.
pub(crate) fn log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("KITH_LOG").unwrap_or_else(|_| EnvFilter::new("warn,kith=info,kith_engine=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
}

/// Reads the settings of a folder.
pub(crate) fn settings(folder: &Path) -> Result<Settings, Refused> {
    let path = folder.join("kith.toml");
    let mut settings = match std::fs::read_to_string(&path) {
        Ok(text) => toml::from_str(&text).map_err(|error| Refused::one(format!("{}: {}", path.display(), error.message())))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Settings::default(),
        Err(error) => return Err(Refused::one(format!("{} can't be read: {error}", path.display()))),
    };
    match std::env::var("KITH_ALLOW_PRIVATE").as_deref() {
        Ok("1" | "true" | "yes") => settings.allow_private = true,
        Ok("0" | "false" | "no" | "") | Err(_) => {}
        Ok(other) => return Err(Refused::one(format!("KITH_ALLOW_PRIVATE is {other:?}; it takes 1 or 0"))),
    }
    if let Ok(path) = std::env::var("KITH_KEY_FILE") {
        settings.key_file = Some(path.into());
    }
    if let Ok(url) = std::env::var("KITH_DATABASE") {
        settings.database = Some(url);
    }
    if let Ok(url) = std::env::var("KITH_PUBLIC_URL") {
        settings.public_url = Some(url);
    }
    if let Ok(url) = std::env::var("KITH_PLC_DIRECTORY") {
        settings.plc_directory = Some(url);
    }
    if let Ok(url) = std::env::var("KITH_HANDLE_RESOLVER") {
        settings.handle_resolver = Some(url);
    }
    Ok(settings)
}

/// Where people are looked up, if not in the public network's places; both or none.
fn directories(settings: &Settings) -> Result<Option<Directories>, Refused> {
    let refused = |why: String| Refused::one(format!("KITH_PLC_DIRECTORY and KITH_HANDLE_RESOLVER: {why}"));
    match (&settings.plc_directory, &settings.handle_resolver) {
        (Some(ids), Some(names)) => Directories::parse(ids, names).map(Some).map_err(refused),
        (None, None) => Ok(None),
        _ => Err(refused("they belong together; set both or none".into())),
    }
}

/// Opens a folder with the world's clock and chance.
pub(crate) async fn open(folder: &Path) -> Result<Kith, Refused> {
    let mut settings = settings(folder)?;
    if settings.public_url.is_none() {
        settings.public_url = served_at(folder)?;
    }
    open_with(folder, settings, Arc::new(SystemClock), Arc::new(SystemChance), None).await
}

/// Notes where the pages are served from now on.
pub(crate) fn note_served_at(folder: &Path, url: &str) -> Result<(), Refused> {
    let path = folder.join(SERVED_AT);
    std::fs::write(&path, url).map_err(|error| Refused::one(format!("{} can't be written: {error}", path.display())))
}

fn served_at(folder: &Path) -> Result<Option<String>, Refused> {
    let path = folder.join(SERVED_AT);
    match std::fs::read_to_string(&path) {
        Ok(url) => Ok(Some(url.trim().to_owned()).filter(|url| !url.is_empty())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Refused::one(format!("{} can't be read: {error}", path.display()))),
    }
}

/// Opens a folder with everything given.
pub(crate) async fn open_with(
    folder: &Path,
    settings: Settings,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    grace_s: Option<i64>,
) -> Result<Kith, Refused> {
    std::fs::create_dir_all(folder).map_err(|error| Refused::one(format!("{} can't be made: {error}", folder.display())))?;
    let (folder, directories) = (folder.canonicalize()?, directories(&settings)?);
    let setup = Setup {
        store_url: settings.database.unwrap_or_else(|| format!("sqlite://{}", folder.join("kith.db").display())),
        media_folder: folder.join("media"),
        key_file: settings.key_file,
        key_folder: key_folder()?,
        allow_private: settings.allow_private,
        public_url: settings.public_url.unwrap_or_else(|| "http://127.0.0.1:8080".into()),
        clock,
        chance,
        grace_s,
    };
    let kith = Kith::open(setup).await.map_err(Refused::from)?;
    if let Some(directories) = &directories {
        kith.name_directories(directories);
    }
    Ok(kith)
}

/// Where keys lie unless told otherwise: beside the user's other settings, never in the data folder.
fn key_folder() -> Result<PathBuf, Refused> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(home)
        .map(|folder| folder.join("kith"))
        .ok_or_else(|| Refused::one("there is no home folder for the key file; set KITH_KEY_FILE to a path outside the data folder"))
}
