//! `/events`: tells open pages that something changed. Names and numbers only, never words.
//!
//! A stream lives no longer than its session: signing out ends it at once, and after a while the browser has to come
//! back, when its session is looked at anew. A session has a bounded number of them.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use kith_domain::ids::SessionId;
use kith_engine::Kith;
use kith_engine::views::LiveEvent;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use crate::session::SignedIn;

/// Pause between signs of life, in seconds; proxies close what is silent for a minute.
const ALIVE_S: u64 = 20;
/// Longest life of a stream in seconds; the browser comes back by itself and its session is looked at anew.
const STREAM_S: u64 = 15 * 60;
/// Streams of one session: one for each open page, and some that a browser has left and the server has not noticed.
const STREAMS_PER_SESSION_MAX: usize = 24;

/// The open streams by session.
#[derive(Debug, Clone, Default)]
pub(crate) struct Streams(Arc<Mutex<HashMap<SessionId, watch::Sender<()>>>>);

/// One open stream; it is no longer counted when it is dropped.
struct Open {
    streams: Streams,
    session: SessionId,
    ended: watch::Receiver<()>,
}

impl Streams {
    fn open(&self, session: SessionId) -> Option<Open> {
        let mut all = self.all();
        let sender = all.entry(session).or_insert_with(|| watch::Sender::new(()));
        if sender.receiver_count() >= STREAMS_PER_SESSION_MAX {
            return None;
        }
        Some(Open { streams: self.clone(), session, ended: sender.subscribe() })
    }

    /// Ends the streams of a session.
    pub(crate) fn end(&self, session: SessionId) {
        // The sender goes, and those who wait for it hear that.
        self.all().remove(&session);
    }

    fn all(&self) -> MutexGuard<'_, HashMap<SessionId, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut all = self.streams.all();
        if all.get(&self.session).is_some_and(|sender| sender.receiver_count() <= 1) {
            all.remove(&self.session);
        }
    }
}

pub(crate) async fn events(
    State(kith): State<Kith>,
    Extension(streams): Extension<Streams>,
    SignedIn(visitor): SignedIn,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, StatusCode> {
    let open = streams.open(visitor.session.id).ok_or(StatusCode::TOO_MANY_REQUESTS)?;
    let (workspace, receiver, closing) = (visitor.workspace, kith.live(), kith.closing().clone());
    let ends = tokio::time::Instant::now() + Duration::from_secs(STREAM_S);
    let stream = unfold((receiver, closing, open), move |(mut receiver, closing, mut open)| async move {
        loop {
            let heard = tokio::select! {
                heard = tokio::time::timeout_at(ends, receiver.recv()) => heard,
                () = closing.cancelled() => return None,
                // Nothing is ever sent here: this is the end of the session.
                _ = open.ended.changed() => return None,
            };
            let event = match heard {
                Ok(Ok((about, event))) if about.is_none_or(|about| about == workspace) => named(&event),
                Ok(Ok(_)) => continue,
                // Some events were missed: the page fetches all it shows. How many wait is not known here, and not said.
                Ok(Err(RecvError::Lagged(_))) => Event::default().event("inbox").data("{}"),
                Ok(Err(RecvError::Closed)) | Err(_) => return None,
            };
            return Some((Ok(event), (receiver, closing, open)));
        }
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(ALIVE_S))))
}

fn named(event: &LiveEvent) -> Event {
    let data = serde_json::json!({ "id": event.id, "owed": event.owed });
    Event::default().event(event.what).data(data.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(n: u128) -> SessionId {
        format!("{n:032x}").parse().unwrap()
    }

    #[test]
    fn a_session_has_a_bounded_number_of_streams_and_others_have_theirs() {
        let streams = Streams::default();
        let mut open: Vec<_> = (0..STREAMS_PER_SESSION_MAX).map(|_| streams.open(session(1)).unwrap()).collect();
        assert!(streams.open(session(1)).is_none());
        assert!(streams.open(session(2)).is_some());
        open.pop();
        assert!(streams.open(session(1)).is_some(), "a page that was closed makes room");
        drop(open);
        assert!(streams.all().is_empty(), "nothing is kept of what is over");
    }

    #[tokio::test]
    async fn the_end_of_a_session_ends_its_streams_and_no_others() {
        let streams = Streams::default();
        let (mut one, other) = (streams.open(session(1)).unwrap(), streams.open(session(2)).unwrap());
        streams.end(session(1));
        assert!(one.ended.changed().await.is_err());
        assert!(other.ended.has_changed().is_ok());
    }
}
