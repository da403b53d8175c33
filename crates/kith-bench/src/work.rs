//! The worker under measurement: the product's courier on a folder, and nothing else, until its input ends.

use std::path::Path;
use std::sync::Arc;

use kith_engine::{Courier, Kith, Setup, SystemChance, SystemClock};
use tokio_util::sync::CancellationToken;

use crate::Trouble;

/// The line that a worker prints once it works.
pub const READY: &str = "ready";

/// Opens a bench's folder, or its database with the folder's key.
pub async fn open(folder: &Path, database: Option<&str>) -> Result<Kith, Trouble> {
    let setup = Setup {
        store_url: store_url(folder, database),
        media_folder: folder.join("media"),
        key_file: Some(folder.join("bench.key")),
        key_folder: folder.to_owned(),
        allow_private: true,
        public_url: "http://127.0.0.1:8080".into(),
        clock: Arc::new(SystemClock),
        chance: Arc::new(SystemChance),
        grace_s: None,
    };
    Ok(Kith::open(setup).await?)
}

pub(crate) fn store_url(folder: &Path, database: Option<&str>) -> String {
    database.map_or_else(|| format!("sqlite://{}", folder.join("kith.db").display()), str::to_owned)
}

/// Delivers what is due in this folder until standard input ends.
pub async fn run(folder: &Path, database: Option<&str>, ready: impl FnOnce() -> std::io::Result<()>) -> Result<(), Trouble> {
    let courier = Courier::new(open(folder, database).await?);
    courier.take_over().await?;
    let stop = CancellationToken::new();
    let working = tokio::spawn(courier.run(stop.clone()));
    ready()?;
    let ended = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()));
    ended.await.map_err(|error| Trouble::new(error.to_string()))??;
    stop.cancel();
    working.await.map_err(|error| Trouble::new(format!("the worker was stopped: {error}")))
}
