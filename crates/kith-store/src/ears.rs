//! Hearing what other processes on the same PostgreSQL wrote, and being seen by them.
//!
//! One connection of its own LISTENs on one channel and holds the lock that proves that this process's connection
//! lives. A notice says who sent it and, for open pages, which thing changed, by ids alone. When the connection is lost
//! it is made anew with growing pauses; meanwhile the sweep of a second is the net beneath it.

use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

/// The channel on which PostgreSQL tells other processes.
pub(crate) const PG_CHANNEL: &str = "kith_changes";
/// Between the sender's name and what changed.
pub(crate) const MARK: char = ' ';
/// First and longest pause before the connection is tried again.
const PAUSE_FIRST: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(15);
/// Longest wait for a connection.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// Whom to tell of what was heard.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// Another process changed what is due.
    pub(crate) changes: watch::Sender<u64>,
    /// Another process says that something changed, in its own words.
    pub(crate) words: broadcast::Sender<String>,
}

/// The listening task; it ends with this value.
#[derive(Debug)]
pub(crate) struct Ears(JoinHandle<()>);

impl Drop for Ears {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Ears {
    /// Listens from now on. `me` names this process, `key` is the lock that it holds while it is connected.
    pub(crate) async fn open(url: &str, me: String, key: i64, told: Told) -> Result<Self, sqlx::Error> {
        let (url, first) = (url.to_owned(), connect(url, key).await?);
        Ok(Self(tokio::spawn(async move {
            let mut listener = Some(first);
            let mut pause = PAUSE_FIRST;
            loop {
                if let Some(listener) = listener.take() {
                    pause = PAUSE_FIRST;
                    hear(listener, &me, &told).await;
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE_MAX);
                match connect(&url, key).await {
                    Ok(again) => {
                        listener = Some(again);
                        // Nobody knows what was told meanwhile.
                        told.changes.send_modify(|count| *count += 1);
                    }
                    Err(error) => tracing::debug!(%error, "other processes can't be heard now"),
                }
            }
        })))
    }

    pub(crate) fn close(&self) {
        self.0.abort();
    }
}

async fn connect(url: &str, key: i64) -> Result<PgListener, sqlx::Error> {
    let connect = async {
        let mut listener = PgListener::connect(url).await?;
        listener.listen(PG_CHANNEL).await?;
        // Not there only while an earlier connection of ours is not yet known to be dead; then that one speaks for us.
        let held: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(key).fetch_one(&mut listener).await?;
        if !held {
            tracing::debug!("the lock of an earlier connection is still held");
        }
        Ok(listener)
    };
    tokio::time::timeout(CONNECT_MAX, connect).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// Until the connection is lost.
async fn hear(mut listener: PgListener, me: &str, told: &Told) {
    loop {
        match listener.try_recv().await {
            Ok(Some(notice)) => {
                let (sender, words) = notice.payload().split_once(MARK).unwrap_or((notice.payload(), ""));
                if sender == me {
                    continue;
                }
                if words.is_empty() {
                    told.changes.send_modify(|count| *count += 1);
                } else {
                    // Nobody listening is fine.
                    let _ = told.words.send(words.to_owned());
                }
            }
            Ok(None) => return,
            Err(error) => {
                tracing::debug!(%error, "the connection that hears other processes was lost");
                return;
            }
        }
    }
}
